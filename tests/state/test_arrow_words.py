"""Arrow words: arrays to words and back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from unbounded.state.arrow_words import (
    fixed_array,
    fixed_values,
    interleave,
    ranges,
    text_array,
    text_words,
    validity,
)

FIXED = [
    pa.array([1, None, -3, 2**62]),
    pa.array([True, None, False, True, True, None, False, True, True]),
    pa.array([1.5, None, float("-inf")], pa.float32()),
    pa.array([Decimal("1.25"), None, Decimal("-99999999999999999999.01")]),
    pa.array([0, None, 1_700_000_000_000_000], pa.timestamp("us", "UTC")),
    pa.array([0, None, 20_000], pa.date32()),
    pa.array([5, None], pa.duration("us")),
    pa.array([1, None, -128], pa.int8()),
    pa.array([], pa.int64()),
]
TEXTS = [
    pa.array(["", "a", None, "12345678", "123456789", "é" * 30, ""]),
    pa.array([b"", b"\0", None, b"\0" * 8, b"x" * 17]),
    pa.array(["", "", ""]),
    pa.array([None, None], pa.string()),
    pa.array([], pa.string()),
    pa.array(["abc", "defé"[:3], "xyz"]),
    pa.array(["of one id!", "length all", "these are!"]),
    pa.array(["x" * 16, "y" * 16, "z" * 16]),
]


def slices(array: pa.Array) -> list[pa.Array]:
    return [array, array[1:], array[2:5], array[:0], array[::1][1:2]]


@pytest.mark.parametrize("whole", FIXED, ids=lambda array: str(array.type))
def test_fixed_values_come_back(whole: pa.Array) -> None:
    for array in slices(whole):
        values, valid = fixed_values(array), validity(array)
        assert fixed_array(array.type, values, valid).equals(array)


@pytest.mark.parametrize("whole", TEXTS)
def test_texts_come_back(whole: pa.Array) -> None:
    for array in slices(whole):
        words, byte_counts = text_words(array)
        back = text_array(array.type, words, byte_counts, validity(array))
        back.validate(full=True)
        assert back.equals(array)


def test_a_row_of_text_has_a_zero_padded_word_at_least() -> None:
    words, byte_counts = text_words(pa.array(["", "ab", "123456789", None]))
    assert words.counts.tolist() == [1, 1, 2, 1]
    assert byte_counts.tolist() == [0, 2, 9, 0]
    first = int.from_bytes(b"12345678", "little")
    assert words.words.tolist() == [0, 0x6261, first, 0x39, 0]


def test_hidden_bytes_under_a_null_are_not_read() -> None:
    hidden = pa.array(["secret", "b"])
    bitmap = pa.py_buffer(b"\x02")
    array = pa.Array.from_buffers(pa.string(), 2, [bitmap, *hidden.buffers()[1:]])
    words, byte_counts = text_words(array)
    assert words.words[0] == 0
    assert byte_counts.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("starts", "counts", "expected"),
    [
        ([7, 3], [2, 1], [7, 8, 3]),
        ([7, 3], [1, 1], [7, 3]),
        ([5, 9, 1], [0, 2, 0], [9, 10]),
        ([], [], []),
    ],
)
def test_ranges(starts: list[int], counts: list[int], expected: list[int]) -> None:
    arrays: Any = (np.array(starts, np.int64), np.array(counts, np.int64))
    assert ranges(*arrays).tolist() == expected


def test_interleave_puts_the_parts_of_a_row_side_by_side() -> None:
    left, _ = text_words(pa.array(["123456789", "a"]))
    right, _ = text_words(pa.array(["b", "c"]))
    row = interleave([left, right])
    assert row.counts.tolist() == [3, 2]
    assert row.words.tolist() == [*left.words[:2], 0x62, 0x61, 0x63]
