from __future__ import annotations

import datetime

import pyarrow as pa
import pytest

from unbounded.errors import AnalysisError
from unbounded.parser import parse_schema
from unbounded.sinks import FileFormat
from unbounded.sinks.file_format import RunOver


def folders(
    run_over: RunOver, kind: str, *values: object, zone: str = "UTC"
) -> list[str]:
    """The names of the folders that hold these values, in any order."""
    schema = parse_schema(f"n INT, v {kind}")
    arrow = {
        "TIMESTAMP": pa.timestamp("us", "UTC"),
        "TIMESTAMP_NTZ": pa.timestamp("us"),
        "DOUBLE": pa.float64(),
        "FLOAT": pa.float32(),
        "STRING": pa.string(),
        "BOOLEAN": pa.bool_(),
        "BINARY": pa.binary(),
        "DATE": pa.date32(),
        "DECIMAL(4,2)": pa.decimal128(4, 2),
    }[kind]
    numbers = pa.array(range(len(values)), pa.int32())
    table = pa.table({"n": numbers, "v": pa.array(values, arrow)})
    file_format = FileFormat("parquet", schema, {}, zone, run_over)
    return sorted(name for name, _ in file_format.partitioned_by(["v"]).split(table))


MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5, 500_000)


@pytest.mark.parametrize(
    ("kind", "value", "name"),
    [
        ("TIMESTAMP", MOMENT.replace(tzinfo=datetime.UTC), "2026-01-02 03%3A04%3A05.5"),
        ("TIMESTAMP_NTZ", MOMENT.replace(microsecond=0), "2026-01-02 03%3A04%3A05"),
        ("DOUBLE", 1.0, "1.0"),
        ("FLOAT", 1.5, "1.5"),
        ("BOOLEAN", True, "true"),
        ("DECIMAL(4,2)", 1, "1.00"),
        ("DATE", datetime.date(2026, 1, 2), "2026-01-02"),
        ("BINARY", b"xy", "xy"),
        ("STRING", "a/b c%=:é", "a%2Fb c%25%3D%3Aé"),
        ("STRING", "", "__HIVE_DEFAULT_PARTITION__"),
        ("STRING", None, "__HIVE_DEFAULT_PARTITION__"),
    ],
)
def test_a_value_names_its_folder_as_in_spark(
    kind: str, value: object, name: str, run_over: RunOver
) -> None:
    assert folders(run_over, kind, value) == [f"/v={name}"]


def test_times_are_those_of_the_session_s_zone(run_over: RunOver) -> None:
    moment = MOMENT.replace(tzinfo=datetime.UTC, microsecond=0)
    (name,) = folders(run_over, "TIMESTAMP", moment, zone="Asia/Tokyo")
    assert name == "/v=2026-01-02 12%3A04%3A05"


def test_rows_of_a_folder_keep_their_order(run_over: RunOver) -> None:
    table = pa.table({"n": pa.array([5, 4, 3, 2, 1], pa.int32()), "v": list("babab")})
    schema = parse_schema("n INT, v STRING")
    file_format = FileFormat("parquet", schema, {}, "UTC", run_over)
    parts = dict(file_format.partitioned_by(["v"]).split(table))
    assert {name: part["n"].to_pylist() for name, part in parts.items()} == {
        "/v=a": [4, 2],
        "/v=b": [5, 3, 1],
    }


@pytest.mark.parametrize(
    ("columns", "condition"),
    [
        (["k"], "INVALID_PARTITION_COLUMN_DATA_TYPE"),
        (["n", "k"], "INVALID_PARTITION_COLUMN_DATA_TYPE"),
        (["n", "m"], "ALL_PARTITION_COLUMNS_NOT_ALLOWED"),
    ],
)
def test_columns_that_can_t_be_folders_are_refused(
    columns: list[str], condition: str, run_over: RunOver
) -> None:
    last = "k ARRAY<INT>" if "k" in columns else "m INT"
    schema = parse_schema(f"n INT, {last}")
    file_format = FileFormat("parquet", schema, {}, "UTC", run_over)
    with pytest.raises(AnalysisError) as caught:
        file_format.partitioned_by(columns)
    assert caught.value.condition == condition
