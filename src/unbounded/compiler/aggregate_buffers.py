"""Aggregate buffers: what a batch hands to a streaming aggregation, as DuckDB SQL.

An aggregate function whose batches merge is kept as *buffers*, Spark's own:
count, mean and sums of powers of the distances to it for `stddev`. Here is how
rows become buffers, and buffers the function's value. A batch query's value is
that of the buffers of all its rows, so stream and batch compute the same.

    covar_samp(y, x)   n, xAvg, yAvg, ck   ->   ck / (n - 1) if n > 1

Sums of powers are taken around the mean, so nothing is lost of values that are
large beside their differences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unbounded.compiler.equal_values import equal_form
from unbounded.compiler.output import interval_months, interval_us
from unbounded.compiler.site import Site, Templates
from unbounded.plan.expressions import AggregateCall
from unbounded.types import ArrayType, DayTimeIntervalType, StructType

__all__ = [
    "BUFFER_TEMPLATES",
    "FINISH_TEMPLATES",
    "ROW_POSITION",
    "STATISTICS",
    "AggregateTemplate",
    "both",
    "is_order_sensitive",
    "over",
]

AggregateTemplate = Callable[[Site, str | None], str]
"""SQL of a call and of the SQL of its FILTER condition, which it must put on every
DuckDB aggregate it uses.
"""

ROW_POSITION = '"row position"'
"""The column by which order-sensitive functions know the order of the rows."""


def over(
    name: str, argument: str, condition: str | None, *, distinct: bool = False
) -> str:
    """`name(DISTINCT argument) FILTER (WHERE condition)`."""
    word = "DISTINCT " if distinct else ""
    suffix = f" FILTER (WHERE {condition})" if condition else ""
    return f"{name}({word}{argument}){suffix}"


def both(*conditions: str | None) -> str | None:
    """All of the conditions that there are."""
    present = [f"({c})" for c in conditions if c]
    return " AND ".join(present) if present else None


_ORDER_SENSITIVE = frozenset(
    {
        "any_value",
        "collect_list",
        "first",
        "last",
        "listagg",
        "max_by",
        "min_by",
        "ordered_values",
    }
)


def is_order_sensitive(call: AggregateCall) -> bool:
    """Whether the function's template reads `ROW_POSITION`."""
    return call.name in _ORDER_SENSITIVE


# --- statistics ---------------------------------------------------------------


def _count(site: Site, condition: str | None) -> str:
    rows = over("count", site.args[0], condition, distinct=site.is_distinct)
    return f"CAST({rows} AS DOUBLE)"


def _mean(site: Site, condition: str | None) -> str:
    return _mean_of(site.args[0], condition, distinct=site.is_distinct)


def _mean_of(argument: str, condition: str | None, *, distinct: bool) -> str:
    """Of equal values that value, to the last bit: no spread comes of merging."""
    least, greatest = (over(name, argument, condition) for name in ("min", "max"))
    mean = over("favg", argument, condition, distinct=distinct)
    return f"coalesce(CASE WHEN {least} = {greatest} THEN {least} ELSE {mean} END, 0)"


def _squares(site: Site, condition: str | None) -> str:
    argument, distinct = site.args[0], site.is_distinct
    spread = over("var_pop", argument, condition, distinct=distinct)
    rows = over("count", argument, condition, distinct=distinct)
    return f"coalesce({spread} * {rows} + {_nothing(argument, condition)}, 0)"


def _nothing(argument: str, condition: str | None) -> str:
    """0, but NaN where a value is infinite: DuckDB finds no spread in one alone."""
    least, greatest = (over(name, argument, condition) for name in ("min", "max"))
    return f"0 * {least} + 0 * {greatest}"


def _powers(exponent: int) -> AggregateTemplate:
    """Sums of higher powers of the distances, for which DuckDB has no function."""

    def template(site: Site, condition: str | None) -> str:
        mean = _mean(site, condition)
        values = over("list", site.args[0], condition, distinct=site.is_distinct)
        distances = f'list_transform({values}, lambda "value": "value" - {mean})'
        power = " * ".join(['"distance"'] * exponent)
        powers = f'list_transform({distances}, lambda "distance": {power})'
        return f"coalesce(list_sum({powers}), 0)"

    return template


def _pair_count(site: Site, condition: str | None) -> str:
    pair = ", ".join(site.args)
    rows = over("regr_count", pair, condition, distinct=site.is_distinct)
    return f"CAST({rows} AS DOUBLE)"


def _pair_products(site: Site, condition: str | None) -> str:
    pair, distinct = ", ".join(site.args), site.is_distinct
    spread = over("covar_pop", pair, condition, distinct=distinct)
    rows = over("regr_count", pair, condition, distinct=distinct)
    present = _both_present(site, condition)
    nothing = " + ".join(_nothing(argument, present) for argument in site.args)
    return f"coalesce({spread} * {rows} + {nothing}, 0)"


def _pair_squares(index: int) -> AggregateTemplate:
    def template(site: Site, condition: str | None) -> str:
        name = ("regr_syy", "regr_sxx")[index]
        squares = over(name, ", ".join(site.args), condition, distinct=site.is_distinct)
        nothing = _nothing(site.args[index], _both_present(site, condition))
        return f"coalesce({squares} + {nothing}, 0)"

    return template


def _both_present(site: Site, condition: str | None) -> str | None:
    return both(condition, *(f"{argument} IS NOT NULL" for argument in site.args))


def _pair_mean(index: int) -> AggregateTemplate:
    def template(site: Site, condition: str | None) -> str:
        present = both(
            condition, *(f"{argument} IS NOT NULL" for argument in site.args)
        )
        if not site.is_distinct:
            return _mean_of(site.args[index], present, distinct=False)
        name = ("regr_avgy", "regr_avgx")[index]
        mean = over(name, ", ".join(site.args), condition, distinct=True)
        return f"coalesce({mean}, 0)"

    return template


_SPREAD = ("n", "mean", "m2")
_PAIR = ("pair_n", "xAvg", "yAvg", "ck")
_CORRELATION = (*_PAIR, "xMk", "yMk")

# Of a pair (y, x) as `regr_*` take it, `x…` is of y, the first, and `y…` of x.
STATISTICS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "var_pop": (_SPREAD, "CASE WHEN {0} > 0 THEN {2} / {0} END"),
    "var_samp": (_SPREAD, "CASE WHEN {0} > 1 THEN {2} / ({0} - 1) END"),
    "stddev_pop": (_SPREAD, "CASE WHEN {0} > 0 THEN sqrt({2} / {0}) END"),
    "stddev_samp": (_SPREAD, "CASE WHEN {0} > 1 THEN sqrt({2} / ({0} - 1)) END"),
    "skewness": (
        (*_SPREAD, "m3"),
        "CASE WHEN {2} <> 0 THEN sqrt({0}) * {3} / sqrt({2} * {2} * {2}) END",
    ),
    "kurtosis": (
        (*_SPREAD, "m3", "m4"),
        "CASE WHEN {2} <> 0 THEN {0} * {4} / ({2} * {2}) - 3 END",
    ),
    "covar_pop": (_PAIR, "CASE WHEN {0} > 0 THEN {3} / {0} END"),
    "covar_samp": (_PAIR, "CASE WHEN {0} > 1 THEN {3} / ({0} - 1) END"),
    "corr": (
        _CORRELATION,
        "CASE WHEN {4} <> 0 AND {5} <> 0 THEN {3} / sqrt({4} * {5}) END",
    ),
    "regr_count": (_PAIR, "CAST({0} AS BIGINT)"),
    "regr_avgx": (_PAIR, "CASE WHEN {0} > 0 THEN {2} END"),
    "regr_avgy": (_PAIR, "CASE WHEN {0} > 0 THEN {1} END"),
    "regr_sxx": (_CORRELATION, "CASE WHEN {0} > 0 THEN {5} END"),
    "regr_syy": (_CORRELATION, "CASE WHEN {0} > 0 THEN {4} END"),
    "regr_sxy": (_CORRELATION, "CASE WHEN {0} > 0 THEN {3} END"),
    "regr_slope": (_CORRELATION, "CASE WHEN {5} <> 0 THEN {3} / {5} END"),
    "regr_intercept": (
        _CORRELATION,
        "CASE WHEN {5} <> 0 THEN {1} - {3} / {5} * {2} END",
    ),
    "regr_r2": (
        _CORRELATION,
        "CASE WHEN {5} = 0 THEN NULL WHEN {4} = 0 THEN CAST(1 AS DOUBLE) "
        "ELSE {3} * {3} / ({4} * {5}) END",
    ),
}
"""The buffers of each function of numbers, and its value of them."""


# --- values -------------------------------------------------------------------


def _value_set(site: Site, condition: str | None) -> str:
    """Whether there was a value: any, or one that is not null."""
    if site.literal(1):
        condition = both(condition, f"{site.args[0]} IS NOT NULL")
    return f"{over('count', '*', condition)} > 0"


def _kept_values(*, in_order: bool) -> AggregateTemplate:
    """The values, or structs of several; null ones are left out.

    Of distinct ones those with any null.
    """

    def template(site: Site, condition: str | None) -> str:
        counted = site.args if site.is_distinct else site.args[:1]
        present = both(condition, *(f"{a} IS NOT NULL" for a in counted))
        value = site.args[0]
        assert isinstance(site.data_type, ArrayType)
        if isinstance(site.data_type.element_type, StructType) and len(site.args) > 1:
            names = site.data_type.element_type.names
            pairs = zip(names, site.args, strict=True)
            fields = ", ".join(f"{name} := {argument}" for name, argument in pairs)
            value = f"struct_pack({fields})"
        if in_order:
            value += f" ORDER BY {ROW_POSITION}"
        return over("list", value, present, distinct=site.is_distinct)

    return template


BUFFER_TEMPLATES: Mapping[str, AggregateTemplate] = {
    "n": _count,
    "mean": _mean,
    "m2": _squares,
    "m3": _powers(3),
    "m4": _powers(4),
    "pair_n": _pair_count,
    "xAvg": _pair_mean(0),
    "yAvg": _pair_mean(1),
    "ck": _pair_products,
    "xMk": _pair_squares(0),
    "yMk": _pair_squares(1),
    "kept_values": _kept_values(in_order=False),
    "ordered_values": _kept_values(in_order=True),
    "value_set": _value_set,
}
"""Aggregates that only a streaming aggregation asks for, beside Spark's own."""


# --- finishes -----------------------------------------------------------------


def _mean_interval(site: Site) -> str:
    """The sum by the count, halves away from zero."""
    total, rows = site.args
    if isinstance(site.data_type, DayTimeIntervalType):
        mean = f"spark_divide_half_up({interval_us(total)}, {rows})"
        return f"CASE WHEN {rows} > 0 THEN to_microseconds(CAST({mean} AS BIGINT)) END"
    mean = f"spark_divide_half_up({interval_months(total)}, {rows})"
    return f"CASE WHEN {rows} > 0 THEN to_months(CAST({mean} AS INTEGER)) END"


def _sorted_set(site: Site) -> str:
    values = equal_form(site.args[0], site.data_type)
    return f"coalesce(list_sort({values}), CAST([] AS {site.sql_type}))"


def _checked_sum(site: Site) -> str:
    """A sum that is null though not empty has left its type."""
    total, is_empty = site.args
    if not site.context.ansi:
        return total
    raised = site.fail("ARITHMETIC_OVERFLOW", message=f"sum of {site.data_type.sql}")
    return (
        f"CASE WHEN {total} IS NULL AND NOT {is_empty} THEN {raised} ELSE {total} END"
    )


FINISH_TEMPLATES: Templates = {
    **{name: finish for name, (_, finish) in STATISTICS.items()},
    "avg": _mean_interval,
    "collect_list": "coalesce({0}, CAST([] AS {type}))",
    "collect_set": _sorted_set,
    "sum": _checked_sum,
    # A list, and an aggregate over its elements.
    "over_values": (
        '(SELECT {1} FROM (SELECT unnest({0}) AS "value#-1", '
        f"generate_subscripts({{0}}, 1) AS {ROW_POSITION}))"
    ),
}
"""The value of a function as SQL over its buffers."""
