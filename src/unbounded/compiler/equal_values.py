"""Equal values: one form for all values that Spark's grouping holds equal.

0.0 for -0.0, and maps with their entries in order of keys; inside of arrays,
structs and maps too. Spark's `NormalizeFloatingNumbers` and
`InsertMapSortInGroupingExpressions`.
"""

from __future__ import annotations

from unbounded.types import (
    ArrayType,
    DataType,
    DoubleType,
    FloatType,
    MapType,
    StructField,
    StructType,
    duckdb_type,
    quote_name,
)

__all__ = ["equal_form"]


def equal_form(sql: str, data_type: DataType, depth: int = 0) -> str:
    """`sql` in the one form; the same text where there are no others."""
    if not _has_forms(data_type):
        return sql
    item = f'"item_{depth}"'
    match data_type:
        case ArrayType(element, _):
            inner = equal_form(item, element, depth + 1)
            return f"list_transform({sql}, lambda {item}: {inner})"
        case MapType(key, value, _):
            entry = (
                f"struct_pack(key := {equal_form(f'{item}.key', key, depth + 1)}, "
                f"value := {equal_form(f'{item}.value', value, depth + 1)})"
            )
            entries = f"list_transform(map_entries({sql}), lambda {item}: {entry})"
            return f"map_from_entries(list_sort({entries}))"
        case StructType(fields):
            return _struct_form(sql, fields, depth)
    return f"({sql} + CAST(0 AS {duckdb_type(data_type)}))"


def _struct_form(sql: str, fields: tuple[StructField, ...], depth: int) -> str:
    members = []
    for field in fields:
        name = quote_name(field.name)
        value = equal_form(f"{sql}.{name}", field.data_type, depth + 1)
        members.append(f"{name} := {value}")
    return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({', '.join(members)}) END"


def _has_forms(data_type: DataType) -> bool:
    match data_type:
        case DoubleType() | FloatType() | MapType():
            return True
        case ArrayType(element, _):
            return _has_forms(element)
        case StructType(fields):
            return any(_has_forms(field.data_type) for field in fields)
    return False
