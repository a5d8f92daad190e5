"""Accumulators: how an aggregate function is kept, batch after batch.

An aggregate is split in three: *partial* aggregates over one batch's rows, a
*merge* of each with what the state holds, and a *finish* expression over the
merged values. The buffers are those of Spark's own aggregate functions (sum and
count for `avg`), so that a checkpoint can be carried over to Spark.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal as OneOf

from unbounded.errors import UnsupportedError
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

__all__ = ["Accumulator", "AggregateForm", "MergeKind", "form_of"]

MergeKind = OneOf["add", "min", "max"]


@dataclass(frozen=True, slots=True)
class Accumulator:
    """One buffer of an aggregate: how a batch makes it, how two of them merge."""

    name: str
    data_type: DataType
    partial: AggregateCall
    merge: MergeKind


@dataclass(frozen=True, slots=True)
class AggregateForm:
    """The buffers of an aggregate, and its value as an expression over them."""

    accumulators: tuple[Accumulator, ...]
    finish: Callable[[tuple[AttributeReference, ...]], Expression]


def _is_interval(data_type: DataType) -> bool:
    return isinstance(data_type, DayTimeIntervalType | YearMonthIntervalType)


FormRule = Callable[[AggregateCall], AggregateForm]

_NAMED_BUFFERS = frozenset({"count", "max", "min", "sum"})


def form_of(call: AggregateCall) -> AggregateForm:
    """The mergeable form of `call`.

    Raises:
        UnsupportedError: the function has none here.
    """
    rule = _FORMS.get(call.name)
    if rule is None or call.is_distinct or _is_interval(call.data_type):
        name = f"{call.name}(DISTINCT …)" if call.is_distinct else call.name
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature=f"the aggregate function {name} on a stream",
            advice="Aggregate with count, sum, avg, min, max, or use foreachBatch.",
        )
    return rule(call)


def _partial(
    call: AggregateCall, name: str, data_type: DataType, *arguments: Expression
) -> AggregateCall:
    return AggregateCall(
        name, arguments or call.arguments, data_type, True, False, call.filter
    )


def _value(merge: MergeKind) -> FormRule:
    """The buffer is the value itself, of the result's type."""

    def rule(call: AggregateCall) -> AggregateForm:
        name = call.name if call.name in _NAMED_BUFFERS else "value"
        partial = _partial(call, call.name, call.data_type)
        buffer = Accumulator(name, call.data_type, partial, merge)
        return AggregateForm((buffer,), lambda columns: columns[0])

    return rule


def _sum_form(call: AggregateCall) -> AggregateForm:
    """Decimals also keep `isEmpty`, by which Spark tells overflow from no rows."""
    partial = _partial(call, "sum", call.data_type)
    total = Accumulator("sum", call.data_type, partial, "add")
    if not isinstance(call.data_type, DecimalType):
        return AggregateForm((total,), lambda columns: columns[0])
    is_null = FunctionCall("is_null", call.arguments, BooleanType(), False)
    all_null = _partial(call, "bool_and", BooleanType(), is_null)
    is_empty = Accumulator("isEmpty", BooleanType(), all_null, "min")
    return AggregateForm((total, is_empty), lambda columns: columns[0])


def _avg_form(call: AggregateCall) -> AggregateForm:
    argument = call.arguments[0]
    source = argument.data_type  # type: ignore[attr-defined]
    sum_type: DataType = DoubleType()
    if isinstance(source, DecimalType):
        sum_type = DecimalType(min(source.precision + 10, 38), source.scale)
        summed: Expression = argument
    else:
        summed = Cast(argument, DoubleType()) if source != DoubleType() else argument
    total = Accumulator("sum", sum_type, _partial(call, "sum", sum_type, summed), "add")
    count = Accumulator("count", LongType(), _partial(call, "count", LongType()), "add")

    def finish(columns: tuple[AttributeReference, ...]) -> Expression:
        divisor_type = (
            DecimalType(20, 0) if isinstance(sum_type, DecimalType) else DoubleType()
        )
        quotient = FunctionCall(
            "divide", (columns[0], Cast(columns[1], divisor_type)), call.data_type
        )
        return _null_if_empty(columns[1], quotient, call.data_type)

    return AggregateForm((total, count), finish)


def _null_if_empty(
    count: Expression, value: Expression, data_type: DataType
) -> Expression:
    has_rows = FunctionCall("greater", (count, Literal(0, LongType())), BooleanType())
    return FunctionCall("if", (has_rows, value, Literal(None, data_type)), data_type)


_FORMS: dict[str, FormRule] = {
    "avg": _avg_form,
    "bool_and": _value("min"),
    "bool_or": _value("max"),
    "count": _value("add"),
    "count_if": _value("add"),
    "max": _value("max"),
    "min": _value("min"),
    "sum": _sum_form,
}
