"""Pickled values: what a pickled function's value becomes, by its declared type.

Two steps, as between Spark's worker and its JVM: the client's own `toInternal`,
which may raise, then the rules of `EvaluatePython.makeFromJava`, under which a
value of another kind than the type wants is null, and an integer too large for
its type wraps around.
"""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Callable, Mapping
from typing import Any

from pyspark.errors import PySparkValueError
from pyspark.sql import types as client

from unbounded.errors import IllegalArgumentError

__all__ = ["value_converter"]

Converter = Callable[[Any], Any]


def value_converter(data_type: client.DataType) -> Converter:
    """From a function's value to one that `pa.array` takes for the type."""
    convert = _from_pickled(data_type)
    if not data_type.needConversion():
        return convert
    to_internal = data_type.toInternal
    return lambda value: convert(to_internal(value))


def _from_pickled(data_type: client.DataType) -> Converter:
    match data_type:
        case client.DecimalType():
            return _decimal(data_type)
        case client.ArrayType():
            return _array(data_type)
        case client.MapType():
            return _map(data_type)
        case client.StructType():
            return _struct(data_type)
        case client.UserDefinedType():
            return _from_pickled(data_type.sqlType())
    convert = _ATOMS.get(type(data_type))
    return convert or _null_for


_PICKLED = (
    *(bool, int, float, str, bytes, bytearray, decimal.Decimal),
    *(datetime.date, datetime.time, datetime.timedelta),
    *(list, tuple, dict, set, frozenset),
)


def _null_for(value: Any) -> Any:
    """Null, for a value of another kind than the type wants.

    Raises:
        PySparkValueError: a kind that Spark's JVM can't unpickle at all.
    """
    kind = type(value)
    is_zoned = kind is datetime.datetime and value.tzinfo is not None
    is_plain = kind in (*_PICKLED, datetime.datetime, type(None))
    if is_zoned or not is_plain:
        raise PySparkValueError(
            f"A function declared without Arrow gave {value!r}, a {kind.__name__},"
            " which is no value of the type declared and none that Spark can read."
        )
    return None


def _kind(kind: type) -> Converter:
    """The value if it is of just this kind; a bool is no int here."""
    return lambda value: value if type(value) is kind else _null_for(value)


def _integer(bits: int) -> Converter:
    half = 1 << (bits - 1)

    def convert(value: Any) -> Any:
        if type(value) is not int:
            return _null_for(value)
        if -half <= value < half:
            return value
        if not -(1 << 63) <= value < 1 << 63:
            return None
        return (value + half) % (2 * half) - half

    return convert


def _double(value: Any) -> float | None:
    return value if type(value) is float else _null_for(value)


def _binary(value: Any) -> bytes | None:
    if isinstance(value, str):
        return value.encode()
    return bytes(value) if isinstance(value, bytes | bytearray) else _null_for(value)


def _decimal(data_type: client.DecimalType) -> Converter:
    unit = decimal.Decimal(1).scaleb(-data_type.scale)
    # Room for every digit: what does not fit the type is refused, not rounded.
    context = decimal.Context(prec=1000, rounding=decimal.ROUND_HALF_UP)
    limit = decimal.Decimal(10) ** (data_type.precision - data_type.scale)

    def convert(value: Any) -> Any:
        if not isinstance(value, decimal.Decimal):
            return _null_for(value)
        rounded = value.quantize(unit, context=context)
        return rounded if abs(rounded) < limit else None

    return convert


def _array(data_type: client.ArrayType) -> Converter:
    convert = _from_pickled(data_type.elementType)

    def convert_array(value: Any) -> Any:
        if type(value) in (bytes, bytearray):
            # The JVM's bytes are signed.
            value = [byte - 256 if byte > 127 else byte for byte in value]
        if type(value) not in (list, tuple):
            return _null_for(value)
        return [convert(element) for element in value]

    return convert_array


def _map(data_type: client.MapType) -> Converter:
    key, item = _from_pickled(data_type.keyType), _from_pickled(data_type.valueType)

    def convert_map(value: Any) -> Any:
        if not isinstance(value, dict):
            return _null_for(value)
        return [(key(k), item(v)) for k, v in value.items()]

    return convert_map


def _struct(data_type: client.StructType) -> Converter:
    converters = [_from_pickled(field.dataType) for field in data_type.fields]
    names = data_type.names

    def convert_struct(value: Any) -> Any:
        if not isinstance(value, tuple):
            return _null_for(value)
        if len(value) != len(names):
            raise IllegalArgumentError(
                "STRUCT_ARRAY_LENGTH_MISMATCH", expected=len(names), actual=len(value)
            )
        parts = zip(names, converters, value, strict=True)
        return {name: convert(part) for name, convert, part in parts}

    return convert_struct


# --- text ---------------------------------------------------------------------


def _text(value: Any) -> str | None:
    """A value as Java prints what pickle makes of it."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return _double_text(value)
        case list():
            return f"[{', '.join(_inner_text(element) for element in value)}]"
        case set() | frozenset():
            return f"[{', '.join(_inner_text(element) for element in value)}]"
        case dict():
            pairs = (f"{_inner_text(k)}={_inner_text(v)}" for k, v in value.items())
            return f"{{{', '.join(pairs)}}}"
    return str(value) if _null_for(value) is None else None


def _inner_text(value: Any) -> str:
    text = _text(value)
    return "null" if text is None else text


def _double_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    mantissa, _, exponent = f"{decimal.Decimal(repr(value)):E}".partition("E")
    digits = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"


_ATOMS: Mapping[type, Converter] = {
    client.BooleanType: _kind(bool),
    client.ByteType: _integer(8),
    client.ShortType: _integer(16),
    client.IntegerType: _integer(32),
    client.LongType: _integer(64),
    client.FloatType: _double,
    client.DoubleType: _double,
    client.StringType: _text,
    client.BinaryType: _binary,
    client.DateType: _kind(int),
    client.TimestampType: _kind(int),
    client.TimestampNTZType: _kind(int),
    client.DayTimeIntervalType: _kind(int),
}
