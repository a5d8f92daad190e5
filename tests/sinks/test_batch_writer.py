from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from unbounded.errors import AnalysisError, IllegalArgumentError
from unbounded.files import Files, LocalFiles
from unbounded.parser import parse_schema
from unbounded.sinks import FileFormat, OutputFolder, finish_writes, write_table
from unbounded.sinks.file_format import RunOver
from unbounded.testing import SimulatedCrash, SimulatedFiles


@pytest.fixture
def write(run_over: RunOver, new_id: Callable[[], str]) -> Callable[..., None]:
    def written(path: Path, mode: str, number: int, **options: str) -> None:
        file_format = FileFormat(
            "parquet", parse_schema("n INT"), options, "UTC", run_over
        )
        table = pa.table({"n": pa.array([number], pa.int32())})
        output = OutputFolder(str(path), mode)
        write_table(LocalFiles(), file_format, output, table, new_id)

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


def by_key(run_over: RunOver, files: Files, path: Path, mode: str, *rows: str) -> None:
    """Write rows such as `a1`, a key and a number, in folders by key."""
    file_format = FileFormat(
        "json", parse_schema("k STRING, n INT"), {}, "UTC", run_over
    )
    table = pa.table(
        {
            "k": [row[0] for row in rows],
            "n": pa.array([int(row[1]) for row in rows], pa.int32()),
        }
    )
    kind, _, dynamic = mode.partition(" ")
    output = OutputFolder(str(path), kind, ("k",), bool(dynamic))
    count = len(list(path.rglob("part-*"))) if path.exists() else 0
    write_table(files, file_format, output, table, lambda: f"{mode}-{count}")


def found_by_key(path: Path) -> list[str]:
    """What a reader of the folder sees; a torn file is an error."""
    return sorted(
        f"{part.parent.name[2:]}{json.loads(line)['n']}"
        for part in path.glob("k=*/part-*")
        for line in part.read_text().splitlines()
    )


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("append", ["a1", "a3", "b2", "c4"]),
        ("overwrite", ["a3", "c4"]),
        ("overwrite dynamic", ["a3", "b2", "c4"]),
    ],
)
def test_a_write_by_partitions_is_whole_or_not_at_all_after_a_crash(
    mode: str, expected: list[str], tmp_path: Path, run_over: RunOver
) -> None:
    before, crashes, number = ["a1", "b2"], 0, 0
    seen: set[bool] = set()
    while crashes == number:
        number += 1
        folder = tmp_path / str(number)
        folder.mkdir()
        by_key(run_over, LocalFiles(), folder / "out", "error", "a1", "b2")
        files = SimulatedFiles(str(folder), seed=number)
        files.crash_at(number)
        try:
            by_key(run_over, files, folder / "out", mode, "a3", "c4")
        except SimulatedCrash:
            crashes += 1
            files.reboot()
            finish_writes(files, str(folder / "out"))
        found = found_by_key(folder / "out")
        assert found in (before, expected), f"crash at step {number}"
        seen.add(found == expected)
        left = [p.name for p in (folder / "out").iterdir() if p.name[0] != "."]
        assert set(left) <= {"k=a", "k=b", "k=c", "_SUCCESS"}
    assert seen == {False, True}
    assert crashes > 15


def test_a_live_writer_is_left_alone(tmp_path: Path) -> None:
    temporary = tmp_path / "_temporary"
    (temporary / "job").mkdir(parents=True)
    lock = LocalFiles().lock(f"{temporary}/job.lock")
    finish_writes(LocalFiles(), str(tmp_path))
    assert (temporary / "job").exists()
    lock.release()
    finish_writes(LocalFiles(), str(tmp_path))
    assert not temporary.exists()


def test_overwriting_keeps_new_files_in_a_folder_that_was_there(
    tmp_path: Path, run_over: RunOver
) -> None:
    by_key(run_over, LocalFiles(), tmp_path / "out", "error", "a1", "b2")
    by_key(run_over, LocalFiles(), tmp_path / "out", "overwrite", "a3")
    assert found_by_key(tmp_path / "out") == ["a3"]
    assert not (tmp_path / "out" / "k=b").exists()


def test_a_query_s_output_is_not_appended_to(
    tmp_path: Path, write: Callable[..., None]
) -> None:
    (tmp_path / "_spark_metadata").mkdir()
    with pytest.raises(AnalysisError) as caught:
        write(tmp_path, "append", 1)
    assert caught.value.condition == "QUERY_OUTPUT_APPEND"


def test_files_hold_no_more_rows_than_wished(tmp_path: Path, run_over: RunOver) -> None:
    file_format = FileFormat(
        "json", parse_schema("n INT"), {"maxrecordsperfile": "2"}, "UTC", run_over
    )
    table = pa.table({"n": pa.array(range(5), pa.int32())})
    output = OutputFolder(str(tmp_path / "out"), "error")
    write_table(LocalFiles(), file_format, output, table, lambda: "id")
    parts = sorted((tmp_path / "out").glob("part-*"))
    assert [part.name for part in parts] == [
        f"part-00000-id-c00{number}.json" for number in range(3)
    ]
    assert [len(part.read_text().splitlines()) for part in parts] == [2, 2, 1]
