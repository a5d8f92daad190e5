"""Parquet files as SQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from unbounded.engine import Cursor, Database, EngineSettings
from unbounded.parser import parse_schema
from unbounded.sources.parquet import read_parquet_sql


@pytest.fixture(scope="module")
def cursor() -> Iterator[Cursor]:
    database = Database.open(EngineSettings(threads=1))
    cursor = database.cursor()
    yield cursor
    cursor.close()
    database.close()


NAN = float("nan")


@pytest.mark.parametrize(
    "condition",
    [
        "x > 2",
        "-x > 0.5",
        "x * 2 > 5",
        "isnan(x)",
        "x = 'NaN'::DOUBLE",
        "NOT (x < 2)",
        "f > 2",
        "s.x > 2",
    ],
)
def test_row_of_nan_is_found_though_the_file_does_not_count_it(
    cursor: Cursor, tmp_path: Path, condition: str
) -> None:
    file = str(tmp_path / "a.parquet")
    values = [1.5, NAN]
    table = pa.table(
        {
            "x": values,
            "f": pa.array(values, pa.float32()),
            "s": [{"x": v} for v in values],
        }
    )
    pq.write_table(table, file)
    schema = parse_schema("x DOUBLE, f FLOAT, s STRUCT<x: DOUBLE>")
    sql = read_parquet_sql([file], schema, {}, "UTC")
    assert cursor.query(f"SELECT x FROM ({sql}) WHERE {condition}").num_rows == 1


def test_nan_is_the_greatest_of_a_file(cursor: Cursor, tmp_path: Path) -> None:
    file = str(tmp_path / "a.parquet")
    pq.write_table(pa.table({"x": [1.5, NAN, None]}), file)
    sql = read_parquet_sql([file], parse_schema("x DOUBLE"), {}, "UTC")
    found = cursor.query(f"SELECT isnan(max(x)) AS a, min(x) AS b FROM ({sql})")
    assert found.to_pylist() == [{"a": True, "b": 1.5}]
