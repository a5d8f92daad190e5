"""Ordering: which of two values comes first, for values of any type.

Spark's order: null before all others, NaN after all other numbers, structs and
arrays by their first difference, a shorter array before a longer one.
Column-wise: one array against another, row by row.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["compare"]

Signs = npt.NDArray[np.int8]


def compare(left: pa.Array, right: pa.Array) -> Signs:
    """-1 where the left one is less, 0 where they are equal, else 1."""
    assert left.type == right.type, "values of one type"
    has_left, has_right = _valid(left), _valid(right)
    if pa.types.is_struct(left.type):
        signs = _compare_structs(left, right)
    elif pa.types.is_list(left.type):
        signs = _compare_lists(left, right)
    else:
        signs = _compare_values(left, right)
    by_null = has_left.astype(np.int8) - has_right.astype(np.int8)
    return np.where(has_left & has_right, signs, by_null).astype(np.int8)


def _valid(array: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.is_valid(array))


def _compare_values(left: pa.Array, right: pa.Array) -> Signs:
    if pa.types.is_null(left.type):
        return np.zeros(len(left), np.int8)
    if pa.types.is_boolean(left.type):
        left, right = left.cast(pa.int8()), right.cast(pa.int8())
    more = _true(pc.greater(left, right)).astype(np.int8)
    signs: Signs = more - _true(pc.less(left, right)).astype(np.int8)
    if pa.types.is_floating(left.type):
        nan_left, nan_right = _true(pc.is_nan(left)), _true(pc.is_nan(right))
        by_nan = nan_left.astype(np.int8) - nan_right.astype(np.int8)
        signs = np.where(nan_left | nan_right, by_nan, signs)
    return signs


def _true(values: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.fill_null(values, False))


def _compare_structs(left: pa.Array, right: pa.Array) -> Signs:
    signs = np.zeros(len(left), np.int8)
    for mine, other in zip(left.flatten(), right.flatten(), strict=True):
        signs = np.where(signs == 0, compare(mine, other), signs)
    return signs


def _compare_lists(left: pa.Array, right: pa.Array) -> Signs:
    """Position by position, while there are rows without a difference."""
    lengths = [
        np.asarray(pc.fill_null(pc.list_value_length(a), 0)) for a in (left, right)
    ]
    signs: Signs = np.sign(lengths[0] - lengths[1]).astype(np.int8)
    open_rows = np.arange(len(left))
    position = 0
    while len(open_rows := open_rows[_reaches(lengths, open_rows, position)]):
        rows = pa.array(open_rows)
        parts = [pc.list_element(array.take(rows), position) for array in (left, right)]
        found = compare(*parts)
        signs[open_rows[found != 0]] = found[found != 0]
        open_rows = open_rows[found == 0]
        position += 1
    return signs


def _reaches(
    lengths: list[npt.NDArray[np.int32]], rows: npt.NDArray[np.int64], position: int
) -> npt.NDArray[np.bool_]:
    shorter = np.minimum(lengths[0][rows], lengths[1][rows])
    reached: npt.NDArray[np.bool_] = shorter > position
    return reached
