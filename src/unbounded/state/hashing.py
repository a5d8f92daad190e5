"""Hashing: 64-bit hashes of rows of any type, vectorised.

Arrow has no hash function to call, so this is ours: words are mixed with
multiplications and shifts (the finaliser of MurmurHash3). It is the same in
every process. The index is exact whatever the hashes, so nothing on disk
depends on them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unbounded.state.arrow_words import Bools, Slots, Words, even_count

__all__ = ["combine_hashes", "hash_fixed", "hash_words", "mix"]

Hashes = npt.NDArray[np.uint64]

_FIRST = np.uint64(0xFF51AFD7ED558CCD)
_SECOND = np.uint64(0xC4CEB9FE1A85EC53)
_POSITION = np.uint64(0x9E3779B97F4A7C15)
_NULL = np.uint64(0x5DEECE66D1234567)
_SHIFT = np.uint64(32)
_TURN = np.uint64(29)


def mix(values: npt.NDArray[np.unsignedinteger]) -> Hashes:
    """Spread every bit of each value over the whole word."""
    mixed = values.astype(np.uint64)
    mixed ^= mixed >> _SHIFT
    mixed *= _FIRST
    mixed ^= mixed >> _TURN
    mixed *= _SECOND
    mixed ^= mixed >> _SHIFT
    return mixed


def combine_hashes(left: Hashes, right: Hashes) -> Hashes:
    """One hash of two, in this order."""
    combined = left * _POSITION
    combined += right
    combined ^= combined >> _TURN
    combined *= _FIRST
    combined ^= combined >> _SHIFT
    return combined


def hash_fixed(values: npt.NDArray[np.unsignedinteger], valid: Bools | None) -> Hashes:
    """Hashes of fixed-width values; a second dimension holds more words a row."""
    if values.ndim == 2:
        hashes = combine_hashes(mix(values[:, 0]), mix(values[:, 1]))
    else:
        hashes = mix(values)
    if valid is not None:
        hashes[~valid] = _NULL
    return hashes


def hash_words(row: Words, valid: Bools | None) -> Hashes:
    """Hashes of rows of words: the sum of each word mixed with its position."""
    if not len(row.counts):
        return np.zeros(0, np.uint64)
    even = even_count(row.counts)
    if even is not None:
        salts = np.arange(even).astype(np.uint64) * _POSITION
        mixed = mix(row.words.reshape(-1, even) + salts)
        hashes = mixed[:, 0] if even == 1 else mixed.sum(axis=1, dtype=np.uint64)
    else:
        positions = np.arange(len(row.words)) - np.repeat(row.starts, row.counts)
        salted = row.words + positions.astype(np.uint64) * _POSITION
        hashes = np.add.reduceat(mix(salted), row.starts)
    hashes += _lengths(row.counts)
    if valid is not None:
        hashes[~valid] = _NULL
    return mix(hashes)


def _lengths(counts: Slots) -> Hashes:
    return counts.astype(np.uint64) * _SECOND
