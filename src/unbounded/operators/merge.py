"""Merge: two accumulators of one key made one, a column at a time.

Pure and vectorised. A null accumulator has seen no value: the other one stands.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from unbounded.errors import ExecutionError
from unbounded.operators.accumulators import MergeKind

__all__ = ["merge_arrays"]


def merge_arrays(kind: MergeKind, old: pa.Array, new: pa.Array) -> pa.Array:
    """`old` merged with `new`, element by element; both of one type.

    Raises:
        ExecutionError: ARITHMETIC_OVERFLOW, the sum leaves its type.
    """
    return _MERGES[kind](old, new)


def _add(old: pa.Array, new: pa.Array) -> pa.Array:
    if pa.types.is_decimal(old.type):
        total = _add_decimals(old, new)
    else:
        try:
            total = pc.add_checked(old, new)
        except pa.ArrowInvalid as error:
            raise _overflow(old.type) from error
    if total.null_count == 0:
        return total
    return pc.coalesce(total, old, new)


def _add_decimals(old: pa.Array, new: pa.Array) -> pa.Array:
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


def _least(old: pa.Array, new: pa.Array) -> pa.Array:
    return _compared(pc.min_element_wise, old, new)


def _greatest(old: pa.Array, new: pa.Array) -> pa.Array:
    """NaN is the greatest value for Spark, while Arrow prefers any other."""
    result = _compared(pc.max_element_wise, old, new)
    if not pa.types.is_floating(old.type):
        return result
    has_nan = pc.or_(
        pc.fill_null(pc.is_nan(old), False), pc.fill_null(pc.is_nan(new), False)
    )
    return pc.if_else(has_nan, pa.scalar(float("nan"), old.type), result)


def _compared(
    function: Callable[[pa.Array, pa.Array], pa.Array], old: pa.Array, new: pa.Array
) -> pa.Array:
    """Arrow compares neither booleans nor times with a zone, but their numbers."""
    if pa.types.is_null(old.type):
        return old
    if pa.types.is_boolean(old.type):
        return function(old.cast(pa.int8()), new.cast(pa.int8())).cast(pa.bool_())
    if pa.types.is_timestamp(old.type):
        numbers = function(old.view(pa.int64()), new.view(pa.int64()))
        return numbers.view(old.type)
    return function(old, new)


_MERGES: dict[MergeKind, Callable[[pa.Array, pa.Array], pa.Array]] = {
    "add": _add,
    "max": _greatest,
    "min": _least,
}
