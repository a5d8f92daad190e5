"""Observed metrics: a row of metrics as a progress document holds it.

Values are written as Spark's `Row.jsonValue` does: times as text in the session's
zone, bytes in base 64, a map with keys other than text as a list of its entries.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from unbounded.plan.observation import ObservedMetrics
from unbounded.types import (
    ArrayType,
    DataType,
    MapType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
)

__all__ = ["metrics_documents"]


def metrics_documents(
    observed: Iterable[ObservedMetrics], time_zone: str
) -> dict[str, dict[str, Any]]:
    """What was observed, by name and metric, as values that JSON can hold."""
    return {
        metrics.name: {
            field.name: _value(column[0], field.data_type, time_zone)
            for field, column in zip(
                metrics.schema.fields, metrics.row.columns, strict=True
            )
        }
        for metrics in observed
    }


def _value(scalar: pa.Scalar, data_type: DataType, time_zone: str) -> Any:
    if not scalar.is_valid:
        return None

    def values(scalars: Iterable[pa.Scalar], item_type: DataType) -> list[Any]:
        return [_value(item, item_type, time_zone) for item in scalars]

    match data_type:
        case TimestampType():
            return _time_text(scalar, time_zone)
        case TimestampNTZType():
            return _time_text(scalar, None)
        case ArrayType(element):
            return values(scalar.values, element)
        case MapType(key_type, value_type):
            keys = values(scalar.values.field(0), key_type)
            items = values(scalar.values.field(1), value_type)
            return _entries(keys, items, isinstance(key_type, StringType))
        case StructType(fields):
            return {
                field.name: _value(scalar[place], field.data_type, time_zone)
                for place, field in enumerate(fields)
            }
    return _atom(scalar.as_py())


def _entries(keys: list[Any], items: list[Any], are_names: bool) -> Any:
    if are_names:
        return dict(zip(keys, items, strict=True))
    return [{"key": k, "value": v} for k, v in zip(keys, items, strict=True)]


def _atom(value: Any) -> Any:
    match value:
        case Decimal():
            return float(value)
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case date():
            return value.isoformat()
        case str() | bool() | int() | float():
            return value
    return str(value)


def _time_text(scalar: pa.Scalar, time_zone: str | None) -> str:
    """`2026-01-31 12:00:00`: without a fraction, as Spark's."""
    seconds = scalar.value // 1_000_000
    moment = pa.scalar(seconds, pa.timestamp("s", time_zone))
    text: str = pc.strftime(moment, "%Y-%m-%d %H:%M:%S").as_py()
    return text
