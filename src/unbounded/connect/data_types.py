"""Data types: Spark's types between the protocol's messages and ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pyspark.sql.connect.proto import types_pb2

from unbounded import types as ours
from unbounded.errors import UnsupportedError
from unbounded.parser import parse_data_type

__all__ = ["KINDS", "from_proto", "schema_from_proto", "to_proto"]

_ATOMS: dict[str, ours.DataType] = {
    "null": ours.NullType(),
    "binary": ours.BinaryType(),
    "boolean": ours.BooleanType(),
    "byte": ours.ByteType(),
    "short": ours.ShortType(),
    "integer": ours.IntegerType(),
    "long": ours.LongType(),
    "float": ours.FloatType(),
    "double": ours.DoubleType(),
    "string": ours.StringType(),
    "char": ours.StringType(),
    "var_char": ours.StringType(),
    "date": ours.DateType(),
    "timestamp": ours.TimestampType(),
    "timestamp_ntz": ours.TimestampNTZType(),
    "year_month_interval": ours.YearMonthIntervalType(),
    "day_time_interval": ours.DayTimeIntervalType(),
}
_KIND_OF = {
    data_type: kind
    for kind, data_type in _ATOMS.items()
    if kind not in ("char", "var_char")
}


def _decimal(message: Any) -> ours.DataType:
    precision = message.precision if message.HasField("precision") else 10
    return ours.DecimalType(precision, message.scale)


def _array(message: Any) -> ours.DataType:
    return ours.ArrayType(from_proto(message.element_type), message.contains_null)


def _map(message: Any) -> ours.DataType:
    return ours.MapType(
        from_proto(message.key_type),
        from_proto(message.value_type),
        message.value_contains_null,
    )


def _struct(message: Any) -> ours.StructType:
    return ours.StructType(
        tuple(
            ours.StructField(
                field.name,
                from_proto(field.data_type),
                field.nullable,
                json.loads(field.metadata) if field.HasField("metadata") else {},
            )
            for field in message.fields
        )
    )


def _unparsed(message: Any) -> ours.DataType:
    return parse_data_type(message.data_type_string)


_CONVERTERS: dict[str, Callable[[Any], ours.DataType]] = {
    "decimal": _decimal,
    "array": _array,
    "map": _map,
    "struct": _struct,
    "unparsed": _unparsed,
}


KINDS = frozenset(_ATOMS) | frozenset(_CONVERTERS)


def from_proto(message: types_pb2.DataType) -> ours.DataType:
    """Our type for the client's.

    Raises:
        UnsupportedError: a type that is not to be had here.
    """
    kind = message.WhichOneof("kind") or ""
    if kind in _ATOMS:
        return _ATOMS[kind]
    convert = _CONVERTERS.get(kind)
    if convert is None:
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature=f"the data type `{kind}`",
            advice="Use another type.",
        )
    return convert(getattr(message, kind))


def schema_from_proto(message: types_pb2.DataType) -> ours.StructType:
    """A schema; a type that is no struct becomes one column `value`."""
    data_type = from_proto(message)
    if isinstance(data_type, ours.StructType):
        return data_type
    return ours.StructType((ours.StructField("value", data_type),))


def to_proto(data_type: ours.DataType) -> types_pb2.DataType:
    """The client's type for ours."""
    message = types_pb2.DataType()
    match data_type:
        case ours.DecimalType(precision, scale):
            message.decimal.precision = precision
            message.decimal.scale = scale
        case ours.ArrayType(element, contains_null):
            message.array.element_type.CopyFrom(to_proto(element))
            message.array.contains_null = contains_null
        case ours.MapType(key, value, contains_null):
            message.map.key_type.CopyFrom(to_proto(key))
            message.map.value_type.CopyFrom(to_proto(value))
            message.map.value_contains_null = contains_null
        case ours.StructType(fields):
            message.struct.SetInParent()
            for field in fields:
                _add_field(message.struct, field)
        case ours.StringType():
            message.string.collation = "UTF8_BINARY"
        case ours.DayTimeIntervalType():
            message.day_time_interval.start_field = 0
            message.day_time_interval.end_field = 3
        case ours.YearMonthIntervalType():
            message.year_month_interval.start_field = 0
            message.year_month_interval.end_field = 1
        case _:
            getattr(message, _KIND_OF[data_type]).SetInParent()
    return message


def _add_field(struct: Any, field: ours.StructField) -> None:
    added = struct.fields.add(name=field.name, nullable=field.nullable)
    added.data_type.CopyFrom(to_proto(field.data_type))
    if field.metadata:
        added.metadata = json.dumps(dict(field.metadata), separators=(",", ":"))
