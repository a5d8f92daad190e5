"""Set operation: the rows that two streams share, or that one has and the other not.

The state is each different row with how often either side has it. Of that follows how
often the result has it, and what a batch changes:

    INTERSECT        1 if both have it         EXCEPT        1 if the left alone has it
    INTERSECT ALL    the lesser of both        EXCEPT ALL    the left's over the right's

Rows are equal as in grouping: null equals null, NaN equals NaN. Spark has no such
operator of two streams.

Invariants:
    - an intersection of rows that are never taken back is never revised
    - a row whose event time is at or before the eviction watermark is final
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unbounded.operators.group_ends import GroupEnds
from unbounded.operators.operator import (
    WEIGHT,
    Changes,
    OperatorMetrics,
    Watermarks,
    weighted,
)
from unbounded.plan.expressions import WATERMARK_DELAY, AttributeReference
from unbounded.plan.relations import (
    Except,
    Intersect,
    OperatorOutput,
    Relation,
    output_of,
)
from unbounded.state import KeyedState, OperatorSchema
from unbounded.types import LongType, StructField

__all__ = ["StreamingSetOperation"]

Numbers = npt.NDArray[np.int64]

_COUNTS = tuple(StructField(side, LongType(), False) for side in ("left", "right"))


class StreamingSetOperation:
    """An intersection or a difference of two streams.

    Args:
        node: the resolved node.
        operator_id: its place among the query's operators, Spark's numbering.
        leaf_id: the number by which `result_plan` reads what `Changes` holds.
        evicts: whether late rows are dropped, and final ones let go of.
    """

    def __init__(
        self,
        node: Intersect | Except,
        operator_id: int,
        leaf_id: int,
        *,
        evicts: bool,
    ) -> None:
        self._sides = (node.left, node.right)
        self._is_intersection = isinstance(node, Intersect)
        self._is_all = node.is_all
        self._columns = node.output
        self._names = [column.column_name for column in node.output]
        timed = [WATERMARK_DELAY in column.metadata for column in node.output]
        self._evicts = evicts and any(timed)
        self._ends = GroupEnds(timed.index(True) if self._evicts else None)
        self._operator_id = operator_id
        self._leaf_id = leaf_id

    @property
    def name(self) -> str:
        return "intersect" if self._is_intersection else "except"

    @property
    def state_schemas(self) -> tuple[OperatorSchema, ...]:
        keys = tuple(
            StructField(column.name, column.data_type, True, column.metadata)
            for column in self._columns
        )
        return (OperatorSchema(self._operator_id, self.name, keys, _COUNTS),)

    @property
    def input_plans(self) -> tuple[Relation, ...]:
        return self._sides

    @property
    def result_plan(self) -> Relation:
        return OperatorOutput(self._leaf_id, self._columns)

    @property
    def is_append_only(self) -> bool:
        revised = [c.name == WEIGHT for side in self._sides for c in output_of(side)]
        return self._is_intersection and not any(revised)

    def needs_batch(self, watermarks: Watermarks, new_watermark_ms: int) -> bool:
        """Whether the watermark moved since the last batch's eviction."""
        return self._evicts and new_watermark_ms > watermarks.eviction_watermark_ms

    def recover(self, states: Sequence[KeyedState]) -> None:
        """Find out again when rows end."""
        (state,) = states
        self._ends.recover(state)

    def process(
        self,
        inputs: Sequence[pa.Table],
        states: Sequence[KeyedState],
        watermarks: Watermarks,
    ) -> tuple[Changes, OperatorMetrics]:
        """Count the rows of both sides; see `StatefulOperator.process`."""
        (state,) = states
        metrics = OperatorMetrics()
        keys, weights, metrics.rows_dropped_by_watermark = self._rows(
            inputs, watermarks
        )
        found, is_new = state.lookup_or_insert(keys)
        self._ends.add(found[is_new], [key.filter(pa.array(is_new)) for key in keys])
        slots, places = np.unique(found, return_inverse=True)
        before = [_counts(state, side, slots) for side in (0, 1)]
        after = [counts.copy() for counts in before]
        for counts, side_weights in zip(after, weights, strict=True):
            np.add.at(counts, places, side_weights)
        assert all((counts >= 0).all() for counts in after), "more gone than came"
        for side, counts in enumerate(after):
            state.scatter(side, slots, pa.array(counts))
        final = self._ends.take_final(state, watermarks)
        gone = slots[(after[0] == 0) & (after[1] == 0)]
        leaving = np.union1d(gone, final)
        metrics.rows_updated = len(slots) - len(gone)
        metrics.rows_removed = len(leaving)
        metrics.rows_total = state.count - len(leaving)
        order = state.order(slots)
        more = (self._multiplicity(*after) - self._multiplicity(*before))[order]
        inserted = self._table(state, slots[order], np.maximum(more, 0))
        retracted = self._table(state, slots[order], np.maximum(-more, 0))
        changes = Changes(
            updated=lambda: inserted,
            final=lambda: inserted if self.is_append_only else self._held(state, final),
            snapshot=lambda: self._held(state, state.live_slots()),
            revision=lambda: weighted(retracted, inserted),
            settle=lambda: state.remove(leaving),
        )
        return changes, metrics

    def _rows(
        self, inputs: Sequence[pa.Table], watermarks: Watermarks
    ) -> tuple[list[pa.Array], list[Numbers], int]:
        """The columns of both sides' rows, each side's weights, and how many are late.

        A row of one side has no weight on the other.
        """
        columns: list[list[pa.Array]] = [[] for _ in self._columns]
        weights = []
        for side, rows in zip(self._sides, inputs, strict=True):
            weight, values = _weights_apart(output_of(side), rows)
            weights.append(weight)
            for parts, column in zip(columns, values, strict=True):
                parts.extend(column.chunks or [pa.array([], column.type)])
        keys = [pa.concat_arrays(parts) for parts in columns]
        left, right = weights
        both = [
            np.concatenate([left, np.zeros(len(right), np.int64)]),
            np.concatenate([np.zeros(len(left), np.int64), right]),
        ]
        is_late = self._ends.are_late(keys, watermarks) & self._evicts
        dropped = int(is_late.sum())
        if dropped:
            keys = [key.filter(pa.array(~is_late)) for key in keys]
            both = [side_weights[~is_late] for side_weights in both]
        return keys, both, dropped

    def _multiplicity(self, left: Numbers, right: Numbers) -> Numbers:
        """How often the result has a row that the sides have so often."""
        if not self._is_all:
            left, right = np.minimum(left, 1), np.minimum(right, 1)
        if self._is_intersection:
            return np.minimum(left, right)
        return np.maximum(left - right, 0) if self._is_all else left * (1 - right)

    def _held(self, state: KeyedState, slots: Numbers) -> pa.Table:
        left, right = (_counts(state, side, slots) for side in (0, 1))
        return self._table(state, slots, self._multiplicity(left, right))

    def _table(self, state: KeyedState, slots: Numbers, counts: Numbers) -> pa.Table:
        return pa.Table.from_arrays(state.keys(np.repeat(slots, counts)), self._names)


def _weights_apart(
    columns: Sequence[AttributeReference], rows: pa.Table
) -> tuple[Numbers, list[pa.ChunkedArray]]:
    """A side's weights, 1 if it has none, and its other columns."""
    weights = np.ones(rows.num_rows, np.int64)
    values = []
    for column, array in zip(columns, rows.columns, strict=True):
        if column.name == WEIGHT:
            weights = array.to_numpy()
        else:
            values.append(array)
    return weights, values


def _counts(state: KeyedState, side: int, slots: Numbers) -> Numbers:
    counts = state.gather(side, slots).fill_null(0)
    return np.array(counts.to_numpy(zero_copy_only=False), np.int64)
