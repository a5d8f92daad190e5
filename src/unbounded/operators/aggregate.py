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

from unbounded.operators.accumulators import AggregateForm, form_of
from unbounded.operators.merge import merge_arrays
from unbounded.operators.operator import (
    Changes,
    OperatorMetrics,
    Watermarks,
    weighted,
)
from unbounded.operators.state_names import state_name
from unbounded.plan.expressions import (
    WATERMARK_DELAY,
    AggregateCall,
    Alias,
    Literal,
)
from unbounded.plan.relations import Aggregate, OperatorOutput, Project, Relation
from unbounded.state import ExpiryIndex, KeyedState, OperatorSchema
from unbounded.types import ByteType, StructField

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
        aggregate: the resolved node; `aggregates` are all of mergeable form.
        operator_id: its place among the query's operators, Spark's numbering.
        leaf_id: the number by which `result_plan` reads what `Changes` holds.
        first_attribute_id: where new columns' ids start.
        drops_late_rows: whether late groups are dropped, and final ones evicted.
        follows_watermark: whether a watermark that moved asks for a batch.

    Raises:
        UnsupportedError: an aggregate function has no mergeable form.
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
        self._aggregate = aggregate
        self._follows_watermark = follows_watermark
        self._key_position = event_time_key(aggregate.grouping)
        self._evicts = drops_late_rows and self._key_position is not None
        self._grouping = aggregate.grouping or (_constant_key(first_attribute_id),)
        self._forms = tuple(
            form_of(alias.child)
            for alias in aggregate.aggregates
            if isinstance(alias.child, AggregateCall)
        )
        self._merges = tuple(a.merge for form in self._forms for a in form.accumulators)
        self._partials = _partial_aliases(
            aggregate.aggregates, self._forms, first_attribute_id + 1
        )
        self._columns = tuple(
            alias.to_attribute() for alias in (*self._grouping, *self._partials)
        )
        self._expiry = ExpiryIndex()
        self._operator_id = operator_id
        self._leaf_id = leaf_id

    @property
    def state_schemas(self) -> tuple[OperatorSchema, ...]:
        keys = tuple(_field(alias) for alias in self._grouping)
        values = tuple(_field(alias) for alias in self._partials)
        return (OperatorSchema(self._operator_id, self.name, keys, values),)

    @property
    def input_plans(self) -> tuple[Relation, ...]:
        child = self._aggregate.child
        grouping = self._aggregate.grouping
        if not grouping:
            partial = Aggregate(child, (), self._partials)
            key = self._grouping[0]
            return (Project(partial, (key, *partial.output)),)
        return (Aggregate(child, grouping, self._partials),)

    @property
    def result_plan(self) -> Relation:
        source = OperatorOutput(self._leaf_id, self._columns)
        key_count = len(self._grouping)
        keys = self._columns[:key_count] if self._aggregate.grouping else ()
        finished = []
        position = key_count
        for alias, form in zip(self._aggregate.aggregates, self._forms, strict=True):
            end = position + len(form.accumulators)
            value = form.finish(self._columns[position:end])
            finished.append(Alias(value, alias.names, alias.attribute_id))
            position = end
        return Project(source, (*keys, *finished))

    @property
    def is_append_only(self) -> bool:
        return False

    def needs_batch(self, watermarks: Watermarks, new_watermark_ms: int) -> bool:
        """Whether the watermark moved since the last batch's eviction."""
        moved = new_watermark_ms > watermarks.eviction_watermark_ms
        return self._follows_watermark and moved

    def recover(self, states: Sequence[KeyedState]) -> None:
        """Rebuild the expiry index over the recovered slots."""
        (state,) = states
        if self._evicts:
            slots = state.live_slots()
            self._expiry = ExpiryIndex()
            self._expiry.add(slots, self._event_times_us(state.keys(slots)))

    def process(
        self,
        inputs: Sequence[pa.Table],
        states: Sequence[KeyedState],
        watermarks: Watermarks,
    ) -> tuple[Changes, OperatorMetrics]:
        """Merge the batch's partials; see `StatefulOperator.process`."""
        metrics = OperatorMetrics()
        (state,) = states
        rows = inputs[0].combine_chunks()
        if self._evicts:
            rows, metrics.rows_dropped_by_watermark = self._drop_late(rows, watermarks)
        slots, former = self._merge(rows, state)
        final = np.empty(0, np.int64)
        if self._evicts:
            due = self._expiry.pop_until(watermarks.eviction_watermark_ms * 1000)
            final = state.in_order(due)
        metrics.rows_updated = len(slots)
        metrics.rows_removed = len(final)
        metrics.rows_total = state.count - len(final)
        changes = Changes(
            updated=lambda: self._table(state, slots),
            final=lambda: self._table(state, final),
            snapshot=lambda: self._table(state, state.live_slots()),
            revision=lambda: weighted(former(), self._table(state, slots)),
            settle=lambda: state.remove(final),
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
        self, rows: pa.Table, state: KeyedState
    ) -> tuple[npt.NDArray[np.int64], Callable[[], pa.Table]]:
        """The slots touched, and the rows that were there before."""
        keys = self._key_arrays(rows)
        slots, is_new = state.lookup_or_insert(keys)
        was_there = pa.array(~is_new)
        former = []
        for column, kind in enumerate(self._merges):
            new = _array(rows.column(len(self._grouping) + column))
            old = state.gather(column, slots)
            former.append(old)
            if not is_new.all():
                merged = merge_arrays(kind, old, new)
                new = pc.if_else(was_there, merged, new) if is_new.any() else merged
            state.scatter(column, slots, new)
        if self._evicts and is_new.any():
            times = self._event_times_us(keys)
            self._expiry.add(slots[is_new], times[is_new])
        names = [c.column_name for c in self._columns]
        before = pa.Table.from_arrays([*keys, *former], names)
        return slots, lambda: before.filter(was_there)

    def _key_arrays(self, rows: pa.Table) -> list[pa.Array]:
        return [_array(rows.column(i)) for i in range(len(self._grouping))]

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
        arrays = [*state.keys(slots)]
        arrays += [state.gather(i, slots) for i in range(len(self._merges))]
        return pa.Table.from_arrays(arrays, [c.column_name for c in self._columns])


def _constant_key(attribute_id: int) -> Alias:
    return Alias(Literal(0, ByteType()), ("key",), attribute_id)


def _field(alias: Alias) -> StructField:
    column = alias.to_attribute()
    return StructField(state_name(alias), column.data_type, True, column.metadata)


def _array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    combined = column.combine_chunks()
    return combined if isinstance(combined, pa.Array) else combined.chunk(0)


def _partial_aliases(
    aggregates: tuple[Alias, ...], forms: tuple[AggregateForm, ...], first_id: int
) -> tuple[Alias, ...]:
    """Columns `name.buffer` for every accumulator, numbered from `first_id`."""
    named = [
        (f"{alias.name}.{accumulator.name}", accumulator.partial)
        for alias, form in zip(aggregates, forms, strict=True)
        for accumulator in form.accumulators
    ]
    return tuple(
        Alias(partial, (name,), first_id + index)
        for index, (name, partial) in enumerate(named)
    )
