"""Arrow words: Arrow arrays as NumPy words, and back.

The one place that knows Arrow's buffers. Fixed-width values become a NumPy view;
strings and bytes become `Words`: whole 64-bit words a row, zero padded, so that
they can be hashed, compared and stored without looking at single bytes.

Invariants:
    - a null row has value 0 (fixed) or one zero word (text)
    - a row of `Words` has at least one word
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = [
    "Bools",
    "Slots",
    "Words",
    "all_in_each",
    "even_count",
    "fixed_array",
    "fixed_dtype",
    "fixed_values",
    "interleave",
    "ranges",
    "text_array",
    "text_words",
    "validity",
    "validity_buffer",
]

Slots = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Uint64s = npt.NDArray[np.uint64]

_WORD_BYTES = 8
_LAST_WORD_MASKS = np.array(
    [(1 << (8 * size)) - 1 for size in range(_WORD_BYTES + 1)], dtype=np.uint64
)


class Words(NamedTuple):
    """Rows of 64-bit words: row i is `words[starts[i] : starts[i] + counts[i]]`."""

    words: Uint64s
    starts: Slots
    counts: Slots

    def take(self, rows: Slots) -> Words:
        """Some of the rows, packed anew."""
        counts = self.counts[rows]
        words = self.words[ranges(self.starts[rows], counts)]
        return Words(words, np.cumsum(counts) - counts, counts)


def ranges(starts: Slots, counts: Slots) -> Slots:
    """`starts=[7, 3], counts=[2, 1]` → `[7, 8, 3]`."""
    even = even_count(counts)
    if even == 1:
        return starts
    if even is not None:
        return (starts[:, None] + np.arange(even)).reshape(-1)
    ends = np.cumsum(counts)
    total = int(ends[-1]) if ends.size else 0
    return np.repeat(starts - ends + counts, counts) + np.arange(total)


def even_count(counts: npt.NDArray[np.signedinteger]) -> int | None:
    """The count that all have, as ids of one length do; None if they differ."""
    if not counts.size:
        return None
    first = int(counts[0])
    return first if (counts == first).all() else None


def all_in_each(same: Bools, counts: Slots) -> Bools:
    """Whether all are true of each range; ranges follow one another."""
    even = even_count(counts)
    if even is None:
        ends = np.cumsum(counts)
        each: Bools = np.logical_and.reduceat(same, ends - counts)
        return each
    # A pass for each place is much faster than a reduction of each short row.
    return functools.reduce(np.logical_and, same.reshape(-1, even).T)


def validity(array: pa.Array) -> Bools | None:
    """Which rows are not null; None if all are."""
    if array.null_count == 0:
        return None
    if pa.types.is_null(array.type):
        return np.zeros(len(array), np.bool_)
    bitmap = np.frombuffer(array.buffers()[0], np.uint8)
    return _unpack(bitmap, array.offset, len(array))


def _unpack(bitmap: npt.NDArray[np.uint8], offset: int, length: int) -> Bools:
    first = offset >> 3
    part = bitmap[first : (offset + length + 7) >> 3]
    bits = np.unpackbits(part, bitorder="little")
    return bits[offset - 8 * first :][:length].view(np.bool_)


def validity_buffer(valid: Bools | None) -> pa.Buffer | None:
    """The Arrow bitmap of `valid`."""
    if valid is None:
        return None
    return pa.py_buffer(np.packbits(valid, bitorder="little"))


def fixed_dtype(data_type: pa.DataType) -> np.dtype[Any] | None:
    """The NumPy type that holds the bits of a value; None if they vary in width.

    A decimal is a pair of words.
    """
    if pa.types.is_boolean(data_type):
        return np.dtype(np.uint8)
    if pa.types.is_decimal128(data_type):
        return np.dtype((np.uint64, (2,)))
    if pa.types.is_primitive(data_type):
        return np.dtype(f"u{data_type.bit_width // 8}")
    return None


def fixed_values(array: pa.Array) -> npt.NDArray[Any]:
    """The bits of a fixed-width array; a view where Arrow's layout allows.

    Null rows hold whatever Arrow holds there.
    """
    length, offset = len(array), array.offset
    data = array.buffers()[1]
    dtype = fixed_dtype(array.type)
    assert dtype is not None
    if length == 0 or data is None:
        return np.zeros((length, *dtype.shape), dtype.base)
    if pa.types.is_boolean(array.type):
        bits = _unpack(np.frombuffer(data, np.uint8), offset, length)
        return bits.view(np.uint8)
    width = dtype.shape[0] if dtype.shape else 1
    flat = np.frombuffer(data, dtype.base, (offset + length) * width)
    return flat.reshape(-1, *dtype.shape)[offset:]


def fixed_array(
    data_type: pa.DataType, values: npt.NDArray[Any], valid: Bools | None
) -> pa.Array:
    """The inverse of `fixed_values`."""
    if pa.types.is_boolean(data_type):
        data = pa.py_buffer(np.packbits(values, bitorder="little"))
    else:
        data = pa.py_buffer(np.ascontiguousarray(values))
    nulls = 0 if valid is None else -1
    buffers = [validity_buffer(valid), data]
    return pa.Array.from_buffers(data_type, len(values), buffers, nulls)


def text_words(array: pa.Array) -> tuple[Words, Slots]:
    """The bytes of a string or binary array as words, and their lengths."""
    length = len(array)
    if length == 0:
        nothing = np.zeros(0, np.int64)
        return Words(np.zeros(0, np.uint64), nothing, nothing), nothing
    _, offset_buffer, data = array.buffers()
    offsets32 = np.frombuffer(offset_buffer, np.int32, array.offset + length + 1)
    offsets = offsets32[array.offset :].astype(np.int64)
    first, last = int(offsets[0]), int(offsets[-1])
    byte_counts = np.diff(offsets)
    valid = validity(array)
    if valid is not None:
        byte_counts = byte_counts * valid
    even = even_count(byte_counts)
    if even and last - first == even * length:
        content = np.frombuffer(data, np.uint8)[first:last].reshape(length, even)
        return _even_words(content), byte_counts
    raw = np.zeros(last - first + _WORD_BYTES, np.uint8)
    if last > first:
        raw[: last - first] = np.frombuffer(data, np.uint8)[first:last]
    byte_starts = offsets[:-1] - first
    counts = np.maximum((byte_counts + 7) >> 3, 1)
    ends = np.cumsum(counts)
    starts = ends - counts
    sources = np.repeat(byte_starts - starts * 8, counts)
    sources += np.arange(0, 8 * len(sources), 8)
    anywhere = np.lib.stride_tricks.as_strided(
        raw[:_WORD_BYTES].view(np.uint64), (len(raw) - 7,), (1,), writeable=False
    )
    words = anywhere[sources]
    words[ends - 1] &= _LAST_WORD_MASKS[byte_counts - 8 * (counts - 1)]
    return Words(words, starts, counts), byte_counts


def _even_words(content: npt.NDArray[np.uint8]) -> Words:
    """Rows of bytes of one length as words."""
    length, byte_count = content.shape
    count = -(-byte_count // _WORD_BYTES)
    padded = np.zeros((length, count * _WORD_BYTES), np.uint8)
    padded[:, :byte_count] = content
    starts = np.arange(0, count * length, count)
    counts = np.full(length, count, np.int64)
    return Words(padded.reshape(-1).view(np.uint64), starts, counts)


def text_array(
    data_type: pa.DataType, words: Words, byte_counts: Slots, valid: Bools | None
) -> pa.Array:
    """The inverse of `text_words`."""
    offsets = np.zeros(len(byte_counts) + 1, np.int64)
    np.cumsum(byte_counts, out=offsets[1:])
    if offsets[-1] > np.iinfo(np.int32).max:
        raise pa.ArrowCapacityError("more than 2 GiB of text in one array")
    packed = words.words[ranges(words.starts, words.counts)].view(np.uint8)
    padded = words.counts * _WORD_BYTES
    even = even_count(byte_counts)
    if even:
        rows = packed.reshape(len(byte_counts), -1)
        packed = np.ascontiguousarray(rows[:, :even]).reshape(-1)
    elif int(offsets[-1]) != len(packed):
        keep = np.ones(len(packed), np.bool_)
        excess = padded - byte_counts
        keep[ranges(np.cumsum(padded) - excess, excess)] = False
        packed = packed[keep]
    buffers = [
        validity_buffer(valid),
        pa.py_buffer(offsets.astype(np.int32)),
        pa.py_buffer(packed),
    ]
    nulls = 0 if valid is None else -1
    return pa.Array.from_buffers(data_type, len(byte_counts), buffers, nulls)


def interleave(parts: list[Words]) -> Words:
    """Row i is the words of row i of each part, one part after another."""
    counts = functools.reduce(np.add, [part.counts for part in parts])
    starts = np.cumsum(counts) - counts
    words = np.empty(int(counts.sum()), np.uint64)
    target = starts
    for part in parts:
        source = ranges(part.starts, part.counts)
        words[ranges(target, part.counts)] = part.words[source]
        target = target + part.counts
    return Words(words, starts, counts)
