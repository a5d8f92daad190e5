"""Hashing: equal keys have equal hashes, and others hardly ever."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from unbounded.state import hash_columns


def hashes(*arrays: pa.Array) -> list[int]:
    return list(hash_columns(list(arrays)).tolist())


def test_zeros_are_equal_and_nans_are_equal() -> None:
    odd_nan = np.array([0x7FF8_0000_0000_0001], np.uint64).view(np.float64)[0]
    values = pa.array([0.0, -0.0, math.nan, odd_nan], from_pandas=False)
    zero, minus_zero, nan, other_nan = hashes(values)
    assert zero == minus_zero
    assert nan == other_nan
    assert zero != nan


@pytest.mark.parametrize(
    "array",
    [
        pa.array(["a", None, "long enough for three words", ""]),
        pa.array(
            [{"x": 1, "y": "a"}, None, {"x": None, "y": None}, {"x": 1, "y": "b"}]
        ),
        pa.array([[1, 2], None, [], [None], [1, None, 2]]),
        pa.array([1.5, None, 0.0, 7.0]),
        pa.array([True, None, False]),
    ],
    ids=str,
)
def test_a_hash_does_not_depend_on_the_rows_beside_it(array: pa.Array) -> None:
    alone = [hashes(array[row : row + 1])[0] for row in range(len(array))]
    assert hashes(array) == alone
    assert hashes(array[1:]) == alone[1:]


def test_padding_is_not_content() -> None:
    texts = pa.array([b"", b"\0", b"\0\0", b"a", b"a\0", b"\0" * 8, b"\0" * 9])
    assert len(set(hashes(texts))) == len(texts)


def test_columns_are_not_interchangeable() -> None:
    left, right = pa.array([1, 2]), pa.array([2, 1])
    one, other = hashes(left, right)
    assert one != other


def test_a_million_keys_spread_over_all_bits() -> None:
    values = hash_columns([pa.array(np.arange(0, 7_000_000, 7))])
    assert len(np.unique(values)) == 1_000_000
    for shift in (0, 16, 32, 56):
        part = (values >> np.uint64(shift)) & np.uint64(0xFF)
        counts = np.bincount(part.astype(np.int64), minlength=256)
        assert counts.min() > 3_600
        assert counts.max() < 4_250


def test_a_text_has_one_hash_whatever_stands_beside_it() -> None:
    """Rows of one length take a way of their own."""
    even = ["first of twenty bytes", "other of twenty bytes"]
    alone = hash_columns([pa.array(even)])
    mixed = hash_columns([pa.array([*even, "", None, "short", "12345678"])])
    assert alone.tolist() == mixed[:2].tolist()
    singly = [hash_columns([pa.array([text])])[0] for text in ("short", "12345678")]
    assert singly == mixed[4:].tolist()


def test_texts_that_differ_in_two_places_by_opposite_steps_are_apart() -> None:
    first, second = "dbcdefgh" * 2, "abcdefgh" + "ebcdefgh"
    ends = ["1234567" + a + "1234567" + b for a in "abcdefgh" for b in "abcdefgh"]
    values = hashes(pa.array([first, second, *ends]))
    assert len(set(values)) == len(values)
