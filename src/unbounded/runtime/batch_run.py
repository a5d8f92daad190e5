"""Batch run: one batch's statements over its inputs, and what they measured.

Holds for one batch what each of its statements needs: the cursor, the names under
which the leaves are read, and the result in the making.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from unbounded.compiler import EventTimeStats, Measures, Segment
from unbounded.engine import Cursor, align
from unbounded.operators import Changes, OperatorMetrics, Watermarks
from unbounded.plan.observation import ObservedMetrics
from unbounded.plan.relations import schema_of
from unbounded.runtime.segment_chain import SegmentChain
from unbounded.runtime.static_tables import StaticTables

__all__ = ["BatchInput", "BatchResult", "BatchRun", "input_name"]


@dataclass(frozen=True, slots=True)
class BatchInput:
    """What a batch reads: a table expression or an Arrow table for each leaf.

    `parameters` are those the table expressions name.
    """

    sql: Mapping[int, str]
    parameters: Mapping[str, Sequence[str]]
    tables: Mapping[int, pa.Table]
    watermarks: Watermarks


@dataclass(slots=True)
class BatchResult:
    """What a batch made; `settle` lets the operators drop what is final.

    `mapped_bytes` of its rows lie in files.
    """

    rows: pa.Table
    mapped_bytes: int = 0
    input_rows: dict[int, int] = field(default_factory=dict)
    event_times: dict[int, EventTimeStats] = field(default_factory=dict)
    observed: dict[str, ObservedMetrics] = field(default_factory=dict)
    metrics: list[OperatorMetrics] = field(default_factory=list)
    changes: list[Changes] = field(default_factory=list)

    def take_measures(self, measures: Measures) -> None:
        """Add one segment's side results."""
        self.input_rows.update(measures.input_rows)
        self.event_times.update(measures.event_times)

    def settle(self) -> None:
        """Remove final rows from the state, once the batch's rows are out."""
        for changes in self.changes:
            changes.settle()


class BatchRun:
    """One batch on its way.

    Args:
        batch: what it reads.
        cursor: where its statements run.
        static_tables: what its streams are joined with.
        is_cancelled: whether it is to stop; asked now and then.
    """

    def __init__(
        self,
        batch: BatchInput,
        cursor: Cursor,
        static_tables: StaticTables,
        is_cancelled: Callable[[], bool],
    ) -> None:
        self._batch = batch
        self._cursor = cursor
        self._static_tables = static_tables
        self.is_cancelled = is_cancelled
        self._names = dict(batch.sql)
        self.result = BatchResult(pa.table({}))
        for leaf_id, table in batch.tables.items():
            self.add_input(leaf_id, table)
        static_tables.add_inputs(
            lambda leaf_id, rows: cursor.register(f"input_{leaf_id}", rows)
        )

    def add_input(self, leaf_id: int, rows: pa.Table) -> None:
        """Make rows what a leaf reads from now on."""
        self._cursor.register(f"input_{leaf_id}", rows)
        self._names[leaf_id] = input_name(leaf_id)

    def rows_of(self, chain: SegmentChain) -> pa.Table:
        """Run a stretch of the plan over the inputs there are.

        Raises:
            ExecutionError: the data, the machine or an interrupt stopped it.
            UserFunctionError: a function raised.
        """
        return chain.run(
            self._run_segment,
            self.add_input,
            self.is_cancelled,
            self.result.observed,
            lambda leaf_id, keys: self._static_tables.look_up(
                leaf_id, keys, self.add_input
            ),
        )

    def _run_segment(self, segment: Segment) -> pa.Table:
        sql = segment.statement(self._names)
        parameters = self._batch.parameters
        used = {n: v for n, v in parameters.items() if f"${n}" in sql}
        table = self._cursor.query(sql, used)
        rows, measures = segment.split(table)
        self.result.take_measures(measures)
        return align(rows, schema_of(segment.output)).rename_columns(
            [column.column_name for column in segment.output]
        )


def input_name(leaf_id: int) -> str:
    """What a leaf is called in SQL."""
    return f'"input_{leaf_id}"'
