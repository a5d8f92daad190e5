"""Sums: counts, sums, averages and products.

    count, count_if      count
    sum, try_sum         sum; of a decimal, and where overflow is null, isEmpty
    avg, try_avg         sum, count
    product              product

`isEmpty` tells a sum that is null for it had no values from one that left its type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from unbounded.operators.accumulators.form import (
    Accumulator,
    AggregateForm,
    Arrays,
    each,
    finished_by,
    first_column,
    partial,
    type_of,
)
from unbounded.operators.merge import added, least, multiplied, try_added
from unbounded.plan.expressions import (
    AggregateCall,
    AttributeReference,
    Cast,
    Expression,
    FunctionCall,
    Literal,
)
from unbounded.types import (
    BooleanType,
    DataType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    LongType,
    YearMonthIntervalType,
)

__all__ = ["avg_form", "count_form", "product_form", "sum_form", "try_sum_form"]

_INTERVALS = (DayTimeIntervalType, YearMonthIntervalType)


def count_form(call: AggregateCall) -> AggregateForm:
    """Counts add up."""
    count = Accumulator("count", LongType(), partial(call, call.name, LongType()))
    return AggregateForm((count,), each(added), first_column)


def product_form(call: AggregateCall) -> AggregateForm:
    """Products multiply."""
    product = Accumulator(
        "product", DoubleType(), partial(call, "product", DoubleType())
    )
    return AggregateForm((product,), each(multiplied), first_column)


def sum_form(call: AggregateCall) -> AggregateForm:
    """Decimals also keep `isEmpty`, by which Spark tells overflow from no rows."""
    if isinstance(call.data_type, DecimalType):
        form = try_sum_form(call)
        return replace(form, finish=lambda columns: _checked(columns, call.data_type))
    total = Accumulator("sum", call.data_type, partial(call, "sum", call.data_type))
    return AggregateForm((total,), each(added), first_column)


def try_sum_form(call: AggregateCall) -> AggregateForm:
    """Null once it has left its type."""
    if not isinstance(call.data_type, DecimalType | LongType):
        return sum_form(call)
    kind = call.data_type
    total = Accumulator("sum", kind, partial(call, "try_sum", kind))
    return AggregateForm((total, _is_empty(call)), _merge_tried, first_column)


def _checked(columns: Sequence[Expression], data_type: DataType) -> Expression:
    """The sum, an error in its place if it has left its type, or null as set."""
    return FunctionCall("sum", tuple(columns), data_type)


def _is_empty(call: AggregateCall) -> Accumulator:
    is_null = FunctionCall("is_null", call.arguments[:1], BooleanType(), False)
    all_null = partial(call, "bool_and", BooleanType(), is_null)
    return Accumulator("isEmpty", BooleanType(), all_null)


def _merge_tried(old: Arrays, new: Arrays) -> list[pa.Array]:
    """A sum that is null though not empty stays null."""
    (old_sum, old_empty), (new_sum, new_empty) = old, new
    total = try_added(old_sum, new_sum)
    total = pc.if_else(pc.fill_null(new_empty, True), old_sum, total)
    total = pc.if_else(pc.fill_null(old_empty, True), new_sum, total)
    return [total, least(old_empty, new_empty)]


def avg_form(call: AggregateCall) -> AggregateForm:
    """The sum, wide enough not to overflow where Spark's does not, by the count."""
    sum_type, summed = _summed(call.arguments[0])
    is_decimal = isinstance(sum_type, DecimalType)
    name = "try_sum" if is_decimal else "sum"
    total = Accumulator("sum", sum_type, partial(call, name, sum_type, summed))
    count = Accumulator("count", LongType(), partial(call, "count", LongType()))
    buffers = (total, count)
    if isinstance(sum_type, _INTERVALS):
        finish = finished_by(AggregateCall("avg", (), call.data_type))
        return AggregateForm(buffers, each(added, added), finish)
    tries = call.name == "try_avg"

    def quotient(columns: tuple[AttributeReference, ...]) -> Expression:
        rows = columns[1]
        dividend: Expression = columns[0]
        if is_decimal and not tries:
            zero = Literal(0, LongType())
            is_empty = FunctionCall("equal", (rows, zero), BooleanType())
            dividend = _checked((dividend, is_empty), sum_type)
        divisor = Cast(rows, DecimalType(20, 0) if is_decimal else DoubleType())
        divide = "try_divide" if tries else "divide"
        value = FunctionCall(divide, (dividend, divisor), call.data_type)
        return _null_if_empty(rows, value, call.data_type)

    merge = _merge_tried_mean if is_decimal else each(added, added)
    return AggregateForm(buffers, merge, quotient)


def _summed(argument: Expression) -> tuple[DataType, Expression]:
    source = type_of(argument)
    if isinstance(source, DecimalType):
        return DecimalType(min(source.precision + 10, 38), source.scale), argument
    if isinstance(source, _INTERVALS) or source == DoubleType():
        return source, argument
    return DoubleType(), Cast(argument, DoubleType())


def _merge_tried_mean(old: Arrays, new: Arrays) -> list[pa.Array]:
    (old_sum, old_count), (new_sum, new_count) = old, new
    total, _ = _merge_tried(
        (old_sum, pc.equal(old_count, 0)), (new_sum, pc.equal(new_count, 0))
    )
    return [total, added(old_count, new_count)]


def _null_if_empty(
    count: Expression, value: Expression, data_type: DataType
) -> Expression:
    has_rows = FunctionCall("greater", (count, Literal(0, LongType())), BooleanType())
    return FunctionCall("if", (has_rows, value, Literal(None, data_type)), data_type)
