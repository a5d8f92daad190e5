"""Types: Spark's data types, and their names in JSON, SQL, Arrow and DuckDB.

Frozen values, compared by content. A type has four renderings: `simple_string`
(`bigint`, as in `DataFrame.dtypes`), `json_value` (`"long"`, as in schema JSON),
`to_arrow` and `duckdb_type`. Reading DDL text is the parser's work.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyarrow as pa

__all__ = [
    "ArrayType",
    "AtomicType",
    "BinaryType",
    "BooleanType",
    "ByteType",
    "DataType",
    "DateType",
    "DayTimeIntervalType",
    "DecimalType",
    "DoubleType",
    "FloatType",
    "HIDDEN_COLUMN",
    "IntegerType",
    "LongType",
    "MapType",
    "NO_FIELD",
    "NullType",
    "ShortType",
    "StringType",
    "StructField",
    "StructType",
    "TimestampNTZType",
    "TimestampType",
    "YearMonthIntervalType",
    "duckdb_type",
    "from_arrow",
    "from_json",
    "quote_name",
    "to_arrow",
]


class DataType:
    """A Spark SQL type."""

    __slots__ = ()

    @property
    def simple_string(self) -> str:
        """Spark's short name, as `df.dtypes` and error messages show it."""
        raise TypeError(f"{type(self).__name__} has no name")

    @property
    def sql(self) -> str:
        """Spark's SQL name, as error messages quote it: `BIGINT`."""
        return self.simple_string.upper()

    @property
    def json_value(self) -> Any:
        """The value that stands for the type in schema JSON."""
        return self.simple_string

    def __str__(self) -> str:
        return self.simple_string


class AtomicType(DataType):
    """A type without parameters; equal to every other of its class."""

    __slots__ = ()
    simple_name: ClassVar[str]
    json_name: ClassVar[str]
    duckdb_name: ClassVar[str]
    arrow_type: ClassVar[pa.DataType]

    @property
    def simple_string(self) -> str:
        return self.simple_name

    @property
    def json_value(self) -> str:
        return self.json_name

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class NullType(AtomicType):
    """Spark's `NullType`."""

    __slots__ = ()
    simple_name = "void"
    json_name = "void"
    duckdb_name = "INTEGER"
    arrow_type = pa.null()


class BooleanType(AtomicType):
    """Spark's `BooleanType`."""

    __slots__ = ()
    simple_name = "boolean"
    json_name = "boolean"
    duckdb_name = "BOOLEAN"
    arrow_type = pa.bool_()


class ByteType(AtomicType):
    """Spark's `ByteType`."""

    __slots__ = ()
    simple_name = "tinyint"
    json_name = "byte"
    duckdb_name = "TINYINT"
    arrow_type = pa.int8()


class ShortType(AtomicType):
    """Spark's `ShortType`."""

    __slots__ = ()
    simple_name = "smallint"
    json_name = "short"
    duckdb_name = "SMALLINT"
    arrow_type = pa.int16()


class IntegerType(AtomicType):
    """Spark's `IntegerType`."""

    __slots__ = ()
    simple_name = "int"
    json_name = "integer"
    duckdb_name = "INTEGER"
    arrow_type = pa.int32()


class LongType(AtomicType):
    """Spark's `LongType`."""

    __slots__ = ()
    simple_name = "bigint"
    json_name = "long"
    duckdb_name = "BIGINT"
    arrow_type = pa.int64()


class FloatType(AtomicType):
    """Spark's `FloatType`."""

    __slots__ = ()
    simple_name = "float"
    json_name = "float"
    duckdb_name = "FLOAT"
    arrow_type = pa.float32()


class DoubleType(AtomicType):
    """Spark's `DoubleType`."""

    __slots__ = ()
    simple_name = "double"
    json_name = "double"
    duckdb_name = "DOUBLE"
    arrow_type = pa.float64()


class StringType(AtomicType):
    """Spark's `StringType`."""

    __slots__ = ()
    simple_name = "string"
    json_name = "string"
    duckdb_name = "VARCHAR"
    arrow_type = pa.string()


class BinaryType(AtomicType):
    """Spark's `BinaryType`."""

    __slots__ = ()
    simple_name = "binary"
    json_name = "binary"
    duckdb_name = "BLOB"
    arrow_type = pa.binary()


class DateType(AtomicType):
    """Spark's `DateType`."""

    __slots__ = ()
    simple_name = "date"
    json_name = "date"
    duckdb_name = "DATE"
    arrow_type = pa.date32()


class TimestampType(AtomicType):
    """Spark's `TimestampType`."""

    __slots__ = ()
    simple_name = "timestamp"
    json_name = "timestamp"
    duckdb_name = "TIMESTAMPTZ"
    arrow_type = pa.timestamp("us", tz="UTC")


class TimestampNTZType(AtomicType):
    """Spark's `TimestampNTZType`."""

    __slots__ = ()
    simple_name = "timestamp_ntz"
    json_name = "timestamp_ntz"
    duckdb_name = "TIMESTAMP"
    arrow_type = pa.timestamp("us")


class DayTimeIntervalType(AtomicType):
    """Spark's `DayTimeIntervalType`."""

    __slots__ = ()
    simple_name = "interval day to second"
    json_name = "interval day to second"
    duckdb_name = "INTERVAL"
    arrow_type = pa.duration("us")


class YearMonthIntervalType(AtomicType):
    """Spark's `YearMonthIntervalType`."""

    __slots__ = ()
    simple_name = "interval year to month"
    json_name = "interval year to month"
    duckdb_name = "INTERVAL"
    arrow_type = pa.int32()


@dataclass(frozen=True, slots=True)
class DecimalType(DataType):
    """Spark's `DecimalType`: at most 38 digits, `scale` of them after the point."""

    precision: int = 10
    scale: int = 0

    @property
    def simple_string(self) -> str:
        return f"decimal({self.precision},{self.scale})"


@dataclass(frozen=True, slots=True)
class ArrayType(DataType):
    """Spark's `ArrayType`."""

    element_type: DataType
    contains_null: bool = True

    @property
    def simple_string(self) -> str:
        return f"array<{self.element_type.simple_string}>"

    @property
    def sql(self) -> str:
        return f"ARRAY<{self.element_type.sql}>"

    @property
    def json_value(self) -> dict[str, Any]:
        return {
            "type": "array",
            "elementType": self.element_type.json_value,
            "containsNull": self.contains_null,
        }


@dataclass(frozen=True, slots=True)
class MapType(DataType):
    """Spark's `MapType`."""

    key_type: DataType
    value_type: DataType
    value_contains_null: bool = True

    @property
    def simple_string(self) -> str:
        return f"map<{self.key_type.simple_string},{self.value_type.simple_string}>"

    @property
    def sql(self) -> str:
        return f"MAP<{self.key_type.sql}, {self.value_type.sql}>"

    @property
    def json_value(self) -> dict[str, Any]:
        return {
            "type": "map",
            "keyType": self.key_type.json_value,
            "valueType": self.value_type.json_value,
            "valueContainsNull": self.value_contains_null,
        }


@dataclass(frozen=True, slots=True)
class StructField:
    """One named field of a `StructType`.

    `metadata` takes no part in equality: it annotates, it is not the type.
    """

    name: str
    data_type: DataType
    nullable: bool = True
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def json_value(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": self.data_type.json_value,
            "nullable": self.nullable,
            "metadata": dict(self.metadata),
        }


HIDDEN_COLUMN = "__metadata_col"
"""Spark's mark in a field's metadata: a column that `*` does not stand for."""


@dataclass(frozen=True, slots=True)
class StructType(DataType):
    """Spark's `StructType`; also the schema of a table."""

    fields: tuple[StructField, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.fields)

    @property
    def simple_string(self) -> str:
        inner = ",".join(f"{f.name}:{f.data_type.simple_string}" for f in self.fields)
        return f"struct<{inner}>"

    @property
    def sql(self) -> str:
        parts = []
        for f in self.fields:
            suffix = "" if f.nullable else " NOT NULL"
            parts.append(f"{f.name}: {f.data_type.sql}{suffix}")
        return f"STRUCT<{', '.join(parts)}>"

    @property
    def json_value(self) -> dict[str, Any]:
        return {"type": "struct", "fields": [f.json_value for f in self.fields]}

    @property
    def json(self) -> str:
        """Compact schema JSON, as Spark's `StructType.json`."""
        return json.dumps(self.json_value, separators=(",", ":"), ensure_ascii=False)


_BY_JSON_NAME: dict[str, AtomicType] = {
    kind.json_name: kind() for kind in AtomicType.__subclasses__()
}
_BY_ARROW_TYPE: dict[pa.DataType, DataType] = {
    kind.arrow_type: kind()
    for kind in AtomicType.__subclasses__()
    if kind is not YearMonthIntervalType
}


def from_json(value: Any) -> DataType:
    """The type that a value of schema JSON stands for.

    Raises:
        KeyError, ValueError: the value names no type.
    """
    if isinstance(value, str):
        if value.startswith("decimal"):
            precision, scale = value[8:-1].split(",") if "(" in value else (10, 0)
            return DecimalType(int(precision), int(scale))
        return _BY_JSON_NAME[value]
    match value["type"]:
        case "array":
            return ArrayType(from_json(value["elementType"]), value["containsNull"])
        case "map":
            return MapType(
                from_json(value["keyType"]),
                from_json(value["valueType"]),
                value["valueContainsNull"],
            )
        case "struct":
            return StructType(tuple(_field_from_json(f) for f in value["fields"]))
        case other:
            raise ValueError(other)


def _field_from_json(value: dict[str, Any]) -> StructField:
    return StructField(
        value["name"],
        from_json(value["type"]),
        value.get("nullable", True),
        value.get("metadata", {}),
    )


def to_arrow(data_type: DataType) -> pa.DataType:
    """The Arrow type whose arrays hold values of `data_type` in the engine.

    Timestamps are microseconds in UTC; the session's zone is put on at the
    client's border.
    """
    match data_type:
        case AtomicType():
            return data_type.arrow_type
        case DecimalType(precision, scale):
            return pa.decimal128(precision, scale)
        case ArrayType(element, contains_null):
            # Arrow takes a null type for no other than a nullable one.
            contains_null = contains_null or isinstance(element, NullType)
            return pa.list_(pa.field("element", to_arrow(element), contains_null))
        case MapType(key, value, contains_null):
            item = pa.field("value", to_arrow(value), contains_null)
            return pa.map_(to_arrow(key), item)
        case StructType(fields):
            return pa.struct(
                [pa.field(f.name, to_arrow(f.data_type), f.nullable) for f in fields]
            )
    raise TypeError(f"no Arrow type for {data_type!r}")


def from_arrow(arrow_type: pa.DataType) -> DataType:
    """The Spark type of an Arrow type, as Spark's `ArrowUtils.fromArrowType`.

    Raises:
        TypeError: Spark has no such type.
    """
    if arrow_type in _BY_ARROW_TYPE:
        return _BY_ARROW_TYPE[arrow_type]
    if pa.types.is_decimal(arrow_type):
        return DecimalType(arrow_type.precision, arrow_type.scale)
    if pa.types.is_large_string(arrow_type) or pa.types.is_string_view(arrow_type):
        return StringType()
    if pa.types.is_large_binary(arrow_type) or pa.types.is_fixed_size_binary(
        arrow_type
    ):
        return BinaryType()
    if pa.types.is_timestamp(arrow_type):
        return TimestampNTZType() if arrow_type.tz is None else TimestampType()
    if pa.types.is_date(arrow_type):
        return DateType()
    if pa.types.is_duration(arrow_type):
        return DayTimeIntervalType()
    if pa.types.is_dictionary(arrow_type):
        return from_arrow(arrow_type.value_type)
    if pa.types.is_map(arrow_type):
        item = arrow_type.item_field
        return MapType(
            from_arrow(arrow_type.key_type), from_arrow(item.type), item.nullable
        )
    if pa.types.is_struct(arrow_type):
        return StructType(
            tuple(
                StructField(f.name, from_arrow(f.type), f.nullable) for f in arrow_type
            )
        )
    if (
        pa.types.is_list(arrow_type)
        or pa.types.is_large_list(arrow_type)
        or pa.types.is_fixed_size_list(arrow_type)
    ):
        value_field = arrow_type.value_field
        return ArrayType(from_arrow(value_field.type), value_field.nullable)
    raise TypeError(f"no Spark type for Arrow's {arrow_type}")


NO_FIELD = "_"
"""The field that stands in the engine for a struct's having none."""


def quote_name(name: str) -> str:
    """`name` as a DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


def duckdb_type(data_type: DataType) -> str:
    """The DuckDB type, as SQL text, in which the engine holds `data_type`."""
    match data_type:
        case AtomicType():
            return data_type.duckdb_name
        case DecimalType(precision, scale):
            return f"DECIMAL({precision},{scale})"
        case ArrayType(element, _):
            return f"{duckdb_type(element)}[]"
        case MapType(key, value, _):
            return f"MAP({duckdb_type(key)}, {duckdb_type(value)})"
        case StructType(()):
            return f"STRUCT({quote_name(NO_FIELD)} INTEGER)"
        case StructType(fields):
            inner = ", ".join(
                f"{quote_name(f.name)} {duckdb_type(f.data_type)}" for f in fields
            )
            return f"STRUCT({inner})"
    raise TypeError(f"no DuckDB type for {data_type!r}")
