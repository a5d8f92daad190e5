"""Ordered aggregates: functions of a group's values in order.

Percentiles, the most frequent value, and text put together. The order is that of
the values, that of keys the query names, or that of the rows.

    percentile(x, 0.3), sorted values s, n of them:
    position 0.3 * (n - 1), between its two neighbours in proportion
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unbounded.compiler.aggregate_buffers import (
    ROW_POSITION,
    AggregateTemplate,
    both,
    over,
)
from unbounded.compiler.output import interval_months, interval_us
from unbounded.compiler.site import Site, Templates
from unbounded.compiler.sql_text import let
from unbounded.plan.expressions import AggregateCall, SortOrder
from unbounded.types import (
    ArrayType,
    BinaryType,
    DataType,
    DayTimeIntervalType,
    YearMonthIntervalType,
    duckdb_type,
)

__all__ = ["LIST_FINISHES", "ORDERED_TEMPLATES"]


ListTemplate = Callable[[Site, str], str]
"""The function of a list: SQL of a call, and of the list of its values, no nulls."""


def _of_values(template: ListTemplate) -> AggregateTemplate:
    """The function of a group's values."""

    def aggregate(site: Site, condition: str | None) -> str:
        argument = site.args[0]
        present = both(condition, f"{argument} IS NOT NULL")
        values = over("list", argument, present, distinct=site.is_distinct)
        return template(site, values)

    return aggregate


def _of_list(template: ListTemplate) -> Callable[[Site], str]:
    """The function of a list that is the call's first argument."""
    return lambda site: template(site, site.args[0])


def _value_type(site: Site) -> DataType:
    kind = site.type(0)
    if isinstance(site.call, AggregateCall):
        return kind
    assert isinstance(kind, ArrayType), "a list stands for the values"
    return kind.element_type


def _sorted(values: str, *, descending: bool = False) -> str:
    return f"list_sort({values}, '{'DESC' if descending else 'ASC'}')"


# --- percentiles --------------------------------------------------------------

_Pick = Callable[[str, str], str]
"""The value at a share (from 0 to 1) of a sorted list."""


def _between(values: str, share: str) -> str:
    position = f"{share} * (len({values}) - 1)"
    low = f"{values}[CAST(floor({position}) AS BIGINT) + 1]"
    high = f"{values}[CAST(ceil({position}) AS BIGINT) + 1]"
    return (
        f"CASE WHEN {low} = {high} THEN {low} ELSE "
        f"(ceil({position}) - {position}) * {low} "
        f"+ ({position} - floor({position})) * {high} END"
    )


def _at_least(values: str, share: str) -> str:
    """The first value that so many are not above."""
    return f"{values}[greatest(1, CAST(ceil({share} * len({values})) AS BIGINT))]"


def _picked(site: Site, values: str, share: str, pick: _Pick) -> str:
    """The value at `share`, or at each of a list of them; null of no values."""

    def body(sorted_values: str) -> str:
        if isinstance(site.data_type, ArrayType):
            each = pick(sorted_values, '"share"')
            shares = f"CAST({share} AS DOUBLE[])"
            found = f'list_transform({shares}, lambda "share": {each})'
        else:
            found = pick(sorted_values, f"CAST({share} AS DOUBLE)")
        return f"CASE WHEN len({sorted_values}) > 0 THEN {found} END"

    return let(values, "values", body, always=True)


def _median(site: Site, values: str) -> str:
    return _interpolated(site, values, "0.5", descending=False)


def _percentile_cont(site: Site, values: str) -> str:
    return _interpolated(site, values, site.args[1], descending=site.literal(2) is True)


def _interpolated(site: Site, values: str, share: str, *, descending: bool) -> str:
    """As doubles; those of intervals as intervals again."""
    numbers = _numbers(site, _sorted(values, descending=descending))
    return _as_result(site, _picked(site, numbers, share, _between))


def _percentile(site: Site, condition: str | None) -> str:
    if site.literal(2) == 1:
        return _of_values(_percentile_cont)(site, condition)
    return _weighted(site, condition)


def _weighted(site: Site, condition: str | None) -> str:
    """Each value as often as its frequency says."""
    value, share, frequency = site.args
    present = both(condition, f"{value} IS NOT NULL", f"{frequency} > 0")
    repeated = f"repeat([{value}], CAST({frequency} AS BIGINT))"
    values = _sorted(f"flatten({over('list', repeated, present)})")
    return _as_result(site, _picked(site, _numbers(site, values), share, _between))


def _numbers(site: Site, values: str) -> str:
    match _value_type(site):
        case DayTimeIntervalType():
            number = interval_us('"value"')
        case YearMonthIntervalType():
            number = interval_months('"value"')
        case _:
            return f"CAST({values} AS DOUBLE[])"
    return f'list_transform({values}, lambda "value": CAST({number} AS DOUBLE))'


def _as_result(site: Site, number: str) -> str:
    kind = site.data_type
    element = kind.element_type if isinstance(kind, ArrayType) else kind
    match element:
        case DayTimeIntervalType():
            made = 'to_microseconds(CAST(trunc("number") AS BIGINT))'
        case YearMonthIntervalType():
            made = 'to_months(CAST(trunc("number") AS INTEGER))'
        case _:
            return f"CAST({number} AS {site.sql_type})"
    many = number if isinstance(kind, ArrayType) else f"[{number}]"
    intervals = f'list_transform({many}, lambda "number": {made})'
    return intervals if isinstance(kind, ArrayType) else f"{intervals}[1]"


def _percentile_disc(site: Site, values: str) -> str:
    in_order = _sorted(values, descending=site.literal(2) is True)
    found = _picked(site, _numbers(site, in_order), site.args[1], _at_least)
    return _as_result(site, found)


def _percentile_approx(site: Site, values: str) -> str:
    """Exact, which is within any accuracy that is asked for."""
    return _picked(site, _sorted(values), site.args[1], _at_least)


# --- the most frequent value --------------------------------------------------


def _mode(site: Site, values: str) -> str:
    """Of the most frequent values the least, or the greatest if so ordered.

    It is the one that comes first, for DuckDB.
    """
    in_order = _sorted(values, descending=site.literal(2) is True)
    return f"list_aggregate({in_order}, 'mode')"


# --- text ---------------------------------------------------------------------


def _listagg(site: Site, condition: str | None) -> str:
    """In the order the query names, else in that of the rows.

    Distinct values are in ascending order if none is named.
    """
    argument, delimiter, *orders = site.args
    present = both(condition, f"{argument} IS NOT NULL")
    if site.is_distinct:
        (order, *_) = (*site.call.arguments[2:], SortOrder(site.call.arguments[0]))
        is_ascending = isinstance(order, SortOrder) and order.is_ascending
        direction = "ASC" if is_ascending else "DESC"
        values = over("list", argument, present, distinct=True)
        return _joined(site, f"list_sort({values}, '{direction}')", delimiter)
    keys = ", ".join([*orders, ROW_POSITION])
    values = over("list", f"{argument} ORDER BY {keys}", present)
    return _joined(site, values, delimiter)


def _joined(site: Site, values: str, delimiter: str) -> str:
    if not isinstance(site.data_type, BinaryType):
        return f"array_to_string({values}, coalesce({delimiter}, ''))"
    between = f"coalesce(CAST({delimiter} AS {duckdb_type(BinaryType())}), ''::BLOB)"
    parts = f'lambda "left", "right": "left" || {between} || "right"'
    return f"list_reduce({values}, {parts})"


_LIST_TEMPLATES: Mapping[str, ListTemplate] = {
    "median": _median,
    "mode": _mode,
    "percentile_approx": _percentile_approx,
    "percentile_cont": _percentile_cont,
    "percentile_disc": _percentile_disc,
}

ORDERED_TEMPLATES: Mapping[str, AggregateTemplate] = {
    **{name: _of_values(template) for name, template in _LIST_TEMPLATES.items()},
    "listagg": _listagg,
    "percentile": _percentile,
}

LIST_FINISHES: Templates = {
    **{name: _of_list(template) for name, template in _LIST_TEMPLATES.items()},
    "percentile": _of_list(_percentile_cont),
}
"""The functions of a list, their first argument in place of the values."""
