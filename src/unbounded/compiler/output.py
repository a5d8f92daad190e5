"""Output: columns leaving a statement, in the types that Arrow can take.

Day-time intervals leave as BIGINT microseconds and year-month intervals as
INTEGER months, inside arrays, maps and structs too; `engine.align` gives the
Arrow columns their types. Every other column is cast to its exact type.
"""

from __future__ import annotations

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

__all__ = ["interval_months", "interval_us", "output_sql"]


def output_sql(sql: str, data_type: DataType) -> str:
    """`sql` as a result column of `data_type`."""
    if _holds_interval(data_type):
        return _leaving(sql, data_type)
    return f"CAST({sql} AS {duckdb_type(data_type)})"


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


def _holds_interval(data_type: DataType) -> bool:
    match data_type:
        case DayTimeIntervalType() | YearMonthIntervalType():
            return True
        case ArrayType(element, _):
            return _holds_interval(element)
        case MapType(key, value, _):
            return _holds_interval(key) or _holds_interval(value)
        case StructType(fields):
            return any(_holds_interval(f.data_type) for f in fields)
    return False


def _leaving(sql: str, data_type: DataType, depth: int = 0) -> str:
    if not _holds_interval(data_type):
        return sql
    item = f'"item_{depth}"'
    match data_type:
        case DayTimeIntervalType():
            return interval_us(sql)
        case YearMonthIntervalType():
            return interval_months(sql)
        case ArrayType(element, _):
            inner = _leaving(item, element, depth + 1)
            return f"list_transform({sql}, lambda {item}: {inner})"
        case MapType(key, value, _):
            entry = (
                f"struct_pack(key := {_leaving(f'{item}.key', key, depth + 1)}, "
                f"value := {_leaving(f'{item}.value', value, depth + 1)})"
            )
            entries = f"list_transform(map_entries({sql}), lambda {item}: {entry})"
            return f"map_from_entries({entries})"
        case StructType(fields):
            return _leaving_struct(sql, fields, depth)
    return sql


def _leaving_struct(sql: str, fields: tuple[StructField, ...], depth: int) -> str:
    members = ", ".join(
        f"{quote_name(f.name)} := "
        + _leaving(f"{sql}.{quote_name(f.name)}", f.data_type, depth + 1)
        for f in fields
    )
    return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({members}) END"
