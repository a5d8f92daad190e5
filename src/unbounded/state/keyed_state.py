"""Keyed state: one row a key, in memory, in columns by slot.

What a stateful operator works on. A call takes Arrow columns and answers
slots, or takes slots and answers Arrow columns; nothing runs once a row.
It performs no I/O: `StateStore` fills it at recovery and takes its changes at
commit.

    slots, is_new = state.lookup_or_insert([keys])
    merged = merge(state.gather(0, slots), partial)      # new slots hold nulls
    state.scatter(0, slots, merged)

Keys are equal as in Spark's grouping: null equals null, NaN equals NaN, -0.0
equals 0.0.

Invariants:
    - two live slots never hold equal keys
    - the order of `live_slots` depends on the order of calls and rows alone,
      not on hashes, slots or restarts
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from unbounded.errors import ExecutionError
from unbounded.memory import MemoryAccount
from unbounded.state.array_home import IN_MEMORY, ArrayHome, OpenScratch
from unbounded.state.arrow_column import ArrowColumn, NestedKeyColumn
from unbounded.state.arrow_words import Bools, Slots, fixed_dtype
from unbounded.state.at_hand import AtHand
from unbounded.state.columns import (
    Column,
    FixedColumn,
    KeyColumn,
    NullColumn,
    StructColumn,
    TextColumn,
)
from unbounded.state.hash_index import SLOT_MAX, HashIndex
from unbounded.state.hashing import Hashes, combine_hashes, mix
from unbounded.state.slots import SlotTable, distinct
from unbounded.types import DataType, to_arrow

__all__ = ["Changes", "HashKeys", "KeyedState", "hash_columns"]

HashKeys = Callable[[list[pa.Array]], Hashes]
"""The hash of each row of the key columns; equal keys have equal hashes."""

_ROWS_AT_ONCE = 1 << 17
_CAPACITY_MIN = 1024
# Of a state that holds nothing yet: index, sequence, hash and two numbers.
_SLOT_BYTES = 96
# Of an index that is built at once, a key.
_ENTRY_BYTES = 32


class Changes(NamedTuple):
    """What happened since the last `take_changes`.

    A key in both was removed and came in again: the tombstone goes first.
    """

    upserted: Slots
    removed_keys: list[pa.Array]
    removed_count: int
    """Keys removed, also those that came in since and need no tombstone."""


class KeyedState:
    """Keys and their values. Not thread-safe: one query's thread owns it.

    With an `account` it asks for memory before it takes some; what is refused
    then has changed nothing.
    """

    def __init__(
        self,
        key_types: Sequence[DataType],
        value_types: Sequence[DataType],
        hash_keys: HashKeys | None = None,
        account: MemoryAccount | None = None,
        open_scratch: OpenScratch | None = None,
    ) -> None:
        assert key_types, "one key of a constant stands for no key"
        self._key_types = [to_arrow(kind) for kind in key_types]
        self._value_types = [to_arrow(kind) for kind in value_types]
        self._home = home = ArrayHome(open_scratch)
        self._keys = [_key_column(kind, home) for kind in self._key_types]
        self._values = [_value_column(kind, home) for kind in self._value_types]
        # Floats are made canonical; of nested ones not all that is hidden is null.
        self._keys_come_back_as_given = not any(
            pa.types.is_nested(kind) or pa.types.is_floating(kind)
            for kind in self._key_types
        )
        self._hash_keys = hash_keys
        self._account = account
        self._index = HashIndex(home)
        self._slots = SlotTable(home)
        self._beside_bytes = 0
        self._removed: list[list[pa.Array]] = []
        self._removed_count = 0
        self._loaded_hashes: list[Hashes] = []
        self._at_hand = AtHand()

    @property
    def count(self) -> int:
        """Live keys."""
        return self._slots.count

    @property
    def capacity(self) -> int:
        """All slots are below this."""
        return self._slots.capacity

    @property
    def memory_bytes(self) -> int:
        """Bytes held by keys, values and index, without those that lie in files."""
        columns = sum(column.memory_bytes for column in self._columns())
        held = columns + self._index.memory_bytes + self._slots.memory_bytes
        return held - self._home.mapped_bytes + self._beside_bytes

    @property
    def mapped_bytes(self) -> int:
        """Bytes held in mapped files."""
        return self._home.mapped_bytes

    def move_out(self) -> bool:
        """Move from memory to mapped files, for good; False if that can't be."""
        if not self._home.can_move:
            return False
        self._home.move()
        self._slots.reserve(self._slots.capacity)
        for column in self._columns():
            column.reserve(self._slots.capacity)
        self._index.rehouse()
        self.note_memory()
        return True

    def note_memory(self) -> None:
        """Say what is held exactly, after estimates."""
        if self._account is not None:
            self._account.note(self.memory_bytes)

    def note_beside(self, size_bytes: int) -> None:
        """Say what the operator holds beside the state, to find its rows."""
        self._beside_bytes = size_bytes

    def close(self) -> None:
        """Let go of memory; nothing may be asked for after."""
        self._keys, self._values = [], []
        self._index, self._slots = HashIndex(), SlotTable()
        self._at_hand.clear()
        if self._account is not None:
            self._account.close()

    @property
    def next_sequence(self) -> int:
        """The place in the order that the next new key will have."""
        return self._slots.next_sequence

    def lookup_or_insert(
        self, keys: Sequence[pa.Array], hashes: Hashes | None = None
    ) -> tuple[Slots, Bools]:
        """The slot of each row's key, giving slots to keys that have none.

        Keys may repeat. `is_new` is true once for a new key, at its first row.
        The values of a new slot are null. New keys count as changed. With
        `hashes`, they must be those of the constructor's `hash_keys`.
        """
        return self._find_or_insert(self._arrays(keys), hashes)

    def lookup(self, keys: Sequence[pa.Array], hashes: Hashes | None = None) -> Slots:
        """The slot of each row's key, -1 where the state does not have it."""
        arrays = self._arrays(keys)
        prepared = self._prepare(arrays)
        return self._find(prepared, self._hash(arrays, prepared, hashes))

    def keys(self, slots: Slots) -> list[pa.Array]:
        """The keys of live slots, one array a key column."""
        found = self._at_hand.keys(slots)
        if found is None:
            found = [column.gather(slots) for column in self._keys]
            self._at_hand.note_keys(slots, found)
        return found

    def gather(self, column: int, slots: Slots) -> pa.Array:
        """The values of one value column at live slots, which may repeat."""
        found = self._at_hand.values(column, slots)
        return self._values[column].gather(slots) if found is None else found

    def scatter(self, column: int, slots: Slots, values: pa.Array) -> None:
        """Store values of one value column at live, distinct slots."""
        array = _as_type(values, self._value_types[column])
        self._put_values(column, slots, array)
        self._slots.mark_dirty(slots)
        self._at_hand.note_values(column, slots, array)

    def remove(self, slots: Slots) -> None:
        """Forget the keys at live slots. The slots may come back for new keys."""
        slots = distinct(slots)
        if not len(slots):
            return
        assert slots[0] >= 0, "a key that is not there can't be forgotten"
        committed = slots[self._slots.is_committed(slots)]
        if len(committed):
            self._removed.append(self.keys(committed))
        self._removed_count += len(slots)
        self._drop(slots)

    def live_slots(self) -> Slots:
        """All slots in use, in the order in which their keys came in."""
        return self._slots.live_slots()

    def in_order(self, slots: Slots) -> Slots:
        """The same slots, in the order in which their keys came in."""
        return self._slots.in_order(slots)

    def order(self, slots: Slots) -> Slots:
        """The places of distinct slots in the order in which their keys came in.

        Who goes through the columns in this order touches memory but once, and what
        it stores is at hand for the disk.
        """
        return self._slots.order(slots)

    def is_live(self, slots: Slots) -> Bools:
        """Whether each slot holds a key."""
        return self._slots.is_live(slots)

    def take_changes(self) -> Changes:
        """What changed since the last call, in O(changes); then forget it."""
        upserted = self._at_hand.same(self._slots.take_dirty())
        removed = [
            pa.concat_arrays([keys[column] for keys in self._removed])
            if self._removed
            else pa.nulls(0, kind)
            for column, kind in enumerate(self._key_types)
        ]
        changes = Changes(upserted, removed, self._removed_count)
        self._removed, self._removed_count = [], 0
        return changes

    def sequences(self, slots: Slots) -> Slots:
        """The place of each slot's key in the order of coming in."""
        return self._slots.sequences(slots)

    def load(
        self, keys: Sequence[pa.Array], values: Sequence[pa.Array], sequences: Slots
    ) -> None:
        """Store whole rows as read from disk, ascending by sequence.

        Their keys are not there yet, and are found once `finish_loading` was called.
        """
        arrays = self._arrays(keys)
        self._ask_for(len(sequences), arrays)
        self._reserve_for(len(sequences))
        slots = self._slots.allocate(len(sequences), sequences)
        self._load_keys(arrays, slots)
        for position, array in enumerate(values):
            self._put_values(
                position, slots, _as_type(array, self._value_types[position])
            )

    def finish_loading(self, next_sequence: int) -> None:
        """End recovery: what is held now is what is on disk."""
        self.note_memory()
        self._build_index()
        self._slots.next_sequence = max(self._slots.next_sequence, next_sequence)
        self.take_changes()
        self.note_memory()

    def _load_keys(self, arrays: list[pa.Array], slots: Slots) -> None:
        """Store keys read from disk, to be found once all are there."""
        prepared = self._prepare(arrays)
        self._loaded_hashes.append(self._hash(arrays, prepared, None))
        for column, part in zip(self._keys, prepared, strict=True):
            column.put(slots, part, None)

    def _build_index(self) -> None:
        index_bytes = _ENTRY_BYTES * self._slots.count
        self._take(lambda: 0 if self._home.is_mapped else index_bytes)
        self._index.build(self._loaded_hashes)

    def _unindex(self, slots: Slots) -> None:
        """Make the keys of `slots` not be found any more."""
        self._index.remove(self._hashes_of(slots), slots)

    def _put_values(self, column: int, slots: Slots, array: pa.Array) -> None:
        target = self._values[column]
        if not isinstance(target, FixedColumn):
            is_text = isinstance(target, TextColumn)
            self._take(lambda: 0 if is_text and self._home.is_mapped else array.nbytes)
        target.put(slots, target.prepare(array), None)

    def _columns(self) -> list[Column]:
        return [*self._keys, *self._values]

    def _arrays(self, keys: Sequence[pa.Array]) -> list[pa.Array]:
        pairs = zip(keys, self._key_types, strict=True)
        return [_as_type(array, kind) for array, kind in pairs]

    def _prepare(self, arrays: list[pa.Array]) -> list[Any]:
        pairs = zip(self._keys, arrays, strict=True)
        return [column.prepare(array) for column, array in pairs]

    def _hash(
        self,
        arrays: list[pa.Array],
        prepared: list[Any],
        given: Hashes | None,
    ) -> Hashes:
        """Hashes for the index; given ones are mixed, as they may be poor."""
        if given is not None:
            return mix(given)
        if self._hash_keys is not None:
            return mix(self._hash_keys(arrays))
        return _hash_prepared(self._keys, prepared)

    def _hashes_of(self, slots: Slots) -> Hashes:
        """Hashes of stored keys; kept nowhere, as they are seldom asked for."""
        if self._hash_keys is not None:
            return mix(self._hash_keys(self.keys(slots)))
        return _combined([column.hash_at(slots) for column in self._keys])

    def _find(self, prepared: list[Any], hashes: Hashes) -> Slots:
        def matches(slots: Slots, rows: Slots) -> Bools:
            same = np.ones(len(slots), np.bool_)
            for column, part in zip(self._keys, prepared, strict=True):
                same &= column.matches(slots, part, rows)
            return same

        return self._index.find(hashes, matches)

    def _find_or_insert(
        self,
        arrays: list[pa.Array],
        hashes: Hashes | None,
    ) -> tuple[Slots, Bools]:
        rows = len(arrays[0])
        if rows <= _ROWS_AT_ONCE:
            return self._find_or_insert_some(arrays, hashes)
        parts = []
        for start in range(0, rows, _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            parts.append(
                self._find_or_insert_some(
                    [array[part] for array in arrays],
                    None if hashes is None else hashes[part],
                )
            )
        slots, is_new = zip(*parts, strict=True)
        return np.concatenate(slots), np.concatenate(is_new)

    def _find_or_insert_some(
        self,
        arrays: list[pa.Array],
        hashes: Hashes | None,
    ) -> tuple[Slots, Bools]:
        prepared = self._prepare(arrays)
        hashes = self._hash(arrays, prepared, hashes)
        slots = self._find(prepared, hashes)
        is_new = np.zeros(len(slots), np.bool_)
        missing = np.flatnonzero(slots < 0)
        if len(missing):
            self._ask_for(len(missing), arrays)
            found, first = self._insert(prepared, hashes, missing)
            slots[missing] = found
            is_new[missing[first]] = True
            if self._keys_come_back_as_given:
                self._at_hand.note_new(found[first], arrays, missing[first])
        return slots, is_new

    def _insert(
        self,
        prepared: list[Any],
        hashes: Hashes,
        missing: Slots,
    ) -> tuple[Slots, Slots]:
        def agrees(left: Slots, right: Slots) -> Bools:
            same = np.ones(len(left), np.bool_)
            for column, part in zip(self._keys, prepared, strict=True):
                same &= column.agrees(part, missing[left], missing[right])
            return same

        def allocate(first_rows: Slots) -> Slots:
            rows = missing[first_rows]
            self._reserve_for(len(rows))
            return self._slots.allocate(len(rows))

        slots, first = self._index.insert(hashes[missing], agrees, allocate)
        new_slots, new_rows = slots[first], missing[first]
        for column, part in zip(self._keys, prepared, strict=True):
            column.put(new_slots, part, new_rows)
        for values in self._values:
            values.clear(new_slots)
        self._slots.mark_dirty(new_slots)
        return slots, first

    def _ask_for(self, count: int, keys: list[pa.Array]) -> None:
        """Ask for the memory of at most `count` new keys, some of `keys`.

        New slots will hold what slots hold now on average; keys may be longer.
        """
        if self._capacity_for(count) > self._slots.capacity:
            self.note_memory()
            self._take(lambda: self._growth_bytes(count, keys))

    def _growth_bytes(self, count: int, keys: list[pa.Array]) -> int:
        capacity = self._slots.capacity
        slot_bytes = self.memory_bytes // capacity if capacity else _SLOT_BYTES
        slots_bytes = (self._capacity_for(count) - capacity) * slot_bytes
        if self._home.is_mapped:
            return slots_bytes
        keys_bytes: int = sum(key.nbytes for key in keys)
        return slots_bytes + keys_bytes * count // len(keys[0])

    def _take(self, more: Callable[[], int]) -> None:
        """Ask to hold more; if there is no room, make it by moving out."""
        if self._account is None:
            return
        try:
            self._account.grow_to(self._account.held_bytes + more())
        except ExecutionError:
            if not self.move_out():
                raise
            self._account.grow_to(self._account.held_bytes + more())

    def _capacity_for(self, count: int) -> int:
        """The slots there are once `count` keys have come in."""
        needed = self._slots.top + self._slots.never_used_needed(count)
        assert needed <= SLOT_MAX, "two thousand million keys in one operator"
        capacity = self._slots.capacity
        if needed <= capacity:
            return capacity
        return max(needed, capacity + capacity // 4, _CAPACITY_MIN)

    def _reserve_for(self, count: int) -> None:
        capacity = self._capacity_for(count)
        if capacity > self._slots.capacity:
            self._slots.reserve(capacity)
            for column in self._columns():
                column.reserve(capacity)

    def _drop(self, slots: Slots) -> None:
        self._at_hand.clear()
        self._unindex(slots)
        self._slots.release(slots)
        # Only rows of Arrow chunks can be given back before the slot is used again.
        for column in self._columns():
            if isinstance(column, ArrowColumn | NestedKeyColumn):
                column.clear(slots)
        for column in self._values:
            if isinstance(column, StructColumn):
                column.clear(slots)


def hash_columns(arrays: Sequence[pa.Array]) -> Hashes:
    """Hashes of rows of any types: equal rows, as keys, have equal hashes."""
    columns = [_key_column(array.type) for array in arrays]
    prepared = [
        column.prepare(array) for column, array in zip(columns, arrays, strict=True)
    ]
    return _hash_prepared(columns, prepared)


def _hash_prepared(columns: Sequence[KeyColumn], prepared: Sequence[Any]) -> Hashes:
    pairs = zip(columns, prepared, strict=True)
    return _combined([column.hash(part) for column, part in pairs])


def _combined(parts: list[Hashes]) -> Hashes:
    first, *others = parts
    for other in others:
        first = combine_hashes(first, other)
    return first


def _as_type(array: pa.Array | pa.ChunkedArray, data_type: pa.DataType) -> pa.Array:
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return array if array.type.equals(data_type) else array.cast(data_type)


def _value_column(data_type: pa.DataType, home: ArrayHome = IN_MEMORY) -> Column:
    if pa.types.is_struct(data_type):
        children = [_value_column(field.type, home) for field in data_type]
        return StructColumn(data_type, children, home)
    if pa.types.is_nested(data_type):
        return ArrowColumn(data_type)
    if pa.types.is_null(data_type):
        return NullColumn()
    if fixed_dtype(data_type) is not None:
        return FixedColumn(data_type, is_key=False, home=home)
    return TextColumn(data_type, home)


def _key_column(data_type: pa.DataType, home: ArrayHome = IN_MEMORY) -> KeyColumn:
    if pa.types.is_struct(data_type):
        children = [_key_column(field.type, home) for field in data_type]
        return StructColumn(data_type, children, home)
    if pa.types.is_nested(data_type):
        return NestedKeyColumn(data_type, home)
    if pa.types.is_null(data_type):
        return NullColumn()
    if fixed_dtype(data_type) is not None:
        return FixedColumn(data_type, is_key=True, home=home)
    return TextColumn(data_type, home)
