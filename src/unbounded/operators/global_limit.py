"""Global limit: the rows of a stream by their number, over all its batches.

`limit` hands on the first rows there ever are, `offset` all but the first. One
number is kept: how many rows have come, as far as it matters. Nothing that has
gone on is revised. Spark's `StreamingGlobalLimitExec`.

Invariants:
    - rows are counted in the order in which they come
    - the number kept never passes the bound, so a row is read and not counted
      once it makes no difference
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from unbounded.operators.operator import (
    Changes,
    OperatorMetrics,
    Watermarks,
    append_only,
)
from unbounded.plan.relations import (
    Limit,
    Offset,
    OperatorOutput,
    Relation,
    output_of,
)
from unbounded.state import KeyedState, OperatorSchema
from unbounded.types import LongType, NullType, StructField

__all__ = ["StreamingGlobalLimit"]

# Spark's schemas, by which the state source shows them.
_KEYS = (StructField("key", NullType(), True),)
_VALUES = (StructField("value", LongType(), True),)
_ONLY_KEY = pa.nulls(1)


class StreamingGlobalLimit:
    """A limit or an offset over rows that are never revised.

    Args:
        node: the resolved node.
        operator_id: its place among the query's operators, Spark's numbering.
        leaf_id: the number by which `result_plan` reads what `Changes` holds.
    """

    name = "globalLimit"
    is_append_only = True

    def __init__(self, node: Limit | Offset, operator_id: int, leaf_id: int) -> None:
        self._child = node.child
        self._bound = node.count
        self._is_offset = isinstance(node, Offset)
        self._operator_id = operator_id
        self._leaf_id = leaf_id

    @property
    def state_schemas(self) -> tuple[OperatorSchema, ...]:
        return (OperatorSchema(self._operator_id, self.name, _KEYS, _VALUES),)

    @property
    def input_plans(self) -> tuple[Relation, ...]:
        return (self._child,)

    @property
    def result_plan(self) -> Relation:
        return OperatorOutput(self._leaf_id, output_of(self._child))

    def needs_batch(self, watermarks: Watermarks, new_watermark_ms: int) -> bool:
        """Never: only rows count."""
        return False

    def recover(self, states: Sequence[KeyedState]) -> None:
        """The number is all there is."""

    def process(
        self,
        inputs: Sequence[pa.Table],
        states: Sequence[KeyedState],
        watermarks: Watermarks,
    ) -> tuple[Changes, OperatorMetrics]:
        """Count the rows, and pick by number; see `StatefulOperator.process`."""
        (rows,), (state,) = inputs, states
        before = _count(state)
        counted = min(rows.num_rows, self._bound - before)
        if counted:
            slots, _ = state.lookup_or_insert([_ONLY_KEY])
            state.scatter(0, slots, pa.array([before + counted], pa.int64()))
        metrics = OperatorMetrics(
            rows_total=state.count, rows_updated=1 if counted else 0
        )
        picked = rows.slice(counted) if self._is_offset else rows.slice(0, counted)
        return append_only(picked, settle=lambda: None), metrics


def _count(state: KeyedState) -> int:
    (slot,) = slots = state.lookup([_ONLY_KEY])
    return 0 if slot < 0 else int(state.gather(0, slots)[0].as_py())
