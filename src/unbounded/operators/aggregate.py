"""Aggregate: a grouped aggregation kept from batch to batch.

DuckDB computes the batch's partial accumulators per key; here the touched slots
are found in the state, merged a column at a time, and put back. What leaves is
keys and accumulators; `result_plan` turns them into the aggregation's columns.
Spark's `StateStoreRestoreExec` and `StateStoreSaveExec` in one.

Invariants:
    - one state row a key; a global aggregation has one key, a constant
    - a key whose event time is at or before the eviction watermark is final
    - the cost of a batch is that of the keys it touches and evicts
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unbounded.operators.aggregate_layout import AggregateLayout, FormColumns
from unbounded.operators.distinct_pairs import DistinctPairs
from unbounded.operators.operator import (
    Changes,
    OperatorMetrics,
    Watermarks,
    weighted,
)
from unbounded.plan.expressions import WATERMARK_DELAY, Alias
from unbounded.plan.relations import Aggregate, Relation
from unbounded.state import ExpiryIndex, KeyedState, OperatorSchema

__all__ = ["StreamingAggregate", "event_time_key"]


def event_time_key(grouping: tuple[Alias, ...]) -> int | None:
    """The position of the grouping column that carries a watermark, if one does."""
    for position, alias in enumerate(grouping):
        if WATERMARK_DELAY in alias.to_attribute().metadata:
            return position
    return None


class StreamingAggregate:
    """A streaming aggregation.

    Args:
        aggregate: the resolved node.
        operator_id: its place among the query's operators, Spark's numbering.
        leaf_id: the number by which `result_plan` reads what `Changes` holds.
        first_attribute_id: where new columns' ids start.
        drops_late_rows: whether late groups are dropped, and final ones evicted.
        follows_watermark: whether a watermark that moved asks for a batch.
    """

    name = "stateStoreSave"

    def __init__(
        self,
        aggregate: Aggregate,
        operator_id: int,
        leaf_id: int,
        first_attribute_id: int,
        *,
        drops_late_rows: bool,
        follows_watermark: bool,
    ) -> None:
        self._layout = layout = AggregateLayout(aggregate, first_attribute_id)
        self._follows_watermark = follows_watermark
        self._key_position = event_time_key(aggregate.grouping)
        self._evicts = drops_late_rows and self._key_position is not None
        self._expiry = ExpiryIndex()
        self._pairs = [
            DistinctPairs(
                layout.key_count,
                len(values.arguments) > 1,
                self._event_times_us if self._evicts else None,
            )
            for values in layout.distinct
        ]
        self._operator_id = operator_id
        self._leaf_id = leaf_id

    @property
    def state_schemas(self) -> tuple[OperatorSchema, ...]:
        return self._layout.state_schemas(self._operator_id, self.name)

    @property
    def input_plans(self) -> tuple[Relation, ...]:
        return (self._layout.input_plan,)

    @property
    def result_plan(self) -> Relation:
        return self._layout.result_plan(self._leaf_id)

    @property
    def is_append_only(self) -> bool:
        return False

    def needs_batch(self, watermarks: Watermarks, new_watermark_ms: int) -> bool:
        """Whether the watermark moved since the last batch's eviction."""
        moved = new_watermark_ms > watermarks.eviction_watermark_ms
        return self._follows_watermark and moved

    def recover(self, states: Sequence[KeyedState]) -> None:
        """Rebuild the expiry index over the recovered slots."""
        state, *pair_states = states
        if self._evicts:
            slots = state.live_slots()
            self._expiry = ExpiryIndex()
            self._expiry.add(slots, self._event_times_us(state.keys(slots)))
        for pairs, pair_state in zip(self._pairs, pair_states, strict=True):
            pairs.recover(pair_state)

    def process(
        self,
        inputs: Sequence[pa.Table],
        states: Sequence[KeyedState],
        watermarks: Watermarks,
    ) -> tuple[Changes, OperatorMetrics]:
        """Merge the batch's partials; see `StatefulOperator.process`."""
        metrics = OperatorMetrics()
        state = states[0]
        rows = inputs[0].combine_chunks()
        if self._evicts:
            rows, metrics.rows_dropped_by_watermark = self._drop_late(rows, watermarks)
        slots, former = self._merge(rows, states)
        final = np.empty(0, np.int64)
        watermark_us = watermarks.eviction_watermark_ms * 1000
        if self._evicts:
            final = state.in_order(self._expiry.pop_until(watermark_us))

        def settle() -> None:
            state.remove(final)
            for pairs, pair_state in zip(self._pairs, states[1:], strict=True):
                pairs.evict(pair_state, watermark_us)

        metrics.rows_updated = len(slots)
        metrics.rows_removed = len(final)
        metrics.rows_total = state.count - len(final)
        changes = Changes(
            updated=lambda: self._table(state, slots),
            final=lambda: self._table(state, final),
            snapshot=lambda: self._table(state, state.live_slots()),
            revision=lambda: weighted(former(), self._table(state, slots)),
            settle=settle,
        )
        return changes, metrics

    def _drop_late(
        self, rows: pa.Table, watermarks: Watermarks
    ) -> tuple[pa.Table, int]:
        """Groups whose event time is at or before batch N-1's watermark go.

        Watermark 12:10, window 12:00-12:10: its end, 12:10, is not after 12:10: late.
        """
        times = self._event_times_us(self._key_arrays(rows))
        late = times <= watermarks.late_events_watermark_ms * 1000
        dropped = int(late.sum())
        return (rows.filter(pa.array(~late)), dropped) if dropped else (rows, 0)

    def _merge(
        self, rows: pa.Table, states: Sequence[KeyedState]
    ) -> tuple[npt.NDArray[np.int64], Callable[[], pa.Table]]:
        """The slots touched, in order, and the rows that were there before."""
        state, *pair_states = states
        slots, is_new = state.lookup_or_insert(self._key_arrays(rows))
        order = state.order(slots)
        slots, is_new, rows = slots[order], is_new[order], rows.take(pa.array(order))
        keys = self._key_arrays(rows)
        was_there = pa.array(~is_new)
        lists = [
            pairs.take_new(keys, _array(rows.column(place)), pair_state)
            for pairs, place, pair_state in zip(
                self._pairs, self._layout.list_places, pair_states, strict=True
            )
        ]
        former = []
        for columns in self._layout.forms:
            values = _partials(columns, rows, lists)
            old = [state.gather(column, slots) for column in columns.values]
            former += old
            if not is_new.all():
                merged = columns.form.merge(old, values)
                values = _where(was_there, merged, values) if is_new.any() else merged
            for column, array in zip(columns.values, values, strict=True):
                state.scatter(column, slots, array)
        if self._evicts and is_new.any():
            times = self._event_times_us(keys)
            self._expiry.add(slots[is_new], times[is_new])
        names = self._layout.column_names
        before = pa.Table.from_arrays([*keys, *former], names)
        return slots, lambda: before.filter(was_there)

    def _key_arrays(self, rows: pa.Table) -> list[pa.Array]:
        return [_array(rows.column(i)) for i in range(self._layout.key_count)]

    def _event_times_us(self, keys: list[pa.Array]) -> npt.NDArray[np.int64]:
        """When each key becomes final, microseconds; a null time never does."""
        assert self._key_position is not None
        column = keys[self._key_position]
        if pa.types.is_struct(column.type):
            column = pc.struct_field(column, "end")
        never = np.iinfo(np.int64).max
        times = column.cast(pa.int64()).fill_null(never)
        numbers: npt.NDArray[np.int64] = times.to_numpy(zero_copy_only=False)
        return numbers

    def _table(self, state: KeyedState, slots: npt.NDArray[np.int64]) -> pa.Table:
        names = self._layout.column_names
        arrays = [*state.keys(slots)]
        arrays += [state.gather(i, slots) for i in range(len(names) - len(arrays))]
        return pa.Table.from_arrays(arrays, names)


def _partials(
    columns: FormColumns, rows: pa.Table, lists: Sequence[pa.ListArray]
) -> list[pa.Array]:
    """The batch's buffers of one aggregate."""
    if columns.pairs is not None:
        assert columns.form.summarize is not None
        return columns.form.summarize(lists[columns.pairs])
    first = columns.first_input
    return [_array(rows.column(first + i)) for i in range(len(columns.values))]


def _where(
    condition: pa.Array, arrays: Sequence[pa.Array], others: Sequence[pa.Array]
) -> list[pa.Array]:
    pairs = zip(arrays, others, strict=True)
    return [pc.if_else(condition, array, other) for array, other in pairs]


def _array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    combined = column.combine_chunks()
    return combined if isinstance(combined, pa.Array) else combined.chunk(0)
