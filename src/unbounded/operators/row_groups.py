"""Row groups: the rows of each join key, side by side, so that one step finds them.

A group is a number that stands for a key; a row is a slot, with the time at which it
leaves. Each group has a region of one array, with room for more rows than it has:

    groups     0: [7 3 . .]      1: [x x 5 4 9 . . .]       x: a row that has left

Rows leave by time alone, mostly in the order in which they came, and nothing is
written then. A group that is asked for steps over those in front; one that is full
drops all that have left and moves to a region of the right size; one that nobody asks
for again is met by a sweep that goes round, some groups a batch.

It is not persisted: its owner fills it again at recovery.

Invariants:
    - the rows of a group are in the order in which they were added
    - a row that has left is not found
    - adding a row costs what is added, on average
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from unbounded.operators.event_times import NEVER_US
from unbounded.state import ordered_places

__all__ = ["Found", "Numbers", "RowGroups"]

Numbers = npt.NDArray[np.int64]

# A region holds 2 ** level rows.
_LEVEL_MIN = 2
# So many places are looked at at a time that what is known of them stays in cache.
_BLOCK_ROWS = 1 << 16


class Found(NamedTuple):
    """Positions in the groups asked for, and beside each a slot and its place.

    Places are good until rows are added.
    """

    rows: Numbers
    slots: Numbers
    places: Numbers


class RowGroups:
    """Groups to the slots of their rows.

    Args:
        ranges_by_leaving: whether the time that `pairs` picks by is that at which
            rows leave; else it is a time of its own.
    """

    def __init__(self, *, ranges_by_leaving: bool) -> None:
        self._rows = np.zeros(0, np.int32)
        # By place, beside the rows: when each leaves, and what is picked by.
        self._leaving = _empty()
        self._times = None if ranges_by_leaving else _empty()
        self._top = 0
        self._free: dict[int, list[Numbers]] = {}
        # By group: where its rows start, how many there are, where its region ends.
        self._start, self._count, self._end = _empty(), _empty(), _empty()
        self._room, self._last = _empty(), _empty()
        self._left_until = -NEVER_US

    @property
    def memory_bytes(self) -> int:
        """Bytes held."""
        by_group = 5 * self._start.nbytes
        by_place = self._rows.nbytes + self._leaving.nbytes
        return by_group + by_place + (0 if self._times is None else self._times.nbytes)

    def add(
        self, groups: Numbers, slots: Numbers, leaving: Numbers, times: Numbers | None
    ) -> None:
        """Add each slot to its group, in this order.

        Args:
            leaving: the time at which each row leaves; `NEVER_US` if it stays.
            times: what `pairs` picks by, if that is another time.
        """
        if not len(groups):
            return
        self._reserve(int(groups.max()) + 1)
        order = ordered_places(groups)
        groups, leaving = groups[order], leaving[order]
        firsts = _firsts(groups)
        touched, added = groups[firsts], np.diff(np.append(firsts, len(groups)))
        ends = self._start[touched] + self._count[touched]
        is_full = ends + added > self._end[touched]
        if is_full.any():
            self._make_room(touched[is_full], added[is_full])
            ends = self._start[touched] + self._count[touched]
        places = np.repeat(ends - firsts, added) + np.arange(len(groups))
        self._rows[places] = slots[order]
        self._leaving[places] = leaving
        if self._times is not None:
            assert times is not None, "each row has a time"
            self._times[places] = times[order]
        self._count[touched] += added
        last = np.maximum.reduceat(leaving, firsts)
        self._last[touched] = np.maximum(self._last[touched], last)

    def let_leave(self, until_us: int) -> None:
        """Rows that leave up to that time have left; it never goes back."""
        self._left_until = max(self._left_until, until_us)

    def sweep(self, first: int, end: int) -> None:
        """Give back what is held by groups from `first` to before `end` that are gone.

        A group is gone when all its rows have left.
        """
        part = slice(first, min(end, len(self._count)))
        is_gone = (self._room[part] > 0) & (self._last[part] <= self._left_until)
        gone = np.flatnonzero(is_gone) + first
        if not len(gone):
            return
        self._release(self._end[gone] - self._room[gone], self._room[gone])
        for by_group in (self._start, self._count, self._end, self._room):
            by_group[gone] = 0
        self._last[gone] = -NEVER_US

    def is_empty(self, groups: Numbers) -> npt.NDArray[np.bool_]:
        """Whether each group has no rows, and no region."""
        empty = np.ones(len(groups), np.bool_)
        known = groups < len(self._room)
        empty[known] = self._room[groups[known]] == 0
        return empty

    def drop(self, places: Numbers) -> None:
        """Let the rows at places that `pairs` gave leave before their time."""
        self._leaving[places] = -NEVER_US

    def pairs(
        self,
        groups: Numbers,
        piece_rows: int,
        between: tuple[Numbers, int] | None = None,
    ) -> Iterator[Found]:
        """Each row of `groups` with each row of its group, some at a time.

        A piece has at most `piece_rows` rows and half a block. A group of -1 has no
        rows. With `between`, which is the first time for each row of `groups` and
        how far the last one is from it, those alone; before it means none.
        """
        if between is not None and between[1] < 0:
            return
        found, count = [], 0
        for rows, places in self._blocks(groups):
            chosen = np.flatnonzero(self._is_found(rows, places, between))
            if len(chosen) < len(rows):
                rows, places = rows.take(chosen), places.take(chosen)
            found.append((rows, places))
            count += len(rows)
            if count >= piece_rows:
                yield self._found(found)
                found, count = [], 0
        if count:
            yield self._found(found)

    def _found(self, parts: list[tuple[Numbers, Numbers]]) -> Found:
        rows, places = (np.concatenate(part) for part in zip(*parts, strict=True))
        return Found(rows, self._rows.take(places).astype(np.int64), places)

    def _blocks(self, groups: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
        """Positions in `groups` and each place of their groups, a block at a time."""
        known = np.flatnonzero((groups >= 0) & (groups < len(self._count)))
        asked = groups[known]
        self._step_over_left(asked[_firsts(asked)])
        counts = self._count[asked]
        is_there = counts > 0
        known, asked, counts = known[is_there], asked[is_there], counts[is_there]
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        # What comes before the first place of each group, to count on from there.
        offsets = self._start[asked] - (ends - counts)
        for begin in range(0, total, _BLOCK_ROWS):
            end = min(begin + _BLOCK_ROWS, total)
            low, high = np.searchsorted(ends, (begin, end - 1), side="right")
            part = slice(low, high + 1)
            inside = np.minimum(ends[part], end)
            inside -= np.maximum(ends[part] - counts[part], begin)
            places = np.repeat(offsets[part], inside)
            places += np.arange(begin, end)
            yield np.repeat(known[part], inside), places

    def _is_found(
        self, rows: Numbers, places: Numbers, between: tuple[Numbers, int] | None
    ) -> npt.NDArray[np.bool_]:
        """Which places hold rows that are there, in the bounds of the rows beside."""
        leaving = self._leaving.take(places)
        found: npt.NDArray[np.bool_] = leaving > self._left_until
        if between is not None:
            times = leaving if self._times is None else self._times.take(places)
            firsts, width = between
            # One comparison: what is before the first is far beyond, without a sign.
            times = times - firsts.take(rows)
            found &= times.view(np.uint64) <= np.uint64(width)
        return found

    def _step_over_left(self, groups: Numbers) -> None:
        """Let groups, which may repeat, begin at their first row that is there."""
        groups = groups[self._count[groups] > 0]
        while len(groups):
            first = self._leaving.take(self._start[groups])
            groups = groups[first <= self._left_until]
            start, count = self._start[groups] + 1, self._count[groups] - 1
            self._start[groups], self._count[groups] = start, count
            groups = groups[count > 0]

    def _make_room(self, groups: Numbers, added: Numbers) -> None:
        """Drop rows that have left, and give groups room for so many more."""
        counts = self._count[groups]
        places = _ranges(self._start[groups], counts)
        places_kept = places[self._leaving[places] > self._left_until]
        edges = np.append(0, np.cumsum(counts))
        upto = np.append(0, np.cumsum(self._leaving[places] > self._left_until))
        kept = upto[edges[1:]] - upto[edges[:-1]]
        levels = _levels_for(kept + added)
        rooms = 1 << levels
        moves = rooms != self._room[groups]
        starts = self._end[groups] - self._room[groups]
        left = groups[moves & (self._room[groups] > 0)]
        left_starts, left_rooms = self._end[left] - self._room[left], self._room[left]
        starts[moves] = self._allocate(levels[moves])
        targets = _ranges(starts, kept)
        for by_place in (self._rows, self._leaving, self._times):
            if by_place is not None:
                by_place[targets] = by_place[places_kept]
        self._release(left_starts, left_rooms)
        self._start[groups], self._count[groups] = starts, kept
        self._room[groups], self._end[groups] = rooms, starts + rooms

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
            self._leaving = _grown(self._leaving, self._top)
            if self._times is not None:
                self._times = _grown(self._times, self._top)
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

    def _release(self, starts: Numbers, rooms: Numbers) -> None:
        for room in np.unique(rooms).tolist():
            level = room.bit_length() - 1
            self._free.setdefault(level, []).append(starts[rooms == room])

    def _reserve(self, groups: int) -> None:
        known = len(self._start)
        if groups > known:
            for name in ("_start", "_count", "_end", "_room", "_last"):
                setattr(self, name, _grown(getattr(self, name), groups))
            self._last[known:] = -NEVER_US


def _empty() -> Numbers:
    return np.zeros(0, np.int64)


def _levels_for(rows: Numbers) -> Numbers:
    """The levels of regions for so many rows and, with luck, a third more."""
    levels: Numbers = np.ceil(np.log2(rows + rows // 3)).astype(np.int64)
    return np.maximum(levels, _LEVEL_MIN)


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
    ranges: Numbers = np.repeat(starts - (ends - counts), counts) + np.arange(total)
    return ranges


def _grown(array: npt.NDArray[Any], length: int) -> npt.NDArray[Any]:
    """With room for `length` and a quarter more; what is new is zero."""
    array.resize(length + length // 4, refcheck=False)
    return array
