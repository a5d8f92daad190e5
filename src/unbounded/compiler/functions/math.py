"""Math templates: outside a function's domain is NaN or null, as in Spark."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unbounded.compiler.functions.string import unsupported
from unbounded.compiler.output import interval_months, interval_us
from unbounded.compiler.site import Site, Templates
from unbounded.compiler.sql_text import let
from unbounded.types import (
    BooleanType,
    ByteType,
    DataType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    ShortType,
    YearMonthIntervalType,
)

__all__ = ["MATH_TEMPLATES"]

_LOWEST: Mapping[type[DataType], int] = {
    ByteType: -(2**7),
    ShortType: -(2**15),
    IntegerType: -(2**31),
    LongType: -(2**63),
}


def _one(body: str) -> Callable[[Site], str]:
    """A template that needs its argument, `{x}`, several times."""

    def template(site: Site) -> str:
        return let(site.args[0], "x", lambda x: body.format(x=x))

    return template


def _negative(site: Site) -> str:
    value = site.args[0]
    match site.data_type:
        case DayTimeIntervalType():
            return f"to_microseconds(-{interval_us(value)})"
        case YearMonthIntervalType():
            return f"to_months(-{interval_months(value)})"
        case DoubleType() | FloatType() | DecimalType():
            return f"(-{value})"
    # The lowest integer has no positive counterpart: a subtraction notices.
    zero = f"CAST(0 AS {site.sql_type})"
    return _but_lowest(site, lambda x: f"({zero} - {x})")


def _abs(site: Site) -> str:
    value = site.args[0]
    match site.data_type:
        case DayTimeIntervalType():
            return f"to_microseconds(abs({interval_us(value)}))"
        case YearMonthIntervalType():
            return f"to_months(abs({interval_months(value)}))"
    return _but_lowest(site, lambda x: f"abs({x})")


def _but_lowest(site: Site, body: Callable[[str], str]) -> str:
    """`body`, which without ANSI rules leaves the lowest integer as it is."""
    value = site.args[0]
    lowest = _LOWEST.get(type(site.data_type))
    if lowest is None or site.context.ansi:
        return body(value)
    return let(
        value,
        "whole",
        lambda x: f"CASE WHEN {x} = {lowest} THEN {x} ELSE {body(x)} END",
    )


def _whole(name: str) -> Callable[[Site], str]:
    def template(site: Site) -> str:
        value = site.args[0]
        match site.type(0):
            case LongType():
                return value
            case DecimalType():
                return f"CAST({name}({value}) AS {site.sql_type})"
        raised = site.fail("ARITHMETIC_OVERFLOW", message=f"{name} of DOUBLE")
        rest = raised if site.context.ansi else "spark_nearest_long({x})"
        return let(
            f"{name}({value})",
            "x",
            lambda x: (
                f"CASE WHEN isnan({x}) THEN 0 ELSE coalesce(TRY_CAST({x} AS BIGINT), "
                f"CASE WHEN {x} IS NOT NULL THEN {rest.format(x=x)} END) END"
            ),
        )

    return template


def _round(name: str) -> Callable[[Site], str]:
    """Half up for `round`, half even for `round_even`."""

    def template(site: Site) -> str:
        value, scale = site.args
        digits = site.literal(1)
        match site.type(0):
            case DoubleType() | FloatType():
                return _round_double(site, name, digits)
            case DecimalType(_, own_scale) if (
                digits is not None and digits >= own_scale
            ):
                return f"CAST({value} AS {site.sql_type})"
            case DecimalType() if name == "round_even" and digits is not None:
                return f"CAST(spark_round_even({value}, {digits}) AS {site.sql_type})"
            case DecimalType():
                return f"CAST({name}({value}, {scale}) AS {site.sql_type})"
        if digits is not None and digits >= 0:
            return value
        if name == "round_even":
            wide = f"CAST({value} AS HUGEINT)"
            return f"CAST(spark_round_even({wide}, {scale}) AS {site.sql_type})"
        raised = site.fail("ARITHMETIC_OVERFLOW", message=f"round to {scale} places")
        return let(
            f"round(CAST({value} AS DECIMAL(38,0)), {scale})",
            "x",
            lambda x: (
                f"coalesce(TRY_CAST({x} AS {site.sql_type}), "
                f"CASE WHEN {x} IS NOT NULL THEN {raised} END)"
            ),
        )

    return template


def _round_double(site: Site, name: str, digits: int | None) -> str:
    """By the digits Java prints: 1.005 to two places is 1.01.

    Only close to a half does it matter; elsewhere plain arithmetic gives the
    same, far faster.
    """
    value, scale = site.args
    kind = site.sql_type
    if digits is None or not 0 <= digits <= 15 or name != "round":
        return f"CAST({name}(CAST({value} AS DOUBLE), {scale}) AS {kind})"
    unit = f"CAST(1e{digits} AS DOUBLE)"

    def rounded(x: str) -> str:
        moved = f"CAST({x} AS DOUBLE) * {unit}"
        distance = f"abs(abs({moved} - trunc({moved})) - 0.5)"
        by_text = f"TRY_CAST(CAST({x} AS VARCHAR) AS DECIMAL(38,{digits}))"
        return (
            f"CASE WHEN abs({moved}) < 1e11 AND {distance} > 1e-4 "
            f"THEN CAST(round({moved}) / {unit} + 0 AS {kind}) "
            f"ELSE coalesce(CAST({by_text} AS {kind}), {x}) END"
        )

    return let(value, "x", rounded)


def _hypot(site: Site) -> str:
    """By the ratio of the sides, whose squares can't overflow."""
    x, y = site.args

    def long_side(a: str, b: str) -> str:
        longer, shorter = (f"{f}(abs({a}), abs({b}))" for f in ("greatest", "least"))
        return (
            f"CASE WHEN {longer} = 0 OR isinf({longer}) THEN {longer} "
            f"WHEN {a} IS NULL OR {b} IS NULL THEN NULL "
            f"ELSE {longer} * sqrt(1 + pow({shorter} / {longer}, 2)) END"
        )

    return let(x, "x", lambda a: let(y, "y", lambda b: long_side(a, b)))


def _log(site: Site) -> str:
    base, value = site.args
    return let(
        base,
        "base",
        lambda b: let(
            value,
            "x",
            lambda x: (
                f"CASE WHEN {b} <= 0 OR {x} <= 0 THEN NULL ELSE ln({x}) / ln({b}) END"
            ),
        ),
    )


def _shift_left(site: Site) -> str:
    value, count = site.args
    bits = 64 if isinstance(site.data_type, LongType) else 32
    moved = f"CAST({value} AS HUGEINT) * CAST(pow(2, {count} & {bits - 1}) AS HUGEINT)"
    half, full = 2 ** (bits - 1), 2**bits
    wrapped = f"(({moved}) % {full} + {full + half}) % {full} - {half}"
    return f"CAST({wrapped} AS {site.sql_type})"


def _shift_right(site: Site) -> str:
    value, count = site.args
    bits = 64 if isinstance(site.data_type, LongType) else 32
    return f"CAST({value} >> ({count} & {bits - 1}) AS {site.sql_type})"


def _shift_right_unsigned(site: Site) -> str:
    value, count = site.args
    bits = 64 if isinstance(site.data_type, LongType) else 32
    half, full = 2 ** (bits - 1), 2**bits
    whole = f"((CAST({value} AS HUGEINT) + {full}) % {full})"
    moved = f"({whole} // CAST(pow(2, {count} & {bits - 1}) AS HUGEINT))"
    return f"CAST(({moved} + {half}) % {full} - {half} AS {site.sql_type})"


def _bit_count(site: Site) -> str:
    value = site.args[0]
    if isinstance(site.type(0), BooleanType):
        return f"CAST({value} AS INTEGER)"
    return f"CAST(bit_count(CAST({value} AS BIGINT)) AS INTEGER)"


def _width_bucket(site: Site) -> str:
    value, low, high, count = site.args
    below = f"floor({count} * ({value} - {low}) / ({high} - {low})) + 1"
    return (
        f"CAST(CASE WHEN {count} <= 0 OR {low} = {high} THEN NULL "
        f"WHEN {low} < {high} AND {value} < {low} THEN 0 "
        f"WHEN {low} < {high} AND {value} >= {high} THEN {count} + 1 "
        f"WHEN {low} > {high} AND {value} > {low} THEN 0 "
        f"WHEN {low} > {high} AND {value} <= {high} THEN {count} + 1 "
        f"ELSE {below} END AS BIGINT)"
    )


_HASH = "Use md5, sha1 or sha2."

MATH_TEMPLATES: Templates = {
    "negative": _negative,
    "positive": "{0}",
    "abs": _abs,
    "sign": _one("CASE WHEN isnan({x}) THEN {x} ELSE CAST(sign({x}) AS DOUBLE) END"),
    "ceil": _whole("ceil"),
    "floor": _whole("floor"),
    "round": _round("round"),
    "bround": _round("round_even"),
    "rint": "round_even({0}, 0)",
    "sqrt": "sqrt({0})",
    "exp": "exp({0})",
    "expm1": _one(
        "CASE WHEN abs({x}) < 1 THEN 2 * sinh({x} / 2) * exp({x} / 2) "
        "ELSE exp({x}) - 1 END"
    ),
    "sin": "sin({0})",
    "cos": "cos({0})",
    "tan": "tan({0})",
    "asin": "asin({0})",
    "acos": "acos({0})",
    "atan": "atan({0})",
    "sinh": "sinh({0})",
    "cosh": "cosh({0})",
    "tanh": "tanh({0})",
    "asinh": "asinh({0})",
    "acosh": "acosh({0})",
    "atanh": "atanh({0})",
    "cot": "(1 / tan({0}))",
    "cbrt": _one(
        "CASE WHEN pow(round(cbrt({x})), 3) = {x} THEN round(cbrt({x})) "
        "ELSE cbrt({x}) END"
    ),
    "degrees": "degrees({0})",
    "radians": "radians({0})",
    "sec": "(1 / cos({0}))",
    "csc": "(1 / sin({0}))",
    "ln": _one("CASE WHEN {x} <= 0 THEN NULL ELSE ln({x}) END"),
    "log10": _one("CASE WHEN {x} <= 0 THEN NULL ELSE log10({x}) END"),
    "log2": _one("CASE WHEN {x} <= 0 THEN NULL ELSE log2({x}) END"),
    "log1p": _one(
        "CASE WHEN {x} <= -1 THEN NULL WHEN abs({x}) < 0.5 "
        "THEN 2 * atanh({x} / (2 + {x})) ELSE ln(1 + {x}) END"
    ),
    "log": _log,
    "power": "pow({0}, {1})",
    "atan2": "atan2({0}, {1})",
    "hypot": _hypot,
    "factorial": _one(
        "CASE WHEN {x} BETWEEN 0 AND 20 THEN CAST(factorial({x}) AS BIGINT) END"
    ),
    "e": "exp(CAST(1 AS DOUBLE))",
    "pi": "pi()",
    "rand": "random()",
    "randn": "(sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))",
    "shiftleft": _shift_left,
    "shiftright": _shift_right,
    "shiftrightunsigned": _shift_right_unsigned,
    "bit_count": _bit_count,
    "bitwise_not": "(~{0})",
    "conv": "spark_conv({0}, {1}, {2})",
    "width_bucket": _width_bucket,
    "hash": unsupported("the function hash", _HASH),
    "xxhash64": unsupported("the function xxhash64", _HASH),
    "crc32": unsupported("the function crc32", _HASH),
}
