"""Arithmetic templates: `+ - * / % div`, bits, and arithmetic of times.

Integers of one width: DuckDB's own operators raise on overflow, which ANSI
asks for. With `spark.sql.ansi.enabled` false a sum wraps around as Java's does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unbounded.compiler.decimals import (
    add_sql,
    as_decimal,
    divide_sql,
    long_multiply_sql,
    multiply_sql,
    remainder_sql,
    unscaled_sql,
)
from unbounded.compiler.output import interval_months, interval_us
from unbounded.compiler.site import Site, Templates
from unbounded.compiler.sql_text import let, try_null
from unbounded.compiler.zones import instant_of, local_of
from unbounded.types import (
    ByteType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    IntegerType,
    LongType,
    ShortType,
    TimestampType,
    YearMonthIntervalType,
)

__all__ = ["ARITHMETIC_TEMPLATES"]

_BITS: Mapping[type[DataType], int] = {
    ByteType: 8,
    ShortType: 16,
    IntegerType: 32,
    LongType: 64,
}
_INTERVALS = (DayTimeIntervalType, YearMonthIntervalType)


def _sum(operator: str) -> Callable[[Site], str]:
    def template(site: Site) -> str:
        left, right = site.args
        kind = site.data_type
        if isinstance(kind, DecimalType):
            return _checked_decimal(
                site, kind, lambda a, b: add_sql(operator, a, b, kind)
            )
        if isinstance(kind, DayTimeIntervalType):
            total = f"{interval_us(left)} {operator} {interval_us(right)}"
            return f"to_microseconds({total})"
        if isinstance(kind, YearMonthIntervalType):
            total = f"{interval_months(left)} {operator} {interval_months(right)}"
            return f"to_months({total})"
        return _whole(site, operator, left, right)

    return template


def _checked_decimal(
    site: Site, kind: DecimalType, operation: Callable[[str, str], str]
) -> str:
    """A decimal operation; only a result of 38 digits can be too long."""
    if kind.precision < 38:
        return operation(*site.args)

    def checked(a: str, b: str) -> str:
        attempt = f"TRY({operation(a, b)})"
        if not site.context.ansi:
            return attempt
        raised = site.fail(
            "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
            value="of the result",
            precision=str(kind.precision),
            scale=str(kind.scale),
        )
        present = f"{a} IS NOT NULL AND {b} IS NOT NULL"
        return f"coalesce({attempt}, CASE WHEN {present} THEN {raised} END)"

    left, right = site.args
    return let(left, "a", lambda a: let(right, "b", lambda b: checked(a, b)))


def _whole(site: Site, operator: str, left: str, right: str) -> str:
    bits = _BITS.get(type(site.data_type))
    if bits is None:
        return f"CAST({left} {operator} {right} AS {site.sql_type})"
    if bits <= 16:
        return _narrow(site, operator, left, right)
    if site.context.ansi:
        # An operand alone fixes the width, so that literals can't widen it.
        kind = site.sql_type
        return f"(CAST({left} AS {kind}) {operator} CAST({right} AS {kind}))"
    wide = f"(CAST({left} AS HUGEINT) {operator} CAST({right} AS HUGEINT))"
    return f"CAST({_wrapped(wide, bits)} AS {site.sql_type})"


def _narrow(site: Site, operator: str, left: str, right: str) -> str:
    """Bytes and shorts, whose overflow has a condition of its own."""
    wide = f"(CAST({left} AS INTEGER) {operator} CAST({right} AS INTEGER))"
    if not site.context.ansi:
        bits = _BITS[type(site.data_type)]
        return f"CAST({_wrapped(wide, bits)} AS {site.sql_type})"
    raised = site.fail(
        "BINARY_ARITHMETIC_OVERFLOW",
        numbers={"value1": left, "value2": right},
        symbol=operator,
    )
    return let(
        wide,
        "wide",
        lambda x: (
            f"coalesce(TRY_CAST({x} AS {site.sql_type}), "
            f"CASE WHEN {x} IS NOT NULL THEN {raised} END)"
        ),
    )


def _wrapped(wide: str, bits: int) -> str:
    """The lowest bits of a whole number, as Java keeps them."""
    half, full = 2 ** (bits - 1), 2**bits
    return f"((({wide} + {half}) % {full} + {full}) % {full} - {half})"


def _multiply(site: Site) -> str:
    left, right = site.args
    kind = site.data_type
    if isinstance(kind, DecimalType):
        return _checked_decimal(site, kind, _product(site, kind))
    return _whole(site, "*", left, right)


def _product(site: Site, kind: DecimalType) -> Callable[[str, str], str]:
    """The product of two decimals, the quick way where its digits allow."""
    a, b = as_decimal(site.type(0)), as_decimal(site.type(1))

    def product(x: str, y: str) -> str:
        if a.precision + b.precision <= 38:
            return multiply_sql(x, a, y, b, kind)
        by_parts = long_multiply_sql(x, a, y, b, kind)
        if a.scale + b.scale > 38:
            return by_parts
        return f"coalesce(TRY({multiply_sql(x, a, y, b, kind)}), {by_parts})"

    return product


def _guarded(
    condition: str, operation: Callable[[Site, str, str], str]
) -> Callable[[Site], str]:
    """An operation by a number that must not be zero."""

    def template(site: Site) -> str:
        left, right = site.args
        divisor = site.literal(1)
        if divisor is not None and divisor != 0:
            return operation(site, left, right)
        if divisor is not None and site.context.ansi:
            raised = site.fail(condition)
            checked = f"CASE WHEN {left} IS NOT NULL THEN {raised} END"
            return f"CAST({checked} AS {site.sql_type})"
        if not site.context.ansi:
            return let(
                right, "divisor", lambda d: operation(site, left, f"nullif({d}, 0)")
            )
        raised = site.fail(condition)
        return let(
            right,
            "divisor",
            lambda d: (
                f"CASE WHEN {_not_null(left)}{d} = 0 THEN {raised} "
                f"ELSE {operation(site, left, f'nullif({d}, 0)')} END"
            ),
        )

    return template


def _not_null(left: str) -> str:
    """Null divided by zero is null, checked where it costs no second evaluation."""
    return f"{left} IS NOT NULL AND " if len(left) <= 80 else ""


def _tried(operation: Callable[[Site, str, str], str]) -> Callable[[Site], str]:
    def template(site: Site) -> str:
        return try_null(site.args, lambda a, b: operation(site, a, f"nullif({b}, 0)"))

    return template


def _quotient(site: Site, left: str, right: str) -> str:
    kind = site.data_type
    if isinstance(kind, DecimalType):
        a, b = as_decimal(site.type(0)), as_decimal(site.type(1))
        return divide_sql(left, a, right, b, kind)
    return f"({left} / {right})"


def _remainder(site: Site, left: str, right: str) -> str:
    kind = site.data_type
    if isinstance(kind, DecimalType):
        return remainder_sql(left, right, kind)
    return f"CAST({left} % {right} AS {site.sql_type})"


def _pmod(site: Site, left: str, right: str) -> str:
    def positive(n: str) -> str:
        return let(
            _remainder(site, left, n),
            "rest",
            lambda r: (
                f"CASE WHEN {r} < 0 THEN {_remainder(site, f'({r} + {n})', n)} "
                f"ELSE {r} END"
            ),
        )

    return let(right, "modulus", positive)


def _integral_quotient(site: Site, left: str, right: str) -> str:
    if isinstance(site.type(0), DecimalType):
        # Both have one scale, so their digits alone give the quotient.
        a, b = as_decimal(site.type(0)), as_decimal(site.type(1))
        return f"CAST({unscaled_sql(left, a)} // {unscaled_sql(right, b)} AS BIGINT)"
    return f"CAST({left} // {right} AS BIGINT)"


def _integral_divide(site: Site) -> str:
    kind = site.type(0)
    if isinstance(kind, _INTERVALS):
        number = (
            interval_us if isinstance(kind, DayTimeIntervalType) else interval_months
        )
        left, right = (number(a) for a in site.args)
        raised = site.fail("DIVIDE_BY_ZERO")
        return let(
            right,
            "divisor",
            lambda d: (
                f"CASE WHEN {d} = 0 THEN {raised} "
                f"ELSE CAST({left} // {d} AS BIGINT) END"
            ),
        )
    return _guarded("DIVIDE_BY_ZERO", _integral_quotient)(site)


def _try_sum(operator: str) -> Callable[[Site], str]:
    def template(site: Site) -> str:
        kind = site.data_type
        if isinstance(kind, _INTERVALS):
            return _sum(operator)(site)
        if isinstance(kind, DecimalType):
            return try_null(site.args, lambda a, b: add_sql(operator, a, b, kind))
        cast = site.sql_type
        return try_null(
            site.args,
            lambda a, b: f"CAST({a} AS {cast}) {operator} CAST({b} AS {cast})",
        )

    return template


def _try_multiply(site: Site) -> str:
    kind = site.data_type
    if isinstance(kind, DecimalType):
        return try_null(site.args, _product(site, kind))
    cast = site.sql_type
    return try_null(
        site.args, lambda x, y: f"CAST({x} AS {cast}) * CAST({y} AS {cast})"
    )


# --- times ------------------------------------------------------------------


def _subtract_timestamps(site: Site) -> str:
    left, right = site.args
    return f"to_microseconds(epoch_us({left}) - epoch_us({right}))"


def _add_interval(site: Site) -> str:
    """Days first on the wall clock, then the rest, Spark's timestampAddDayTime."""
    time, interval = site.args
    if not isinstance(site.data_type, TimestampType):
        return f"make_timestamp(epoch_us({time}) + {interval_us(interval)})"
    zone = site.context.time_zone
    if local_of("", zone).startswith("make_timestamp"):
        return f"make_timestamptz(epoch_us({time}) + {interval_us(interval)})"

    def moved(us: str) -> str:
        days = f"to_days(CAST({us} // 86400000000 AS INTEGER))"
        moment = instant_of(f"{local_of(time, zone)} + {days}", zone)
        return f"make_timestamptz(epoch_us({moment}) + {us} % 86400000000)"

    return let(interval_us(interval), "interval", moved)


def _add_interval_text(site: Site) -> str:
    """Months and days on the wall clock, then the rest; null for another text."""
    time, text = site.args
    is_moment = isinstance(site.data_type, TimestampType)
    zone = site.context.time_zone

    def moved(interval: str) -> str:
        calendar = (
            f"to_months({interval_months(interval)})"
            f" + to_days(CAST(datepart('day', {interval}) AS INTEGER))"
        )
        rest = f"epoch_us({interval}) - epoch_us({calendar})"
        if not is_moment:
            return f"make_timestamp(epoch_us({time} + ({calendar})) + {rest})"
        moment = instant_of(f"({local_of(time, zone)} + ({calendar}))", zone)
        return f"make_timestamptz(epoch_us({moment}) + {rest})"

    return let(f"spark_interval({text})", "gap", moved)


def _add_year_month_interval(site: Site) -> str:
    time, interval = site.args
    if isinstance(site.data_type, DateType):
        return f"CAST({time} + {interval} AS DATE)"
    if isinstance(site.data_type, TimestampType):
        zone = site.context.time_zone
        return instant_of(f"({local_of(time, zone)} + {interval})", zone)
    return f"({time} + {interval})"


def _scaled(operator: str) -> Callable[[Site], str]:
    def template(site: Site) -> str:
        interval, number = site.args
        is_days = isinstance(site.data_type, DayTimeIntervalType)
        amount = interval_us(interval) if is_days else interval_months(interval)
        maker = "to_microseconds" if is_days else "to_months"
        kind = "BIGINT" if is_days else "INTEGER"
        if operator == "*":
            if isinstance(site.type(1), LongType):
                return f"{maker}(CAST({amount} * {number} AS {kind}))"
            return f"{maker}(CAST(round({amount} * {number}) AS {kind}))"
        raised = site.fail("INTERVAL_DIVIDED_BY_ZERO")
        return let(
            number,
            "divisor",
            lambda d: (
                f"CASE WHEN {d} = 0 THEN {raised} "
                f"ELSE {maker}(CAST(round({amount} / {d}) AS {kind})) END"
            ),
        )

    return template


ARITHMETIC_TEMPLATES: Templates = {
    "add": _sum("+"),
    "subtract": _sum("-"),
    "multiply": _multiply,
    "divide": _guarded("DIVIDE_BY_ZERO", _quotient),
    "remainder": _guarded("REMAINDER_BY_ZERO", _remainder),
    "pmod": _guarded("REMAINDER_BY_ZERO", _pmod),
    "integral_divide": _integral_divide,
    "try_add": _try_sum("+"),
    "try_subtract": _try_sum("-"),
    "try_multiply": _try_multiply,
    "try_divide": _tried(_quotient),
    "try_remainder": _tried(_remainder),
    "bitwise_and": "({0} & {1})",
    "bitwise_or": "({0} | {1})",
    "bitwise_xor": "xor({0}, {1})",
    "subtract_dates": "to_days(CAST(date_diff('day', {1}, {0}) AS INTEGER))",
    "subtract_timestamps": _subtract_timestamps,
    "add_interval": _add_interval,
    "add_interval_text": _add_interval_text,
    "add_year_month_interval": _add_year_month_interval,
    "multiply_interval": _scaled("*"),
    "divide_interval": _scaled("/"),
}
