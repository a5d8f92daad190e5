"""Tests of literals, their types as Spark 4.3 gives them."""

from __future__ import annotations

import pytest

from tests.parser.rendering import render
from unbounded.errors import ParseError
from unbounded.parser import parse_expression


@pytest.mark.parametrize(
    "text, expected",
    [
        ("1", "1:int"),
        ("-2147483648", "-2147483648:int"),
        ("2147483648", "2147483648:bigint"),
        ("-9223372036854775808L", "-9223372036854775808:bigint"),
        ("99999999999999999999", "Decimal('99999999999999999999'):decimal(20,0)"),
        ("1.5", "Decimal('1.5'):decimal(2,1)"),
        ("-0.05", "Decimal('-0.05'):decimal(2,2)"),
        ("1.", "Decimal('1'):decimal(1,0)"),
        (".5", "Decimal('0.5'):decimal(1,1)"),
        ("1e3", "1000.0:double"),
        ("1.0D", "1.0:double"),
        ("1.5f", "1.5:float"),
        ("1.0BD", "Decimal('1.0'):decimal(2,1)"),
        ("1e3BD", "Decimal('1000'):decimal(4,0)"),
        ("1L", "1:bigint"),
        ("-128Y", "-128:tinyint"),
        ("1s", "1:smallint"),
    ],
)
def test_number_has_the_type_its_text_asks_for(text: str, expected: str) -> None:
    assert render(parse_expression(text)) == expected


@pytest.mark.parametrize(
    "text, value",
    [
        ("'a'", "a"),
        ('"a"', "a"),
        ("'it''s'", "it's"),
        ("'a' 'b'", "ab"),
        (r"'it\'s'", "it's"),
        (r"'\n\t\\'", "\n\t\\"),
        (r"'\u0041\U00000042\103'", "ABC"),
        (r"'\%x\_'", r"\%x\_"),
        (r"'\q'", "q"),
        (r"r'\d+'", r"\d+"),
        ("'-- no comment'", "-- no comment"),
    ],
)
def test_string_escapes_are_sparks(text: str, value: str) -> None:
    assert render(parse_expression(text)) == f"{value!r}:string"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("DATE '2020-1-2'", "datetime.date(2020, 1, 2):date"),
        ("date'2020'", "datetime.date(2020, 1, 1):date"),
        ("TIMESTAMP '1970-01-01 00:00:01'", None),
        ("TIMESTAMP '1970-01-01T00:00:01Z'", "1000000:timestamp"),
        ("TIMESTAMP '1970-01-01 01:00:00+01:00'", "0:timestamp"),
        ("TIMESTAMP '1970-01-01 01:00:00 Europe/Berlin'", "0:timestamp"),
        ("TIMESTAMP_NTZ '1970-01-01 00:00:00.1234567'", "123456:timestamp_ntz"),
        ("X'1F'", "b'\\x1f':binary"),
        ("x'1'", "b'\\x01':binary"),
        ("INTERVAL 1 HOUR", "3600000000:interval day to second"),
        ("INTERVAL -1 DAY", "-86400000000:interval day to second"),
        ("INTERVAL '1 day 2 hours'", "93600000000:interval day to second"),
        ("INTERVAL '1' DAY '2' HOUR", "93600000000:interval day to second"),
        ("INTERVAL 1 HOUR 30 MINUTES", "5400000000:interval day to second"),
        ("INTERVAL '1-2' YEAR TO MONTH", "14:interval year to month"),
        ("INTERVAL '02:03' HOUR TO MINUTE", "7380000000:interval day to second"),
        ("NULL", "None:void"),
        ("true", "True:boolean"),
    ],
)
def test_typed_literal_is_a_value(text: str, expected: str | None) -> None:
    # Without a zone a timestamp waits for the session's.
    expected = expected or "cast('1970-01-01 00:00:01':string as timestamp)"
    assert render(parse_expression(text)) == expected


@pytest.mark.parametrize(
    "text, condition",
    [
        ("128Y", "INVALID_NUMERIC_LITERAL_RANGE"),
        ("9223372036854775808L", "INVALID_NUMERIC_LITERAL_RANGE"),
        ("1e400", "INVALID_NUMERIC_LITERAL_RANGE"),
        ("1" * 39, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION"),
        ("DATE 'blah'", "INVALID_TYPED_LITERAL"),
        ("DATE '2020-02-30'", "INVALID_TYPED_LITERAL"),
        ("TIMESTAMP '2020-01-01 25:00:00'", "INVALID_TYPED_LITERAL"),
        ("TIMESTAMP '2020-01-01 00:00:00 Nowhere/Land'", "INVALID_TYPED_LITERAL"),
        ("INTERVAL 1 MONTH 2 DAYS", "MIXED_INTERVAL"),
        ("INTERVAL '1' FORTNIGHT", "CANNOT_PARSE_INTERVAL"),
    ],
)
def test_literal_that_does_not_fit_is_refused(text: str, condition: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_expression(text)
    assert caught.value.condition == condition
