"""Chance: columns of values that look drawn, each a function of its row's number.

A value depends on the seed, on the column's name and on the number of the event it
belongs to, and on nothing else: not on the files that rows are cut into, nor on the
order they are made in.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Chance", "Integers"]

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
_Words = np.ndarray[tuple[int], np.dtype[np.uint64]]

# SplitMix64's constants: what turns a counter into bits without a pattern.
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)
_LAST_SHIFT = np.uint64(31)
_CHARACTERS_A_WORD = 8
_LETTERS = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz" * 9 + b" " * 22, np.uint8)
"""The letter of each byte; one in twelve is a space."""


class Chance:
    """Draws for the events of these numbers."""

    def __init__(self, seed: int, numbers: Integers) -> None:
        self._base = _mixed((numbers.astype(np.uint64) << np.uint64(20)) * _STEP)
        self._seed = seed

    def __len__(self) -> int:
        return len(self._base)

    def below(self, name: str, ends: Integers | int) -> Integers:
        """Whole numbers from 0 up to, and not with, `ends`."""
        bits = self._bits(name) >> np.uint64(1)
        return (bits.astype(np.int64) % ends).astype(np.int64)

    def unit(self, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Fractions from 0 to 1."""
        return (self._bits(name) >> np.uint64(11)).astype(np.float64) / 2.0**53

    def one_of(self, name: str, values: Sequence[str]) -> pa.Array:
        return pa.array(values).take(pa.array(self.below(name, len(values))))

    def letters(self, name: str, length: int) -> pa.Array:
        """Texts of that length, of small letters and some spaces."""
        words = -(-length // _CHARACTERS_A_WORD)
        columns = [self._bits(f"{name} {number}") for number in range(words)]
        drawn = np.stack(columns, axis=1).astype("<u8").view(np.uint8)
        return _texts(_LETTERS[drawn[:, :length]])

    def digits(self, name: str, length: int) -> pa.Array:
        """Texts of that many digits."""
        numbers = pa.array(self.below(name, 10**length)).cast(pa.string())
        return pc.utf8_lpad(numbers, length, "0")

    def _bits(self, name: str) -> _Words:
        salt = zlib.crc32(f"{self._seed} {name}".encode()) * int(_STEP) % 2**64
        return _mixed(self._base + np.uint64(salt))


def _mixed(words: _Words) -> _Words:
    for shift, factor in _MIX:
        words = (words ^ (words >> shift)) * factor
    return words ^ (words >> _LAST_SHIFT)


def _texts(characters: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> pa.Array:
    count, length = characters.shape
    ends = np.arange(count + 1, dtype=np.int32) * np.int32(length)
    data = pa.py_buffer(np.ascontiguousarray(characters))
    return pa.StringArray.from_buffers(count, pa.py_buffer(ends), data)
