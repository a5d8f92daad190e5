"""DDL: schema strings and type names, read without sqlglot.

`a INT, b STRUCT<x: STRING> NOT NULL COMMENT 'why'`, as Spark's
`StructType.fromDDL` and `DataType.fromDDL`, and schema JSON. Every session reads
schemas, so this must not cost an import.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TypeVar

from unbounded.errors import ParseError, UnsupportedError
from unbounded.parser.lexer import Token, TokenStream
from unbounded.parser.literals import read_string
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
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    YearMonthIntervalType,
    from_json,
)

__all__ = ["parse_data_type", "parse_schema", "parse_type_name"]

T = TypeVar("T")

_ATOMIC_TYPES: dict[str, DataType] = {
    "BOOLEAN": BooleanType(),
    "TINYINT": ByteType(),
    "BYTE": ByteType(),
    "SMALLINT": ShortType(),
    "SHORT": ShortType(),
    "INT": IntegerType(),
    "INTEGER": IntegerType(),
    "BIGINT": LongType(),
    "LONG": LongType(),
    "FLOAT": FloatType(),
    "REAL": FloatType(),
    "DOUBLE": DoubleType(),
    "DATE": DateType(),
    "TIMESTAMP": TimestampType(),
    "TIMESTAMP_LTZ": TimestampType(),
    "TIMESTAMP_NTZ": TimestampNTZType(),
    "BINARY": BinaryType(),
    "VOID": NullType(),
}
_DECIMAL_NAMES = frozenset({"DECIMAL", "DEC", "NUMERIC"})
_CHARACTER_NAMES = frozenset({"CHAR", "CHARACTER", "VARCHAR"})
_UNSUPPORTED_NAMES = frozenset({"VARIANT", "TIME", "GEOMETRY", "GEOGRAPHY"})
_YEAR_MONTH_FIELDS = ("YEAR", "MONTH")
_DAY_TIME_FIELDS = ("DAY", "HOUR", "MINUTE", "SECOND")
_DECIMAL_PRECISION_MAX = 38
_STRUCT = re.compile(r"\s*struct\s*<", re.IGNORECASE)


def parse_data_type(text: str) -> DataType:
    """The type that `text` writes: a type name, a column list, or schema JSON.

    Raises:
        ParseError: PARSE_SYNTAX_ERROR, UNSUPPORTED_DATATYPE, or a decimal
            whose precision can't be.
    """
    if text.lstrip().startswith(("{", '"')):
        return _read_json(text)
    try:
        return parse_type_name(text)
    except (ParseError, UnsupportedError) as not_a_type:
        # A first column may be called like a type: `time TIMESTAMP`.
        try:
            return _read_whole(text, _column_list)
        except ParseError:
            raise not_a_type from None


def parse_type_name(text: str) -> DataType:
    """The type that `text` names, as after `AS` in a cast.

    Raises:
        ParseError: as `parse_data_type`.
    """
    return _read_whole(text, _data_type)


def parse_schema(text: str) -> StructType:
    """The columns that `text` lists, as DDL, as `struct<…>`, or as schema JSON.

    Raises:
        ParseError: the text can't be read, or is a type other than a struct.
    """
    if text.lstrip().startswith(("{", '"')):
        schema = _read_json(text)
    elif _STRUCT.match(text):
        schema = parse_type_name(text)
    else:
        return _read_whole(text, _column_list)
    if not isinstance(schema, StructType):
        raise ParseError("INVALID_SCHEMA.NON_STRUCT_TYPE", inputSchema=text)
    return schema


def _read_json(text: str) -> DataType:
    try:
        return from_json(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise ParseError(
            "INVALID_SCHEMA.PARSE_ERROR", inputSchema=text, reason=error
        ) from error


def _read_whole(text: str, read: Callable[[TokenStream], T]) -> T:
    tokens = TokenStream(text)
    if tokens.current.kind == "end":
        raise ParseError("PARSE_EMPTY_STATEMENT").at(text, 0)
    result = read(tokens)
    tokens.expect_end()
    return result


def _column_list(tokens: TokenStream) -> StructType:
    fields = [_field(tokens)]
    while tokens.accept(","):
        fields.append(_field(tokens))
    return StructType(tuple(fields))


def _field(tokens: TokenStream) -> StructField:
    name = tokens.identifier().name
    if not tokens.accept(":") and tokens.current.text == "-":
        raise ParseError("INVALID_IDENTIFIER", ident=f"{name}-").at(
            tokens.text, tokens.current.start
        )
    data_type = _data_type(tokens)
    nullable = not tokens.accept("NOT", "NULL")
    metadata = {}
    if tokens.accept("COMMENT"):
        if tokens.current.kind != "string":
            raise tokens.error()
        metadata["comment"] = read_string(tokens.advance().text)
    return StructField(name, data_type, nullable, metadata)


def _data_type(tokens: TokenStream) -> DataType:
    token = tokens.identifier()
    name = token.keyword
    if name == "TIMESTAMP" and tokens.accept("WITHOUT", "TIME", "ZONE"):
        return TimestampNTZType()
    if name == "TIMESTAMP":
        tokens.accept("WITH", "LOCAL", "TIME", "ZONE")
    if name in _ATOMIC_TYPES:
        _refuse_parameters(tokens, token)
        return _ATOMIC_TYPES[name]
    if name in _DECIMAL_NAMES:
        return _decimal(tokens, token)
    if reader := _READERS.get(name):
        return reader(tokens)
    if name in _CHARACTER_NAMES:
        if len(_numbers(tokens)) != 1:
            raise ParseError("DATATYPE_MISSING_SIZE", type=f'"{name}"').at(
                tokens.text, token.start
            )
        return StringType()
    if name in _UNSUPPORTED_NAMES:
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature=f"the type {name}",
            advice="Use a string or a number instead.",
        )
    raise _unsupported_type(tokens, token)


def _unsupported_type(tokens: TokenStream, token: Token) -> ParseError:
    end = tokens.current.start
    if tokens.accept("("):
        while tokens.current.kind != "end" and not tokens.accept(")"):
            tokens.advance()
        end = tokens.current.start
    shown = tokens.text[token.start : end].rstrip().upper()
    return ParseError("UNSUPPORTED_DATATYPE", typeName=f'"{shown}"').at(
        tokens.text, token.start
    )


def _refuse_parameters(tokens: TokenStream, token: Token) -> None:
    if tokens.current.text == "(":
        raise _unsupported_type(tokens, token)


def _numbers(tokens: TokenStream) -> list[int]:
    """The numbers of an optional list in parentheses: `(10, 2)`."""
    numbers: list[int] = []
    if not tokens.accept("("):
        return numbers
    while True:
        if tokens.current.kind != "number":
            raise tokens.error()
        numbers.append(int(tokens.advance().text))
        if not tokens.accept(","):
            break
    tokens.expect(")")
    return numbers


def _decimal(tokens: TokenStream, token: Token) -> DataType:
    numbers = _numbers(tokens)
    if len(numbers) > 2:
        shown = f"{token.keyword}({','.join(map(str, numbers))})"
        raise ParseError("UNSUPPORTED_DATATYPE", typeName=f'"{shown}"').at(
            tokens.text, token.start
        )
    precision, scale = (*numbers, *(10, 0)[len(numbers) :])
    if precision > _DECIMAL_PRECISION_MAX:
        raise ParseError(
            "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
            precision=precision,
            maxPrecision=_DECIMAL_PRECISION_MAX,
        ).at(tokens.text, token.start)
    if scale > precision:
        raise ParseError(
            "DECIMAL_SCALE_EXCEEDS_PRECISION", scale=scale, precision=precision
        ).at(tokens.text, token.start)
    return DecimalType(precision, scale)


def _string(tokens: TokenStream) -> DataType:
    if tokens.accept("COLLATE"):
        collation = tokens.identifier().name
        if collation.upper() != "UTF8_BINARY":
            raise UnsupportedError(
                "UNSUPPORTED_FEATURE",
                feature=f"the collation {collation}",
                advice="Strings compare by their bytes; use lower() or upper().",
            )
    return StringType()


def _interval(tokens: TokenStream) -> DataType:
    first = tokens.current.keyword
    for fields, data_type in (
        (_YEAR_MONTH_FIELDS, YearMonthIntervalType()),
        (_DAY_TIME_FIELDS, DayTimeIntervalType()),
    ):
        if first not in fields:
            continue
        tokens.advance()
        if tokens.accept("TO"):
            last = tokens.current.keyword
            if last not in fields[fields.index(first) + 1 :]:
                raise tokens.error()
            tokens.advance()
        return data_type
    raise UnsupportedError(
        "UNSUPPORTED_FEATURE",
        feature="the type INTERVAL of months, days and microseconds together",
        advice="Use INTERVAL DAY TO SECOND or INTERVAL YEAR TO MONTH.",
    )


def _array(tokens: TokenStream) -> DataType:
    tokens.expect("<")
    element = _data_type(tokens)
    tokens.expect(">")
    return ArrayType(element)


def _map(tokens: TokenStream) -> DataType:
    tokens.expect("<")
    key = _data_type(tokens)
    tokens.expect(",")
    value = _data_type(tokens)
    tokens.expect(">")
    return MapType(key, value)


def _struct(tokens: TokenStream) -> DataType:
    tokens.expect("<")
    if tokens.accept(">"):
        return StructType()
    struct = _column_list(tokens)
    tokens.expect(">")
    return struct


_READERS: dict[str, Callable[[TokenStream], DataType]] = {
    "STRING": _string,
    "INTERVAL": _interval,
    "ARRAY": _array,
    "MAP": _map,
    "STRUCT": _struct,
}
