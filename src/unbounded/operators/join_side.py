"""Join side: the rows that one input of a streaming join has brought so far.

The rows lie in a log; a key leads to its rows by groups that both sides share. A row
leaves the state when no row that is still to come can join it: by its time, if the
condition and the watermark bound it.

On disk:  store `left-keyWithIndexToValue` (`right-…`), one row a stored row
    key     index                   the row's number
    value   the input's columns, computed keys, `matched` (of joins that need it)

Invariants:
    - a row is in the groups if it is in the log and its key can be equal to another
    - a row that has left is found no more
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unbounded.operators.event_times import NEVER_US, Times, times_us
from unbounded.operators.join_bounds import SideBound
from unbounded.operators.row_groups import Numbers, RowGroups
from unbounded.operators.state_names import state_name
from unbounded.plan.expressions import Alias, AttributeReference, Expression
from unbounded.plan.relations import Project, Relation, output_of
from unbounded.state import (
    IS_HIDDEN,
    JOIN_KEYS,
    ExpiryIndex,
    KeyedState,
    OperatorSchema,
    RowLog,
    ordered_places,
)
from unbounded.types import BooleanType, LongType, StructField, to_arrow

__all__ = ["Arrived", "JoinSide", "SidePlan", "plan_side"]

Bools = npt.NDArray[np.bool_]

_INDEX = StructField("index", LongType(), False)
_MATCHED = StructField("matched", BooleanType(), False, {IS_HIDDEN: True})


@dataclass(frozen=True, slots=True)
class SidePlan:
    """What a side computes of its rows: its columns, its keys and its filters."""

    input_plan: Relation
    columns: tuple[AttributeReference, ...]
    keys: tuple[AttributeReference, ...]
    filters: tuple[AttributeReference, ...]

    @property
    def stored(self) -> tuple[AttributeReference, ...]:
        """The columns of the state: the keys that are computed come last."""
        computed = (key for key in self.keys if key not in self.columns)
        return (*self.columns, *dict.fromkeys(computed))


def plan_side(
    child: Relation,
    keys: Sequence[Expression],
    filters: Sequence[Expression],
    first_attribute_id: int,
) -> SidePlan:
    """The plan of a side; columns that it adds are numbered from there on."""
    columns = output_of(child)
    by_id = {column.attribute_id: column for column in columns}
    added: list[Alias] = []

    def column_of(expression: Expression, name: str) -> AttributeReference:
        if isinstance(expression, AttributeReference):
            return by_id[expression.attribute_id]
        alias = Alias(expression, (name,), first_attribute_id + len(added))
        added.append(alias)
        return alias.to_attribute()

    key_columns = tuple(column_of(key, state_name(key)) for key in keys)
    filter_columns = tuple(column_of(each, "filter") for each in filters)
    plan = Project(child, (*columns, *added)) if added else child
    return SidePlan(plan, columns, key_columns, filter_columns)


class Arrived(NamedTuple):
    """Rows that came and are stored, in the order of their groups.

    The group is -1 where no other row can join one. `times` are what the condition's
    range is about, if it has one; `leaving` is when each row may leave.
    """

    slots: Numbers
    groups: Numbers
    times: Times | None
    leaving: Times

    def picked(self, holds: Bools) -> Arrived:
        """Those for which `holds`."""
        times = None if self.times is None else self.times[holds]
        return Arrived(
            self.slots[holds], self.groups[holds], times, self.leaving[holds]
        )


class JoinSide:
    """One side of a join: what it stores, and how its rows are found.

    Args:
        plan: what it computes of its input.
        name: `left` or `right`.
        bound: when its rows may leave; None: never.
        late: the column by which its rows are late, if there is one.
        time: the column of the condition's range of times, if it has one.
        null_safe: of each key, whether null equals null.
        notes_matches: whether the join asks which rows have found another.
    """

    def __init__(
        self,
        plan: SidePlan,
        name: str,
        bound: SideBound | None,
        late: AttributeReference | None,
        time: AttributeReference | None,
        null_safe: Sequence[bool],
        *,
        notes_matches: bool,
    ) -> None:
        self.plan = plan
        self.bound = bound
        self.notes_matches = notes_matches
        self._name = name
        self._late = late
        self._time = time
        self._null_safe = null_safe
        self._places = {c.column_name: n for n, c in enumerate(plan.stored)}
        self._forget()

    @property
    def _ranges_by_leaving(self) -> bool:
        """Whether rows leave by the time that the range is about, or there is none."""
        if self._time is None:
            return True
        leaves_by = None if self.bound is None else self.bound.column
        return leaves_by is not None and leaves_by.column_name == self._time.column_name

    def _forget(self) -> None:
        self.groups = RowGroups(ranges_by_leaving=self._ranges_by_leaving)
        self._expiry = ExpiryIndex()

    def state_schema(self, operator_id: int, kind: str) -> OperatorSchema:
        """The side's table of state."""
        fields = [self._field(column) for column in self.plan.stored]
        if self.notes_matches:
            fields.append(_MATCHED)
        return OperatorSchema(
            operator_id,
            kind,
            (_INDEX,),
            tuple(fields),
            store_name=f"{self._name}-keyWithIndexToValue",
            is_log=True,
        )

    def _field(self, column: AttributeReference) -> StructField:
        """A field of the state, from which readers tell the join's keys."""
        metadata = dict(column.metadata)
        keys = [n for n, key in enumerate(self.plan.keys) if key == column]
        if keys:
            metadata[JOIN_KEYS] = keys
        if column not in self.plan.columns:
            metadata[IS_HIDDEN] = True
        return StructField(column.name, column.data_type, True, metadata)

    # --- rows that come -----------------------------------------------------

    def on_time(self, rows: pa.Table, watermark_ms: int) -> tuple[pa.Table, int]:
        """The rows that are not late, and how many are."""
        if self._late is None:
            return rows, 0
        times = times_us(rows.column(self._late.column_name), NEVER_US)
        is_late = times <= watermark_ms * 1000
        late = int(is_late.sum())
        return (rows.filter(pa.array(~is_late)), late) if late else (rows, 0)

    def parted(self, rows: pa.Table) -> tuple[pa.Table, pa.Table]:
        """The rows that satisfy the side's own part of the condition, and the rest."""
        passes = np.ones(rows.num_rows, np.bool_)
        for column in self.plan.filters:
            passes &= rows.column(column.column_name).fill_null(False).to_numpy()
        if passes.all():
            return rows, rows.slice(0, 0)
        return rows.filter(pa.array(passes)), rows.filter(pa.array(~passes))

    def _groups_of(
        self, known: KeyedState | None, keys: list[pa.Array], count: int
    ) -> Numbers:
        if known is None:
            return np.zeros(count, np.int64)
        joins = [
            np.asarray(key.is_valid())
            for key, is_safe in zip(keys, self._null_safe, strict=True)
            if key.null_count and not is_safe
        ]
        if not joins:
            groups = known.lookup_or_insert(keys)[0]
        else:
            can_join = np.logical_and.reduce(joins)
            found = pa.array(can_join)
            groups = np.full(count, -1, np.int64)
            keys = [key.filter(found) for key in keys]
            groups[can_join] = known.lookup_or_insert(keys)[0]
        # The index is made anew at a restart, so nobody asks what changed.
        known.take_changes()
        return groups

    def append(self, log: RowLog, rows: pa.Table, known: KeyedState | None) -> Arrived:
        """Store the rows, and tell the groups of their keys, new or `known`."""
        values = [_array(rows, column) for column in self.plan.stored]
        if self.notes_matches:
            values.append(pa.array(np.zeros(rows.num_rows, np.bool_)))
        slots = log.append(values)
        keys = [_array(rows, column) for column in self.plan.keys]
        groups = self._groups_of(known, keys, rows.num_rows)
        return self._arrived(log, slots, groups)

    def add(self, arrived: Arrived) -> None:
        """Let stored rows be found, and note when they may leave."""
        slots, groups, times, leaving = arrived
        if self.bound is not None:
            self._expiry.add(slots, leaving)
        if self._ranges_by_leaving:
            times = None
        # Those of no group come first.
        first = int(np.searchsorted(groups, 0))
        times = None if times is None else times[first:]
        self.groups.add(groups[first:], slots[first:], leaving[first:], times)

    def _arrived(self, log: RowLog, slots: Numbers, groups: Numbers) -> Arrived:
        """Rows by group, so that what is known of groups is gone through but once."""
        times = self._times(log, slots)
        leaving = np.full(len(slots), NEVER_US)
        if self.bound is not None:
            leaving = self._leaving_times(log, slots)
        if times is not None:
            # Without the time that others are compared with, none can join it.
            groups = np.where(times == NEVER_US, -1, groups)
        order = ordered_places(groups + 1)
        times = None if times is None else times[order]
        return Arrived(slots[order], groups[order], times, leaving[order])

    def recover(self, log: RowLog, known: KeyedState | None) -> None:
        """Take up the rows of a log read from disk."""
        self._forget()
        slots = log.live_slots()
        keys = [self.values(log, key, slots) for key in self.plan.keys]
        groups = self._groups_of(known, keys, len(slots))
        self.add(self._arrived(log, slots, groups))

    # --- rows that are stored -----------------------------------------------

    def values(
        self, log: RowLog, column: AttributeReference, slots: Numbers
    ) -> pa.Array:
        """A column of the rows at some slots."""
        return log.gather(self._places[column.column_name], slots)

    def _times(self, log: RowLog, slots: Numbers) -> Times | None:
        """The times that the condition's range is about, if it has one."""
        if self._time is None:
            return None
        return times_us(self.values(log, self._time, slots), NEVER_US)

    def has(self, column: AttributeReference) -> bool:
        """Whether it is a column of this side."""
        return column.column_name in self._places

    def columns(self, log: RowLog, slots: Numbers) -> list[pa.Array]:
        """The input's columns of the rows at some slots."""
        return [self.values(log, column, slots) for column in self.plan.columns]

    def rows(self, log: RowLog, slots: Numbers) -> pa.Table:
        """The same as a table."""
        names = [column.column_name for column in self.plan.columns]
        return pa.Table.from_arrays(self.columns(log, slots), names)

    def arrays(self, rows: pa.Table) -> list[pa.Array]:
        """The input's columns of rows that are not stored."""
        return [_array(rows, column) for column in self.plan.columns]

    def nulls(self, count: int) -> list[pa.Array]:
        """The input's columns where there is no row."""
        return [pa.nulls(count, to_arrow(c.data_type)) for c in self.plan.columns]

    def is_matched(self, log: RowLog, slots: Numbers) -> Bools:
        """Which rows have found another."""
        matched = log.gather(len(self._places), slots)
        return np.asarray(matched)

    def note_matches(self, log: RowLog, slots: Numbers) -> None:
        """The rows at these distinct slots have found another."""
        fresh = slots[~self.is_matched(log, slots)]
        if len(fresh):
            log.scatter(len(self._places), fresh, pa.array(np.ones(len(fresh), bool)))

    def pop_leaving(self, log: RowLog, watermark_ms: int) -> Numbers:
        """The rows that may leave at a watermark, in the order of their coming."""
        if self.bound is None:
            return np.zeros(0, np.int64)
        last_us = self.bound.bound_ms(watermark_ms) * 1000
        due = self._expiry.pop_until(last_us)
        due = due[log.is_live(due)]
        return log.in_order(due[self._leaving_times(log, due) <= last_us])

    def let_leave(self, log: RowLog, slots: Numbers, watermark_ms: int) -> None:
        """Forget rows that leave at a watermark; they are found no more."""
        if self.bound is not None:
            self.groups.let_leave(self.bound.bound_ms(watermark_ms) * 1000)
            log.remove(slots)

    def _leaving_times(self, log: RowLog, slots: Numbers) -> Times:
        """What the bound is compared with; a row without a time never leaves."""
        assert self.bound is not None
        key = self.bound.key
        column = self.bound.column if key is None else self.plan.keys[key]
        assert column is not None, "bound by a key or by a column"
        return times_us(self.values(log, column, slots), NEVER_US)

    def note_memory(self, log: RowLog) -> None:
        """Count what leads to the rows as part of the state."""
        log.note_beside(self.groups.memory_bytes + self._expiry.memory_bytes)


def _array(rows: pa.Table, column: AttributeReference) -> pa.Array:
    return rows.column(column.column_name).combine_chunks()
