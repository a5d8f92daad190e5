"""Merge: two accumulators of one key made one, a column at a time.

Pure and vectorised: `old` with `new`, element by element, both of one type. A null
accumulator has seen no value: the other one stands.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unbounded.errors import ExecutionError
from unbounded.operators.ordering import compare

__all__ = [
    "added",
    "appended",
    "greatest",
    "least",
    "multiplied",
    "null_outside",
    "try_added",
    "where_both",
]


def added(old: pa.Array, new: pa.Array) -> pa.Array:
    """The sum.

    Raises:
        ExecutionError: ARITHMETIC_OVERFLOW, the sum leaves its type.
    """
    if pa.types.is_decimal(old.type):
        total = _added_decimals(old, new)
    else:
        try:
            total = pc.add_checked(old, new)
        except pa.ArrowInvalid as error:
            raise _overflow(old.type) from error
    if total.null_count == 0:
        return total
    return pc.coalesce(total, old, new)


def _added_decimals(old: pa.Array, new: pa.Array) -> pa.Array:
    """Added with twice the digits, since Arrow's result type has one more."""
    wide = pa.decimal256(old.type.precision, old.type.scale)
    total = pc.add_checked(old.cast(wide), new.cast(wide))
    try:
        return total.cast(old.type)
    except pa.ArrowInvalid as error:
        raise _overflow(old.type) from error


def _overflow(data_type: pa.DataType) -> ExecutionError:
    return ExecutionError(
        "ARITHMETIC_OVERFLOW",
        message=f"a sum leaves the range of {data_type}",
        alternative="",
    )


def try_added(old: pa.Array, new: pa.Array) -> pa.Array:
    """The sum of longs or decimals; null where it leaves its type or a side is null."""
    is_decimal = pa.types.is_decimal(old.type)
    digits, scale = (old.type.precision, old.type.scale) if is_decimal else (19, 0)
    wide = pa.decimal256(digits, scale)
    return null_outside(pc.add_checked(old.cast(wide), new.cast(wide)), old.type)


def null_outside(numbers: pa.Array, data_type: pa.DataType) -> pa.Array:
    """Decimals as longs or narrower decimals; null where they leave that type."""
    if pa.types.is_decimal(data_type):
        end = Decimal(10) ** (data_type.precision - data_type.scale)
        inside = pc.and_(pc.greater(numbers, -end), pc.less(numbers, end))
    else:
        end = Decimal(2**63)
        inside = pc.and_(pc.greater_equal(numbers, -end), pc.less(numbers, end))
    return pc.if_else(inside, numbers, None).cast(data_type)


def multiplied(old: pa.Array, new: pa.Array) -> pa.Array:
    """The product."""
    return pc.coalesce(pc.multiply(old, new), old, new)


def where_both(
    function: Callable[[pa.Array, pa.Array], pa.Array],
) -> Callable[[pa.Array, pa.Array], pa.Array]:
    """A merge by `function`, which is null where a side is."""
    return lambda old, new: pc.coalesce(function(old, new), old, new)


def appended(old: pa.ListArray, new: pa.ListArray) -> pa.ListArray:
    """The lists one after the other."""
    lengths = [
        np.asarray(pc.fill_null(pc.list_value_length(lists), 0)) for lists in (old, new)
    ]
    values = pa.concat_arrays([old.flatten(), new.flatten()])
    starts = [np.cumsum(lengths[0]) - lengths[0], np.cumsum(lengths[1]) - lengths[1]]
    starts[1] += int(lengths[0].sum())
    # Runs of consecutive places: those of the old list, then those of the new one.
    runs = np.stack(lengths, axis=1).ravel()
    first = np.stack(starts, axis=1).ravel()
    ends = np.cumsum(runs)
    places = np.repeat(first - (ends - runs), runs) + np.arange(len(values))
    offsets = np.concatenate([[0], ends[1::2]]).astype(np.int32)
    return pa.ListArray.from_arrays(
        pa.array(offsets), values.take(pa.array(places)), type=old.type
    )


def least(old: pa.Array, new: pa.Array) -> pa.Array:
    """The lesser value; null is none."""
    return _compared(pc.min_element_wise, -1, old, new)


def greatest(old: pa.Array, new: pa.Array) -> pa.Array:
    """The greater value; NaN is the greatest for Spark, while Arrow prefers others."""
    result = _compared(pc.max_element_wise, 1, old, new)
    if not pa.types.is_floating(old.type):
        return result
    has_nan = pc.or_(
        pc.fill_null(pc.is_nan(old), False), pc.fill_null(pc.is_nan(new), False)
    )
    return pc.if_else(has_nan, pa.scalar(float("nan"), old.type), result)


def _compared(
    function: Callable[[pa.Array, pa.Array], pa.Array],
    sign: int,
    old: pa.Array,
    new: pa.Array,
) -> pa.Array:
    """Arrow compares neither booleans nor times with a zone, but their numbers."""
    if pa.types.is_nested(old.type):
        takes_new = pc.is_null(old)
        wins = pa.array(compare(new, old) == sign)
        takes_new = pc.or_(takes_new, pc.and_(pc.is_valid(new), wins))
        return pc.if_else(takes_new, new, old)
    if pa.types.is_null(old.type):
        return old
    if pa.types.is_boolean(old.type):
        return function(old.cast(pa.int8()), new.cast(pa.int8())).cast(pa.bool_())
    if pa.types.is_timestamp(old.type):
        numbers = function(old.view(pa.int64()), new.view(pa.int64()))
        return numbers.view(old.type)
    return function(old, new)
