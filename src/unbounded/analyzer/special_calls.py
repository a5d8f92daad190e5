"""Special calls: functions written as others, and those no row can describe.

Conditionals, `!=`, `between`, casts by name, overloads that take their arguments
in another order. Spark's `RuntimeReplaceable`s, mostly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from unbounded.analyzer.argument_types import (
    BOOLEAN,
    is_integral,
)
from unbounded.analyzer.calls import Call, call_scalar, check_number, make_call, unify
from unbounded.analyzer.casts import make_cast
from unbounded.analyzer.coercion import cast_to, coerce_to
from unbounded.analyzer.functions.registry import SCALARS
from unbounded.analyzer.functions.signature import is_nullable, type_of
from unbounded.analyzer.mismatches import quote_sql, unexpected_input
from unbounded.analyzer.nested_calls import NESTED_CALLS
from unbounded.analyzer.operators import OPERATORS
from unbounded.errors import AnalysisError, UnsupportedError
from unbounded.plan.expressions import Expression, Literal
from unbounded.types import (
    BinaryType,
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    ShortType,
    StringType,
    TimestampNTZType,
    TimestampType,
)

__all__ = ["SPECIAL_CALLS"]

Special = Callable[[Call], Expression]


def _again(call: Call, name: str, *arguments: Expression) -> Expression:
    """The same call as one of another function."""
    other = replace(call, name=name, arguments=arguments)
    return call_scalar(other, SCALARS[name])


# --- conditions -------------------------------------------------------------


def _when(call: Call) -> Expression:
    """`when(condition, value, …[, else])`."""
    check_number(call, 2, None)
    arguments = list(call.arguments)
    pairs = len(arguments) // 2
    for index in range(pairs):
        condition = arguments[2 * index]
        coerced = coerce_to(condition, BOOLEAN)
        if coerced is None or not _is_condition(condition):
            sql = call.argument_sqls[2 * index]
            raise unexpected_input(
                call.sql, 2 * index, BOOLEAN, sql, type_of(condition)
            )
        arguments[2 * index] = coerced
    has_else = len(arguments) % 2 == 1
    places = [*range(1, 2 * pairs, 2), *([len(arguments) - 1] if has_else else [])]
    values = unify(call, [arguments[i] for i in places], 0)
    for place, value in zip(places, values, strict=True):
        arguments[place] = value
    nullable = not has_else or any(is_nullable(v) for v in values)
    return make_call(call, "case_when", arguments, type_of(values[0]), nullable)


def _is_condition(expression: Expression) -> bool:
    return not is_integral(type_of(expression))


def _not_equal(call: Call) -> Expression:
    check_number(call, 2, 2)
    return _again(call, "not", _again(call, "=", *call.arguments))


def _between(call: Call) -> Expression:
    check_number(call, 3, 3)
    value, low, high = call.arguments
    return _again(
        call, "and", _again(call, ">=", value, low), _again(call, "<=", value, high)
    )


def _nvl2(call: Call) -> Expression:
    check_number(call, 3, 3)
    value, then, otherwise = call.arguments
    return _again(call, "if", _again(call, "isnotnull", value), then, otherwise)


def _nvl(call: Call) -> Expression:
    check_number(call, 2, 2)
    return _again(call, "coalesce", *call.arguments)


def _null_if_zero(call: Call) -> Expression:
    check_number(call, 1, 1)
    return _again(call, "nullif", call.arguments[0], Literal(0, IntegerType()))


def _zero_if_null(call: Call) -> Expression:
    check_number(call, 1, 1)
    return _again(call, "coalesce", call.arguments[0], Literal(0, IntegerType()))


# --- casts ------------------------------------------------------------------


def _cast(target: DataType, call: Call) -> Expression:
    check_number(call, 1, 1)
    return make_cast(call.arguments[0], target, "ANSI", call.sql)


def _to_time(target: DataType, by_format: str, call: Call) -> Expression:
    """`to_date(x)` is a cast; with a format it reads the text by it."""
    check_number(call, 1, 2)
    if len(call.arguments) == 1:
        return make_cast(call.arguments[0], target, "ANSI", call.sql)
    if not isinstance(type_of(call.arguments[0]), StringType):
        return make_cast(call.arguments[0], target, "ANSI", call.sql)
    return _again(call, by_format, *call.arguments)


def _try_to_time(target: DataType, by_format: str, call: Call) -> Expression:
    check_number(call, 1, 2)
    if len(call.arguments) == 1 or not isinstance(call.types[0], StringType):
        return make_cast(call.arguments[0], target, "TRY", call.sql)
    return _again(call, by_format, *call.arguments)


# --- order and number of arguments ------------------------------------------


def _trim(name: str, call: Call) -> Expression:
    """`trim(characters, text)`: the characters come first, unlike `btrim`."""
    check_number(call, 1, 2)
    return _again(call, name, *reversed(call.arguments))


def _get(call: Call) -> Expression:
    """`get(array, i)`: from 0, null outside, written with `try_element_at`."""
    check_number(call, 2, 2)
    array, position = call.arguments
    zero, one = Literal(0, IntegerType()), Literal(1, IntegerType())
    after = OPERATORS["+"](replace(call, arguments=(position, one)))
    item = NESTED_CALLS["try_element_at"](replace(call, arguments=(array, after)))
    nothing = Literal(None, type_of(item))
    return _again(call, "if", _again(call, "<", position, zero), nothing, item)


def _log(call: Call) -> Expression:
    check_number(call, 1, 2)
    return _again(call, "ln" if len(call.arguments) == 1 else "log", *call.arguments)


def _unix_timestamp(call: Call) -> Expression:
    check_number(call, 0, 2)
    if not call.arguments:
        return _again(call, "unix_timestamp", _again(call, "current_timestamp"))
    return _again(call, "unix_timestamp", *call.arguments)


def _convert_timezone(call: Call) -> Expression:
    check_number(call, 2, 3)
    if len(call.arguments) == 2:
        zone = _again(call, "current_timezone")
        return _again(call, "convert_timezone", zone, *call.arguments)
    return _again(call, "convert_timezone", *call.arguments)


def _round_to_whole(name: str, call: Call) -> Expression:
    check_number(call, 1, 2)
    if len(call.arguments) == 2:
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature=f"{name} with a scale",
            advice="Use round, or multiply, round down and divide.",
        )
    return _again(call, name, *call.arguments)


_DATE_PARTS: Mapping[str, str] = {
    **dict.fromkeys(("year", "y", "years", "yr", "yrs"), "year"),
    **dict.fromkeys(("quarter", "qtr"), "quarter"),
    **dict.fromkeys(("month", "mon", "mons", "months"), "month"),
    **dict.fromkeys(("week", "w", "weeks"), "weekofyear"),
    **dict.fromkeys(("day", "d", "days"), "day"),
    **dict.fromkeys(("dayofweek", "dow"), "dayofweek"),
    **dict.fromkeys(("doy",), "dayofyear"),
    **dict.fromkeys(("hour", "h", "hours", "hr", "hrs"), "hour"),
    **dict.fromkeys(("minute", "m", "min", "mins", "minutes"), "minute"),
    **dict.fromkeys(("second", "s", "sec", "seconds", "secs"), "second_with_fraction"),
}


def _extract(call: Call) -> Expression:
    """`extract(field FROM time)`, `date_part(field, time)`."""
    check_number(call, 2, 2)
    field, time = call.arguments
    part = str(field.value).lower() if isinstance(field, Literal) else ""
    name = _DATE_PARTS.get(part)
    if name is None:
        raise AnalysisError(
            "INVALID_EXTRACT_FIELD",
            field=quote_sql(part or call.argument_sqls[0]),
            expr=quote_sql(call.argument_sqls[1]),
        )
    return _again(call, name, time)


def _greatest(call: Call) -> Expression:
    """Strings are not read as numbers here, unlike in `coalesce`."""
    check_number(call, 2, None)
    strings = [isinstance(t, StringType) for t in call.types]
    if any(strings) and not all(strings):
        types = ", ".join(f'"{t.sql}"' for t in call.types)
        raise AnalysisError(
            "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
            sqlExpr=quote_sql(call.sql),
            functionName=f"`{call.name}`",
            dataType=f"[{types}]",
        )
    return _again(call, call.name, *call.arguments)


def _round(name: str, call: Call) -> Expression:
    """The scale decides a decimal's type, so it has to be a literal."""
    check_number(call, 1, 2)
    if len(call.arguments) == 2 and not isinstance(call.arguments[1], Literal):
        raise AnalysisError(
            "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
            sqlExpr=quote_sql(call.sql),
            inputName="`scale`",
            inputType='"INT"',
            inputExpr=quote_sql(call.argument_sqls[1]),
        )
    return _again(call, name, *call.arguments)


def _rand(name: str, call: Call) -> Expression:
    """A seed of any integer type; without one the engine chooses."""
    check_number(call, 0, 1)
    arguments = tuple(cast_to(a, LongType()) for a in call.arguments)
    return _again(call, name, *arguments)


_CASTS: Mapping[str, DataType] = {
    "boolean": BooleanType(),
    "tinyint": ByteType(),
    "smallint": ShortType(),
    "int": IntegerType(),
    "bigint": LongType(),
    "float": FloatType(),
    "double": DoubleType(),
    "decimal": DecimalType(10, 0),
    "date": DateType(),
    "timestamp": TimestampType(),
    "string": StringType(),
    "binary": BinaryType(),
}

SPECIAL_CALLS: Mapping[str, Special] = {
    **{name: partial(_cast, target) for name, target in _CASTS.items()},
    "when": _when,
    "case_when": _when,
    "!=": _not_equal,
    "<>": _not_equal,
    "between": _between,
    "ifnull": _nvl,
    "nvl": _nvl,
    "nvl2": _nvl2,
    "nullifzero": _null_if_zero,
    "zeroifnull": _zero_if_null,
    "greatest": _greatest,
    "least": _greatest,
    "to_date": partial(_to_time, DateType(), "to_date_by_format"),
    "to_timestamp": partial(_to_time, TimestampType(), "to_timestamp_by_format"),
    "to_timestamp_ltz": partial(_to_time, TimestampType(), "to_timestamp_by_format"),
    "to_timestamp_ntz": partial(
        _to_time, TimestampNTZType(), "to_timestamp_ntz_by_format"
    ),
    "try_to_timestamp": partial(
        _try_to_time, TimestampType(), "try_to_timestamp_by_format"
    ),
    "try_to_date": partial(_try_to_time, DateType(), "to_date_by_format"),
    "get": _get,
    "trim": partial(_trim, "trim"),
    "ltrim": partial(_trim, "ltrim"),
    "rtrim": partial(_trim, "rtrim"),
    "log": _log,
    "unix_timestamp": _unix_timestamp,
    "convert_timezone": _convert_timezone,
    "ceil": partial(_round_to_whole, "ceil"),
    "ceiling": partial(_round_to_whole, "ceil"),
    "floor": partial(_round_to_whole, "floor"),
    "extract": _extract,
    "date_part": _extract,
    "datepart": _extract,
    "round": partial(_round, "round"),
    "bround": partial(_round, "bround"),
    "rand": partial(_rand, "rand"),
    "random": partial(_rand, "rand"),
    "randn": partial(_rand, "randn"),
}
