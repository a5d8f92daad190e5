"""JSON files against what Spark read from the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.recordings import (
    ZONE,
    read_carefully,
    recorded,
    rows_of,
    same_text,
    shown,
)
from unbounded.engine import Cursor
from unbounded.errors import (
    ExecutionError,
    IllegalArgumentError,
    UnboundedError,
    UnsupportedError,
)
from unbounded.parser import parse_schema
from unbounded.sources.json import ReadCare, read_json_sql

TOKENS = recorded("spark_json_tokens")
FILES = recorded("spark_json_files")

# Half of a character: Spark writes a question mark, we take the line for broken.
LONE_SURROGATE = '"\\ud800"'
# Years beyond four digits are printed otherwise, or lie out of DuckDB's range.
FAR_YEARS = {
    '"10000-01-01"',
    '"+10000-01-01"',
    '"-0001-01-01"',
    '"0001-01-01T00:00:00Z"',
    '"1577836800"',
    '"20200101"',
    "9223372036854775807",
    "1577836800000",
    "99999999999999",
    "9007199254740993",
}
TIMES_OF_TODAY = {'"T01:02:03"', '"01:02:03"'}
# Objects in strings come out compact; those in structs and maps too.
SPACED = {
    '[1, null, "3", 4.5]',
    '{"x": 1.5, "y" : 2}',
    '{"x":"1","y":{"k": 1.50 , "l":[ 1,2 ]}}',
}
# Commons Codec reads some text that is no Base64, and breaks the record at other.
NOT_BASE64 = {
    '"1"',
    '" 1"',
    '" "',
    '"false"',
    '"t"',
    '"+Infinity"',
    '"epoch"',
    '"today"',
    '"é😀"',
}
# DuckDB prints null fields of a struct, Spark leaves them out; of equal keys of a
# map Spark's own text shows both.
PRINTED_OTHERWISE = {'{"X":1}', "{}", '{"a":1,"b":"2","c":null}', '{"a":1,"a":2}'}
DIFFERENT: dict[str, set[str]] = {
    "string": SPACED,
    "date": FAR_YEARS,
    "timestamp": FAR_YEARS | TIMES_OF_TODAY,
    "timestamp_ntz": FAR_YEARS,
    "binary": NOT_BASE64,
    "struct<x:int,y:string>": SPACED | PRINTED_OTHERWISE,
    "map<string,int>": {'{"a":1,"a":2}'},
    "map<string,string>": SPACED | {'{"a":1,"a":2}'},
}
FILES_WITH_DIFFERENCES = {
    # Spark flags each record of a line of which one is bad; we flag that one.
    "array": {"PERMISSIVE/True", "DROPMALFORMED/False", "DROPMALFORMED/True"},
    # Of equal keys the last good value counts in Spark, the last value here.
    "dup": {
        "PERMISSIVE/False",
        "PERMISSIVE/True",
        "DROPMALFORMED/False",
        "DROPMALFORMED/True",
    },
    "nested": {
        "PERMISSIVE/False",
        "PERMISSIVE/True",
        "DROPMALFORMED/False",
        "DROPMALFORMED/True",
    },
    "sur": set(FILES["sur"]["expected"]),
    "objstr": set(FILES["objstr"]["expected"]),
}
REFUSED_BY_NAME = {"copts", "nosq"}


@pytest.mark.parametrize("data_type", TOKENS["values"])
def test_tokens_are_read_as_spark_reads_them(
    data_type: str, tmp_path: Path, cursor: Cursor
) -> None:
    path = tmp_path / "tokens.json"
    lines = (
        f'{{"id":{i},"v":{t},"z":"end"}}\n' for i, t in enumerate(TOKENS["tokens"])
    )
    path.write_text("".join(lines), "utf-8")
    schema = parse_schema(f"id INT, v {data_type}, z STRING, _corrupt_record STRING")
    sql = read_json_sql([str(path)], schema, {}, ZONE)
    table = cursor.query(
        f"SELECT {shown(data_type)}, z, _corrupt_record IS NOT NULL FROM ({sql})"
    )
    known = DIFFERENT.get(data_type, set()) | {LONE_SURROGATE}
    wrong = [
        (token, ours, theirs)
        for token, ours, theirs in zip(
            TOKENS["tokens"],
            zip(*table.to_pydict().values(), strict=True),
            TOKENS["values"][data_type],
            strict=True,
        )
        if token not in known
        and not (
            same_text(data_type, ours[0], theirs[0]) and list(ours[1:]) == theirs[1:]
        )
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("name", "case"),
    [
        (name, case)
        for name, file in FILES.items()
        if name not in REFUSED_BY_NAME
        for case in file["expected"]
        if case not in FILES_WITH_DIFFERENCES.get(name, ())
    ],
)
def test_files_are_read_as_spark_reads_them(
    name: str, case: str, tmp_path: Path, cursor: Cursor
) -> None:
    file = FILES[name]
    path = tmp_path / f"{name}.json"
    path.write_bytes(file["data"].encode("latin-1"))
    mode, has_corrupt_column = case.split("/")
    columns = file["schema"]
    if has_corrupt_column == "True":
        columns += ", _corrupt_record STRING"
    options = {key.lower(): value for key, value in file["options"].items()}
    schema = parse_schema(columns)

    def read() -> object:
        _, table = read_carefully(
            cursor,
            lambda care: read_json_sql(
                [str(path)], schema, options | {"mode": mode}, ZONE, care
            ),
        )
        return rows_of(table)

    expected = file["expected"][case]
    if expected != "error":
        assert read() == expected
        return
    with pytest.raises(ExecutionError) as caught:
        read()
    assert caught.value.condition == "MALFORMED_RECORD_IN_PARSING"


@pytest.mark.parametrize("name", sorted(REFUSED_BY_NAME))
def test_options_of_other_grammars_are_refused_by_name(name: str) -> None:
    file = FILES[name]
    options = {key.lower(): value for key, value in file["options"].items()}
    with pytest.raises(UnsupportedError) as caught:
        read_json_sql(["/x"], parse_schema(file["schema"]), options, ZONE)
    assert any(key in caught.value.message for key in options)


USUAL = """\
{"t": "2026-01-01T10:00:00.123Z", "s": "Open", "n": 7, "d": 1.5, "b": true}
{"t": "2026-01-01 10:00:00", "s": "a \\"q\\" \\u00e9", "n": -1, "d": 2, "b": false}
{"t": "2026-07-01T10:00:00+02:00", "s": "12", "n": 0, "d": 1e3, "b": null}
{"t": null, "s": null, "n": null, "d": null, "extra": [1, {"x": 2}]}
{}
"""
USUAL_SCHEMA = "t TIMESTAMP, s STRING, n BIGINT, d DOUBLE, b BOOLEAN"


@pytest.mark.parametrize("care", [ReadCare.TOKENS, ReadCare.LINES, ReadCare.BYTES])
def test_all_ways_read_usual_lines_alike(
    care: ReadCare, tmp_path: Path, cursor: Cursor
) -> None:
    path = tmp_path / "usual.json"
    path.write_text(USUAL)
    schema = parse_schema(USUAL_SCHEMA)
    fast = cursor.query(read_json_sql([str(path)], schema, {}, ZONE, ReadCare.TEXT))
    slow = cursor.query(read_json_sql([str(path)], schema, {}, ZONE, care))
    assert fast.to_pylist() == slow.to_pylist()
    assert fast.num_rows == 5


@pytest.mark.parametrize(
    ("line", "care"),
    [
        ('{"s": "x", "t": "2026-01-01T00:00:00Z"}', ReadCare.TEXT),
        ('{"s": "1.70", "t": null}', ReadCare.TOKENS),
        ('{"s": 1.70, "t": null}', ReadCare.LINES),
        ('{"s": "x", "t": 1767225600}', ReadCare.TOKENS),
        ('{"s": "x", "t": "2026-1-1"}', ReadCare.TOKENS),
        ('{"s": "x", "s": "y"}', ReadCare.LINES),
        ('{"s": "x"', ReadCare.LINES),
        ('{"s": "x"} {"s": "y"}', ReadCare.LINES),
        ('{"s": "\xff"}', ReadCare.BYTES),
    ],
)
def test_doubtful_lines_are_read_with_more_care(
    line: str, care: ReadCare, tmp_path: Path, cursor: Cursor
) -> None:
    path = tmp_path / "doubt.json"
    path.write_bytes(line.encode("latin-1") + b"\n")
    schema = parse_schema("s STRING, t TIMESTAMP")
    taken, table = read_carefully(
        cursor, lambda care: read_json_sql([str(path)], schema, {}, ZONE, care)
    )
    assert (taken, table.num_rows) == (care, 1)


# Each in a usual shape, so that the fast way is tried; Spark's values, in seconds
# since 1970, for the zones UTC and America/New_York.
SHAPES = (
    ("2026-01-01T10:00:00Z", 1767261600, 1767261600),
    ("2026-01-01 10:00:00", 1767261600, 1767279600),
    ("2026-01-01T10:00:00.5", 1767261600.5, 1767279600.5),
    ("2026-01-01T10:00:00.1234567Z", 1767261600.123456, 1767261600.123456),
    ("2026-01-01T10:00:00+02:00", 1767254400, 1767254400),
    ("2026-01-01T10:00:00 +02:00", 1767254400, 1767254400),
    ("2026-01-01T10:00:00+2:00", 1767254400, 1767254400),
    ("2026-01-01T10:00:00 Asia/Tokyo", 1767229200, 1767229200),
    ("2026-01-01T24:00:00Z", None, None),
    ("2026-02-30T10:00:00Z", None, None),
    ("2026-01-01T10:00:60Z", None, None),
    # The hour that comes twice is the first, the hour that never comes the next.
    ("2021-11-07T01:30:00", 1636248600, 1636263000),
    ("2021-03-14T02:30:00", 1615689000, 1615707000),
)


@pytest.mark.parametrize("care", list(ReadCare))
@pytest.mark.parametrize(("zone", "column"), [("UTC", 1), (ZONE, 2)])
def test_times_in_usual_shapes_are_exact_in_every_way(
    zone: str, column: int, care: ReadCare, tmp_path: Path, cursor: Cursor
) -> None:
    cursor.set_time_zone(zone)
    schema = parse_schema("t TIMESTAMP")
    found = []
    for number, shape in enumerate(SHAPES):
        path = str(tmp_path / f"{number}.json")
        Path(path).write_text(f'{{"t": "{shape[0]}"}}\n')

        def sql_of(more: ReadCare, path: str = path) -> str:
            sql = read_json_sql([path], schema, {}, zone, max(care, more))
            return f"SELECT epoch_us(t) / 1e6 AS seconds FROM ({sql})"

        _, table = read_carefully(cursor, sql_of)
        found += table["seconds"].to_pylist()
    assert found == [shape[column] for shape in SHAPES]


def test_a_zone_given_as_an_option_is_that_of_times_without_one(
    tmp_path: Path, cursor: Cursor
) -> None:
    path = tmp_path / "t.json"
    path.write_text('{"t": "2020-01-01T00:00:00"}\n')
    sql = read_json_sql(
        [str(path)], parse_schema("t TIMESTAMP"), {"timezone": "Asia/Tokyo"}, ZONE
    )
    assert rows_of(cursor.query(sql)) == [["2019-12-31 15:00:00"]]


def test_rows_keep_the_order_of_files_and_lines(tmp_path: Path, cursor: Cursor) -> None:
    paths = []
    for number in (2, 0, 1):
        path = tmp_path / f"{number}.json"
        path.write_text("".join(f'{{"n": {number * 10 + i}}}\n' for i in range(3)))
        paths.append(str(path))
    sql = read_json_sql(paths, parse_schema("n INT"), {}, ZONE)
    assert cursor.query(sql)["n"].to_pylist() == [20, 21, 22, 0, 1, 2, 10, 11, 12]


def test_a_name_with_pattern_letters_is_taken_literally(
    tmp_path: Path, cursor: Cursor
) -> None:
    (tmp_path / "a1.json").write_text('{"n": 1}\n')
    path = tmp_path / "a[1]*'?.json"
    path.write_text('{"n": 2}\n')
    sql = read_json_sql([str(path)], parse_schema("n INT"), {}, ZONE)
    assert cursor.query(sql)["n"].to_pylist() == [2]


def test_decimals_keep_all_their_digits(tmp_path: Path, cursor: Cursor) -> None:
    path = tmp_path / "d.json"
    path.write_text('{"d": 1.000000000000000001}\n')
    schema = parse_schema("d DECIMAL(38,18)")
    _, table = read_carefully(
        cursor, lambda care: read_json_sql([str(path)], schema, {}, ZONE, care)
    )
    assert str(table["d"][0]) == "1.000000000000000001"


def test_a_corrupt_record_column_must_be_a_string() -> None:
    schema = parse_schema("a INT, _corrupt_record INT")
    with pytest.raises(IllegalArgumentError, match="_corrupt_record"):
        read_json_sql(["/x"], schema, {}, ZONE)


def test_a_type_json_cannot_hold_is_refused() -> None:
    with pytest.raises(UnboundedError, match="interval"):
        read_json_sql(["/x"], parse_schema("i INTERVAL DAY TO SECOND"), {}, ZONE)
