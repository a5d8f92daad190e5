"""Word heap: rows of words by slot, in one array that grows at its end.

What text and nested keys are held in (`arrow_words.Words`), so that a stored key
is compared with a given one a word at a time.

Invariants:
    - the room of two slots never overlaps
    - the array is no longer than four times the rooms in use, plus a constant
"""

from __future__ import annotations

import numpy as np

from unbounded.state.array_home import IN_MEMORY, ArrayHome
from unbounded.state.arrow_words import Bools, Slots, Words, all_in_each, ranges

__all__ = ["WordHeap", "words_agree"]


class WordHeap:
    """Rows of words by slot, in one array that grows at its end.

    A row is overwritten in place where the new one fits into the room that the
    slot has; else it goes to the end and its old room is garbage. When garbage
    exceeds half, all rows are moved once, which costs a constant per word put.
    The slots of one `put` are distinct.
    """

    _GARBAGE_MIN_WORDS = 1 << 16

    def __init__(self, home: ArrayHome = IN_MEMORY) -> None:
        self._home = home
        self._words = np.zeros(0, np.uint64)
        self._starts = np.zeros(0, np.int64)
        self._counts = np.zeros(0, np.int32)
        self._room = np.zeros(0, np.int32)
        self._end = 0
        self._garbage = 0

    @property
    def memory_bytes(self) -> int:
        by_slot = self._starts.nbytes + self._counts.nbytes + self._room.nbytes
        return self._words.nbytes + by_slot

    def reserve(self, capacity: int) -> None:
        self._starts = self._home.grown(self._starts, capacity)
        self._counts = self._home.grown(self._counts, capacity)
        self._room = self._home.grown(self._room, capacity)
        self._words = self._home.housed(self._words)

    def put(self, slots: Slots, row: Words) -> None:
        moved = row.counts > self._room[slots]
        if moved.any():
            self._move_to_end(slots[moved], row.counts[moved])
        total = int(row.counts.sum())
        packed = len(row.words) == total
        words = row.words if packed else row.words[ranges(row.starts, row.counts)]
        if moved.all():
            self._words[self._end - total : self._end] = words
        else:
            self._words[ranges(self._starts[slots], row.counts)] = words
        self._counts[slots] = row.counts

    def get(self, slots: Slots) -> Words:
        starts = self._starts.take(slots)
        counts = self._counts.take(slots).astype(np.int64)
        words = self._words.take(ranges(starts, counts))
        return Words(words, np.cumsum(counts) - counts, counts)

    def matches(self, slots: Slots, row: Words, rows: Slots) -> Bools:
        """Whether the words at each slot equal the row beside it."""
        counts = self._counts.take(slots)
        same: Bools = counts == row.counts[rows]
        where = np.flatnonzero(same)
        if not len(where):
            return same
        wanted = counts[where].astype(np.int64)
        stored = self._words.take(ranges(self._starts[slots[where]], wanted))
        given = row.words[ranges(row.starts[rows[where]], wanted)]
        same[where] = all_in_each(stored == given, wanted)
        return same

    def _move_to_end(self, slots: Slots, counts: Slots) -> None:
        self._garbage += int(self._room[slots].sum())
        self._room[slots] = counts
        if self._garbage > max(self._GARBAGE_MIN_WORDS, self._end // 2):
            self._counts[slots] = 0
            self._compact(slots)
        total = int(counts.sum())
        if self._end + total > len(self._words):
            size = self._end + total
            self._words = self._home.grown(self._words, size + size // 4 + 1024)
        starts = self._end + np.cumsum(counts) - counts
        self._starts[slots] = starts
        assert (self._starts[slots] == starts).all(), "a slot is put twice"
        self._end += total

    def _compact(self, leaving: Slots) -> None:
        room = self._room.astype(np.int64)
        room[leaving] = 0
        sources = ranges(self._starts, room)
        packed = self._words[sources]
        self._starts = self._home.housed(np.cumsum(room) - room)
        self._words = self._home.housed(packed)
        self._end, self._garbage = len(packed), 0


def words_agree(row: Words, left: Slots, right: Slots) -> Bools:
    """Whether two rows of words are equal, pair by pair."""
    same: Bools = row.counts[left] == row.counts[right]
    where = np.flatnonzero(same)
    if len(where):
        counts = row.counts[left[where]]
        one = row.words[ranges(row.starts[left[where]], counts)]
        other = row.words[ranges(row.starts[right[where]], counts)]
        same[where] = all_in_each(one == other, counts)
    return same
