"""Arrow column: values of nested types by slot, as rows of immutable chunks.

A value put goes to the end of the newest chunk; the slot points at its row, and
the row it pointed at before is garbage. Chunks below `CHUNK_ROWS` are merged
as they double, so there are few. While less than half of all rows are live,
the chunk with the smallest live part is emptied into the newest: a put pays for
a constant number of rows, and never for the whole column.

A nested *key* also keeps each value as words (`nested_words`), by which it
is hashed and compared.

Invariants:
    - a live slot's row says that slot as its owner
    - chunks lie in order of their rows, without a gap between used row numbers
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from unbounded.state.array_home import IN_MEMORY, ArrayHome
from unbounded.state.arrow_words import (
    Bools,
    Slots,
    Words,
    fixed_dtype,
    interleave,
    text_words,
    validity,
)
from unbounded.state.columns import FixedColumn
from unbounded.state.hashing import Hashes, hash_words
from unbounded.state.word_heap import WordHeap, words_agree

__all__ = ["ArrowColumn", "NestedKeyColumn", "nested_words"]

CHUNK_ROWS = 1 << 16
_NOWHERE = -1


class _Chunk(NamedTuple):
    """Rows `first .. first + len(values)` of the column, and the slot of each."""

    first: int
    values: pa.Array
    owners: Slots


class ArrowColumn:
    """Lists, maps and whatever else has no form of its own."""

    def __init__(self, data_type: pa.DataType) -> None:
        self._type = data_type
        self._chunks: list[_Chunk] = []
        self._rows = np.zeros(0, np.int64)
        self._next_row = 0
        self._held = 0
        self._live = 0

    @property
    def memory_bytes(self) -> int:
        held = sum(
            chunk.values.nbytes + 8 * len(chunk.owners) for chunk in self._chunks
        )
        return int(held) + self._rows.nbytes

    def reserve(self, capacity: int) -> None:
        old = len(self._rows)
        self._rows.resize(capacity, refcheck=False)
        self._rows[old:] = _NOWHERE

    def prepare(self, array: pa.Array) -> pa.Array:
        return array

    def put(self, slots: Slots, prepared: pa.Array, rows: Slots | None) -> None:
        self._append(slots, prepared if rows is None else prepared.take(pa.array(rows)))
        while self._held > 2 * self._live + CHUNK_ROWS:
            self._empty_one_chunk()

    def clear(self, slots: Slots) -> None:
        self._live -= int((self._rows[slots] != _NOWHERE).sum())
        self._rows[slots] = _NOWHERE

    def gather(self, slots: Slots) -> pa.Array:
        rows = self._rows[slots]
        if not self._chunks or (rows == _NOWHERE).all():
            return pa.nulls(len(slots), self._type)
        firsts = np.array([chunk.first for chunk in self._chunks])
        places = np.searchsorted(firsts, rows, side="right") - 1
        order = np.argsort(places, kind="stable")
        parts = []
        for place in np.unique(places).tolist():
            picked = rows[order[len_before(places, place)]]
            if place < 0:
                parts.append(pa.nulls(len(picked), self._type))
            else:
                local = picked - self._chunks[place].first
                parts.append(self._chunks[place].values.take(pa.array(local)))
        gathered = pa.concat_arrays(parts)
        if len(parts) == 1:
            return gathered
        back = np.empty(len(slots), np.int64)
        back[order] = np.arange(len(slots))
        return gathered.take(pa.array(back))

    def _append(self, slots: Slots, values: pa.Array) -> None:
        if not len(slots):
            return
        rows = np.arange(self._next_row, self._next_row + len(slots))
        self._live -= int((self._rows[slots] != _NOWHERE).sum())
        self._rows[slots] = rows
        self._live += int((self._rows[slots] == rows).sum())
        self._chunks.append(_Chunk(self._next_row, values, slots.copy()))
        self._next_row += len(slots)
        self._held += len(slots)
        self._merge_tail()

    def _merge_tail(self) -> None:
        while len(self._chunks) > 1:
            older, newer = self._chunks[-2:]
            size = len(older.owners) + len(newer.owners)
            if size > CHUNK_ROWS or len(older.owners) > 2 * len(newer.owners):
                return
            if older.first + len(older.owners) != newer.first:
                return
            values = pa.concat_arrays([older.values, newer.values])
            owners = np.concatenate([older.owners, newer.owners])
            self._chunks[-2:] = [_Chunk(older.first, values, owners)]

    def _empty_one_chunk(self) -> None:
        place = min(range(len(self._chunks)), key=self._live_share)
        chunk = self._chunks.pop(place)
        self._held -= len(chunk.owners)
        live = self._live_rows(chunk)
        if len(live):
            slots = chunk.owners[live]
            self._append(slots, chunk.values.take(pa.array(live)))

    def _live_rows(self, chunk: _Chunk) -> Slots:
        rows = np.arange(chunk.first, chunk.first + len(chunk.owners))
        return np.flatnonzero(self._rows[chunk.owners] == rows)

    def _live_share(self, place: int) -> float:
        chunk = self._chunks[place]
        return len(self._live_rows(chunk)) / len(chunk.owners)


def len_before(places: Slots, place: int) -> slice:
    """Where `place` lies in the sorted `places`."""
    before = int((places < place).sum())
    return slice(before, before + int((places == place).sum()))


class Nested(NamedTuple):
    """A nested array, prepared as a key."""

    words: Words
    array: pa.Array


class NestedKeyColumn:
    """A key of a nested type: words to compare, Arrow to give back."""

    def __init__(self, data_type: pa.DataType, home: ArrayHome = IN_MEMORY) -> None:
        self._heap = WordHeap(home)
        self._values = ArrowColumn(data_type)

    @property
    def memory_bytes(self) -> int:
        return self._heap.memory_bytes + self._values.memory_bytes

    def reserve(self, capacity: int) -> None:
        self._heap.reserve(capacity)
        self._values.reserve(capacity)

    def prepare(self, array: pa.Array) -> Nested:
        return Nested(nested_words(array), array)

    def put(self, slots: Slots, prepared: Nested, rows: Slots | None) -> None:
        words = prepared.words
        self._heap.put(slots, words if rows is None else words.take(rows))
        self._values.put(slots, prepared.array, rows)

    def clear(self, slots: Slots) -> None:
        self._values.clear(slots)

    def gather(self, slots: Slots) -> pa.Array:
        return self._values.gather(slots)

    def hash(self, prepared: Nested) -> Hashes:
        return hash_words(prepared.words, None)

    def hash_at(self, slots: Slots) -> Hashes:
        return hash_words(self._heap.get(slots), None)

    def matches(self, slots: Slots, prepared: Nested, rows: Slots) -> Bools:
        return self._heap.matches(slots, prepared.words, rows)

    def agrees(self, prepared: Nested, left: Slots, right: Slots) -> Bools:
        return words_agree(prepared.words, left, right)


def nested_words(array: pa.Array) -> Words:
    """Rows as words, such that equal values, and no others, have equal words.

    Each value is a word that says null, or length, and then its content.
    """
    if pa.types.is_struct(array.type):
        return interleave([_flags(array), *map(nested_words, array.flatten())])
    if pa.types.is_list(array.type):
        return _list_words(array, nested_words(array.flatten()))
    if pa.types.is_map(array.type):
        entry = pa.struct([array.type.key_field, array.type.item_field])
        return nested_words(array.cast(pa.list_(entry)))
    if pa.types.is_null(array.type):
        return _single(np.zeros(len(array), np.uint64))
    if fixed_dtype(array.type) is not None:
        values = FixedColumn(array.type, is_key=True).prepare(array).values
        columns = values.T if values.ndim == 2 else [values]
        parts = [_single(column.astype(np.uint64)) for column in columns]
        return interleave([_flags(array), *parts])
    content, byte_counts = text_words(array)
    return interleave([_flags(array), _single(byte_counts.view(np.uint64)), content])


def _flags(array: pa.Array) -> Words:
    valid = validity(array)
    if valid is None:
        return _single(np.ones(len(array), np.uint64))
    return _single(valid.astype(np.uint64))


def _single(words: Hashes) -> Words:
    ones = np.ones(len(words), np.int64)
    return Words(words, np.arange(len(words)), ones)


def _list_words(array: pa.ListArray, elements: Words) -> Words:
    offsets = np.asarray(array.offsets).astype(np.int64)
    lengths = np.diff(offsets)
    valid = validity(array)
    if valid is not None:
        lengths = lengths * valid
    edges = np.concatenate([[0], np.cumsum(elements.counts)])
    ends = np.cumsum(lengths)
    starts = edges[ends - lengths]
    counts = edges[ends] - starts
    content = Words(elements.words, starts, counts)
    lengths_words = _single(lengths.view(np.uint64))
    return interleave([_flags(array), lengths_words, content])
