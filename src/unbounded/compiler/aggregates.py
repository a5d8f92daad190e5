"""Aggregate templates: Spark's aggregate functions as DuckDB's.

Results have Spark's types and its answers for no rows. Functions whose batches
merge by buffers (`aggregate_buffers.py`) are their values of one batch. What
depends on the order of rows reads it from a column, `ROW_POSITION`.
"""

from __future__ import annotations

from collections.abc import Mapping

from unbounded.compiler.aggregate_buffers import (
    BUFFER_TEMPLATES,
    ROW_POSITION,
    STATISTICS,
    AggregateTemplate,
    both,
    over,
)
from unbounded.compiler.decimals import divide_sql
from unbounded.compiler.equal_values import equal_form
from unbounded.compiler.ordered_aggregates import ORDERED_TEMPLATES
from unbounded.compiler.output import interval_months, interval_us
from unbounded.compiler.site import Site
from unbounded.compiler.sql_text import let
from unbounded.types import (
    ArrayType,
    DataType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    LongType,
    StructType,
    YearMonthIntervalType,
    quote_name,
)

__all__ = ["AGGREGATE_TEMPLATES"]

_INTERVALS = (DayTimeIntervalType, YearMonthIntervalType)


def _plain(name: str) -> AggregateTemplate:
    def template(site: Site, condition: str | None) -> str:
        arguments = ", ".join(site.args)
        sql = over(name, arguments, condition, distinct=site.is_distinct)
        return f"CAST({sql} AS {site.sql_type})"

    return template


def _count(site: Site, condition: str | None) -> str:
    if len(site.args) == 1:
        argument = site.args[0]
        if site.literal(0) is not None and not site.is_distinct:
            argument = "*"
        return over("count", argument, condition, distinct=site.is_distinct)
    present = both(*(f"{a} IS NOT NULL" for a in site.args))
    row = f"row({', '.join(site.args)})" if site.is_distinct else "*"
    return over("count", row, both(condition, present), distinct=site.is_distinct)


def _count_if(site: Site, condition: str | None) -> str:
    if site.is_distinct:
        true = f"CASE WHEN {site.args[0]} THEN TRUE END"
        return over("count", true, condition, distinct=True)
    return over("count", "*", both(condition, site.args[0]))


def _sum_of(site: Site, condition: str | None, *, tries: bool) -> str:
    distinct = site.is_distinct
    kind = site.data_type
    argument = site.args[0]
    if isinstance(kind, DayTimeIntervalType):
        total = over("sum", interval_us(argument), condition, distinct=distinct)
        return f"to_microseconds(CAST({total} AS BIGINT))"
    if isinstance(kind, YearMonthIntervalType):
        total = over("sum", interval_months(argument), condition, distinct=distinct)
        return f"to_months(CAST({total} AS INTEGER))"
    if isinstance(kind, DoubleType):
        argument = _as_double(argument, site.type(0))
        return over("sum", argument, condition, distinct=distinct)
    total = over("sum", argument, condition, distinct=distinct)
    attempt = f"TRY_CAST({total} AS {site.sql_type})"
    if not tries and not site.context.ansi and isinstance(kind, LongType):
        return _wrapped(total)
    if tries or not site.context.ansi:
        return attempt
    raised = site.fail("ARITHMETIC_OVERFLOW", message=f"sum of {site.type(0).sql}")
    return f"coalesce({attempt}, CASE WHEN {total} IS NOT NULL THEN {raised} END)"


def _wrapped(total: str) -> str:
    """The last 64 bits of a sum, as Java adds longs."""
    half, whole = "9223372036854775808", "18446744073709551616"
    shifted = f"({total} % {whole} + {whole} + {half}) % {whole}"
    return f"CAST({shifted} - {half} AS BIGINT)"


def _as_double(sql: str, data_type: DataType) -> str:
    return sql if isinstance(data_type, DoubleType) else f"CAST({sql} AS DOUBLE)"


def _sum(site: Site, condition: str | None) -> str:
    return _sum_of(site, condition, tries=False)


def _try_sum(site: Site, condition: str | None) -> str:
    return _sum_of(site, condition, tries=True)


def _avg(site: Site, condition: str | None) -> str:
    distinct = site.is_distinct
    argument = site.args[0]
    source = site.type(0)
    match source:
        case DecimalType():
            return _avg_decimal(site, source, condition)
        case DayTimeIntervalType():
            mean = over("avg", interval_us(argument), condition, distinct=distinct)
            return f"to_microseconds(CAST(round({mean}) AS BIGINT))"
        case YearMonthIntervalType():
            mean = over("avg", interval_months(argument), condition, distinct=distinct)
            return f"to_months(CAST(round({mean}) AS INTEGER))"
    return over("avg", _as_double(argument, source), condition, distinct=distinct)


def _avg_decimal(site: Site, source: DecimalType, condition: str | None) -> str:
    """The sum by the count; only an average of 38 digits can be too long."""
    argument, result = site.args[0], site.data_type
    assert isinstance(result, DecimalType)
    distinct = site.is_distinct
    total = over("sum", argument, condition, distinct=distinct)
    count = over("count", argument, condition, distinct=distinct)
    wide = DecimalType(min(source.precision + 10, 38), source.scale)
    divisor = f"nullif(CAST({count} AS DECIMAL(20,0)), 0)"

    def mean(t: str, n: str) -> str:
        quotient = divide_sql(t, wide, n, DecimalType(20, 0), result)
        if result.precision < 38:
            return quotient
        raised = site.fail(
            "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
            value="of the average",
            precision=str(result.precision),
            scale=str(result.scale),
        )
        missing = "NULL"
        if site.context.ansi and site.call.name == "avg":
            missing = f"CASE WHEN {n} IS NOT NULL THEN {raised} END"
        return f"coalesce(TRY({quotient}), {missing})"

    return let(
        total,
        "total",
        lambda t: let(divisor, "rows", lambda n: mean(t, n), always=True),
        always=True,
    )


def _extreme(name: str) -> AggregateTemplate:
    """Of arrays and structs the one whose key in Spark's order is the extreme."""

    def template(site: Site, condition: str | None) -> str:
        argument = site.args[0]
        key = _order_key(argument, site.type(0))
        if key == argument:
            return over(name, argument, condition)
        present = both(condition, f"{argument} IS NOT NULL")
        return over(f"arg_{name}", f"{argument}, {key}", present)

    return template


def _logical(name: str) -> AggregateTemplate:
    def template(site: Site, condition: str | None) -> str:
        return over(name, site.args[0], condition)

    return template


def _order_key(sql: str, data_type: DataType, depth: int = 0) -> str:
    """What orders as Spark orders `sql`: DuckDB has nulls inside of others last."""
    item = f'"item_{depth}"'
    match data_type:
        case ArrayType(element, _):
            key = _order_key(item, element, depth + 1)
            pair = f"row({item} IS NOT NULL, {key})"
            return f"list_transform({sql}, lambda {item}: {pair})"
        case StructType(fields):
            parts: list[str] = []
            for field in fields:
                part = f"{sql}.{quote_name(field.name)}"
                key = _order_key(part, field.data_type, depth + 1)
                parts += [f"{part} IS NOT NULL", key]
            return f"row({', '.join(parts)})"
    return sql


def _pick(name: str) -> AggregateTemplate:
    """The first or last value in the order of the rows."""

    def template(site: Site, condition: str | None) -> str:
        argument = site.args[0]
        if site.literal(1):
            condition = both(condition, f"{argument} IS NOT NULL")
        return over(name, f"{argument}, {ROW_POSITION}", condition)

    return template


def _from_buffers(name: str) -> AggregateTemplate:
    """The value of one batch's buffers."""
    buffers, finish = STATISTICS[name]

    def template(site: Site, condition: str | None) -> str:
        parts = [BUFFER_TEMPLATES[buffer](site, condition) for buffer in buffers]
        return finish.format(*parts)

    return template


def _collect_list(site: Site, condition: str | None) -> str:
    """In the order of the rows; distinct values in ascending order."""
    if site.is_distinct:
        return _collect_set(site, condition)
    argument = site.args[0]
    present = both(condition, f"{argument} IS NOT NULL")
    values = over("list", f"{argument} ORDER BY {ROW_POSITION}", present)
    return f"coalesce({values}, CAST([] AS {site.sql_type}))"


def _collect_set(site: Site, condition: str | None) -> str:
    """In ascending order, so that it is the same in every run."""
    argument = equal_form(site.args[0], site.type(0))
    present = both(condition, f"{argument} IS NOT NULL")
    values = over("list", argument, present, distinct=True)
    return f"coalesce(list_sort({values}), CAST([] AS {site.sql_type}))"


def _by(name: str, position: str) -> AggregateTemplate:
    """Of equals the last one, as in Spark's `MaxMinBy`."""

    def template(site: Site, condition: str | None) -> str:
        value, order = site.args
        return over(
            name,
            f"{value}, row({_order_key(order, site.type(1))}, {position})",
            both(condition, f"{order} IS NOT NULL"),
        )

    return template


def _distinct_count(site: Site, condition: str | None) -> str:
    """Exact, which is within any error that is asked for."""
    return over("count", site.args[0], condition, distinct=True)


AGGREGATE_TEMPLATES: Mapping[str, AggregateTemplate] = {
    **{name: _from_buffers(name) for name in STATISTICS},
    **ORDERED_TEMPLATES,
    "count": _count,
    "count_if": _count_if,
    "sum": _sum,
    "try_sum": _try_sum,
    "avg": _avg,
    "try_avg": _avg,
    "min": _extreme("min"),
    "max": _extreme("max"),
    "first": _pick("arg_min_null"),
    "last": _pick("arg_max_null"),
    "any_value": _pick("arg_min_null"),
    "bool_and": _logical("bool_and"),
    "bool_or": _logical("bool_or"),
    "collect_list": _collect_list,
    "collect_set": _collect_set,
    "max_by": _by("arg_max_null", ROW_POSITION),
    "min_by": _by("arg_min_null", f"-{ROW_POSITION}"),
    "bit_and": _plain("bit_and"),
    "bit_or": _plain("bit_or"),
    "bit_xor": _plain("bit_xor"),
    "product": _plain("product"),
    "approx_count_distinct": _distinct_count,
}
