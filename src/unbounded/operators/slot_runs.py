"""Slot runs: which slots of one state belong to each slot of another.

A group's slots lie side by side in one array, with room to grow; a run that is full
moves to the array's end with twice the room. Nothing is taken out of a run: it says
what a group was given, and who reads it leaves out what is gone, then puts the rest
back. It is not persisted: its owner fills it again at recovery.

    starts     0        4                 where each group's run begins
    rooms      4        2
    lengths    3        2
    entries    7 9 2 ·  4 5

Invariants:
    - runs do not overlap, and are no longer than their room
    - the array is at most about four times as long as what the runs hold
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["SlotRuns", "places_of"]

Numbers = npt.NDArray[np.int64]

_ROOM_MIN = 2
_ENTRIES_MIN = 1024


def places_of(starts: Numbers, lengths: Numbers) -> Numbers:
    """The places from each start on, as many as its length says.

    >>> places_of([5, 0], [2, 1])
    [5, 6, 0]
    """
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(total)


class SlotRuns:
    """A run of slots for each group; groups are numbered by their slots."""

    def __init__(self) -> None:
        self._entries = np.zeros(_ENTRIES_MIN, np.int64)
        self._end = 0
        self._starts = np.zeros(0, np.int64)
        self._lengths = np.zeros(0, np.int64)
        self._rooms = np.zeros(0, np.int64)

    def lengths(self, groups: Numbers) -> Numbers:
        """How long the run of each group is."""
        self._reserve(groups)
        lengths: Numbers = self._lengths.take(groups)
        return lengths

    def entries(self, groups: Numbers) -> Numbers:
        """The runs of the groups, one after the other."""
        lengths = self.lengths(groups)
        return self._entries.take(places_of(self._starts.take(groups), lengths))

    def append(self, groups: Numbers, counts: Numbers, slots: Numbers) -> None:
        """Add to the runs of distinct groups so many of the slots each, in order."""
        before = self.lengths(groups)
        rooms = np.maximum(2 * (before + counts), _ROOM_MIN)
        is_full = before + counts > self._rooms.take(groups)
        if self._end + int(rooms[is_full].sum()) > len(self._entries):
            self._make_room(int(rooms.sum()))
            is_full = before + counts > self._rooms.take(groups)
        if is_full.any():
            self._move(groups[is_full], rooms[is_full])
        self._entries[places_of(self._starts.take(groups) + before, counts)] = slots
        self._lengths[groups] = before + counts

    def replace(self, groups: Numbers, counts: Numbers, slots: Numbers) -> None:
        """Make these slots the runs of distinct groups."""
        self._reserve(groups)
        self._lengths[groups] = 0
        self.append(groups, counts, slots)

    def _reserve(self, groups: Numbers) -> None:
        needed = int(groups.max()) + 1 if len(groups) else 0
        if needed > len(self._starts):
            added = np.zeros(max(needed, 2 * len(self._starts)) - len(self._starts))
            grown = added.astype(np.int64)
            self._starts = np.concatenate([self._starts, grown])
            self._lengths = np.concatenate([self._lengths, grown])
            self._rooms = np.concatenate([self._rooms, grown])

    def _move(self, groups: Numbers, rooms: Numbers) -> None:
        """Give the groups' runs new room at the array's end."""
        held, lengths = self.entries(groups), self._lengths.take(groups)
        starts = self._end + np.cumsum(rooms) - rooms
        self._end += int(rooms.sum())
        self._starts[groups], self._rooms[groups] = starts, rooms
        self._entries[places_of(starts, lengths)] = held

    def _make_room(self, count: int) -> None:
        """Copy what the runs hold, tightly, into an array with room for more.

        The array is twice what is asked for, so this comes once in as many entries.
        """
        groups = np.flatnonzero(self._lengths)
        lengths, held = self._lengths.take(groups), self.entries(groups)
        self._starts[:], self._rooms[:] = 0, 0
        self._starts[groups] = np.cumsum(lengths) - lengths
        self._rooms[groups] = lengths
        size = max(_ENTRIES_MIN, 2 * (len(held) + count))
        self._entries = np.empty(size, np.int64)
        self._entries[: len(held)] = held
        self._end = len(held)
