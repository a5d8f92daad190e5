"""Operators: what `+ - * / % div & | ^` become, by their operands' types.

Spark's `BinaryArithmeticWithDatetimeResolver`, then its string promotion, its
numeric widening and its decimal rules. The functions made are named in
`functions/arithmetic.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from unbounded.analyzer.argument_types import (
    INT,
    Choice,
    Exactly,
    is_datetime,
    is_integral,
    is_interval,
    is_numeric,
)
from unbounded.analyzer.calls import Call, call_scalar, check_number, make_call
from unbounded.analyzer.coercion import (
    cast_to,
    coerce_to,
    decimal_for,
    decimal_of_literal,
    tightest_common_type,
    wider_decimal,
    wider_type_for_string,
)
from unbounded.analyzer.functions.registry import SCALARS
from unbounded.analyzer.functions.signature import is_nullable, type_of
from unbounded.analyzer.mismatches import (
    binary_different_types,
    binary_wrong_type,
    unexpected_input,
)
from unbounded.plan.expressions import Expression, FunctionCall, Literal
from unbounded.types import (
    ByteType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    NullType,
    ShortType,
    StringType,
    TimestampNTZType,
    TimestampType,
    YearMonthIntervalType,
)

__all__ = ["OPERATORS", "bounded_decimal"]

Operator = Callable[[Call], Expression]

_DAY_US = 86_400_000_000
_DAYS = Choice((INT, Exactly(ShortType()), Exactly(ByteType())))
_ADDABLE = (
    '("NUMERIC" or "INTERVAL DAY TO SECOND" or "INTERVAL YEAR TO MONTH" or "INTERVAL")'
)
_NUMERIC = '"NUMERIC"'
_INTEGRAL = '"INTEGRAL"'


# --- decimals ---------------------------------------------------------------


def bounded_decimal(precision: int, scale: int) -> DecimalType:
    """A decimal of at most 38 digits; the fraction keeps six where it can.

    Spark's `DecimalType.adjustPrecisionScale`.
    """
    if precision <= 38:
        return DecimalType(precision, scale)
    least_scale = min(scale, 6)
    return DecimalType(38, max(38 - (precision - scale), least_scale))


def _decimal_result(name: str, left: DecimalType, right: DecimalType) -> DecimalType:
    whole = max(left.precision - left.scale, right.precision - right.scale)
    scale = max(left.scale, right.scale)
    match name:
        case "add" | "subtract":
            return bounded_decimal(whole + scale + 1, scale)
        case "multiply":
            return bounded_decimal(
                left.precision + right.precision + 1, left.scale + right.scale
            )
        case "divide":
            scale = max(6, left.scale + right.precision + 1)
            whole = left.precision - left.scale + right.scale
            return bounded_decimal(whole + scale, scale)
    whole = min(left.precision - left.scale, right.precision - right.scale)
    return bounded_decimal(whole + scale, scale)


def _as_decimal(expression: Expression) -> Expression:
    data_type = type_of(expression)
    if is_integral(data_type):
        if isinstance(expression, Literal) and expression.value is not None:
            return cast_to(expression, decimal_of_literal(expression))
        return cast_to(expression, decimal_for(data_type))
    return expression


def _meet_decimals(left: Expression, right: Expression) -> tuple[Expression, ...]:
    """The operands as decimals, or as doubles when one is a float."""
    if any(isinstance(type_of(e), (FloatType, DoubleType)) for e in (left, right)):
        return cast_to(left, DoubleType()), cast_to(right, DoubleType())
    return _as_decimal(left), _as_decimal(right)


def _is_decimal(expression: Expression) -> bool:
    return isinstance(type_of(expression), DecimalType)


# --- numbers ----------------------------------------------------------------


def _promote(left: Expression, right: Expression) -> tuple[Expression, Expression]:
    """A string operand read as the other's kind; nulls take the other's type."""
    promoted = wider_type_for_string(type_of(left), type_of(right))
    if promoted is not None:
        return cast_to(left, promoted), cast_to(right, promoted)
    if isinstance(type_of(left), NullType):
        return cast_to(left, type_of(right)), right
    if isinstance(type_of(right), NullType):
        return left, cast_to(right, type_of(left))
    return left, right


def _numeric_operands(
    call: Call, left: Expression, right: Expression, wanted: str
) -> tuple[Expression, ...]:
    """Both operands as numbers of one type, or as two decimals.

    Raises:
        AnalysisError: they are not numbers, or no type holds both.
    """
    left, right = _promote(left, right)
    types = type_of(left), type_of(right)
    if not all(is_numeric(t) or isinstance(t, NullType) for t in types):
        if types[0] == types[1]:
            raise binary_wrong_type(call.sql, wanted, types[0])
        raise binary_different_types(call.sql, *types)
    if _is_decimal(left) or _is_decimal(right):
        return _meet_decimals(left, right)
    common = tightest_common_type(*types)
    assert common is not None
    if isinstance(common, NullType):
        common = DoubleType()
    return cast_to(left, common), cast_to(right, common)


def _arithmetic(
    call: Call, name: str, left: Expression, right: Expression, *, wanted: str
) -> Expression:
    left, right = _numeric_operands(call, left, right, wanted)
    data_type = type_of(left)
    if isinstance(data_type, DecimalType):
        base = name.removeprefix("try_")
        data_type = _decimal_result(base, data_type, decimal_for(type_of(right)))
    return make_call(
        call, name, (left, right), data_type, _is_nullable(name, left, right)
    )


_ALWAYS_NULLABLE = frozenset({"divide", "remainder", "pmod", "integral_divide"})


def _is_nullable(name: str, left: Expression, right: Expression) -> bool:
    """Spark calls division nullable in any mode, and `try_` forms too."""
    if name in _ALWAYS_NULLABLE or name.startswith("try_"):
        return True
    return is_nullable(left) or is_nullable(right)


# --- dates, times and intervals ---------------------------------------------


def _read_as(expression: Expression, target: DataType) -> Expression:
    return cast_to(expression, target)


def _is(expression: Expression, *kinds: type[DataType]) -> bool:
    return isinstance(type_of(expression), kinds)


_TIMESTAMPS = (TimestampType, TimestampNTZType)


def _negated(call: Call, interval: Expression) -> Expression:
    if isinstance(interval, Literal) and interval.value is not None:
        return Literal(-interval.value, interval.data_type)
    return make_call(
        call, "negative", (interval,), type_of(interval), is_nullable(interval)
    )


def _shift(call: Call, time: Expression, interval: Expression) -> Expression:
    """`time + interval`; a date moved by whole days stays a date.

    Our day-time interval keeps no field bounds, so a literal of whole days is
    taken for Spark's `INTERVAL DAY`.
    """
    nullable = is_nullable(time) or is_nullable(interval)
    if _is(interval, YearMonthIntervalType):
        if _is(time, StringType):
            time = _read_as(time, TimestampType())
        return make_call(
            call, "add_year_month_interval", (time, interval), type_of(time), nullable
        )
    if _is(time, DateType) and _whole_days(interval) is not None:
        days = Literal(_whole_days(interval), IntegerType())
        return make_call(call, "date_add", (time, days), DateType(), nullable)
    if _is(time, StringType):
        moved = _shift(call, _read_as(time, TimestampType()), interval)
        return cast_to(moved, StringType())
    if not _is(time, *_TIMESTAMPS):
        time = _read_as(time, TimestampType())
    return make_call(
        call,
        "add_interval",
        (time, interval),
        type_of(time),
        is_nullable(time) or is_nullable(interval),
    )


def _whole_days(interval: Expression) -> int | None:
    if not isinstance(interval, Literal) or interval.value is None:
        return None
    days, rest = divmod(int(interval.value), _DAY_US)
    return None if rest else days


def _shift_days(
    call: Call, name: str, date: Expression, days: Expression
) -> Expression:
    coerced = coerce_to(days, INT) if is_integral(type_of(days)) else None
    if coerced is None or _is(days, LongType):
        sqls = dict(zip(map(id, call.arguments), call.argument_sqls, strict=True))
        sql = f"{name}({sqls[id(date)]}, {sqls[id(days)]})"
        raise unexpected_input(sql, 1, _DAYS, sqls[id(days)], type_of(days))
    nullable = is_nullable(date) or is_nullable(days)
    return make_call(call, name, (date, coerced), DateType(), nullable)


def _difference(call: Call, left: Expression, right: Expression) -> Expression:
    """The day-time interval between two dates or times."""
    strings_as_dates = all(_is(e, DateType, StringType) for e in (left, right))
    nullable = is_nullable(left) or is_nullable(right)
    if strings_as_dates:
        operands = [_read_as(e, DateType()) for e in (left, right)]
        name = "subtract_dates"
    else:
        local = all(_is(e, TimestampNTZType) for e in (left, right))
        target = TimestampNTZType() if local else TimestampType()
        operands = [_read_as(e, target) for e in (left, right)]
        name = "subtract_timestamps"
    nullable = any(is_nullable(e) for e in operands)
    return make_call(call, name, operands, DayTimeIntervalType(), nullable)


def _add_or_subtract_times(
    call: Call, name: str, left: Expression, right: Expression
) -> Expression | None:
    """The operation when a date, time or interval takes part; else None."""
    is_add = name == "add"
    if is_interval(type_of(left)) and is_interval(type_of(right)):
        if type_of(left) != type_of(right):
            raise binary_different_types(call.sql, type_of(left), type_of(right))
        nullable = is_nullable(left) or is_nullable(right)
        return make_call(call, name, (left, right), type_of(left), nullable)
    if is_interval(type_of(right)) and _is(left, DateType, *_TIMESTAMPS, StringType):
        return _shift(call, left, right if is_add else _negated(call, right))
    if is_add and is_interval(type_of(left)):
        if _is(right, DateType, *_TIMESTAMPS, StringType):
            return _shift(call, right, left)
        return None
    if _is(left, DateType) and not is_datetime(type_of(right)):
        if not is_add and _is(right, StringType):
            return _difference(call, left, right)
        return _shift_days(call, "date_add" if is_add else "date_sub", left, right)
    if is_add and _is(right, DateType) and not is_datetime(type_of(left)):
        return _shift_days(call, "date_add", right, left)
    if is_add or not (is_datetime(type_of(left)) or is_datetime(type_of(right))):
        return None
    times = (DateType, *_TIMESTAMPS, StringType)
    if _is(left, *times) and _is(right, *times):
        return _difference(call, left, right)
    return None


def _as_number(expression: Expression) -> Expression:
    """A factor of an interval: bigint, decimal or double."""
    if is_integral(type_of(expression)):
        return cast_to(expression, LongType())
    return expression if _is_decimal(expression) else cast_to(expression, DoubleType())


def _scale_interval(
    call: Call, name: str, interval: Expression, number: Expression
) -> FunctionCall:
    nullable = is_nullable(interval) or is_nullable(number)
    return make_call(
        call, name, (interval, _as_number(number)), type_of(interval), nullable
    )


# --- the operators ----------------------------------------------------------


def _plus(call: Call) -> Expression:
    check_number(call, 1, 2)
    if len(call.arguments) == 1:
        return call_scalar(call, SCALARS["positive"])
    return _add("add", call)


def _minus(call: Call) -> Expression:
    check_number(call, 1, 2)
    if len(call.arguments) == 1:
        return call_scalar(call, SCALARS["negative"])
    return _add("subtract", call)


def _add(name: str, call: Call) -> Expression:
    check_number(call, 2, 2)
    left, right = call.arguments
    moved = _add_or_subtract_times(call, name.removeprefix("try_"), left, right)
    if moved is not None:
        return moved
    return _arithmetic(call, name, left, right, wanted=_ADDABLE)


def _multiply(name: str, call: Call) -> Expression:
    check_number(call, 2, 2)
    left, right = call.arguments
    if is_interval(type_of(left)) and is_numeric(type_of(right)):
        return _scale_interval(call, "multiply_interval", left, right)
    if is_interval(type_of(right)) and is_numeric(type_of(left)):
        return _scale_interval(call, "multiply_interval", right, left)
    return _arithmetic(call, name, left, right, wanted=_NUMERIC)


def _divide(name: str, call: Call) -> Expression:
    check_number(call, 2, 2)
    left, right = call.arguments
    if is_interval(type_of(left)) and is_numeric(type_of(right)):
        return _scale_interval(call, "divide_interval", left, right)
    left, right = _numeric_operands(call, left, right, '("DOUBLE" or "DECIMAL")')
    if not _is_decimal(left):
        left, right = cast_to(left, DoubleType()), cast_to(right, DoubleType())
    return _arithmetic(call, name, left, right, wanted=_NUMERIC)


def _integral_divide(call: Call) -> Expression:
    check_number(call, 2, 2)
    left, right = call.arguments
    if not (is_interval(type_of(left)) and type_of(left) == type_of(right)):
        left, right = _numeric_operands(call, left, right, '("BIGINT" or "DECIMAL")')
        if _is_decimal(left):
            common = wider_decimal(
                decimal_for(type_of(left)), decimal_for(type_of(right))
            )
            left, right = cast_to(left, common), cast_to(right, common)
        else:
            left, right = cast_to(left, LongType()), cast_to(right, LongType())
    return make_call(call, "integral_divide", (left, right), LongType(), True)


def _remainder(name: str, call: Call) -> Expression:
    check_number(call, 2, 2)
    left, right = call.arguments
    return _arithmetic(call, name, left, right, wanted=_NUMERIC)


def _bitwise(name: str, call: Call) -> Expression:
    check_number(call, 2, 2)
    left, right = call.arguments
    left, right = _numeric_operands(call, left, right, _INTEGRAL)
    if not is_integral(type_of(left)):
        raise binary_wrong_type(call.sql, _INTEGRAL, type_of(left))
    nullable = is_nullable(left) or is_nullable(right)
    return make_call(call, name, (left, right), type_of(left), nullable)


OPERATORS: Mapping[str, Operator] = {
    "+": _plus,
    "-": _minus,
    "*": partial(_multiply, "multiply"),
    "/": partial(_divide, "divide"),
    "%": partial(_remainder, "remainder"),
    "mod": partial(_remainder, "remainder"),
    "pmod": partial(_remainder, "pmod"),
    "div": _integral_divide,
    "&": partial(_bitwise, "bitwise_and"),
    "|": partial(_bitwise, "bitwise_or"),
    "^": partial(_bitwise, "bitwise_xor"),
    "try_add": partial(_add, "try_add"),
    "try_subtract": partial(_add, "try_subtract"),
    "try_multiply": partial(_multiply, "try_multiply"),
    "try_divide": partial(_divide, "try_divide"),
    "try_mod": partial(_remainder, "try_remainder"),
}
