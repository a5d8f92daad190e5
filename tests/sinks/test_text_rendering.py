"""Lines as Spark 4.3 wrote them for the same rows, in America/New_York."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from unbounded.compiler import datetime_text
from unbounded.errors import AnalysisError, UnboundedError
from unbounded.parser import parse_schema
from unbounded.sinks.file_format import FileFormat, RunOver
from unbounded.types import to_arrow

ZONE = "America/New_York"
COLUMNS = (
    "id INT, s STRING, d DOUBLE, dec DECIMAL(10,2), b BOOLEAN, ts TIMESTAMP, "
    "dt DATE, ntz TIMESTAMP_NTZ"
)
UTC = datetime.UTC
ROWS = (
    (
        1,
        "a",
        1.5,
        Decimal("1.50"),
        True,
        datetime.datetime(2020, 1, 1, 5, 0, 0, 123456, UTC),
        datetime.date(2020, 1, 1),
        datetime.datetime(2020, 1, 1, 1, 2, 3),
    ),
    (
        2,
        'q"uo,te\nnl',
        1e10,
        None,
        False,
        datetime.datetime(99, 1, 1, 4, 56, 2, 0, UTC),
        None,
        None,
    ),
    (
        3,
        "",
        1e-5,
        Decimal("-0.01"),
        None,
        datetime.datetime(2020, 7, 1, 16, 0, 0, 0, UTC),
        datetime.date(1, 1, 1),
        datetime.datetime(2020, 1, 1, 1, 2, 3, 500000),
    ),
    (4, None, float("nan"), Decimal("0.00"), True, None, None, None),
    (5, " sp ", 123456789.125, None, None, None, None, None),
    (6, "a\\b", -0.0, None, None, None, None, None),
)


def table_of(columns: str, rows: object) -> pa.Table:
    schema = parse_schema(columns)
    arrow = pa.schema([(f.name, to_arrow(f.data_type)) for f in schema.fields])
    names = arrow.names
    return pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows], schema=arrow
    )


def rendered(
    format_name: str, columns: str, rows: object, run_over: RunOver, **options: str
) -> str:
    schema = parse_schema(columns)
    written = FileFormat(
        format_name, schema, options, ZONE, run_over, datetime_text
    ).without(())
    return bytes(written.render(table_of(columns, rows))).decode()


def test_json_is_sparks(run_over: RunOver) -> None:
    assert rendered("json", COLUMNS, ROWS, run_over) == (
        '{"id":1,"s":"a","d":1.5,"dec":1.50,"b":true,'
        '"ts":"2020-01-01T00:00:00.123-05:00","dt":"2020-01-01",'
        '"ntz":"2020-01-01T01:02:03.000"}\n'
        '{"id":2,"s":"q\\"uo,te\\nnl","d":1.0E10,"b":false,'
        '"ts":"0099-01-01T00:00:00.000-04:56:02"}\n'
        '{"id":3,"s":"","d":1.0E-5,"dec":-0.01,'
        '"ts":"2020-07-01T12:00:00.000-04:00","dt":"0001-01-01",'
        '"ntz":"2020-01-01T01:02:03.500"}\n'
        '{"id":4,"d":"NaN","dec":0.00,"b":true}\n'
        '{"id":5,"s":" sp ","d":1.23456789125E8}\n'
        '{"id":6,"s":"a\\\\b","d":-0.0}\n'
    )


def test_json_of_nested_values_is_sparks(run_over: RunOver) -> None:
    columns = (
        "arr ARRAY<INT>, st STRUCT<x: INT, y: STRING>, m MAP<STRING, INT>, bin BINARY"
    )
    rows = (
        ([1, None], {"x": 1, "y": None}, [("k", 1)], b"AB"),
        ([], {"x": None, "y": "é/\\"}, [], b""),
        (None, None, [("a", None)], b"\x00\xff"),
    )
    assert rendered("json", columns, rows, run_over) == (
        '{"arr":[1,null],"st":{"x":1},"m":{"k":1},"bin":"QUI="}\n'
        '{"arr":[],"st":{"y":"é/\\\\"},"m":{},"bin":""}\n'
        '{"m":{"a":null},"bin":"AP8="}\n'
    )


def test_json_keeps_nulls_when_asked(run_over: RunOver) -> None:
    text = rendered(
        "json", "a INT, b INT", [(1, None)], run_over, ignorenullfields="false"
    )
    assert text == '{"a":1,"b":null}\n'


def test_times_without_offset_end_in_z(run_over: RunOver) -> None:
    row = (datetime.datetime(2020, 1, 1, tzinfo=UTC),)
    text = rendered("json", "ts TIMESTAMP", [row], run_over, timezone="UTC")
    assert text == '{"ts":"2020-01-01T00:00:00.000Z"}\n'


def test_csv_is_sparks(run_over: RunOver) -> None:
    assert rendered("csv", COLUMNS, ROWS, run_over, header="true") == (
        "id,s,d,dec,b,ts,dt,ntz\n"
        "1,a,1.5,1.50,true,2020-01-01T00:00:00.123-05:00,2020-01-01,"
        "2020-01-01T01:02:03.000\n"
        '2,"q\\"uo,te\nnl",1.0E10,,false,0099-01-01T00:00:00.000-04:56:02,,\n'
        '3,"",1.0E-5,-0.01,,2020-07-01T12:00:00.000-04:00,0001-01-01,'
        "2020-01-01T01:02:03.500\n"
        "4,,NaN,0.00,true,,,\n"
        "5,sp,1.23456789125E8,,,,,\n"
        "6,a\\b,-0.0,,,,,\n"
    )


def test_csv_quotes_all_when_asked(run_over: RunOver) -> None:
    text = rendered(
        "csv",
        "a INT, b STRING",
        [(1, "a\\b"), (None, ""), (2, None)],
        run_over,
        header="true",
        sep=";",
        quoteall="true",
        nullvalue="NULL",
        emptyvalue="EMPTY",
    )
    assert text == '"a";"b"\n"1";"a\\\\b"\n"NULL";"EMPTY"\n"2";"NULL"\n'


def test_csv_of_no_rows_is_its_header(run_over: RunOver) -> None:
    assert rendered("csv", "a INT", [], run_over, header="true") == "a\n"


def test_text_is_a_line_a_row(run_over: RunOver) -> None:
    text = rendered("text", "v STRING", [("a",), (None,), (" b\\",)], run_over)
    assert text == "a\n\n b\\\n"


@pytest.mark.parametrize(
    ("format_name", "columns", "condition"),
    [
        ("csv", "a ARRAY<INT>", "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"),
        ("text", "a INT", "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"),
        ("text", "a STRING, b STRING", "TEXT_COLUMN_COUNT"),
        ("xml", "a INT", "DATA_SOURCE_NOT_FOUND"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(
    format_name: str, columns: str, condition: str, run_over: RunOver
) -> None:
    with pytest.raises(AnalysisError) as caught:
        rendered(format_name, columns, [], run_over)
    assert caught.value.condition == condition


PATTERNS = {
    "timestampformat": "yyyy/MM/dd HH",
    "dateformat": "dd.MM.yy",
    "timestampntzformat": "HH:mm",
}


@pytest.mark.parametrize(
    ("format_name", "expected"),
    [
        (
            "json",
            '{"ts":"2020/01/01 00","dt":"01.01.20","ntz":"01:02"}\n{}\n',
        ),
        ("csv", "2020/01/01 00,01.01.20,01:02\n,,\n"),
    ],
)
def test_times_follow_the_patterns_that_are_given(
    format_name: str, expected: str, run_over: RunOver
) -> None:
    rows = [ROWS[0][5:], (None, None, None)]
    columns = "ts TIMESTAMP, dt DATE, ntz TIMESTAMP_NTZ"
    assert rendered(format_name, columns, rows, run_over, **PATTERNS) == expected


def test_a_pattern_with_the_separator_in_it_is_quoted(run_over: RunOver) -> None:
    rows = [(datetime.date(2020, 1, 2),)]
    text = rendered("csv", "a DATE", rows, run_over, dateformat="d, MMM")
    assert text == '"2, Jan"\n'


def test_a_pattern_that_spark_refuses_is_refused(run_over: RunOver) -> None:
    with pytest.raises(UnboundedError):
        rendered("csv", "a DATE", [], run_over, dateformat="YYYY")


@pytest.mark.parametrize(
    ("format_name", "expected"),
    [("json", '{"a":1}|{"a":2}|'), ("csv", "a|1|2|")],
)
def test_lines_end_as_is_wished(
    format_name: str, expected: str, run_over: RunOver
) -> None:
    options = {"linesep": "|", "header": "true"}
    assert rendered(format_name, "a INT", [(1,), (2,)], run_over, **options) == expected


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("ISO-8859-1", b"a\n\xe9\n"), ("UTF-16", b"\xfe\xff\x00a\x00\n\x00\xe9\x00\n")],
)
def test_text_is_encoded_as_spark_does_it(
    encoding: str, expected: bytes, run_over: RunOver
) -> None:
    options = {"encoding": encoding, "header": "true"}
    schema = parse_schema("a STRING")
    file_format = FileFormat("csv", schema, options, ZONE, run_over)
    assert file_format.render(pa.table({"a": ["é"]})) == expected


def test_an_encoding_that_is_none_is_named(run_over: RunOver) -> None:
    with pytest.raises(UnboundedError, match="klingon"):
        rendered("csv", "a INT", [], run_over, encoding="klingon")


def test_bytes_in_csv_are_spaced_digits(run_over: RunOver) -> None:
    text = rendered("csv", "a BINARY", [(b"xy",), (None,)], run_over)
    assert text == "[78 79]\n\n"
