"""Revised aggregate: a grouped aggregation over rows that may be taken back.

Its input has weights: 1 for a row that now holds, -1 for one that no longer does.
DuckDB adds each batch's weights up by key; counts and exact sums are added to the
state's, and for other functions the state has a table of each group's values, over
which they run anew for the groups that a batch touches. What leaves has weights
again, so aggregations may stand on one another.

    counts of counts    a 1 -> a 2, b 1
    input               n=1 -1, n=2 +1, n=1 +1
    result              n=1 has 1 row, n=2 has 1 row

Its state is not Spark's, which has no such operator, and can't be carried to it.

Invariants:
    - a group is there as long as it has rows; one without keys always is
    - a key whose event time is at or before the eviction watermark is final
    - the cost of a batch is that of the keys it touches and evicts, and of their
      values where a function walks those
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unbounded.operators.aggregate import event_time_key
from unbounded.operators.group_ends import GroupEnds
from unbounded.operators.group_values import GroupValues, ValueChanges
from unbounded.operators.merge import added
from unbounded.operators.operator import (
    Changes,
    OperatorMetrics,
    Watermarks,
    weighted,
)
from unbounded.operators.ordering import compare
from unbounded.operators.revised_layout import Buffer, RevisedLayout
from unbounded.operators.value_extremes import moved_extremes
from unbounded.plan.expressions import AttributeReference
from unbounded.plan.relations import Aggregate, Relation
from unbounded.state import KeyedState, OperatorSchema

__all__ = ["RevisedAggregate"]

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Touched:
    """The groups that a batch has changed, in order, and what they were before."""

    slots: Numbers
    was_there: npt.NDArray[np.bool_]
    is_there: npt.NDArray[np.bool_]
    former: list[pa.Array]
    changes: list[ValueChanges]


class RevisedAggregate:
    """A streaming aggregation over revised rows.

    Args:
        aggregate: the resolved node.
        weight: the column of its rows' weights.
        operator_id: its place among the query's operators, Spark's numbering.
        leaf_id: the number by which `result_plan` reads what `Changes` holds.
        first_attribute_id: where new columns' ids start.
        drops_late_rows: whether late groups are dropped, and final ones evicted.
        follows_watermark: whether a watermark that moved asks for a batch.
    """

    name = "revisedAggregate"
    is_append_only = False

    def __init__(
        self,
        aggregate: Aggregate,
        weight: AttributeReference,
        operator_id: int,
        leaf_id: int,
        first_attribute_id: int,
        *,
        drops_late_rows: bool,
        follows_watermark: bool,
    ) -> None:
        self._layout = RevisedLayout(aggregate, weight, first_attribute_id)
        self._follows_watermark = follows_watermark
        position = event_time_key(aggregate.grouping)
        self._evicts = drops_late_rows and position is not None
        self._ends = GroupEnds(position if self._evicts else None)
        self._values = [
            GroupValues(self._layout.key_count) for _ in self._layout.tables
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

    def needs_batch(self, watermarks: Watermarks, new_watermark_ms: int) -> bool:
        """Whether the watermark moved since the last batch's eviction."""
        moved = new_watermark_ms > watermarks.eviction_watermark_ms
        return self._follows_watermark and moved

    def recover(self, states: Sequence[KeyedState]) -> None:
        """Find the groups' ends and values again."""
        groups, *tables = states
        self._ends.recover(groups)
        for values, state in zip(self._values, tables, strict=True):
            values.recover(state, groups)

    def process(
        self,
        inputs: Sequence[pa.Table],
        states: Sequence[KeyedState],
        watermarks: Watermarks,
    ) -> tuple[Changes, OperatorMetrics]:
        """Add the weights up; see `StatefulOperator.process`."""
        groups = states[0]
        rows = inputs[0].combine_chunks()
        late = self._ends.are_late(self._keys(rows), watermarks) & self._evicts
        dropped = int(late.sum())
        if dropped:
            rows = rows.filter(pa.array(~late))
        touched = self._merge(rows, states)
        gone = touched.slots[~touched.is_there]
        live = touched.slots[touched.is_there]
        final = self._ends.take_final(groups, watermarks)
        leaving = np.union1d(gone, final)

        def settle() -> None:
            for values, state, changes in zip(
                self._values, states[1:], touched.changes, strict=True
            ):
                values.settle(changes, state)
                values.evict(leaving, state)
            groups.remove(leaving)

        changes = Changes(
            updated=lambda: self._table(states, live),
            final=lambda: self._table(states, final),
            snapshot=lambda: self._table(states, _without(groups.live_slots(), gone)),
            revision=lambda: weighted(
                self._former(states, touched), self._table(states, live)
            ),
            settle=settle,
        )
        metrics = OperatorMetrics(
            rows_total=groups.count - len(leaving),
            rows_updated=len(live),
            rows_removed=len(leaving),
            rows_dropped_by_watermark=dropped,
        )
        return changes, metrics

    def _merge(self, rows: pa.Table, states: Sequence[KeyedState]) -> _Touched:
        groups, *tables = states
        slots, is_new = groups.lookup_or_insert(self._keys(rows))
        order = groups.order(slots)
        slots, is_new, rows = slots[order], is_new[order], rows.take(pa.array(order))
        keys = self._keys(rows)
        self._ends.add(slots[is_new], [key.filter(pa.array(is_new)) for key in keys])
        changes = [
            values.change(slots, keys, _array(rows.column(table.place)), state)
            for values, table, state in zip(
                self._values, self._layout.tables, tables, strict=True
            )
        ]
        former = [groups.gather(n, slots) for n in range(len(self._layout.buffers))]
        merged = [
            self._merged(buffer, old, rows, slots, changes, tables)
            for buffer, old in zip(self._layout.buffers, former, strict=True)
        ]
        for place, array in enumerate(merged):
            groups.scatter(place, slots, array)
        counts = merged[0].to_numpy(zero_copy_only=False)
        assert (counts >= 0).all(), "a row is taken back that was never there"
        is_there = (counts > 0) | self._layout.is_global
        is_other = is_new | ~is_there | self._have_changed(former, merged, changes)
        is_kept = pa.array(is_other, pa.bool_())
        return _Touched(
            slots[is_other],
            ~is_new[is_other],
            is_there[is_other],
            [array.filter(is_kept) for array in former],
            changes,
        )

    def _have_changed(
        self,
        former: Sequence[pa.Array],
        merged: Sequence[pa.Array],
        changes: Sequence[ValueChanges],
    ) -> npt.NDArray[np.bool_]:
        """Which groups' results a batch has made another."""
        have = np.zeros(len(former[0]), np.bool_)
        for place in self._layout.shown:
            have |= compare(former[place], merged[place]) != 0
        for number in self._layout.listed:
            changed = changes[number]
            have[changed.groups[changed.after != changed.before]] = True
        return have

    def _merged(
        self,
        buffer: Buffer,
        old: pa.Array,
        rows: pa.Table,
        slots: Numbers,
        changes: Sequence[ValueChanges],
        tables: Sequence[KeyedState],
    ) -> pa.Array:
        """One buffer of the touched groups with what the batch makes of it."""
        if buffer.table is None:
            return _sum(old, _array(rows.column(buffer.place)))
        values, state = self._values[buffer.table], tables[buffer.table]
        changed = changes[buffer.table]
        if buffer.reading == "count":
            return _sum(old, pa.array(values.count_changes(changed, len(slots), state)))
        assert buffer.reading in ("min", "max"), "a list is not kept"
        return moved_extremes(buffer.reading, old, values, changed, slots, state)

    def _former(self, states: Sequence[KeyedState], touched: _Touched) -> pa.Table:
        """The rows of the touched groups as they were before the batch."""
        slots = touched.slots[touched.was_there]
        was_there = pa.array(touched.was_there, pa.bool_())
        buffers = [array.filter(was_there) for array in touched.former]
        return self._rows(states, slots, buffers, touched.changes)

    def _table(self, states: Sequence[KeyedState], slots: Numbers) -> pa.Table:
        places = range(len(self._layout.buffers))
        buffers = [states[0].gather(place, slots) for place in places]
        return self._rows(states, slots, buffers)

    def _rows(
        self,
        states: Sequence[KeyedState],
        slots: Numbers,
        buffers: Sequence[pa.Array],
        before: Sequence[ValueChanges] | None = None,
    ) -> pa.Table:
        """The groups' rows: keys, buffers, and lists of values."""
        lists = [
            self._values[number].lists(
                slots,
                states[1 + number],
                before[number] if before else None,
                repeats=self._layout.tables[number].repeats,
            )
            for number in self._layout.listed
        ]
        arrays = [*states[0].keys(slots), *buffers, *lists]
        return pa.Table.from_arrays(arrays, self._layout.output_names)

    def _keys(self, rows: pa.Table) -> list[pa.Array]:
        return [_array(rows.column(i)) for i in range(self._layout.key_count)]


def _sum(old: pa.Array, new: pa.Array) -> pa.Array:
    """The sum; what has had no value yet is 0."""
    return pc.fill_null(added(old, new), pa.scalar(0, old.type))


def _without(slots: Numbers, gone: Numbers) -> Numbers:
    kept: Numbers = slots[~np.isin(slots, gone)] if len(gone) else slots
    return kept


def _array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    combined = column.combine_chunks()
    return combined if isinstance(combined, pa.Array) else combined.chunk(0)
