"""Revised: how aggregate functions are kept whose rows may be taken back.

    count, count_if                  count, added up with the rows' weights
    sum, avg of exact numbers        sum, count, likewise
    count(DISTINCT …)                count, and a table of the values
    min, max                         the value, and a table of the values
    any other                        a table of the values, over which it runs anew

A value that was added can't be taken out of a float's sum, nor a NaN, so those are
sums over a table of values. A sum of whole numbers is kept with 38 digits and so
may leave its type and come back to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal as OneOf

from unbounded.operators.accumulators.form import (
    Accumulator,
    DistinctValues,
    Finish,
    first_column,
    type_of,
)
from unbounded.operators.accumulators.lists import over_elements, values_of
from unbounded.operators.accumulators.sums import avg_form
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
    ByteType,
    DataType,
    DecimalType,
    DoubleType,
    IntegerType,
    LongType,
    ShortType,
)

__all__ = ["Reading", "RevisedForm", "revised_form", "summed_weights"]

Reading = OneOf["sum", "count", "min", "max", "list"]
"""What is made of a batch: a sum of weights, or what a table of values tells."""

_WHOLE = (ByteType, ShortType, IntegerType, LongType)
_SUM_OF_WHOLE = DecimalType(38, 0)
# The most digits of a decimal whose sums, of ten more, do not leave their type.
_DIGITS_MAX = 28
_COUNTS_OF_DISTINCT = frozenset({"approx_count_distinct", "count"})


@dataclass(frozen=True, slots=True)
class RevisedForm:
    """The buffers of an aggregate, and its value as an expression over them.

    With `values`, its buffer is what `reading` makes of the table of those; a list
    is not kept, but made of the table for each group that is touched.
    """

    accumulators: tuple[Accumulator, ...]
    finish: Finish
    reading: Reading = "sum"
    values: DistinctValues | None = None


def revised_form(call: AggregateCall, weight: AttributeReference) -> RevisedForm:
    """The form in which `call` is kept, over rows of that weight."""
    rule = _RULES.get(call.name)
    if call.is_distinct or call.name == "approx_count_distinct":
        if call.name in _COUNTS_OF_DISTINCT:
            return _distinct_count(call)
    elif rule is not None:
        form = rule(call, weight)
        if form is not None:
            return form
    return _over_values(call)


def summed_weights(
    weight: AttributeReference, *conditions: Expression | None
) -> AggregateCall:
    """How many rows more there are for which the conditions hold."""
    present = _all_of(*conditions)
    return AggregateCall("sum", (weight,), LongType(), filter=present)


# --- added up -----------------------------------------------------------------


def _count(call: AggregateCall, weight: AttributeReference) -> RevisedForm:
    if call.name == "count_if":
        held: tuple[Expression, ...] = call.arguments
    else:
        held = tuple(_is_there(a) for a in call.arguments if not _is_constant(a))
    return RevisedForm(
        (Accumulator("count", LongType(), summed_weights(weight, call.filter, *held)),),
        lambda columns: columns[0],
    )


def _sum(call: AggregateCall, weight: AttributeReference) -> RevisedForm | None:
    buffers = _sum_and_count(call, weight)
    if buffers is None:
        return None
    kind = call.data_type
    if isinstance(kind, DecimalType):
        return RevisedForm(buffers, lambda c: _unless_empty(c, c[0], kind))
    if call.name == "try_sum":
        return RevisedForm(
            buffers, lambda c: _unless_empty(c, Cast(c[0], kind, "TRY"), kind)
        )
    return RevisedForm(buffers, lambda c: _checked(c, kind))


def _avg(call: AggregateCall, weight: AttributeReference) -> RevisedForm | None:
    buffers = _sum_and_count(call, weight)
    if buffers is None:
        return None
    if isinstance(type_of(call.arguments[0]), DecimalType):
        return RevisedForm(buffers, avg_form(call).finish)

    def quotient(columns: tuple[AttributeReference, ...]) -> Expression:
        parts = tuple(Cast(column, DoubleType()) for column in columns)
        divide = "try_divide" if call.name == "try_avg" else "divide"
        mean = FunctionCall(divide, parts, DoubleType())
        return _unless_empty(columns, mean, DoubleType())

    return RevisedForm(buffers, quotient)


def _sum_and_count(
    call: AggregateCall, weight: AttributeReference
) -> tuple[Accumulator, Accumulator] | None:
    """The buffers of a sum; None if it can't be kept exactly."""
    (argument,) = call.arguments[:1]
    source = type_of(argument)
    if isinstance(source, _WHOLE):
        kind, number = _SUM_OF_WHOLE, Cast(argument, DecimalType(20, 0))
    elif isinstance(source, DecimalType) and source.precision <= _DIGITS_MAX:
        kind = DecimalType(source.precision + 10, source.scale)
        number = Cast(argument, kind)
    else:
        return None
    less = FunctionCall("less", (weight, Literal(0, LongType())), BooleanType())
    taken_back = FunctionCall("negative", (number,), number.data_type)
    signed = FunctionCall("if", (less, taken_back, number), number.data_type)
    summed = AggregateCall("try_sum", (signed,), kind, filter=call.filter)
    counted = summed_weights(weight, call.filter, _is_there(argument))
    return Accumulator("sum", kind, summed), Accumulator("count", LongType(), counted)


def _checked(columns: tuple[AttributeReference, ...], kind: DataType) -> Expression:
    """The sum in its type, an error in its place if it is not in that."""
    is_empty = FunctionCall(
        "equal", (columns[1], Literal(0, LongType())), BooleanType()
    )
    total = _unless_empty(columns, Cast(columns[0], kind, "TRY"), kind)
    return FunctionCall("sum", (total, is_empty), kind)


def _unless_empty(
    columns: tuple[AttributeReference, ...], value: Expression, kind: DataType
) -> Expression:
    """The value, or null if the second of `columns` counts no values."""
    zero = Literal(0, LongType())
    has_values = FunctionCall("greater", (columns[1], zero), BooleanType())
    return FunctionCall("if", (has_values, value, Literal(None, kind)), kind)


# --- over a table of values ---------------------------------------------------


def _distinct_count(call: AggregateCall) -> RevisedForm:
    values = DistinctValues(values_of(call), call.filter)
    distinct = replace(call, name="count", arguments=values.arguments, is_distinct=True)
    buffer = Accumulator("count", LongType(), distinct)
    return RevisedForm((buffer,), first_column, "count", values)


def _extreme(call: AggregateCall, weight: AttributeReference) -> RevisedForm:
    buffer = Accumulator(call.name, call.data_type, call)
    values = DistinctValues(call.arguments, call.filter)
    reading: Reading = "min" if call.name == "min" else "max"
    return RevisedForm((buffer,), first_column, reading, values)


def _over_values(call: AggregateCall) -> RevisedForm:
    values = values_of(call)
    return RevisedForm(
        (), over_elements(call, values), "list", DistinctValues(values, call.filter)
    )


_Rule = Callable[[AggregateCall, AttributeReference], RevisedForm | None]
_RULES: dict[str, _Rule] = {
    "avg": _avg,
    "count": _count,
    "count_if": _count,
    "max": _extreme,
    "min": _extreme,
    "sum": _sum,
    "try_avg": _avg,
    "try_sum": _sum,
}


# --- conditions ---------------------------------------------------------------


def _is_constant(argument: Expression) -> bool:
    return isinstance(argument, Literal) and argument.value is not None


def _is_there(argument: Expression) -> Expression:
    return FunctionCall("is_not_null", (argument,), BooleanType(), False)


def _all_of(*conditions: Expression | None) -> Expression | None:
    present = [condition for condition in conditions if condition is not None]
    if not present:
        return None
    joined = present[0]
    for condition in present[1:]:
        joined = FunctionCall("and", (joined, condition), BooleanType())
    return joined
