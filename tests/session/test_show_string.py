"""The texts are what Spark 4.3 printed for the same rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from unbounded import types as t
from unbounded.session.show_string import format_cell, show_string

SCHEMA = t.StructType(
    (
        t.StructField("i", t.IntegerType()),
        t.StructField("s", t.StringType()),
        t.StructField("d", t.DoubleType()),
    )
)
TABLE = pa.table(
    {
        "i": pa.array([1, None], pa.int32()),
        "s": ["short", "a much longer text than twenty"],
        "d": [1.5, 1e7],
    }
)


def show(
    table: pa.Table = TABLE,
    schema: t.StructType = SCHEMA,
    rows: int = 20,
    truncate: int = 20,
    vertical: bool = False,
) -> str:
    return show_string(table, schema, rows, truncate, vertical, "UTC")


def test_grid_is_sparks() -> None:
    assert show() == (
        "+----+--------------------+-----+\n"
        "|   i|                   s|    d|\n"
        "+----+--------------------+-----+\n"
        "|   1|               short|  1.5|\n"
        "|NULL|a much longer tex...|1.0E7|\n"
        "+----+--------------------+-----+\n"
    )


def test_values_are_left_when_nothing_is_cut() -> None:
    assert show(truncate=0).splitlines()[3:5] == [
        "|1   |short                         |1.5  |",
        "|NULL|a much longer text than twenty|1.0E7|",
    ]


def test_below_four_characters_there_are_no_dots() -> None:
    assert show(truncate=3).splitlines()[3:5] == ["|  1|sho|1.5|", "|NUL|a m|1.0|"]


def test_vertical_is_sparks() -> None:
    assert show(vertical=True) == (
        "-RECORD 0-------------------\n"
        " i   | 1                    \n"
        " s   | short                \n"
        " d   | 1.5                  \n"
        "-RECORD 1-------------------\n"
        " i   | NULL                 \n"
        " s   | a much longer tex... \n"
        " d   | 1.0E7                \n"
    )


def test_more_rows_than_shown_are_said() -> None:
    assert show(rows=1).endswith("+---+-----+---+\nonly showing top 1 row")
    assert show(rows=0).endswith("+---+---+---+\nonly showing top 0 rows")


def test_no_rows_are_an_empty_grid() -> None:
    assert show(TABLE.slice(0, 0)) == (
        "+---+---+---+\n|  i|  s|  d|\n+---+---+---+\n+---+---+---+\n"
    )


def test_no_rows_are_said_when_vertical() -> None:
    assert show(TABLE.slice(0, 0), vertical=True) == "(0 rows)"


def test_no_columns_are_bars() -> None:
    assert show(TABLE.select([]), t.StructType()) == "++\n||\n++\n||\n||\n++\n"


def test_wide_characters_count_twice() -> None:
    schema = t.StructType((t.StructField("w", t.StringType()),))
    assert show(pa.table({"w": ["日本"]}), schema).splitlines()[3] == "|日本|"
    assert show(pa.table({"w": ["日本"]}), schema).splitlines()[0] == "+----+"


def test_control_characters_are_written_out() -> None:
    schema = t.StructType((t.StructField("x\ny", t.StringType()),))
    lines = show(pa.table({"x\ny": ["a\nb\tc"]}), schema).splitlines()
    assert (lines[1], lines[3]) == ("|   x\\ny|", "|a\\nb\\tc|")


FLOATS = [
    (1e-3, "0.001"),
    (1e-4, "1.0E-4"),
    (123456789.0, "1.23456789E8"),
    (0.0, "0.0"),
    (-0.0, "-0.0"),
    (float("nan"), "NaN"),
    (float("-inf"), "-Infinity"),
    (1e16, "1.0E16"),
    (4.9e-324, "4.9E-324"),
    (100.0, "100.0"),
    (-12.25, "-12.25"),
]


@pytest.mark.parametrize("value, text", FLOATS)
def test_doubles_are_written_as_java_does(value: float, text: str) -> None:
    assert format_cell(value, t.DoubleType(), "UTC") == text


@pytest.mark.parametrize(
    "value, text", [(0.1, "0.1"), (1e10, "1.0E10"), (16777216.0, "1.6777216E7")]
)
def test_floats_have_the_fewest_digits(value: float, text: str) -> None:
    single = pa.scalar(value, pa.float32()).as_py()
    assert format_cell(single, t.FloatType(), "UTC") == text


CELLS: list[tuple[Any, t.DataType, str]] = [
    (True, t.BooleanType(), "true"),
    (b"abc", t.BinaryType(), "[61 62 63]"),
    (b"", t.BinaryType(), "[]"),
    (date(2026, 1, 2), t.DateType(), "2026-01-02"),
    (Decimal("1.20"), t.DecimalType(10, 2), "1.20"),
    ([1, None], t.ArrayType(t.IntegerType()), "[1, NULL]"),
    ([("k", 1.0)], t.MapType(t.StringType(), t.DoubleType()), "{k -> 1.0}"),
    (
        timedelta(days=1, hours=2, minutes=3, seconds=4.5),
        t.DayTimeIntervalType(),
        "INTERVAL '1 02:03:04.5' DAY TO SECOND",
    ),
    (14, t.YearMonthIntervalType(), "INTERVAL '1-2' YEAR TO MONTH"),
    ({"i": None, "s": "x", "d": 2.0}, SCHEMA, "{NULL, x, 2.0}"),
]


@pytest.mark.parametrize("value, data_type, text", CELLS)
def test_cell_is_written_as_spark_does(
    value: Any, data_type: t.DataType, text: str
) -> None:
    assert format_cell(value, data_type, "UTC") == text


def test_timestamp_is_in_the_session_zone_without_needless_digits() -> None:
    instant = datetime(2026, 1, 2, 3, 4, 5, 120_000, tzinfo=UTC)
    text = format_cell(instant, t.TimestampType(), "Asia/Tokyo")
    assert text == "2026-01-02 12:04:05.12"
