"""Output: columns leaving a statement, in the types that Arrow can take.

Day-time intervals leave as BIGINT microseconds and year-month intervals as
INTEGER months, inside arrays, maps and structs too; `engine.align` gives the
Arrow columns their types. Every other column is cast to its exact type. Months that
come in again from Arrow are made intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unbounded.compiler.sql_text import let
from unbounded.types import (
    ArrayType,
    DataType,
    DayTimeIntervalType,
    MapType,
    StructField,
    StructType,
    YearMonthIntervalType,
    duckdb_type,
    quote_name,
)

__all__ = ["input_sql", "interval_months", "interval_us", "output_sql"]


def output_sql(sql: str, data_type: DataType) -> str:
    """`sql` as a result column of `data_type`."""
    if _holds(data_type, _INTERVALS_OUT):
        return _mapped(sql, data_type, _INTERVALS_OUT)
    return f"CAST({sql} AS {duckdb_type(data_type)})"


def input_sql(sql: str, data_type: DataType) -> str:
    """A column of an Arrow table of ours as its type; the same text for most."""
    return _mapped(sql, data_type, _MONTHS_IN)


def interval_us(sql: str) -> str:
    """The microseconds of a day-time interval."""
    return f"epoch_us({sql})"


def interval_months(sql: str) -> str:
    """The months of a year-month interval."""
    return let(
        sql,
        "interval",
        lambda i: (
            f"CAST(datepart('year', {i}) * 12 + datepart('month', {i}) AS INTEGER)"
        ),
    )


_Changes = Mapping[type[DataType], Callable[[str], str]]
"""How values of some types are changed, wherever they are in a value."""

_INTERVALS_OUT: _Changes = {
    DayTimeIntervalType: interval_us,
    YearMonthIntervalType: interval_months,
}
_MONTHS_IN: _Changes = {YearMonthIntervalType: lambda sql: f"to_months({sql})"}


def _holds(data_type: DataType, changes: _Changes) -> bool:
    match data_type:
        case ArrayType(element, _):
            return _holds(element, changes)
        case MapType(key, value, _):
            return _holds(key, changes) or _holds(value, changes)
        case StructType(fields):
            return any(_holds(f.data_type, changes) for f in fields)
    return type(data_type) in changes


def _mapped(sql: str, data_type: DataType, changes: _Changes, depth: int = 0) -> str:
    if not _holds(data_type, changes):
        return sql
    item = f'"item_{depth}"'
    match data_type:
        case ArrayType(element, _):
            inner = _mapped(item, element, changes, depth + 1)
            return f"list_transform({sql}, lambda {item}: {inner})"
        case MapType(key, value, _):
            entry = (
                f"struct_pack(key := {_mapped(f'{item}.key', key, changes, depth + 1)},"
                f" value := {_mapped(f'{item}.value', value, changes, depth + 1)})"
            )
            entries = f"list_transform(map_entries({sql}), lambda {item}: {entry})"
            return f"map_from_entries({entries})"
        case StructType(fields):
            return _mapped_struct(sql, fields, changes, depth)
    return changes[type(data_type)](sql)


def _mapped_struct(
    sql: str, fields: tuple[StructField, ...], changes: _Changes, depth: int
) -> str:
    members = ", ".join(
        f"{quote_name(f.name)} := "
        + _mapped(f"{sql}.{quote_name(f.name)}", f.data_type, changes, depth + 1)
        for f in fields
    )
    return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({members}) END"
