from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from unbounded.engine import Cursor
from unbounded.sources.file_metadata import metadata_field
from unbounded.sources.listing import ListedFile
from unbounded.sources.reader import FileReader
from unbounded.types import IntegerType, StringType, StructField, StructType


def rows(
    cursor: Cursor, format_name: str, schema: StructType, *files: ListedFile
) -> list[dict[str, object]]:
    reader = FileReader(format_name, schema)
    return cursor.query(reader.sql(files)).to_pylist()


def listed(path: Path, root: Path) -> ListedFile:
    found = os.stat(path)
    return ListedFile(str(path), found.st_size, 1_700_000_000_123, str(root))


def test_each_row_tells_of_its_file(cursor: Cursor, tmp_path: Path) -> None:
    first, second = tmp_path / "a b%.json", tmp_path / "day=x" / "c.json"
    second.parent.mkdir()
    first.write_text('{"n": 1}\n{"n": 2}\n')
    second.write_text('{"n": 3}\n')
    schema = StructType(
        (
            StructField("n", IntegerType()),
            metadata_field("json"),
            StructField("day", StringType()),
        )
    )
    found = rows(
        cursor, "json", schema, listed(first, tmp_path), listed(second, tmp_path)
    )
    assert [(row["n"], row["day"]) for row in found] == [(1, None), (2, None), (3, "x")]
    told = found[0]["_metadata"]
    assert isinstance(told, dict)
    changed = told.pop("file_modification_time")
    assert changed.timestamp() == 1_700_000_000.123
    assert told == {
        "file_path": f"file:{tmp_path}/a%20b%25.json",
        "file_name": "a%20b%25.json",
        "file_size": 18,
        "file_block_start": 0,
        "file_block_length": 18,
    }


def test_rows_of_parquet_are_numbered_by_the_file(
    cursor: Cursor, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        pq.write_table(pa.table({"n": [7, 8]}), tmp_path / name)
    schema = StructType((StructField("n", IntegerType()), metadata_field("parquet")))
    found = rows(
        cursor,
        "parquet",
        schema,
        *(listed(tmp_path / name, tmp_path) for name in ("a", "b")),
    )
    told = [row["_metadata"] for row in found]
    assert [t["row_index"] for t in told if isinstance(t, dict)] == [0, 1, 0, 1]
