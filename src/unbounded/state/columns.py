"""Columns: values by slot, one class for each way to hold them.

`KeyedState` holds one column for each key and value field. Fixed-width values
are NumPy arrays; text is words in one growing heap; a struct is its children;
anything else is Arrow (`arrow_column.py`).

A column takes an Arrow array in two steps: `prepare` turns it into what the
column compares and stores, once a call; `put` stores some of its rows. Floats
of a key are made canonical in `prepare`: one NaN, no -0.0, as Spark's
`NormalizeFloatingNumbers` does.

Invariants:
    - what `gather` returns shares no memory with the column, so it may grow in place
    - a null row of a fixed-width column has value 0, so bits alone compare
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unbounded.state.array_home import IN_MEMORY, ArrayHome
from unbounded.state.arrow_words import (
    Bools,
    Slots,
    Words,
    fixed_array,
    fixed_dtype,
    fixed_values,
    text_array,
    text_words,
    validity,
    validity_buffer,
)
from unbounded.state.hashing import (
    Hashes,
    combine_hashes,
    hash_fixed,
    hash_words,
    mix,
)
from unbounded.state.word_heap import WordHeap, words_agree

__all__ = [
    "Column",
    "FixedColumn",
    "KeyColumn",
    "NullColumn",
    "StructColumn",
    "TextColumn",
    "Validity",
]


class Column(Protocol):
    """Values by slot."""

    @property
    def memory_bytes(self) -> int:
        """Bytes held."""

    def reserve(self, capacity: int) -> None:
        """Make room for slots below `capacity`."""

    def prepare(self, array: pa.Array) -> Any:
        """The array in the form that the other methods take."""

    def put(self, slots: Slots, prepared: Any, rows: Slots | None) -> None:
        """Store `rows` (None: all) at `slots`, which are distinct."""

    def clear(self, slots: Slots) -> None:
        """Make the values of `slots` null."""

    def gather(self, slots: Slots) -> pa.Array:
        """The values at `slots`, in their order."""


class KeyColumn(Column, Protocol):
    """A column whose values can be hashed and compared: null equals null."""

    def hash(self, prepared: Any) -> Hashes:
        """A hash for each row."""

    def hash_at(self, slots: Slots) -> Hashes:
        """The same hash, of the value at each slot."""

    def matches(self, slots: Slots, prepared: Any, rows: Slots) -> Bools:
        """Whether the value at each slot equals the row beside it."""

    def agrees(self, prepared: Any, left: Slots, right: Slots) -> Bools:
        """Whether two rows of one array are equal, pair by pair."""


class Validity:
    """Which slots hold a value; costs nothing until the first null.

    New slots, which lie in a row and get their values soon, are kept as a range.
    """

    def __init__(self, home: ArrayHome = IN_MEMORY) -> None:
        self._home = home
        self._valid: Bools | None = None
        self._capacity = 0
        self._unset = range(0)

    @property
    def memory_bytes(self) -> int:
        return 0 if self._valid is None else self._valid.nbytes

    def reserve(self, capacity: int) -> None:
        if self._valid is not None:
            self._valid = self._home.grown(self._valid, capacity)
            self._valid[self._capacity :] = True
        self._capacity = capacity

    def put(self, slots: Slots, valid: Bools | None) -> None:
        if self._valid is None:
            if (valid is None or valid.all()) and self._are_unset_put(slots):
                return
            self._spell_out()
        assert self._valid is not None
        self._valid[slots] = True if valid is None else valid

    def clear(self, slots: Slots) -> None:
        if self._valid is None and len(slots):
            unset = _joined(self._unset, slots)
            if unset is not None:
                self._unset = unset
                return
            self._spell_out()
        if self._valid is not None:
            self._valid[slots] = False

    def gather(self, slots: Slots) -> Bools | None:
        if self._valid is None:
            if not self._unset:
                return None
            valid = (slots < self._unset.start) | (slots >= self._unset.stop)
        else:
            valid = self._valid.take(slots)
        return None if valid.all() else valid

    def matches(self, slots: Slots, valid: Bools | None, rows: Slots) -> Bools:
        stored = self.gather(slots)
        if valid is None:
            return np.ones(len(slots), np.bool_) if stored is None else stored
        given = valid[rows]
        return given if stored is None else np.equal(stored, given)

    def _are_unset_put(self, slots: Slots) -> bool:
        """Whether distinct slots, which get values now, leave no range in parts."""
        if not self._unset:
            return True
        unset = (slots >= self._unset.start) & (slots < self._unset.stop)
        count = int(unset.sum())
        if count == len(self._unset):
            self._unset = range(0)
        return count == 0 or not self._unset

    def _spell_out(self) -> None:
        self._valid = self._home.housed(np.ones(self._capacity, np.bool_))
        self._valid[self._unset.start : self._unset.stop] = False
        self._unset = range(0)


def _joined(unset: range, slots: Slots) -> range | None:
    """The range with the slots after it; None if that is no range."""
    first, count = int(slots[0]), len(slots)
    if unset and first != unset.stop:
        return None
    if int(slots[-1]) - first != count - 1 or (slots[1:] <= slots[:-1]).any():
        return None
    return range(unset.start if unset else first, first + count)


def _agree(valid: Bools | None, left: Slots, right: Slots) -> Bools:
    if valid is None:
        return np.ones(len(left), np.bool_)
    same: Bools = valid[left] == valid[right]
    return same


def _pick(valid: Bools | None, rows: Slots | None) -> Bools | None:
    return valid if valid is None or rows is None else valid[rows]


class Fixed(NamedTuple):
    """A fixed-width array, prepared."""

    values: npt.NDArray[Any]
    valid: Bools | None


class FixedColumn:
    """Numbers, times, booleans and decimals: the bits of each value."""

    def __init__(
        self, data_type: pa.DataType, is_key: bool, home: ArrayHome = IN_MEMORY
    ) -> None:
        dtype = fixed_dtype(data_type)
        assert dtype is not None
        self._home = home
        self._type = data_type
        self._canonical = is_key and pa.types.is_floating(data_type)
        self._data = np.zeros((0, *dtype.shape), dtype.base)
        self._validity = Validity(home)

    @property
    def memory_bytes(self) -> int:
        return self._data.nbytes + self._validity.memory_bytes

    def reserve(self, capacity: int) -> None:
        self._data = self._home.grown(self._data, capacity)
        self._validity.reserve(capacity)

    def prepare(self, array: pa.Array) -> Fixed:
        values, valid = fixed_values(array), validity(array)
        if self._canonical:
            values = _canonical_floats(values)
        if valid is not None:
            keep = valid if values.ndim == 1 else valid[:, None]
            values = np.where(keep, values, values.dtype.type(0))
        return Fixed(values, valid)

    def put(self, slots: Slots, prepared: Fixed, rows: Slots | None) -> None:
        values = prepared.values
        self._data[slots] = values if rows is None else values[rows]
        self._validity.put(slots, _pick(prepared.valid, rows))

    def clear(self, slots: Slots) -> None:
        self._data[slots] = 0
        self._validity.clear(slots)

    def gather(self, slots: Slots) -> pa.Array:
        values = self._data.take(slots, axis=0)
        return fixed_array(self._type, values, self._validity.gather(slots))

    def hash(self, prepared: Fixed) -> Hashes:
        return hash_fixed(prepared.values, prepared.valid)

    def hash_at(self, slots: Slots) -> Hashes:
        values = self._data.take(slots, axis=0)
        return hash_fixed(values, self._validity.gather(slots))

    def matches(self, slots: Slots, prepared: Fixed, rows: Slots) -> Bools:
        same = _equal(self._data.take(slots, axis=0), prepared.values[rows])
        same &= self._validity.matches(slots, prepared.valid, rows)
        return same

    def agrees(self, prepared: Fixed, left: Slots, right: Slots) -> Bools:
        same = _equal(prepared.values[left], prepared.values[right])
        return same & _agree(prepared.valid, left, right)


def _equal(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> Bools:
    same: Bools = left == right
    if same.ndim == 2:
        same = np.logical_and(same[:, 0], same[:, 1])
    return same


def _canonical_floats(bits: npt.NDArray[Any]) -> npt.NDArray[Any]:
    floats = bits.view(f"f{bits.itemsize}") + 0.0
    floats[np.isnan(floats)] = np.nan
    return floats.view(bits.dtype)


class NullColumn:
    """Spark's void type: nothing to hold."""

    memory_bytes = 0

    def reserve(self, capacity: int) -> None:
        pass

    def prepare(self, array: pa.Array) -> int:
        return len(array)

    def put(self, slots: Slots, prepared: int, rows: Slots | None) -> None:
        pass

    def clear(self, slots: Slots) -> None:
        pass

    def gather(self, slots: Slots) -> pa.Array:
        return pa.nulls(len(slots))

    def hash(self, prepared: int) -> Hashes:
        return mix(np.zeros(prepared, np.uint64))

    def hash_at(self, slots: Slots) -> Hashes:
        return self.hash(len(slots))

    def matches(self, slots: Slots, prepared: int, rows: Slots) -> Bools:
        return np.ones(len(slots), np.bool_)

    def agrees(self, prepared: int, left: Slots, right: Slots) -> Bools:
        return np.ones(len(left), np.bool_)


class Text(NamedTuple):
    """A string or binary array, prepared."""

    words: Words
    byte_counts: Slots
    valid: Bools | None


class TextColumn:
    """Strings and binaries."""

    def __init__(self, data_type: pa.DataType, home: ArrayHome = IN_MEMORY) -> None:
        self._home = home
        self._type = data_type
        self._heap = WordHeap(home)
        self._byte_counts = np.zeros(0, np.int32)
        self._validity = Validity(home)

    @property
    def memory_bytes(self) -> int:
        heap = self._heap.memory_bytes + self._byte_counts.nbytes
        return heap + self._validity.memory_bytes

    def reserve(self, capacity: int) -> None:
        self._heap.reserve(capacity)
        self._byte_counts = self._home.grown(self._byte_counts, capacity)
        self._validity.reserve(capacity)

    def prepare(self, array: pa.Array) -> Text:
        return Text(*text_words(array), validity(array))

    def put(self, slots: Slots, prepared: Text, rows: Slots | None) -> None:
        words, byte_counts, valid = prepared
        if rows is not None:
            words, byte_counts = words.take(rows), byte_counts[rows]
        self._byte_counts[slots] = byte_counts
        self._heap.put(slots, words)
        self._validity.put(slots, _pick(valid, rows))

    def clear(self, slots: Slots) -> None:
        self._byte_counts[slots] = 0
        zeros = np.zeros(len(slots), np.uint64)
        ones = np.ones(len(slots), np.int64)
        self._heap.put(slots, Words(zeros, np.arange(len(slots)), ones))
        self._validity.clear(slots)

    def gather(self, slots: Slots) -> pa.Array:
        byte_counts = self._byte_counts.take(slots).astype(np.int64)
        valid = self._validity.gather(slots)
        return text_array(self._type, self._heap.get(slots), byte_counts, valid)

    def hash(self, prepared: Text) -> Hashes:
        return hash_words(prepared.words, prepared.valid, prepared.byte_counts)

    def hash_at(self, slots: Slots) -> Hashes:
        byte_counts = self._byte_counts.take(slots).astype(np.int64)
        words, valid = self._heap.get(slots), self._validity.gather(slots)
        return self.hash(Text(words, byte_counts, valid))

    def matches(self, slots: Slots, prepared: Text, rows: Slots) -> Bools:
        same = self._heap.matches(slots, prepared.words, rows)
        same &= self._byte_counts.take(slots) == prepared.byte_counts[rows]
        same &= self._validity.matches(slots, prepared.valid, rows)
        return same

    def agrees(self, prepared: Text, left: Slots, right: Slots) -> Bools:
        same = words_agree(prepared.words, left, right)
        same &= prepared.byte_counts[left] == prepared.byte_counts[right]
        return same & _agree(prepared.valid, left, right)


class Struct(NamedTuple):
    """A struct array, prepared."""

    length: int
    children: list[Any]
    valid: Bools | None


class StructColumn:
    """A struct: its children by slot, and whether it is null itself."""

    def __init__(
        self,
        data_type: pa.StructType,
        children: list[Any],
        home: ArrayHome = IN_MEMORY,
    ) -> None:
        self._type = data_type
        self._children = children
        self._validity = Validity(home)

    @property
    def memory_bytes(self) -> int:
        children: int = sum(child.memory_bytes for child in self._children)
        return children + self._validity.memory_bytes

    def reserve(self, capacity: int) -> None:
        for child in self._children:
            child.reserve(capacity)
        self._validity.reserve(capacity)

    def prepare(self, array: pa.Array) -> Struct:
        pairs = zip(self._children, array.flatten(), strict=True)
        children = [child.prepare(part) for child, part in pairs]
        return Struct(len(array), children, validity(array))

    def put(self, slots: Slots, prepared: Struct, rows: Slots | None) -> None:
        for child, part in zip(self._children, prepared.children, strict=True):
            child.put(slots, part, rows)
        self._validity.put(slots, _pick(prepared.valid, rows))

    def clear(self, slots: Slots) -> None:
        for child in self._children:
            child.clear(slots)
        self._validity.clear(slots)

    def gather(self, slots: Slots) -> pa.Array:
        valid = self._validity.gather(slots)
        return pa.Array.from_buffers(
            self._type,
            len(slots),
            [validity_buffer(valid)],
            0 if valid is None else -1,
            children=[child.gather(slots) for child in self._children],
        )

    def hash(self, prepared: Struct) -> Hashes:
        pairs = zip(self._children, prepared.children, strict=True)
        parts = [child.hash(part) for child, part in pairs]
        return _hash_struct(prepared.length, parts, prepared.valid)

    def hash_at(self, slots: Slots) -> Hashes:
        parts = [child.hash_at(slots) for child in self._children]
        return _hash_struct(len(slots), parts, self._validity.gather(slots))

    def matches(self, slots: Slots, prepared: Struct, rows: Slots) -> Bools:
        same = self._validity.matches(slots, prepared.valid, rows)
        for child, part in zip(self._children, prepared.children, strict=True):
            same &= child.matches(slots, part, rows)
        return same

    def agrees(self, prepared: Struct, left: Slots, right: Slots) -> Bools:
        same = _agree(prepared.valid, left, right)
        for child, part in zip(self._children, prepared.children, strict=True):
            same &= child.agrees(part, left, right)
        return same


def _hash_struct(length: int, parts: list[Hashes], valid: Bools | None) -> Hashes:
    hashes = np.zeros(length, np.uint64)
    for part in parts:
        hashes = combine_hashes(hashes, part)
    if valid is not None:
        hashes[~valid] = 0
    return hashes
