"""Observed metrics: what `observe` saw, as the client's `Observation` reads it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
from pyspark.sql.connect.proto import base_pb2, expressions_pb2

from unbounded import types as ours
from unbounded.connect.data_types import to_proto
from unbounded.connect.execute import Operation
from unbounded.plan.observation import ObservedMetrics

__all__ = ["send_observed"]

Literal = expressions_pb2.Expression.Literal

_AS_PYTHON: dict[type[ours.DataType], str] = {
    ours.BinaryType: "binary",
    ours.BooleanType: "boolean",
    ours.ByteType: "byte",
    ours.DoubleType: "double",
    ours.FloatType: "float",
    ours.IntegerType: "integer",
    ours.LongType: "long",
    ours.ShortType: "short",
    ours.StringType: "string",
}
# These travel as the number that Arrow keeps: days, months, microseconds.
_AS_NUMBER: dict[type[ours.DataType], str] = {
    ours.DateType: "date",
    ours.DayTimeIntervalType: "day_time_interval",
    ours.TimestampNTZType: "timestamp_ntz",
    ours.TimestampType: "timestamp",
    ours.YearMonthIntervalType: "year_month_interval",
}


def send_observed(operation: Operation, observed: Iterable[ObservedMetrics]) -> None:
    """Send each row of metrics under its name; nothing if there is none."""
    metrics = [_message(each) for each in observed]
    if metrics:
        operation.send(observed_metrics=metrics)


def _message(metrics: ObservedMetrics) -> Any:
    message = base_pb2.ExecutePlanResponse.ObservedMetrics(name=metrics.name)
    for field, column in zip(metrics.schema.fields, metrics.row.columns, strict=True):
        message.keys.append(field.name)
        message.values.append(_literal(column[0], field.data_type))
    return message


def _literal(scalar: pa.Scalar, data_type: ours.DataType) -> Any:
    literal = Literal()
    if not scalar.is_valid:
        literal.null.CopyFrom(to_proto(data_type))
        return literal
    match data_type:
        case ours.ArrayType(element):
            literal.array.element_type.CopyFrom(to_proto(element))
            literal.array.elements.extend(_literals(scalar.values, element))
        case ours.MapType(key_type, value_type):
            literal.map.key_type.CopyFrom(to_proto(key_type))
            literal.map.value_type.CopyFrom(to_proto(value_type))
            keys, values = scalar.values.field(0), scalar.values.field(1)
            literal.map.keys.extend(_literals(keys, key_type))
            literal.map.values.extend(_literals(values, value_type))
        case ours.StructType(fields):
            literal.struct.struct_type.CopyFrom(to_proto(data_type))
            for place, field in enumerate(fields):
                literal.struct.elements.append(_literal(scalar[place], field.data_type))
        case ours.DecimalType(precision, scale):
            literal.decimal.value = str(scalar.as_py())
            literal.decimal.precision = precision
            literal.decimal.scale = scale
        case _:
            _set_atom(literal, scalar, data_type)
    return literal


def _literals(scalars: Iterable[pa.Scalar], data_type: ours.DataType) -> list[Any]:
    return [_literal(scalar, data_type) for scalar in scalars]


def _set_atom(literal: Any, scalar: pa.Scalar, data_type: ours.DataType) -> None:
    kind = type(data_type)
    if kind in _AS_PYTHON:
        setattr(literal, _AS_PYTHON[kind], scalar.as_py())
    else:
        setattr(literal, _AS_NUMBER[kind], scalar.value)
