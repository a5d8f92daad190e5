"""Literals: numbers and strings as Spark types them.

1 INT · 3000000000 BIGINT · 1.5 DECIMAL(2,1) · 1e3 DOUBLE
1Y TINYINT · 1S SMALLINT · 1L BIGINT · 1F FLOAT · 1D DOUBLE · 1BD DECIMAL
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

from unbounded.errors import ParseError
from unbounded.plan.expressions import Literal
from unbounded.types import (
    ByteType,
    DataType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    ShortType,
)

__all__ = ["NUMBER", "read_number", "read_string"]

# What Spark's lexer takes for one number, its suffix with it.
NUMBER = re.compile(
    r"""(?P<digits>(?:\d+\.\d*|\.\d+|\d+)(?P<exponent>[eE][+-]?\d+)?)
        (?P<suffix>BD|[YSLFD])?(?!\w)""",
    re.VERBOSE | re.IGNORECASE,
)
_INTEGERS: dict[str, tuple[DataType, int]] = {
    "Y": (ByteType(), 7),
    "S": (ShortType(), 15),
    "L": (LongType(), 63),
}
_FLOAT_MAX = 3.4028234663852886e38
_DECIMAL_PRECISION_MAX = 38
_ESCAPES = {
    "0": "\0",
    "b": "\b",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "Z": "\x1a",
    # A pattern of LIKE keeps its own escapes.
    "%": "\\%",
    "_": "\\_",
}
_ESCAPE = re.compile(
    r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))", re.DOTALL
)


def read_number(text: str, is_negative: bool = False) -> Literal:
    """The literal that a number's text writes, `text` being without its sign.

    The sign decides whether the smallest integer of a type fits.

    Raises:
        ParseError: the value does not fit the type its suffix asks for.
    """
    match = NUMBER.fullmatch(text)
    if match is None:
        raise ParseError("PARSE_SYNTAX_ERROR", error=f"'{text}'", hint="").at(text, 0)
    digits, exponent = match["digits"], match["exponent"]
    suffix = (match["suffix"] or "").upper()
    sign = "-" if is_negative else ""
    if suffix in _INTEGERS:
        return _read_integer(sign + digits, suffix)
    if suffix == "F":
        value = float(sign + digits)
        if abs(value) > _FLOAT_MAX:
            raise _out_of_range(sign + digits, "float")
        return Literal(value, FloatType())
    if suffix == "D" or (exponent and not suffix):
        value = float(sign + digits)
        if math.isinf(value):
            raise _out_of_range(sign + digits, "double")
        return Literal(value, DoubleType())
    if suffix == "BD" or not digits.isdigit():
        return _read_decimal(sign + digits)
    return _read_plain_integer(sign + digits)


def _read_plain_integer(text: str) -> Literal:
    value = int(text)
    if -(1 << 31) <= value < 1 << 31:
        return Literal(value, IntegerType())
    if -(1 << 63) <= value < 1 << 63:
        return Literal(value, LongType())
    return _read_decimal(text)


def _read_integer(text: str, suffix: str) -> Literal:
    data_type, bits = _INTEGERS[suffix]
    try:
        value = int(text)
    except ValueError:
        raise ParseError(
            "PARSE_SYNTAX_ERROR", error=f"'{text}{suffix}'", hint=""
        ) from None
    if not -(1 << bits) <= value < 1 << bits:
        raise _out_of_range(text, data_type.simple_string)
    return Literal(value, data_type)


def _read_decimal(text: str) -> Literal:
    value = Decimal(text)
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    scale = max(-exponent, 0)
    significant = len(str(int("".join(map(str, digits)) or "0")))
    precision = max(significant + max(exponent, 0), scale, 1)
    if precision > _DECIMAL_PRECISION_MAX:
        raise ParseError(
            "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
            precision=precision,
            maxPrecision=_DECIMAL_PRECISION_MAX,
        )
    if exponent > 0:
        value = value.quantize(Decimal(1))
    return Literal(value, DecimalType(precision, scale))


def _out_of_range(text: str, type_name: str) -> ParseError:
    return ParseError(
        "INVALID_NUMERIC_LITERAL_RANGE", rawStrippedQualifier=text, typeName=type_name
    )


def read_string(text: str) -> str:
    """The value of a quoted string as written: `'it\\'s'`, `"x"`, `r'\\d'`."""
    if text[0] in "rR":
        return text[2:-1]
    body, quote = text[1:-1], text[0]
    body = body.replace(quote * 2, quote)
    return _ESCAPE.sub(_unescape, body) if "\\" in body else body


def _unescape(match: re.Match[str]) -> str:
    short, long, octal, plain = match.groups()
    if short or long:
        return chr(int(short or long, 16))
    if octal:
        return chr(int(octal, 8))
    return _ESCAPES.get(plain, plain)
