"""Argument types: what a function takes, and what it accepts in place of that.

Spark's `AbstractDataType`s: a concrete type, a family such as NUMERIC, or a
choice of several. The tables under `functions/` are written in these words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unbounded.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    NullType,
    ShortType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
    YearMonthIntervalType,
)

__all__ = [
    "ANY",
    "ARRAY",
    "ArgumentType",
    "BINARY",
    "BOOLEAN",
    "Choice",
    "DATE",
    "DAY_TIME_INTERVAL",
    "DECIMAL",
    "DOUBLE",
    "Exactly",
    "Family",
    "INT",
    "INTEGRAL",
    "LONG",
    "MAP",
    "NUMERIC",
    "ORDERABLE",
    "STRING",
    "STRING_OR_BINARY",
    "STRUCT",
    "TIMESTAMP",
    "TIMESTAMP_NTZ",
    "WITHOUT_MAP",
    "YEAR_MONTH_INTERVAL",
    "is_datetime",
    "is_integral",
    "is_interval",
    "is_numeric",
    "is_orderable",
]

_INTEGRAL = (ByteType, ShortType, IntegerType, LongType)
_NUMERIC = (*_INTEGRAL, FloatType, DoubleType, DecimalType)
_DATETIME = (DateType, TimestampType, TimestampNTZType)
_INTERVAL = (DayTimeIntervalType, YearMonthIntervalType)


def is_integral(data_type: DataType) -> bool:
    return isinstance(data_type, _INTEGRAL)


def is_numeric(data_type: DataType) -> bool:
    return isinstance(data_type, _NUMERIC)


def is_datetime(data_type: DataType) -> bool:
    return isinstance(data_type, _DATETIME)


def is_interval(data_type: DataType) -> bool:
    return isinstance(data_type, _INTERVAL)


def is_orderable(data_type: DataType) -> bool:
    """Whether values can be compared by `<`: everything without a map in it."""
    match data_type:
        case MapType():
            return False
        case ArrayType(element, _):
            return is_orderable(element)
        case StructType(fields):
            return all(is_orderable(f.data_type) for f in fields)
    return True


class ArgumentType:
    """A set of types an argument may have."""

    __slots__ = ()

    @property
    def sql(self) -> str:
        """The quoted name Spark's error messages give the set."""
        raise TypeError(f"{type(self).__name__} has no name")

    def accepts(self, data_type: DataType) -> bool:
        raise TypeError(f"{type(self).__name__} accepts nothing")


@dataclass(frozen=True, slots=True)
class Exactly(ArgumentType):
    """One type and no other."""

    data_type: DataType

    @property
    def sql(self) -> str:
        return f'"{self.data_type.sql}"'

    def accepts(self, data_type: DataType) -> bool:
        return data_type == self.data_type


@dataclass(frozen=True, slots=True)
class Family(ArgumentType):
    """All types with a property; `default` is what a null becomes."""

    name: str
    has: Callable[[DataType], bool]
    default: DataType

    @property
    def sql(self) -> str:
        return f'"{self.name}"'

    def accepts(self, data_type: DataType) -> bool:
        return self.has(data_type)


@dataclass(frozen=True, slots=True)
class Choice(ArgumentType):
    """Any of several, the first that fits preferred."""

    options: tuple[ArgumentType, ...]

    @property
    def sql(self) -> str:
        return f"({' or '.join(option.sql for option in self.options)})"

    def accepts(self, data_type: DataType) -> bool:
        return any(option.accepts(data_type) for option in self.options)


ANY = Family("ANY", lambda t: True, NullType())
NUMERIC = Family("NUMERIC", is_numeric, DoubleType())
INTEGRAL = Family("INTEGRAL", is_integral, IntegerType())
DECIMAL = Family("DECIMAL", lambda t: isinstance(t, DecimalType), DecimalType(38, 18))
ARRAY = Family("ARRAY", lambda t: isinstance(t, ArrayType), ArrayType(NullType(), True))
MAP = Family(
    "MAP", lambda t: isinstance(t, MapType), MapType(NullType(), NullType(), True)
)
STRUCT = Family("STRUCT", lambda t: isinstance(t, StructType), StructType(()))
ORDERABLE = Family("ORDERABLE", is_orderable, NullType())
WITHOUT_MAP = Family("WITHOUT MAP", is_orderable, NullType())
DAY_TIME_INTERVAL = Exactly(DayTimeIntervalType())
YEAR_MONTH_INTERVAL = Exactly(YearMonthIntervalType())
BOOLEAN = Exactly(BooleanType())
INT = Exactly(IntegerType())
LONG = Exactly(LongType())
DOUBLE = Exactly(DoubleType())
STRING = Exactly(StringType())
BINARY = Exactly(BinaryType())
DATE = Exactly(DateType())
TIMESTAMP = Exactly(TimestampType())
TIMESTAMP_NTZ = Exactly(TimestampNTZType())
STRING_OR_BINARY = Choice((STRING, BINARY))
