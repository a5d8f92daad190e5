"""Hash index: which slot holds a key, exactly, for many keys at once.

Open addressing in one array. The upper eight bits of a hash choose one of 256
shards, each a power of two of entries with linear probing inside. An entry holds
the upper half of the hash, its *tag*, and the slot; a hit on the tag is verified
against the key itself by the caller's `matches`, so hashes may collide as they like.

A shard that is full moves to a larger place, alone. Shards are full at different
loads, from 0.3 to 0.6 in even steps of its logarithm, so that they grow one
after another and no call moves the whole index: growing from n to 1.01 n keys
moves about four of the 256. A home is in the tag, so a move asks for no key.

    entry:  63 .. 56  55 ....... 32  31 ......... 0      0 = never used
            shard     home, low bits  slot + 2           1 = tombstone

Invariants:
    - between a key's home and its entry no entry is 0
    - the entries of shard s lie in [base[s], base[s] + mask[s]]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from unbounded.state.array_home import IN_MEMORY, ArrayHome
from unbounded.state.arrow_words import Bools, Slots
from unbounded.state.hashing import Hashes

__all__ = ["SLOT_MAX", "HashIndex", "Matches"]

Matches = Callable[[Slots, Slots], Bools]
"""`(slots, rows) -> equal`: whether the key at each slot is that of the row."""

_SHARDS = 256
_SHARD_SHIFT = np.uint64(56)
_TAG_SHIFT = np.uint64(32)
_TAG_SHARD_SHIFT = np.uint64(24)
_LOW = np.uint64(0xFFFFFFFF)
_TOMBSTONE = np.uint64(1)
_CLAIM_BIT = 1 << 31
_CLAIM = np.uint64(_CLAIM_BIT)
_CLAIMED_ROW = np.uint64(_CLAIM_BIT - 1)
_SHARD_ENTRIES_MIN = 16
_LOAD_MAX = 0.3 * 2.0 ** (np.arange(_SHARDS) / _SHARDS)
SLOT_MAX = _CLAIM_BIT - 3
"""The greatest slot an entry can hold."""


class HashIndex:
    """Keys to slots. It sees hashes and slots; the caller sees keys."""

    def __init__(self, home: ArrayHome = IN_MEMORY) -> None:
        self._home = home
        self._entries = np.zeros(_SHARDS * _SHARD_ENTRIES_MIN, np.uint64)
        self._base = np.arange(_SHARDS, dtype=np.int64) * _SHARD_ENTRIES_MIN
        self._mask = np.full(_SHARDS, _SHARD_ENTRIES_MIN - 1, np.int64)
        self._used = np.zeros(_SHARDS, np.int64)
        self._live = np.zeros(_SHARDS, np.int64)
        self._free = _FreeSpans()

    @property
    def memory_bytes(self) -> int:
        """Bytes held."""
        return self._entries.nbytes

    def rehouse(self) -> None:
        """Move to where the home now is."""
        self._entries = self._home.housed(self._entries)

    def find(self, hashes: Hashes, matches: Matches) -> Slots:
        """The slot of each row's key, -1 where it has none."""
        found = np.full(len(hashes), -1, np.int64)
        probe: _Probe | None = _Probe(self._base, self._mask, hashes >> _TAG_SHIFT)
        while probe is not None:
            probe = self._verify(self._probe_for_tags(probe), matches, found)
        return found

    def _verify(
        self, hits: list[_Hits], matches: Matches, found: Slots
    ) -> _Probe | None:
        """Note the hits that are the rows' keys; the others, a place further."""
        if not hits:
            return None
        slots = _concatenated([part.slots for part in hits])
        rows = _concatenated([part.probe.rows[part.picked] for part in hits])
        equal = matches(slots, rows)
        if equal.all():
            found[rows] = slots
            return None
        found[rows[equal]] = slots[equal]
        others, start = [], 0
        for part in hits:
            end = start + len(part.picked)
            others.append(part.probe.take(part.picked[~equal[start:end]]))
            start = end
        return _Probe.concatenate(others).step()

    def insert(
        self,
        hashes: Hashes,
        agrees: Matches,
        allocate: Callable[[Slots], Slots],
    ) -> tuple[Slots, Slots]:
        """Give slots to keys that are not there: (slot of each row, first rows).

        Rows may repeat keys among themselves: `agrees(rows, rows)` tells. The
        first row of each key is its owner; `allocate(rows)` hands out a slot for
        each owner, in order of rows.
        """
        self._grow_for(hashes)
        owners, places = self._claim(hashes, agrees)
        first_rows = np.flatnonzero(owners == np.arange(len(hashes)))
        slots = allocate(first_rows)
        first_hashes = hashes[first_rows]
        self._entries[places[first_rows]] = _entries_of(first_hashes, slots)
        self._count(first_hashes, used=1, live=1)
        slot_of_row = np.empty(len(hashes), np.int64)
        slot_of_row[first_rows] = slots
        return slot_of_row[owners], first_rows

    def build(self, parts: list[Hashes]) -> None:
        """Take in all keys of an empty index: distinct, slot after slot from 0 on.

        Called once they have been counted, so that no shard moves. Parts are let
        go of as they are taken in.
        """
        assert not self._used.any(), "an index is built once"
        counts = np.zeros(_SHARDS, np.int64)
        for part in parts:
            shards = (part >> _SHARD_SHIFT).astype(np.int64)
            counts += np.bincount(shards, minlength=_SHARDS)
        needed = np.maximum(np.ceil(counts / _LOAD_MAX), _SHARD_ENTRIES_MIN)
        sizes = 1 << np.ceil(np.log2(needed)).astype(np.int64)
        self._entries = self._home.housed(np.zeros(int(sizes.sum()), np.uint64))
        self._base, self._mask = np.cumsum(sizes) - sizes, sizes - 1
        self._used, self._live = counts, counts.copy()
        self._free = _FreeSpans()
        first = 0
        while parts:
            part = parts.pop(0)
            slots = np.arange(first, first + len(part))
            # Shard by shard, so that what is written lies close together.
            self._fill(np.sort(_entries_of(part, slots)))
            first += len(part)

    def remove(self, hashes: Hashes, slots: Slots) -> None:
        """Forget the keys of `slots`, which are distinct and all there."""
        wanted = _entries_of(hashes, slots)
        probe = _Probe(self._base, self._mask, hashes >> _TAG_SHIFT)
        places = np.empty(len(hashes), np.int64)
        while len(probe.rows):
            here = self._entries[probe.places] == wanted[probe.rows]
            places[probe.rows[here]] = probe.places[here]
            probe = probe.take(np.flatnonzero(~here)).step()
        shards = (hashes >> _SHARD_SHIFT).astype(np.int64)
        base = self._base[shards]
        following = base + ((places - base + 1) & self._mask[shards])
        ends_a_chain = self._entries[following] == 0
        self._entries[places] = np.where(ends_a_chain, np.uint64(0), _TOMBSTONE)
        self._count(hashes, used=0, live=-1)
        self._count(hashes[ends_a_chain], used=-1, live=0)

    def _count(self, hashes: Hashes, used: int, live: int) -> None:
        shards = (hashes >> _SHARD_SHIFT).astype(np.int64)
        added = np.bincount(shards, minlength=_SHARDS)
        self._used += used * added
        self._live += live * added

    def _probe_for_tags(self, probe: _Probe) -> list[_Hits]:
        """Walk each row to the first entry with its tag, or to an empty one."""
        hits = []
        while len(probe.rows):
            entries = self._entries.take(probe.places)
            tagged = (entries >> _TAG_SHIFT) == probe.tags
            tagged &= entries > _TOMBSTONE
            picked = np.flatnonzero(tagged)
            if len(picked):
                slots = (entries[picked] & _LOW).view(np.int64) - 2
                hits.append(_Hits(probe, picked, slots))
            tagged |= entries == 0
            # Hits refer to this probe, so the walk goes on with another.
            probe = probe.take(np.flatnonzero(~tagged)).step()
        return hits

    def _claim(self, hashes: Hashes, agrees: Matches) -> tuple[Slots, Slots]:
        """The owner row of each row's key, and the place that each owner took.

        All rows of a key walk in step, so they meet where an entry is empty. There
        the lowest row wins, as NumPy keeps the last of repeated writes and rows are
        written backwards. An entry that is taken is another key's.
        """
        tags = hashes >> _TAG_SHIFT
        owners = np.arange(len(hashes))
        claims = (tags << _TAG_SHIFT) | _CLAIM | owners.view(np.uint64)
        taken = np.empty(len(hashes), np.int64)
        probe = _Probe(self._base, self._mask, tags)
        while len(probe.rows):
            is_left = self._entries.take(probe.places) != 0
            empty = np.flatnonzero(~is_left)
            rows, places = probe.rows[empty], probe.places[empty]
            mine = claims[rows]
            self._entries[places[::-1]] = mine[::-1]
            taken[rows] = places
            there = self._entries.take(places)
            lost = np.flatnonzero(there != mine)
            if len(lost):
                rivals = (there[lost] & _CLAIMED_ROW).view(np.int64)
                same = (there[lost] >> _TAG_SHIFT) == probe.tags[empty[lost]]
                doubtful = np.flatnonzero(same)
                same[doubtful] = agrees(rivals[doubtful], rows[lost[doubtful]])
                owners[rows[lost[same]]] = rivals[same]
                is_left[empty[lost[~same]]] = True
            probe = probe.take(np.flatnonzero(is_left)).step()
        return owners, taken

    def _grow_for(self, hashes: Hashes) -> None:
        """Move shards without their tombstones to places with room for all."""
        shards = (hashes >> _SHARD_SHIFT).astype(np.int64)
        added = np.bincount(shards, minlength=_SHARDS)
        full = self._used + added > _LOAD_MAX * (self._mask + 1)
        moved = []
        for shard in np.flatnonzero(full & (added > 0)).tolist():
            entries = self._vacate(shard)
            size = _size_for(len(entries) + int(added[shard]), shard)
            self._base[shard], self._mask[shard] = self._place_for(size), size - 1
            self._used[shard] = self._live[shard] = len(entries)
            moved.append(entries)
        if moved:
            self._fill(np.concatenate(moved))

    def _vacate(self, shard: int) -> npt.NDArray[np.uint64]:
        """The entries of a shard, whose place is free afterwards."""
        base, size = int(self._base[shard]), int(self._mask[shard]) + 1
        place = self._entries[base : base + size]
        entries: npt.NDArray[np.uint64] = place[place > _TOMBSTONE]
        place[:] = 0
        self._free.add(base, size)
        return entries

    def _place_for(self, size: int) -> int:
        base = self._free.take(size)
        if base < 0:
            length = len(self._entries)
            room = max(length + size, length + length // 8)
            self._entries = self._home.grown(self._entries, room)
            self._free.add(length, room - length)
            base = self._free.take(size)
        return base

    def _fill(self, entries: npt.NDArray[np.uint64]) -> None:
        """Write entries of distinct keys."""
        probe = _Probe(self._base, self._mask, entries >> _TAG_SHIFT)
        while len(probe.rows):
            wanted = entries[probe.rows]
            empty = self._entries.take(probe.places) == 0
            self._entries[probe.places[empty]] = wanted[empty]
            lost = self._entries.take(probe.places) != wanted
            probe = probe.take(np.flatnonzero(lost)).step()


def _size_for(count: int, shard: int) -> int:
    """Entries of a shard that is to hold so many keys.

    It is at most at two thirds of its load then, or it would be rebuilt again a few
    keys later when most of it were tombstones.
    """
    needed = int(np.ceil(count * 1.5 / float(_LOAD_MAX[shard])))
    return max(_SHARD_ENTRIES_MIN, 1 << (needed - 1).bit_length())


def _entries_of(hashes: Hashes, slots: Slots) -> npt.NDArray[np.uint64]:
    return (hashes >> _TAG_SHIFT << _TAG_SHIFT) | (slots + 2).astype(np.uint64)


class _Probe:
    """Rows on their walk through the entries, each at a place."""

    __slots__ = ("base", "mask", "places", "rows", "tags")

    def __init__(self, base: Slots, mask: Slots, tags: Hashes) -> None:
        shards = (tags >> _TAG_SHARD_SHIFT).astype(np.int64)
        self.rows = np.arange(len(tags))
        self.base = base.take(shards)
        self.mask = mask.take(shards)
        self.tags = tags
        self.places = self.base + (tags.view(np.int64) & self.mask)

    def take(self, picked: Slots) -> _Probe:
        """Some of the rows, where they are."""
        part = _Probe.__new__(_Probe)
        for name in self.__slots__:
            setattr(part, name, getattr(self, name).take(picked))
        return part

    def step(self) -> _Probe:
        """The same rows, each one place further."""
        self.places = self.base + ((self.places - self.base + 1) & self.mask)
        return self

    @staticmethod
    def concatenate(parts: list[_Probe]) -> _Probe:
        """The rows of all parts."""
        whole = _Probe.__new__(_Probe)
        for name in _Probe.__slots__:
            setattr(whole, name, np.concatenate([getattr(p, name) for p in parts]))
        return whole


class _Hits(NamedTuple):
    """Rows of a probe that met an entry with their tag, and its slot."""

    probe: _Probe
    picked: Slots
    slots: Slots


def _concatenated(parts: list[Slots]) -> Slots:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


class _FreeSpans:
    """Places that shards have left; neighbours become one."""

    def __init__(self) -> None:
        self._spans: list[tuple[int, int]] = []

    def add(self, start: int, size: int) -> None:
        spans = sorted([*self._spans, (start, size)])
        joined: list[tuple[int, int]] = []
        for begin, length in spans:
            if joined and sum(joined[-1]) == begin:
                joined[-1] = (joined[-1][0], joined[-1][1] + length)
            else:
                joined.append((begin, length))
        self._spans = joined

    def take(self, size: int) -> int:
        """The start of the first span of at least `size`, -1 if there is none."""
        for position, (start, length) in enumerate(self._spans):
            if length >= size:
                self._spans[position : position + 1] = (
                    [(start + size, length - size)] if length > size else []
                )
                return start
        return -1
