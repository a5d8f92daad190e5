"""Slots: which are in use, since when, and which have changed.

Numbers the rows of all columns of one `KeyedState`. A slot is given to a new key,
lowest unused first among never-used ones, after all that were given back.
The *sequence* of a slot says when its key came in; it is stored with
each row on disk, so that the order of keys survives restarts and merges. As long
as no key was removed it is the slot itself, and takes no memory.

Invariants:
    - a slot is live, or in the free list, or at or above `top`
    - sequences of live slots are distinct and below `next_sequence`
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from unbounded.state.array_home import IN_MEMORY, ArrayHome
from unbounded.state.arrow_words import Bools, Slots

__all__ = ["SlotTable", "distinct", "ordered_places"]


def distinct(slots: Slots) -> Slots:
    """The slots, ascending, each once; NumPy's `unique` takes thirty times as long."""
    ordered = np.sort(slots)
    is_first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return ordered[is_first]


def ordered_places(numbers: Slots) -> Slots:
    """Where the numbers, none below zero, are in ascending order; equal ones as here.

    >>> ordered_places([30, 10, 20])
    [1, 2, 0]
    """
    bits = len(numbers).bit_length()
    if not len(numbers) or int(numbers.max()) >> (62 - bits):
        return np.argsort(numbers, kind="stable")
    # Sorting numbers that carry their places takes a third of `argsort`.
    packed = np.sort((numbers << bits) | np.arange(len(numbers)))
    places: Slots = packed & ((1 << bits) - 1)
    return places


class SlotTable:
    """Life, order and dirtiness of each slot."""

    def __init__(self, home: ArrayHome = IN_MEMORY) -> None:
        self._home = home
        self.count = 0
        self.top = 0
        self.next_sequence = 0
        self._committed_sequence = 0
        self._is_ordered = True
        self._live: Bools = np.zeros(0, np.bool_)
        self._sequences: Slots | None = None
        self._is_dirty: Bools = np.zeros(0, np.bool_)
        self._dirty: list[Slots] = []
        self._free: list[Slots] = []
        self._free_count = 0

    @property
    def memory_bytes(self) -> int:
        """Bytes held."""
        return sum(a.nbytes for a in self._by_slot()) + 8 * self._free_count

    @property
    def capacity(self) -> int:
        """Slots below this have room in every column."""
        return len(self._live)

    def reserve(self, capacity: int) -> None:
        """Make room for slots below `capacity`."""
        self._live = self._home.grown(self._live, capacity)
        self._is_dirty = self._home.grown(self._is_dirty, capacity)
        if self._sequences is not None:
            self._sequences = self._home.grown(self._sequences, capacity)

    def never_used_needed(self, count: int) -> int:
        """How many of `count` new slots can't be taken from the free list."""
        return max(0, count - self._free_count)

    def allocate(self, count: int, sequences: Slots | None = None) -> Slots:
        """Slots for new keys, in order of their coming; `reserve` came before."""
        slots = self._take_free(count)
        if count:
            first = self.next_sequence
            if sequences is None:
                sequences = np.arange(first, first + count)
            self._live[slots] = True
            self._set_sequences(slots, sequences)
            self.count += count
        return slots

    def release(self, slots: Slots) -> None:
        """Give back live, distinct slots."""
        self._live[slots] = False
        self._is_dirty[slots] = False
        self._free.append(slots.copy())
        self._free_count += len(slots)
        self.count -= len(slots)

    def is_live(self, slots: Slots) -> Bools:
        """Whether each slot holds a key."""
        return self._live.take(slots)

    def is_committed(self, slots: Slots) -> Bools:
        """Whether each slot's key came in before the last `take_dirty`."""
        return self.sequences(slots) < self._committed_sequence

    def sequences(self, slots: Slots) -> Slots:
        """When the key of each slot came in."""
        return slots if self._sequences is None else self._sequences.take(slots)

    def live_slots(self) -> Slots:
        """All live slots, in the order in which their keys came in."""
        live = np.flatnonzero(self._live[: self.top])
        return live if self._is_ordered else self.in_order(live)

    def in_order(self, slots: Slots) -> Slots:
        """The same slots, in the order in which their keys came in."""
        if self._is_ordered:
            return np.sort(slots)
        order = np.argsort(self.sequences(slots), kind="stable")
        ordered: Slots = slots.take(order)
        return ordered

    def order(self, slots: Slots) -> Slots:
        """The places of distinct slots in the order in which their keys came in."""
        return ordered_places(slots if self._is_ordered else self.sequences(slots))

    def mark_dirty(self, slots: Slots) -> None:
        """Note that `slots` differ from what is on disk."""
        fresh = slots[~self._is_dirty.take(slots)]
        if len(fresh):
            self._is_dirty[fresh] = True
            self._dirty.append(fresh)

    def take_dirty(self) -> Slots:
        """The live slots marked since the last call, each once; forget them.

        In the order in which their keys came in.
        """
        slots: Slots = np.concatenate([np.zeros(0, np.int64), *self._dirty])
        slots = self.in_order(slots[self._is_dirty.take(slots)])
        if len(self._dirty) > 1:
            # A slot released and given out again is noted twice.
            slots = slots[np.append(True, slots[1:] != slots[:-1])[: len(slots)]]
        self._is_dirty[slots] = False
        self._dirty = []
        self._committed_sequence = self.next_sequence
        return slots

    def _by_slot(self) -> list[npt.NDArray[Any]]:
        arrays: list[npt.NDArray[Any]] = [self._live, self._is_dirty]
        return arrays if self._sequences is None else [*arrays, self._sequences]

    def _set_sequences(self, slots: Slots, sequences: Slots) -> None:
        if self._is_ordered:
            self._is_ordered = self._continues_order(slots, sequences)
        if self._sequences is None and not np.array_equal(slots, sequences):
            self._sequences = self._home.housed(np.arange(self.capacity))
        if self._sequences is not None:
            self._sequences[slots] = sequences
        self.next_sequence = max(self.next_sequence, int(sequences.max()) + 1)

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
