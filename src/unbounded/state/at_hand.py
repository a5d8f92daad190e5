"""At hand: the arrays a batch has stored last, while they are what the columns hold.

A batch stores values, hands them on and writes them down, all by one array of
slots: `KeyedState` asks here before it gathers.

Invariants:
    - what is given back equals what a gather would give
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from unbounded.state.arrow_words import Slots

__all__ = ["AtHand"]


class AtHand:
    """Keys and values of the slots last written to, and keys that came in last."""

    def __init__(self) -> None:
        self._slots: Slots | None = None
        self._keys: list[pa.Array] | None = None
        self._values: dict[int, pa.Array] = {}
        self._new: tuple[Slots, Sequence[pa.Array], Slots] | None = None

    def clear(self) -> None:
        """Forget all: slots may come to stand for other keys."""
        self._slots, self._keys, self._values, self._new = None, None, {}, None

    def same(self, slots: Slots) -> Slots:
        """The array of slots that is known, if it is equal to this one."""
        known = self._slots
        return slots if known is None or not np.array_equal(known, slots) else known

    def keys(self, slots: Slots) -> list[pa.Array] | None:
        """The keys of these slots, if they are known."""
        if slots is self._slots and self._keys is not None:
            return self._keys
        if self._new is None or not np.array_equal(self._new[0], slots):
            return None
        _, arrays, rows = self._new
        taken = pa.array(rows)
        return [array.take(taken) for array in arrays]

    def values(self, column: int, slots: Slots) -> pa.Array | None:
        """The values of one column at these slots, if they are known."""
        return self._values.get(column) if slots is self._slots else None

    def note_new(self, slots: Slots, arrays: Sequence[pa.Array], rows: Slots) -> None:
        """Keys came in: those of `slots` are `rows` of `arrays`, as they are."""
        self._new = (slots, arrays, rows)

    def note_keys(self, slots: Slots, keys: list[pa.Array]) -> None:
        """Keys of `slots` were gathered."""
        if slots is self._slots:
            self._keys = keys

    def note_values(self, column: int, slots: Slots, array: pa.Array) -> None:
        """Values of `slots` were stored; others may have changed with them."""
        if slots is not self._slots:
            self._slots, self._keys, self._values = slots, None, {}
            # Who handed the slots in must not change them under what is known.
            slots.flags.writeable = False
        self._values[column] = array
