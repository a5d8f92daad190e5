"""Tests of schema strings and type names."""

from __future__ import annotations

import pytest

from unbounded.errors import ParseError, UnsupportedError
from unbounded.parser import parse_data_type, parse_schema

SCHEMAS = [
    ("time TIMESTAMP, action STRING", "struct<time:timestamp,action:string>"),
    ("a INT", "struct<a:int>"),
    ("a: int, b: array<string>", "struct<a:int,b:array<string>>"),
    ("`a b` int, `c``d` int", "struct<a b:int,c`d:int>"),
    ("a map<string,array<int>>", "struct<a:map<string,array<int>>>"),
    ("a struct<x: int, y struct<>>", "struct<a:struct<x:int,y:struct<>>>"),
    ("a decimal, b dec(5), c numeric(10, 2)", None),
    ("a varchar(10), b char(3), c character(1)", "struct<a:string,b:string,c:string>"),
    (
        "a byte, b short, c long, d real",
        "struct<a:tinyint,b:smallint,c:bigint,d:float>",
    ),
    ("a timestamp_ntz, b timestamp_ltz", "struct<a:timestamp_ntz,b:timestamp>"),
    ("a timestamp without time zone", "struct<a:timestamp_ntz>"),
    ("a timestamp with local time zone", "struct<a:timestamp>"),
    ("a interval day to second", "struct<a:interval day to second>"),
    ("a interval year", "struct<a:interval year to month>"),
    ("a string collate utf8_binary", "struct<a:string>"),
    ("1a int", "struct<1a:int>"),
    (
        "date date, timestamp int, int string",
        "struct<date:date,timestamp:int,int:string>",
    ),
    ("struct<a:int,b:string>", "struct<a:int,b:string>"),
    ("struct int", "struct<struct:int>"),
    ("a int, -- why\n b int /* x */", "struct<a:int,b:int>"),
    ('{"type":"struct","fields":[]}', "struct<>"),
]


@pytest.mark.parametrize("text, expected", SCHEMAS)
def test_schema_text_is_read(text: str, expected: str | None) -> None:
    expected = expected or "struct<a:decimal(10,0),b:decimal(5,0),c:decimal(10,2)>"
    assert parse_schema(text).simple_string == expected


def test_not_null_and_comment_are_kept() -> None:
    schema = parse_schema("a INT NOT NULL COMMENT 'it''s', b STRUCT<x: INT NOT NULL>")
    first, second = schema.fields
    assert (first.nullable, first.metadata) == (False, {"comment": "it's"})
    assert second.nullable
    assert not second.data_type.fields[0].nullable


def test_schema_json_comes_back_the_same() -> None:
    schema = parse_schema(
        "a INT NOT NULL, b MAP<STRING, DECIMAL(38,18)>, c ARRAY<DATE>"
    )
    assert parse_schema(schema.json) == schema


def test_simple_string_comes_back_the_same() -> None:
    schema = parse_schema("a INT, b MAP<STRING, STRUCT<x: TIMESTAMP>>, c ARRAY<BINARY>")
    assert parse_data_type(schema.simple_string) == schema


@pytest.mark.parametrize(
    "text, expected",
    [
        ("int", "int"),
        ("ARRAY<STRUCT<a: INT>>", "array<struct<a:int>>"),
        ("void", "void"),
        ('"long"', "bigint"),
        ("a int", "struct<a:int>"),
        ("a: int, b string", "struct<a:int,b:string>"),
        ("time TIMESTAMP, key STRING", "struct<time:timestamp,key:string>"),
    ],
)
def test_data_type_may_be_a_type_or_columns(text: str, expected: str) -> None:
    assert parse_data_type(text).simple_string == expected


@pytest.mark.parametrize(
    "text, condition, offset",
    [
        ("a INT b", "PARSE_SYNTAX_ERROR", 6),
        ("a INT,", "PARSE_SYNTAX_ERROR", 6),
        ("foo", "PARSE_SYNTAX_ERROR", 3),
        ("a foo", "UNSUPPORTED_DATATYPE", 2),
        ("a int(3)", "UNSUPPORTED_DATATYPE", 2),
        ("a decimal(1,2,3)", "UNSUPPORTED_DATATYPE", 2),
        ("a decimal(40,1)", "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", 2),
        ("a decimal(5,6)", "DECIMAL_SCALE_EXCEEDS_PRECISION", 2),
        ("a char", "DATATYPE_MISSING_SIZE", 2),
        ("a-b int", "INVALID_IDENTIFIER", 1),
        ("a array<int", "PARSE_SYNTAX_ERROR", 11),
        ("a map<int>", "PARSE_SYNTAX_ERROR", 9),
        ("a interval month to day", "PARSE_SYNTAX_ERROR", 20),
        ("a int default 5", "PARSE_SYNTAX_ERROR", 6),
        ("", "PARSE_EMPTY_STATEMENT", 0),
        ("struct<a:foo>", "UNSUPPORTED_DATATYPE", 9),
        ('"long"', "INVALID_SCHEMA.NON_STRUCT_TYPE", -1),
        ('{"type":', "INVALID_SCHEMA.PARSE_ERROR", -1),
    ],
)
def test_wrong_schema_is_refused_where_it_is_wrong(
    text: str, condition: str, offset: int
) -> None:
    with pytest.raises(ParseError) as caught:
        parse_schema(text)
    assert (caught.value.condition, caught.value.offset) == (condition, offset)


def test_error_shows_the_line_and_the_place() -> None:
    with pytest.raises(ParseError) as caught:
        parse_schema("a INT,\nb INT INT")
    assert str(caught.value).splitlines() == [
        "[PARSE_SYNTAX_ERROR] Syntax error at or near 'INT': extra input 'INT'. "
        "SQLSTATE: 42601 (line 2, pos 6)",
        "",
        "== SQL ==",
        "a INT,",
        "b INT INT",
        "------^^^",
    ]


@pytest.mark.parametrize(
    "text", ["a variant", "a time", "a interval", "a string collate unicode"]
)
def test_type_of_spark_alone_is_refused_by_name(text: str) -> None:
    with pytest.raises(UnsupportedError):
        parse_schema(text)
