"""Group values: the values that the groups of an aggregation have, and how often.

One table of state for the functions over the same values. A row is a group's key and
a value, with the number of rows that have it. A batch's values come with weights,
are netted and looked up, so the cost is that of the batch; the values of a group are
walked only where a function asks for them all. What has gone stays until the batch is
settled, so that a batch can be asked for what was there before.

Invariants:
    - a value's count is above 0, but for those that have gone in this batch
    - a group's values are in the order in which they came
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unbounded.operators.slot_runs import SlotRuns
from unbounded.state import KeyedState

__all__ = ["GroupValues", "ValueChanges"]

Numbers = npt.NDArray[np.int64]
Element = TypeVar("Element", np.int64, np.bool_)


@dataclass(frozen=True, slots=True)
class ValueChanges:
    """The values whose counts a batch has changed.

    `slots` are theirs, ascending; `groups` the place of each one's group among the
    batch's groups.
    """

    slots: Numbers
    groups: Numbers
    before: Numbers
    after: Numbers


class GroupValues:
    """The values of one table.

    Args:
        key_count: how many columns of the state's key are the group's.
    """

    def __init__(self, key_count: int) -> None:
        self._key_count = key_count
        self._runs = SlotRuns()
        # By the slot of a value, its group's; by that, whether its run holds slots
        # that have gone since.
        self._owners = np.zeros(0, np.int64)
        self._is_torn = np.zeros(0, np.bool_)

    def recover(self, state: KeyedState, groups: KeyedState) -> None:
        """Find each recovered value's group."""
        self._runs = SlotRuns()
        slots = state.live_slots()
        owners = groups.lookup(state.keys(slots)[: self._key_count])
        assert (owners >= 0).all(), "a value's group is there"
        self._add(owners, slots)

    def change(
        self,
        groups: Numbers,
        keys: Sequence[pa.Array],
        lists: pa.ListArray,
        state: KeyedState,
    ) -> ValueChanges:
        """Add up the weights of a batch's values.

        Args:
            groups: the slot of each row's group, distinct.
            keys: the columns of its key.
            lists: its values, each a struct of its weight and the value's columns.
        """
        parents = pc.list_parent_indices(lists)
        weights, *columns = lists.flatten().flatten()
        found, is_new = state.lookup_or_insert(
            [*(k.take(parents) for k in keys), *columns]
        )
        places = np.asarray(parents, np.int64)
        new = found[is_new]
        self._add(groups[places[is_new]], new)
        slots, first, rows = np.unique(found, return_index=True, return_inverse=True)
        before = _counts(state, slots)
        after = before.copy()
        np.add.at(after, rows, weights.to_numpy())
        assert (after >= 0).all(), "a value is taken back that was never there"
        changed = (after != before) | (after == 0)
        state.scatter(0, slots[changed], pa.array(after[changed]))
        return ValueChanges(slots, places[first], before, after)

    def settle(self, changes: ValueChanges, state: KeyedState) -> None:
        """Forget the values that have gone."""
        self._forget(changes.slots[changes.after == 0], state)

    def evict(self, groups: Numbers, state: KeyedState) -> None:
        """Forget all values of groups that leave."""
        _, slots = self._held(groups, state)
        self._forget(slots, state)
        nothing = np.zeros(0, np.int64)
        self._runs.replace(groups, np.zeros(len(groups), np.int64), nothing)
        self._is_torn[groups] = False

    def lists(
        self,
        groups: Numbers,
        state: KeyedState,
        before: ValueChanges | None = None,
        *,
        repeats: bool = True,
    ) -> pa.ListArray:
        """The values of each group, as often as they are there, or each once.

        As they are now, or as they were `before` those changes.
        """
        lengths, slots = self._held(groups, state)
        counts = _counts(state, slots)
        if before is not None:
            _put_back(counts, slots, before)
        if not repeats:
            counts = np.minimum(counts, 1)
        columns = state.keys(np.repeat(slots, counts))[self._key_count :]
        values = columns[0] if len(columns) == 1 else _struct(columns)
        ends = np.concatenate([[0], np.cumsum(counts)])
        edges = np.concatenate([[0], np.cumsum(lengths)])
        return pa.ListArray.from_arrays(pa.array(ends[edges].astype(np.int32)), values)

    def values(self, slots: Numbers, state: KeyedState) -> pa.Array:
        """The first column of some values."""
        return state.keys(slots)[self._key_count]

    def count_changes(
        self, changes: ValueChanges, count: int, state: KeyedState
    ) -> Numbers:
        """How many values more each of `count` groups has, of those without nulls."""
        differences = (changes.after > 0).astype(np.int64) - (changes.before > 0)
        for column in state.keys(changes.slots)[self._key_count :]:
            if column.null_count:
                differences[np.asarray(pc.is_null(column))] = 0
        found = np.zeros(count, np.int64)
        np.add.at(found, changes.groups, differences)
        return found

    def _add(self, owners: Numbers, slots: Numbers) -> None:
        """Put new values at the ends of their groups' runs."""
        self._owners = _reaching(self._owners, slots)
        self._is_torn = _reaching(self._is_torn, owners)
        self._owners[slots] = owners
        order = np.argsort(owners, kind="stable")
        groups, counts = np.unique(owners, return_counts=True)
        self._runs.append(groups, counts.astype(np.int64), slots[order])

    def _held(self, groups: Numbers, state: KeyedState) -> tuple[Numbers, Numbers]:
        """How many values each group has, and their slots; runs are mended."""
        self._is_torn = _reaching(self._is_torn, groups)
        if self._is_torn[groups].any():
            self._mend(groups[self._is_torn[groups]], state)
        return self._runs.lengths(groups), self._runs.entries(groups)

    def _mend(self, groups: Numbers, state: KeyedState) -> None:
        """Take out of the groups' runs what has gone; a slot may be another's now."""
        owners = np.repeat(groups, self._runs.lengths(groups))
        slots = self._runs.entries(groups)
        is_held = self._owners[slots] == owners
        slots, first = np.unique(slots[is_held], return_index=True)
        owners = owners[is_held][first]
        order = np.lexsort((state.sequences(slots), owners))
        slots, owners = slots[order], owners[order]
        kept, counts = np.unique(owners, return_counts=True)
        lengths = np.zeros(len(groups), np.int64)
        ascending = np.argsort(groups)
        lengths[np.searchsorted(groups[ascending], kept)] = counts
        self._runs.replace(groups[ascending], lengths, slots)
        self._is_torn[groups] = False

    def _forget(self, slots: Numbers, state: KeyedState) -> None:
        self._is_torn[self._owners[slots]] = True
        self._owners[slots] = -1
        state.remove(slots)


def _put_back(counts: Numbers, slots: Numbers, changes: ValueChanges) -> None:
    """Make `counts` those from before the changes."""
    places = np.searchsorted(changes.slots, slots)
    places = np.minimum(places, max(0, len(changes.slots) - 1))
    if len(changes.slots):
        was_changed = changes.slots[places] == slots
        counts[was_changed] = changes.before[places[was_changed]]


def _struct(columns: Sequence[pa.Array]) -> pa.StructArray:
    names = [f"value{number}" for number in range(len(columns))]
    return pa.StructArray.from_arrays(columns, names)


def _counts(state: KeyedState, slots: Numbers) -> Numbers:
    counts = state.gather(0, slots).fill_null(0)
    return np.array(counts.to_numpy(zero_copy_only=False), np.int64)


def _reaching(array: npt.NDArray[Element], places: Numbers) -> npt.NDArray[Element]:
    """The array, longer if it is too short for the places."""
    needed = int(places.max()) + 1 if len(places) else 0
    if needed <= len(array):
        return array
    longer = np.zeros(max(needed, 2 * len(array)), array.dtype)
    longer[: len(array)] = array
    return longer
