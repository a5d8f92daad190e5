"""Row log: rows by the number of their coming, for who finds them otherwise.

A keyed state whose key is its sequence: no row is looked up, so there is no
index, and equal rows are rows of their own. Joins keep their sides in it.

    slots = log.append([columns])         one slot a row, in order
    log.gather(0, slots)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from unbounded.memory import MemoryAccount
from unbounded.state.array_home import OpenScratch
from unbounded.state.arrow_words import Bools, Slots
from unbounded.state.hashing import Hashes
from unbounded.state.keyed_state import KeyedState
from unbounded.types import DataType, LongType

__all__ = ["RowLog"]


class RowLog(KeyedState):
    """Rows and their values. Not thread-safe: one query's thread owns it."""

    def __init__(
        self,
        value_types: Sequence[DataType],
        account: MemoryAccount | None = None,
        open_scratch: OpenScratch | None = None,
    ) -> None:
        super().__init__(
            [LongType()], value_types, account=account, open_scratch=open_scratch
        )
        self._keys = []

    def append(self, values: Sequence[pa.Array]) -> Slots:
        """The slots of new rows, in order; all their values are given."""
        count = len(values[0])
        if not count:
            return np.zeros(0, np.int64)
        self._ask_for(count, list(values))
        self._reserve_for(count)
        slots = self._slots.allocate(count)
        self._at_hand.clear()
        for position, array in enumerate(values):
            self.scatter(position, slots, array)
        return slots

    def keys(self, slots: Slots) -> list[pa.Array]:
        """The numbers of the rows at live slots."""
        return [pa.array(self.sequences(slots))]

    def lookup_or_insert(
        self, keys: Sequence[pa.Array], hashes: Hashes | None = None
    ) -> tuple[Slots, Bools]:
        """Not of a log."""
        raise NotImplementedError("a row of a log is appended")

    def lookup(self, keys: Sequence[pa.Array], hashes: Hashes | None = None) -> Slots:
        """Not of a log."""
        raise NotImplementedError("a row of a log is known by its slot")

    def _load_keys(self, arrays: list[pa.Array], slots: Slots) -> None:
        """The sequences are the keys."""

    def _build_index(self) -> None:
        """There is none."""

    def _unindex(self, slots: Slots) -> None:
        """There is no index."""
