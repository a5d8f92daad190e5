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
_ONE = np.uint64(1)
# Up to so many words in all rows alike, a pass for each place is the shortest way.
_EVEN_WORDS_MAX = 32


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


def hash_words(row: Words, valid: Bools | None, lengths: Slots | None = None) -> Hashes:
    """Hashes of rows of words: the sum of each word times a factor of its place.

    `lengths` tells rows apart whose words differ in their padding alone.
    """
    if not len(row.counts):
        return np.zeros(0, np.uint64)
    even = even_count(row.counts)
    if even is not None and even <= _EVEN_WORDS_MAX:
        columns = row.words.reshape(-1, even).T
        factors = _factors(even)
        hashes = _folded(columns[0]) * factors[0]
        for column, factor in zip(columns[1:], factors[1:], strict=True):
            hashes += _folded(column) * factor
    else:
        positions = np.arange(len(row.words)) - np.repeat(row.starts, row.counts)
        factors = _factors(int(row.counts.max())).take(positions)
        hashes = np.add.reduceat(_folded(row.words) * factors, row.starts)
    lengths = row.counts if lengths is None else lengths
    hashes += lengths.astype(np.uint64) * _SECOND
    if valid is not None:
        hashes[~valid] = _NULL
    return mix(hashes)


def _factors(count: int) -> Hashes:
    """An odd number without pattern for each place in a row."""
    return mix(np.arange(1, count + 1, dtype=np.uint64)) | _ONE


def _folded(words: Hashes) -> Hashes:
    """The upper half into the lower: a product spreads bits upwards only."""
    return words ^ (words >> _SHIFT)
