"""An aggregation run batch by batch over cuts of a table, and over all of it at once.

    runs = Aggregation(TABLE, keys=["k"], aggregates=["stddev(x)"])
    runs.stream([3, 5])        rows after batches of rows 0-2, 3-4 and the rest
    runs.batch()               rows of one statement

No query and no checkpoint; a restart is a new operator over the state's rows.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from tests.compiler.answers import Catalog
from unbounded.analyzer import analyze
from unbounded.compiler import CompileContext, compile_query
from unbounded.engine import Cursor, align
from unbounded.operators import StreamingAggregate, Watermarks
from unbounded.operators.operator import Changes
from unbounded.parser import parse_expression
from unbounded.plan.relations import (
    Aggregate,
    LocalRelation,
    Relation,
    SourceScan,
    UnresolvedAggregate,
    UnresolvedDataSource,
    WithWatermark,
    output_of,
    schema_of,
)
from unbounded.plan.tree import transform_up, walk
from unbounded.state import KeyedState
from unbounded.types import StructField, StructType, from_arrow

__all__ = ["Aggregation", "assert_same", "same"]

Rows = list[tuple[Any, ...]]

_RESULT = 99
_CONTEXT = CompileContext()


class _Sources(Catalog):
    """A catalog whose sources are as they say."""

    def source_schema(self, source: UnresolvedDataSource) -> StructType:
        assert source.schema is not None
        return source.schema


class Aggregation:
    """One aggregation of one table.

    Args:
        delay: a watermark on the column `time`.
    """

    def __init__(
        self,
        cursor: Cursor,
        table: pa.Table,
        keys: Sequence[str],
        aggregates: Sequence[str],
        *,
        delay: str | None = None,
    ) -> None:
        child: Relation = LocalRelation(table)
        if delay is not None:
            schema = StructType(
                tuple(StructField(f.name, from_arrow(f.type)) for f in table.schema)
            )
            stream = UnresolvedDataSource("rows", schema, {}, (), is_streaming=True)
            child = WithWatermark(stream, "time", delay)
        written = UnresolvedAggregate(
            child,
            "groupby",
            tuple(map(parse_expression, keys)),
            tuple(map(parse_expression, aggregates)),
        )
        self._cursor = cursor
        self._table = table
        self._plan = analyze(written, _Sources("UTC"))
        (self._leaf,) = (
            n for n in walk(self._plan) if isinstance(n, LocalRelation | SourceScan)
        )
        (self._node,) = (n for n in walk(self._plan) if isinstance(n, Aggregate))
        self._evicts = delay is not None
        self.states: list[KeyedState] = []
        self.operator = self.new_operator()

    def new_operator(self) -> StreamingAggregate:
        return StreamingAggregate(
            self._node,
            0,
            _RESULT,
            1000,
            drops_late_rows=self._evicts,
            follows_watermark=self._evicts,
        )

    def batch(self) -> Rows:
        """What one statement over the whole table gives."""
        return self._query(self._plan, self._leaf.leaf_id, self._table)

    def stream(self, cuts: Sequence[int], *, restarts: bool = False) -> Rows:
        """The result table after the last batch."""
        *_, changes = self.run(cuts, restarts=restarts)
        return self.rows(changes.snapshot())

    def run(self, cuts: Sequence[int], *, restarts: bool = False) -> Iterator[Changes]:
        """The changes of each batch."""
        self.operator = self.new_operator()
        self.states = self.new_states()
        end_row = len(self._table)
        bounds = [0, *sorted(min(cut, end_row) for cut in cuts), end_row]
        for start, end in itertools.pairwise(bounds):
            if restarts:
                self.restart()
            yield self.process(self._table.slice(start, end - start), Watermarks(0, 0))

    def process(self, rows: pa.Table, watermarks: Watermarks) -> Changes:
        """One batch of `rows`."""
        (plan,) = self.operator.input_plans
        partials = self._partials(plan, rows)
        changes, _ = self.operator.process([partials], self.states, watermarks)
        return changes

    def new_states(self) -> list[KeyedState]:
        return [
            KeyedState(
                [field.data_type for field in schema.key_fields],
                [field.data_type for field in schema.value_fields],
            )
            for schema in self.operator.state_schemas
        ]

    def restart(self) -> None:
        """A new operator over state that was written and read again."""
        self.operator = self.new_operator()
        fresh = self.new_states()
        schemas = self.operator.state_schemas
        for schema, old, new in zip(schemas, self.states, fresh, strict=True):
            slots = old.live_slots()
            width = len(schema.value_fields)
            values = [old.gather(column, slots) for column in range(width)]
            new.load(old.keys(slots), values, old.sequences(slots))
            new.finish_loading(old.next_sequence)
        self.states = fresh
        self.operator.recover(fresh)

    def rows(self, table: pa.Table) -> Rows:
        """The finished rows of what the operator handed out."""
        result = self.operator.result_plan

        def replaced(node: Any) -> Any:
            return result if isinstance(node, Aggregate) else node

        return self._query(transform_up(self._plan, replaced), _RESULT, table)

    def _query(self, plan: Relation, leaf_id: int, table: pa.Table) -> Rows:
        self._cursor.register("rows_in", table)
        found = self._cursor.query(
            compile_query(plan, {leaf_id: '"rows_in"'}, _CONTEXT)
        )
        found = align(found, schema_of(output_of(plan)))
        rows = list(zip(*(c.to_pylist() for c in found.columns), strict=True))
        return sorted(rows, key=repr)

    def _partials(self, plan: Relation, rows: pa.Table) -> pa.Table:
        self._cursor.register("rows_in", rows)
        inputs = {self._leaf.leaf_id: '"rows_in"'}
        table = self._cursor.query(compile_query(plan, inputs, _CONTEXT))
        return align(table, schema_of(output_of(plan)))


# --- equality -----------------------------------------------------------------


def assert_same(found: Rows, expected: Rows) -> None:
    """Equal rows; doubles to 1e-9 of their size."""
    assert len(found) == len(expected), (found, expected)
    for row, other in zip(found, expected, strict=True):
        assert same(row, other), (row, other)


def same(left: Any, right: Any) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return same(tuple(left.items()), tuple(right.items()))
    if isinstance(left, tuple | list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) and isinstance(right, float):
        if math.isnan(left) or math.isnan(right):
            return math.isnan(left) and math.isnan(right)
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)
    return type(left) is type(right) and bool(left == right)
