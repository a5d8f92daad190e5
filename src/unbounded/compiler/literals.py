"""Literals: constants as SQL text with an exact type."""

from __future__ import annotations

import math
from typing import Any

from unbounded.compiler.sql_text import quote_text
from unbounded.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    MapType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
    YearMonthIntervalType,
    duckdb_type,
    quote_name,
)

__all__ = ["literal_sql"]

_LOWEST_INT = -(2**31)


def literal_sql(value: Any, data_type: DataType) -> str:
    """SQL for a `plan.expressions.Literal`; its type is exactly `data_type`'s."""
    if value is None:
        return f"CAST(NULL AS {duckdb_type(data_type)})"
    match data_type:
        case BooleanType():
            return "TRUE" if value else "FALSE"
        case IntegerType():
            return _integer(value)
        case StringType():
            return quote_text(value)
        case FloatType() | DoubleType():
            return f"CAST({quote_text(_float(value))} AS {data_type.duckdb_name})"
        case BinaryType():
            return f"unhex('{bytes(value).hex()}')"
        case DateType():
            return f"DATE '{value.isoformat()}'"
        case TimestampType():
            return f"make_timestamptz({value})"
        case TimestampNTZType():
            return f"make_timestamp({value})"
        case DayTimeIntervalType():
            return f"to_microseconds({value})"
        case YearMonthIntervalType():
            return f"to_months({value})"
        case DecimalType():
            return f"CAST('{value:f}' AS {duckdb_type(data_type)})"
    return _nested(value, data_type)


def _integer(value: int) -> str:
    if value >= 0:
        return str(value)
    return f"CAST({value} AS INTEGER)" if value == _LOWEST_INT else f"({value})"


def _float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(float(value))


def _nested(value: Any, data_type: DataType) -> str:
    match data_type:
        case ArrayType(element, _):
            items = ", ".join(literal_sql(item, element) for item in value)
            text = f"[{items}]"
        case MapType(key, item, _):
            pairs = value.items() if isinstance(value, dict) else value
            entries = ", ".join(
                f"{literal_sql(k, key)}: {literal_sql(v, item)}" for k, v in pairs
            )
            text = f"MAP {{{entries}}}"
        case StructType(fields):
            members = ", ".join(
                f"{quote_name(f.name)} := {literal_sql(v, f.data_type)}"
                for f, v in zip(fields, value, strict=True)
            )
            text = f"struct_pack({members})"
        case _:
            text = str(value)
    return f"CAST({text} AS {duckdb_type(data_type)})"
