"""Slots: which are in use, since when, and which have changed.

Numbers the rows of all columns of one `KeyedState`. A slot is given to a new key,
lowest unused first among never-used ones, after all that were given back.
The *sequence* of a slot says when its key came in; it is stored with
each row on disk, so that the order of keys survives restarts and merges.

Invariants:
    - a slot is live, or in the free list, or at or above `top`
    - sequences of live slots are distinct and below `next_sequence`
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unbounded.state.arrow_words import Bools, Slots
from unbounded.state.hashing import Hashes

__all__ = ["SlotTable"]


class SlotTable:
    """Live, order, hash and dirtiness of each slot."""

    def __init__(self) -> None:
        self.count = 0
        self.top = 0
        self.next_sequence = 0
        self._committed_sequence = 0
        self._is_ordered = True
        self._live: Bools = np.zeros(0, np.bool_)
        self._hashes = np.zeros(0, np.uint64)
        self._sequences = np.zeros(0, np.int64)
        self._dirty_at = np.zeros(0, np.int32)
        self._dirty: list[Slots] = []
        self._dirty_count = 0
        self._free: list[Slots] = []
        self._free_count = 0

    @property
    def memory_bytes(self) -> int:
        """Bytes held."""
        by_slot = (self._live, self._hashes, self._sequences, self._dirty_at)
        return sum(array.nbytes for array in by_slot) + 8 * self._free_count

    @property
    def capacity(self) -> int:
        """Slots below this have room in every column."""
        return len(self._live)

    def reserve(self, capacity: int) -> None:
        """Make room for slots below `capacity`."""
        for array in (self._live, self._hashes, self._sequences, self._dirty_at):
            array.resize(capacity, refcheck=False)

    def never_used_needed(self, count: int) -> int:
        """How many of `count` new slots can't be taken from the free list."""
        return max(0, count - self._free_count)

    def allocate(self, hashes: Hashes, sequences: Slots | None = None) -> Slots:
        """Slots for new keys, in order of their coming; `reserve` came before."""
        slots = self._take_free(len(hashes))
        if sequences is None:
            following = self.next_sequence + len(hashes)
            sequences = np.arange(self.next_sequence, following)
        if len(slots):
            self._live[slots] = True
            self._hashes[slots] = hashes
            self.set_sequences(slots, sequences)
            self.count += len(slots)
        return slots

    def set_sequences(self, slots: Slots, sequences: Slots) -> None:
        """Say when the keys of `slots` came in."""
        if self._is_ordered:
            self._is_ordered = self._continues_order(slots, sequences)
        self._sequences[slots] = sequences
        self.next_sequence = max(self.next_sequence, int(sequences.max()) + 1)

    def release(self, slots: Slots) -> None:
        """Give back live, distinct slots."""
        self._live[slots] = False
        self._dirty_at[slots] = 0
        self._free.append(slots.copy())
        self._free_count += len(slots)
        self.count -= len(slots)

    def is_live(self, slots: Slots) -> Bools:
        """Whether each slot holds a key."""
        return self._live.take(slots)

    def is_committed(self, slots: Slots) -> Bools:
        """Whether each slot's key came in before the last `take_dirty`."""
        return self._sequences.take(slots) < self._committed_sequence

    def hashes(self, slots: Slots) -> Hashes:
        """The hashes of the keys of `slots`."""
        return self._hashes.take(slots)

    def sequences(self, slots: Slots) -> Slots:
        """When the key of each slot came in."""
        return self._sequences.take(slots)

    def live_slots(self) -> Slots:
        """All live slots, in the order in which their keys came in."""
        live = np.flatnonzero(self._live[: self.top])
        return live if self._is_ordered else self.in_order(live)

    def in_order(self, slots: Slots) -> Slots:
        """The same slots, in the order in which their keys came in."""
        order = np.argsort(self._sequences.take(slots), kind="stable")
        ordered: Slots = slots.take(order)
        return ordered

    def mark_dirty(self, slots: Slots) -> None:
        """Note that `slots` differ from what is on disk."""
        fresh = slots[self._dirty_at.take(slots) == 0]
        if not len(fresh):
            return
        first = self._dirty_count + 1
        marks = np.arange(first, first + len(fresh), dtype=np.int32)
        self._dirty_at[fresh] = marks
        self._dirty_count += len(fresh)
        self._dirty.append(fresh[self._dirty_at.take(fresh) == marks])

    def take_dirty(self) -> Slots:
        """The live slots marked since the last call, each once; forget them.

        In the order in which their keys came in.
        """
        slots: Slots = np.concatenate([np.zeros(0, np.int64), *self._dirty])
        slots = slots[self._dirty_at.take(slots) != 0]
        if len(self._dirty) > 1:
            # A slot released and given out again is noted twice.
            marks = np.arange(1, len(slots) + 1, dtype=np.int32)
            self._dirty_at[slots] = marks
            slots = slots[self._dirty_at.take(slots) == marks]
        self._dirty_at[slots] = 0
        self._dirty, self._dirty_count = [], 0
        self._committed_sequence = self.next_sequence
        return np.sort(slots) if self._is_ordered else self.in_order(slots)

    def _take_free(self, count: int) -> Slots:
        parts: list[Slots] = []
        missing = count
        while missing and self._free:
            last = self._free.pop()
            if len(last) > missing:
                self._free.append(last[missing:])
                last = last[:missing]
            parts.append(last)
            missing -= len(last)
        parts.append(np.arange(self.top, self.top + missing))
        self.top += missing
        self._free_count -= count - missing
        return np.concatenate(parts)

    def _continues_order(self, slots: Slots, sequences: npt.NDArray[np.int64]) -> bool:
        """Whether ascending slots still mean ascending sequences."""
        return (
            int(slots[0]) >= self.top - len(slots)
            and int(sequences[0]) >= self.next_sequence
            and bool((slots[1:] > slots[:-1]).all())
            and bool((sequences[1:] > sequences[:-1]).all())
        )
