from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import orc

from unbounded.clock import SystemClock
from unbounded.engine import Cursor
from unbounded.errors import ExecutionError
from unbounded.files import LocalFiles
from unbounded.parser import parse_schema
from unbounded.sources import infer_schema, open_source, read_relation

_NOON = datetime(2026, 1, 2, 12)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    (tmp_path / "day=2026-01-02").mkdir()
    table = pa.table(
        {
            "I": pa.array([1, None], pa.int32()),
            "s": ["x", None],
            "at": pa.array([_NOON, None], pa.timestamp("us")),
            "m": pa.array([Decimal("1.25"), None], pa.decimal128(10, 2)),
            "list": pa.array([[1, None], None], pa.list_(pa.int32())),
            "pair": pa.array([{"a": 1}, None], pa.struct([("a", pa.int64())])),
        }
    )
    orc.write_table(table, tmp_path / "day=2026-01-02" / "a.orc")
    return tmp_path


def rows(folder: Path, schema: str) -> list[dict[str, object]]:
    relation = read_relation(
        "orc", parse_schema(schema), {}, [str(folder)], time_zone="UTC"
    )
    assert relation.table is not None
    return relation.table.to_pylist()


def test_columns_go_by_name_and_are_widened(folder: Path) -> None:
    assert rows(folder, "i BIGINT, missing INT, s STRING, m DECIMAL(12,3)") == [
        {"i": 1, "missing": None, "s": "x", "m": Decimal("1.250")},
        {"i": None, "missing": None, "s": None, "m": None},
    ]


def test_a_number_can_be_read_as_text(folder: Path) -> None:
    assert rows(folder, "I STRING")[0] == {"I": "1"}


def test_a_time_is_an_instant_by_the_machines_zone(folder: Path) -> None:
    at = rows(folder, "at TIMESTAMP")[0]["at"]
    assert isinstance(at, datetime)
    assert at.astimezone(UTC) == datetime(2026, 1, 2, 11, tzinfo=UTC)
    assert rows(folder, "at TIMESTAMP_NTZ")[0] == {"at": _NOON}


def test_nested_values_keep_their_form(folder: Path) -> None:
    found = rows(folder, "list ARRAY<INT>, pair STRUCT<a: BIGINT>")
    assert found == [
        {"list": [1, None], "pair": {"a": 1}},
        {"list": None, "pair": None},
    ]


def test_names_of_folders_are_columns(folder: Path) -> None:
    assert rows(folder, "I INT, day DATE")[0] == {"I": 1, "day": date(2026, 1, 2)}


def test_columns_are_found_in_the_file(folder: Path, cursor: Cursor) -> None:
    found = infer_schema("orc", {}, [str(folder)], cursor.query)
    assert found.simple_string == (
        "struct<I:int,s:string,at:timestamp,m:decimal(10,2),list:array<int>,"
        "pair:struct<a:bigint>,day:date>"
    )


def test_a_stream_gives_the_rows_of_its_new_files(folder: Path) -> None:
    source = open_source(
        "orc",
        parse_schema("I INT"),
        {},
        (str(folder),),
        str(folder / "_checkpoint/sources/0"),
        files=LocalFiles(),
        clock=SystemClock(),
        time_zone="UTC",
    )
    end = source.latest_offset(None, True)
    assert end is not None
    table = source.relation(None, end).table
    assert table is not None
    assert table.to_pylist() == [{"I": 1}, {"I": None}]
    assert not source.reread()


@pytest.mark.parametrize("schema", ["I ARRAY<INT>", "s BOOLEAN", "list INT"])
def test_a_column_of_another_type_is_named(folder: Path, schema: str) -> None:
    with pytest.raises(ExecutionError) as caught:
        rows(folder, schema)
    assert caught.value.condition == "FAILED_READ_FILE.NO_HINT"
    assert "its column" in caught.value.message


def test_a_file_that_is_no_orc_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.orc").write_text("words")
    with pytest.raises(ExecutionError) as caught:
        rows(tmp_path, "a INT")
    assert "a.orc" in caught.value.message


def test_a_value_its_partition_column_can_not_hold_is_named(folder: Path) -> None:
    with pytest.raises(ExecutionError) as caught:
        rows(folder, "day INT")
    assert caught.value.condition == "INVALID_PARTITION_VALUE"
