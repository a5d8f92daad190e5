"""Aggregate templates: Spark's aggregate functions as DuckDB's.

Results have Spark's types and its answers for no rows. A template gets the call
and the SQL of its FILTER condition, if any; it must put the condition on every
DuckDB aggregate it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unbounded.compiler.decimals import divide_sql
from unbounded.compiler.output import interval_months, interval_us
from unbounded.compiler.site import Site
from unbounded.compiler.sql_text import let
from unbounded.types import (
    DataType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    YearMonthIntervalType,
)

__all__ = ["AGGREGATE_TEMPLATES", "AggregateTemplate"]

AggregateTemplate = Callable[[Site, str | None], str]

_INTERVALS = (DayTimeIntervalType, YearMonthIntervalType)


def _over(
    name: str, argument: str, condition: str | None, *, distinct: bool = False
) -> str:
    """`name(DISTINCT argument) FILTER (WHERE condition)`."""
    word = "DISTINCT " if distinct else ""
    suffix = f" FILTER (WHERE {condition})" if condition else ""
    return f"{name}({word}{argument}){suffix}"


def _both(*conditions: str | None) -> str | None:
    present = [f"({c})" for c in conditions if c]
    return " AND ".join(present) if present else None


def _plain(name: str) -> AggregateTemplate:
    def template(site: Site, condition: str | None) -> str:
        arguments = ", ".join(site.args)
        sql = _over(name, arguments, condition, distinct=site.is_distinct)
        return f"CAST({sql} AS {site.sql_type})"

    return template


def _count(site: Site, condition: str | None) -> str:
    if len(site.args) == 1:
        argument = site.args[0]
        if site.literal(0) is not None and not site.is_distinct:
            argument = "*"
        return _over("count", argument, condition, distinct=site.is_distinct)
    present = _both(*(f"{a} IS NOT NULL" for a in site.args))
    row = f"row({', '.join(site.args)})" if site.is_distinct else "*"
    return _over("count", row, _both(condition, present), distinct=site.is_distinct)


def _count_if(site: Site, condition: str | None) -> str:
    return _over("count", "*", _both(condition, site.args[0]))


def _sum_of(site: Site, condition: str | None, *, tries: bool) -> str:
    distinct = site.is_distinct
    kind = site.data_type
    argument = site.args[0]
    if isinstance(kind, DayTimeIntervalType):
        total = _over("sum", interval_us(argument), condition, distinct=distinct)
        return f"to_microseconds(CAST({total} AS BIGINT))"
    if isinstance(kind, YearMonthIntervalType):
        total = _over("sum", interval_months(argument), condition, distinct=distinct)
        return f"to_months(CAST({total} AS INTEGER))"
    if isinstance(kind, DoubleType):
        argument = _as_double(argument, site.type(0))
        return _over("sum", argument, condition, distinct=distinct)
    total = _over("sum", argument, condition, distinct=distinct)
    attempt = f"TRY_CAST({total} AS {site.sql_type})"
    if tries or not site.context.ansi:
        return attempt
    raised = site.fail("ARITHMETIC_OVERFLOW", message=f"sum of {site.type(0).sql}")
    return f"coalesce({attempt}, CASE WHEN {total} IS NOT NULL THEN {raised} END)"


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
            mean = _over("avg", interval_us(argument), condition, distinct=distinct)
            return f"to_microseconds(CAST(round({mean}) AS BIGINT))"
        case YearMonthIntervalType():
            mean = _over("avg", interval_months(argument), condition, distinct=distinct)
            return f"to_months(CAST(round({mean}) AS INTEGER))"
    return _over("avg", _as_double(argument, source), condition, distinct=distinct)


def _avg_decimal(site: Site, source: DecimalType, condition: str | None) -> str:
    """The sum by the count; only an average of 38 digits can be too long."""
    argument, result = site.args[0], site.data_type
    assert isinstance(result, DecimalType)
    distinct = site.is_distinct
    total = _over("sum", argument, condition, distinct=distinct)
    count = _over("count", argument, condition, distinct=distinct)
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
    def template(site: Site, condition: str | None) -> str:
        return _over(name, site.args[0], condition)

    return template


def _pick(name: str) -> AggregateTemplate:
    """The first or last value in the order of the rows."""

    def template(site: Site, condition: str | None) -> str:
        argument = site.args[0]
        if site.literal(1):
            return _over(name, argument, _both(condition, f"{argument} IS NOT NULL"))
        return _over(name, argument, condition)

    return template


def _statistic(name: str) -> AggregateTemplate:
    def template(site: Site, condition: str | None) -> str:
        arguments = ", ".join(site.args)
        return _over(name, arguments, condition, distinct=site.is_distinct)

    return template


def _skewness(site: Site, condition: str | None) -> str:
    """The population's skewness; DuckDB has the sample's, of three at least."""
    x = site.args[0]

    def over(name: str) -> str:
        return _over(name, x, condition, distinct=site.is_distinct)

    n = over("count")
    sample = f"{over('skewness')} * ({n} - 2) / sqrt({n} * ({n} - 1))"
    return (
        f"CASE WHEN {n} = 0 OR {over('stddev_pop')} = 0 THEN NULL "
        f"WHEN {n} = 2 THEN CAST(0 AS DOUBLE) ELSE {sample} END"
    )


def _kurtosis(site: Site, condition: str | None) -> str:
    x = site.args[0]
    spread = _over("stddev_pop", x, condition, distinct=site.is_distinct)
    value = _over("kurtosis_pop", x, condition, distinct=site.is_distinct)
    return f"CASE WHEN {spread} > 0 THEN {value} END"


def _collect_list(site: Site, condition: str | None) -> str:
    argument = site.args[0]
    present = _both(condition, f"{argument} IS NOT NULL")
    values = _over("list", argument, present, distinct=site.is_distinct)
    return f"coalesce({values}, CAST([] AS {site.sql_type}))"


def _collect_set(site: Site, condition: str | None) -> str:
    """In ascending order, so that it is the same in every run."""
    argument = site.args[0]
    present = _both(condition, f"{argument} IS NOT NULL")
    values = _over("list", argument, present, distinct=True)
    return f"coalesce(list_sort({values}), CAST([] AS {site.sql_type}))"


def _by(name: str) -> AggregateTemplate:
    def template(site: Site, condition: str | None) -> str:
        value, order = site.args
        return _over(
            f"{name}_null",
            f"{value}, {order}",
            _both(condition, f"{order} IS NOT NULL"),
        )

    return template


def _corr(site: Site, condition: str | None) -> str:
    """Null where a spread is 0; DuckDB has NaN."""
    pair = ", ".join(site.args)
    flat = " OR ".join(
        f"{_over(name, pair, condition)} = 0" for name in ("regr_sxx", "regr_syy")
    )
    return f"CASE WHEN {flat} THEN NULL ELSE {_over('corr', pair, condition)} END"


def _approx_count_distinct(site: Site, condition: str | None) -> str:
    return _over("approx_count_distinct", site.args[0], condition)


AGGREGATE_TEMPLATES: Mapping[str, AggregateTemplate] = {
    "count": _count,
    "count_if": _count_if,
    "sum": _sum,
    "try_sum": _try_sum,
    "avg": _avg,
    "try_avg": _avg,
    "min": _extreme("min"),
    "max": _extreme("max"),
    "first": _pick("first"),
    "last": _pick("last"),
    "any_value": _pick("first"),
    "bool_and": _extreme("bool_and"),
    "bool_or": _extreme("bool_or"),
    "stddev_samp": _statistic("stddev_samp"),
    "stddev_pop": _statistic("stddev_pop"),
    "var_samp": _statistic("var_samp"),
    "var_pop": _statistic("var_pop"),
    "skewness": _skewness,
    "kurtosis": _kurtosis,
    "corr": _corr,
    "covar_pop": _statistic("covar_pop"),
    "covar_samp": _statistic("covar_samp"),
    "collect_list": _collect_list,
    "collect_set": _collect_set,
    "max_by": _by("arg_max"),
    "min_by": _by("arg_min"),
    "bit_and": _plain("bit_and"),
    "bit_or": _plain("bit_or"),
    "bit_xor": _plain("bit_xor"),
    "product": _plain("product"),
    "median": _plain("median"),
    "approx_count_distinct": _approx_count_distinct,
}
