"""Row groups: the rows of each join key, side by side, so that one step finds them.

A group is a number that stands for a key; a row is a slot. Each group has a region of
one array, with room to grow to twice its rows; a region that is full moves to a larger
one, and what it leaves is used again by another group.

    groups     0: [7 3 . .]   1: [5]   2: [1 4 - 9 . . . .]      -: a row that has gone

It is not persisted: its owner fills it again at recovery.

Invariants:
    - the rows of a group are in the order in which they were added
    - of the rows of a region fewer than half have gone, and a group without rows
      has no region
    - adding a row costs what is added, on average; so does removing one
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from unbounded.state import ordered_places

__all__ = ["Numbers", "RowGroups"]

Numbers = npt.NDArray[np.int64]

_NONE = -1


class RowGroups:
    """Groups to the slots of their rows."""

    def __init__(self) -> None:
        self._rows = _empty()
        self._top = 0
        self._free: dict[int, list[Numbers]] = {}
        # By group: where its region starts, its rows, those gone of them, its room.
        self._start, self._used = _empty(), _empty()
        self._gone, self._room = _empty(), _empty()
        # By slot: its group and its place.
        self._group_of, self._place_of = _empty(), _empty()

    @property
    def memory_bytes(self) -> int:
        """Bytes held."""
        by_group = 4 * self._start.nbytes
        return self._rows.nbytes + by_group + 2 * self._group_of.nbytes

    def is_empty(self, groups: Numbers) -> npt.NDArray[np.bool_]:
        """Whether each group has no rows."""
        known = groups < len(self._used)
        counts = np.zeros(len(groups), np.int64)
        counts[known] = self._used[groups[known]]
        empty: npt.NDArray[np.bool_] = counts == 0
        return empty

    def holds(self, slots: Numbers) -> npt.NDArray[np.bool_]:
        """Whether each slot is in a group."""
        held = np.zeros(len(slots), np.bool_)
        known = slots < len(self._group_of)
        held[known] = self._group_of[slots[known]] != _NONE
        return held

    def add(self, groups: Numbers, slots: Numbers) -> None:
        """Add each slot to its group, in this order."""
        if not len(groups):
            return
        self._reserve(int(groups.max()) + 1, int(slots.max()) + 1)
        order = ordered_places(groups)
        groups, slots = groups[order], slots[order]
        firsts = _firsts(groups)
        touched, added = groups[firsts], np.diff(np.append(firsts, len(groups)))
        needed = self._used[touched] + added
        is_full = needed > self._room[touched]
        if is_full.any():
            self._move(touched[is_full], added[is_full])
        ranks = np.arange(len(groups)) - np.repeat(firsts, added)
        places = np.repeat(self._start[touched] + self._used[touched], added) + ranks
        self._rows[places] = slots
        self._group_of[slots], self._place_of[slots] = groups, places
        self._used[touched] += added

    def pairs(
        self, groups: Numbers, piece_rows: int
    ) -> Iterator[tuple[Numbers, Numbers]]:
        """Each row of `groups` with each slot of its group, some at a time.

        Yields the positions in `groups` and the slots beside them, at most
        `piece_rows` of both. A group of -1 has no rows.
        """
        known = np.flatnonzero((groups >= 0) & (groups < len(self._used)))
        asked = groups[known]
        counts = self._used[asked]
        is_there = counts > 0
        known, asked, counts = known[is_there], asked[is_there], counts[is_there]
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        # What comes before the first place of each group, to count on from there.
        offsets = self._start[asked] - (ends - counts)
        for begin in range(0, total, piece_rows):
            end = min(begin + piece_rows, total)
            low, high = np.searchsorted(ends, (begin, end - 1), side="right")
            inside = np.minimum(ends[low : high + 1], end) - np.maximum(
                ends[low : high + 1] - counts[low : high + 1], begin
            )
            places = np.repeat(offsets[low : high + 1], inside)
            places += np.arange(begin, end)
            slots = self._rows.take(places)
            rows = np.repeat(known[low : high + 1], inside)
            is_held = slots != _NONE
            if not is_held.all():
                rows, slots = rows[is_held], slots[is_held]
            yield rows, slots

    def remove(self, slots: Numbers) -> Numbers:
        """Take distinct slots out; the groups that have no rows any more."""
        if not len(slots):
            return _empty()
        groups = self._group_of[slots]
        self._group_of[slots] = _NONE
        self._rows[self._place_of[slots]] = _NONE
        groups = groups[ordered_places(groups)]
        firsts = _firsts(groups)
        touched = groups[firsts]
        self._gone[touched] += np.diff(np.append(firsts, len(groups)))
        gone, used = self._gone[touched], self._used[touched]
        emptied = touched[gone == used]
        self._release_regions(self._start[emptied], self._room[emptied])
        self._used[emptied] = self._gone[emptied] = self._room[emptied] = 0
        loose = touched[(gone < used) & (2 * gone >= used)]
        if len(loose):
            self._close_gaps(loose, self._start[loose])
        return np.asarray(emptied)

    def _move(self, groups: Numbers, added: Numbers) -> None:
        """Give groups larger regions, for so many rows more."""
        needed = self._used[groups] - self._gone[groups] + added
        # 2 ** level places: the next power of two.
        levels = np.ceil(np.log2(needed)).astype(np.int64)
        starts = self._allocate(levels)
        old = groups[self._room[groups] > 0]
        left, left_room = self._start[old], self._room[old]
        self._close_gaps(groups, starts)
        self._release_regions(left, left_room)
        self._room[groups] = 1 << levels

    def _close_gaps(self, groups: Numbers, starts: Numbers) -> None:
        """Write the rows of groups to where they are to start, without gaps."""
        used = self._used[groups]
        places = _ranges(self._start[groups], used)
        rows = self._rows[places]
        is_held = rows != _NONE
        kept = used - self._gone[groups]
        targets = _ranges(starts, kept)
        rows = rows[is_held]
        self._rows[targets] = rows
        self._place_of[rows] = targets
        self._start[groups], self._used[groups], self._gone[groups] = starts, kept, 0

    def _allocate(self, levels: Numbers) -> Numbers:
        starts = np.empty(len(levels), np.int64)
        for level in np.unique(levels).tolist():
            wanted = np.flatnonzero(levels == level)
            taken = self._take_free(level, len(wanted))
            missing = len(wanted) - len(taken)
            fresh = self._top + (np.arange(missing) << level)
            self._top += missing << level
            starts[wanted] = np.concatenate([taken, fresh])
        if self._top > len(self._rows):
            self._rows = _grown(self._rows, self._top)
        return starts

    def _take_free(self, level: int, count: int) -> Numbers:
        parts, missing = [_empty()], count
        free = self._free.get(level, [])
        while free and missing:
            last = free.pop()
            if len(last) > missing:
                free.append(last[missing:])
                last = last[:missing]
            parts.append(last)
            missing -= len(last)
        return np.concatenate(parts)

    def _release_regions(self, starts: Numbers, rooms: Numbers) -> None:
        for room in np.unique(rooms).tolist():
            level = room.bit_length() - 1
            self._free.setdefault(level, []).append(starts[rooms == room])

    def _reserve(self, groups: int, slots: int) -> None:
        if groups > len(self._start):
            for name in ("_start", "_used", "_gone", "_room"):
                setattr(self, name, _grown(getattr(self, name), groups))
        if slots > len(self._group_of):
            known = len(self._group_of)
            self._group_of = _grown(self._group_of, slots)
            self._group_of[known:] = _NONE
            self._place_of = _grown(self._place_of, slots)


def _empty() -> Numbers:
    return np.zeros(0, np.int64)


def _firsts(ordered: Numbers) -> Numbers:
    """Where each run of equal numbers begins."""
    is_first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return np.flatnonzero(is_first)


def _ranges(starts: Numbers, counts: Numbers) -> Numbers:
    """The numbers from each start on, so many of each.

    >>> _ranges([10, 20], [2, 3])
    [10, 11, 20, 21, 22]
    """
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - counts), counts) + np.arange(total)


def _grown(array: npt.NDArray[Any], length: int) -> npt.NDArray[Any]:
    """With room for `length` and a quarter more; what is new is zero."""
    array.resize(length + length // 4, refcheck=False)
    return array
