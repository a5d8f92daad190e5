from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from unbounded.errors import AnalysisError, IllegalArgumentError
from unbounded.files import LocalFiles
from unbounded.parser import parse_schema
from unbounded.sinks import FileFormat, write_table
from unbounded.sinks.file_format import RunOver


@pytest.fixture
def write(run_over: RunOver, new_id: Callable[[], str]) -> Callable[..., None]:
    def written(path: Path, mode: str, number: int, **options: str) -> None:
        file_format = FileFormat(
            "parquet", parse_schema("n INT"), options, "UTC", run_over
        )
        table = pa.table({"n": pa.array([number], pa.int32())})
        write_table(LocalFiles(), file_format, str(path), table, mode, new_id)

    return written


def numbers(path: Path) -> list[int]:
    parts = sorted(path.glob("part-*"))
    return [n for part in parts for n in pq.read_table(part)["n"].to_pylist()]


def test_a_new_folder_ends_with_a_mark_of_success(
    tmp_path: Path, write: Callable[..., None]
) -> None:
    write(tmp_path / "out", "error", 1)
    assert numbers(tmp_path / "out") == [1]
    assert (tmp_path / "out" / "_SUCCESS").read_bytes() == b""


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("append", [1, 2]), ("overwrite", [2]), ("ignore", [1]), ("Overwrite", [2])],
)
def test_save_modes(
    mode: str, expected: list[int], tmp_path: Path, write: Callable[..., None]
) -> None:
    write(tmp_path / "out", "error", 1)
    write(tmp_path / "out", mode, 2)
    assert numbers(tmp_path / "out") == expected


@pytest.mark.parametrize("mode", ["error", "errorifexists"])
def test_an_existing_folder_is_an_error(
    mode: str, tmp_path: Path, write: Callable[..., None]
) -> None:
    with pytest.raises(AnalysisError) as caught:
        write(tmp_path, mode, 1)
    assert caught.value.condition == "PATH_ALREADY_EXISTS"


def test_overwriting_drops_the_log_of_a_query(
    tmp_path: Path, write: Callable[..., None]
) -> None:
    (tmp_path / "_spark_metadata").mkdir()
    (tmp_path / "_spark_metadata" / "0").write_text("v1")
    write(tmp_path, "overwrite", 1)
    assert not (tmp_path / "_spark_metadata").exists()


def test_an_unknown_mode_is_named(tmp_path: Path, write: Callable[..., None]) -> None:
    with pytest.raises(IllegalArgumentError, match="sideways"):
        write(tmp_path, "sideways", 1)


def test_an_unknown_codec_is_named(tmp_path: Path, write: Callable[..., None]) -> None:
    with pytest.raises(IllegalArgumentError, match="zip"):
        write(tmp_path / "out", "error", 1, compression="zip")


def test_parquet_files_carry_sparks_schema(
    tmp_path: Path, write: Callable[..., None]
) -> None:
    write(tmp_path / "out", "error", 1)
    (part,) = (tmp_path / "out").glob("part-*.snappy.parquet")
    metadata = pq.read_metadata(part).metadata
    assert metadata[b"org.apache.spark.sql.parquet.row.metadata"].startswith(
        b'{"type":"struct"'
    )
