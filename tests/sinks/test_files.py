from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from unbounded.clock import SystemClock
from unbounded.files import Files, LocalFiles
from unbounded.parser import parse_schema
from unbounded.sinks import FileFormat, FileStreamSink
from unbounded.sinks.file_format import RunOver
from unbounded.sources import read_sql
from unbounded.testing import SimulatedCrash, SimulatedFiles

SCHEMA = parse_schema("n INT")
PART = r"part-00000-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-c000\.json"


@pytest.fixture
def open_sink(
    run_over: RunOver,
) -> Callable[..., FileStreamSink]:
    def opened(
        path: Path, files: Files | None = None, partition_by: tuple[str, ...] = ()
    ) -> FileStreamSink:
        schema = parse_schema("n INT, k STRING") if partition_by else SCHEMA
        return FileStreamSink(
            FileFormat("json", schema, {}, "UTC", run_over),
            str(path),
            files or LocalFiles(),
            SystemClock(),
            "query",
            partition_by=partition_by,
        )

    return opened


def rows(*numbers: int) -> pa.Table:
    return pa.table({"n": pa.array(numbers, pa.int32())})


def run_batch(
    sink: FileStreamSink, batch_id: int, *numbers: int, mode: str = "append"
) -> None:
    sink.write(batch_id, rows(*numbers), mode)
    sink.commit(batch_id)
    sink.after_commit(batch_id)


def numbers_in(path: Path, run_over: RunOver) -> list[int]:
    """What a reader of the folder sees, in order of the numbers."""
    sql = read_sql("json", SCHEMA, {}, [str(path)], time_zone="UTC")
    return sorted(run_over(sql, rows())["n"].to_pylist())


def part_names(path: Path) -> list[str]:
    return sorted(p.name for p in path.iterdir() if p.name.startswith("part-"))


def log_names(path: Path) -> list[str]:
    return sorted(p.name for p in (path / "_spark_metadata").iterdir())


def test_appended_batches_add_up(
    tmp_path: Path, open_sink: Callable[..., FileStreamSink], run_over: RunOver
) -> None:
    sink = open_sink(tmp_path)
    run_batch(sink, 0, 1, 2)
    run_batch(sink, 1, 3)
    assert numbers_in(tmp_path, run_over) == [1, 2, 3]
    assert all(re.fullmatch(PART, name) for name in part_names(tmp_path))


def test_rows_do_not_count_before_the_commit(
    tmp_path: Path, open_sink: Callable[..., FileStreamSink], run_over: RunOver
) -> None:
    sink = open_sink(tmp_path)
    run_batch(sink, 0, 1)
    sink.write(1, rows(2), "append")
    assert numbers_in(tmp_path, run_over) == [1]


def test_a_batch_the_log_has_is_skipped(
    tmp_path: Path, open_sink: Callable[..., FileStreamSink], run_over: RunOver
) -> None:
    run_batch(open_sink(tmp_path), 0, 1)
    run_batch(open_sink(tmp_path), 0, 1)
    assert numbers_in(tmp_path, run_over) == [1]
    assert len(part_names(tmp_path)) == 1


def test_every_tenth_log_file_holds_all_before(
    tmp_path: Path, open_sink: Callable[..., FileStreamSink], run_over: RunOver
) -> None:
    sink = open_sink(tmp_path)
    for batch_id in range(11):
        run_batch(sink, batch_id, batch_id)
    assert "9.compact" in log_names(tmp_path)
    assert numbers_in(tmp_path, run_over) == list(range(11))


def test_a_complete_batch_replaces_the_one_before(
    tmp_path: Path, open_sink: Callable[..., FileStreamSink], run_over: RunOver
) -> None:
    sink = open_sink(tmp_path)
    run_batch(sink, 0, 1, mode="complete")
    run_batch(sink, 1, 2, 3, mode="complete")
    assert numbers_in(tmp_path, run_over) == [2, 3]


def test_replaced_parts_stay_for_the_next_batch_and_go_some_at_a_time(
    tmp_path: Path, open_sink: Callable[..., FileStreamSink]
) -> None:
    sink = open_sink(tmp_path)
    counts = []
    for batch_id in range(6):
        run_batch(sink, batch_id, batch_id, mode="complete")
        counts.append(len(part_names(tmp_path)))
    assert counts == [1, 2, 3, 4, 5, 2]
    assert log_names(tmp_path) == ["4.compact", "5.compact"]


def test_replaced_parts_that_are_large_go_once_the_next_batch_is_done(
    tmp_path: Path, open_sink: Callable[..., FileStreamSink], monkeypatch
) -> None:
    monkeypatch.setattr("unbounded.sinks.files._BYTES_GONE_MAX", 1)
    sink = open_sink(tmp_path)
    run_batch(sink, 0, 1, mode="complete")
    run_batch(sink, 1, 2, mode="complete")
    sink.write(2, rows(3), "complete")
    sink.commit(2)
    assert len(part_names(tmp_path)) == 3
    sink.after_commit(2)
    assert len(part_names(tmp_path)) == 2


def test_what_a_former_run_replaced_goes_with_the_first_batch(
    tmp_path: Path, open_sink: Callable[..., FileStreamSink]
) -> None:
    for batch_id in range(3):
        run_batch(open_sink(tmp_path), batch_id, batch_id, mode="complete")
    assert len(part_names(tmp_path)) == 2


@pytest.mark.parametrize("mode", ["append", "complete"])
def test_large_parquet_files_are_made_beside_and_whole(
    mode: str, tmp_path: Path, run_over: RunOver
) -> None:
    names = []

    def start_thread(name: str, run: Callable[[], None]) -> threading.Thread:
        names.append(name)
        thread = threading.Thread(target=run)
        thread.start()
        return thread

    sink = FileStreamSink(
        FileFormat("parquet", SCHEMA, {}, "UTC", run_over),
        str(tmp_path),
        LocalFiles(),
        SystemClock(),
        "query",
        start_thread=start_thread,
    )
    run_batch(sink, 0, *range(20_000), mode=mode)
    run_batch(sink, 1, 7, mode=mode)
    sql = read_sql("parquet", SCHEMA, {}, [str(tmp_path)], time_zone="UTC")
    found = sorted(run_over(sql, rows())["n"].to_pylist())
    assert found == ([7] if mode == "complete" else sorted([*range(20_000), 7]))
    assert names == ["unbounded-part"]


def test_an_empty_complete_batch_empties_the_result(
    tmp_path: Path, open_sink: Callable[..., FileStreamSink], run_over: RunOver
) -> None:
    sink = open_sink(tmp_path)
    run_batch(sink, 0, 1, mode="complete")
    run_batch(sink, 1, mode="complete")
    assert numbers_in(tmp_path, run_over) == []


@pytest.mark.parametrize("mode", ["append", "complete"])
def test_after_a_crash_at_any_step_a_batch_counts_once(
    mode: str,
    tmp_path: Path,
    open_sink: Callable[..., FileStreamSink],
    run_over: RunOver,
) -> None:
    def run(files: SimulatedFiles, path: Path) -> None:
        sink = open_sink(path, files)
        for batch_id in range(4):
            run_batch(sink, batch_id, batch_id, mode=mode)

    probe = tmp_path / "probe"
    probe.mkdir()
    counted = SimulatedFiles(str(probe))
    run(counted, probe / "out")
    for step in range(1, len(counted.steps) + 1):
        folder = tmp_path / str(step)
        folder.mkdir()
        files = SimulatedFiles(str(folder), seed=step)
        files.crash_at(step)
        with pytest.raises(SimulatedCrash):
            run(files, folder / "out")
        files.reboot()
        run(files, folder / "out")
        expected = [3] if mode == "complete" else [0, 1, 2, 3]
        assert numbers_in(folder / "out", run_over) == expected, step


def test_a_log_ahead_of_the_query_is_warned_of_by_name(
    tmp_path: Path,
    open_sink: Callable[..., FileStreamSink],
    caplog: pytest.LogCaptureFixture,
) -> None:
    sink = open_sink(tmp_path)
    for batch_id in range(3):
        run_batch(sink, batch_id, batch_id)
    with caplog.at_level(logging.WARNING, "unbounded"):
        open_sink(tmp_path).check_start(0, is_replay=False)
    assert "[SINK_LOG_AHEAD]" in caplog.text
    assert str(tmp_path) in caplog.text


@pytest.mark.parametrize(("next_batch_id", "is_replay"), [(2, True), (3, False)])
def test_a_log_level_with_the_query_is_not_warned_of(
    next_batch_id: int,
    is_replay: bool,
    tmp_path: Path,
    open_sink: Callable[..., FileStreamSink],
    caplog: pytest.LogCaptureFixture,
) -> None:
    sink = open_sink(tmp_path)
    for batch_id in range(3):
        run_batch(sink, batch_id, batch_id)
    with caplog.at_level(logging.WARNING, "unbounded"):
        open_sink(tmp_path).check_start(next_batch_id, is_replay)
    assert not caplog.text


def test_partitions_are_folders_and_their_columns_not_in_files(
    tmp_path: Path, open_sink: Callable[..., FileStreamSink]
) -> None:
    sink = open_sink(tmp_path, partition_by=("k",))
    table = pa.table({"n": pa.array([1, 2], pa.int32()), "k": ["x", "y/z"]})
    sink.write(0, table, "append")
    sink.commit(0)
    files = {p.parent.name: p.read_text() for p in tmp_path.glob("k=*/part-*")}
    assert files == {"k=x": '{"n":1}\n', "k=y%2Fz": '{"n":2}\n'}


def test_a_batch_run_again_deletes_what_the_attempt_that_died_left(
    tmp_path: Path, open_sink: Callable[..., FileStreamSink], run_over: RunOver
) -> None:
    run_batch(open_sink(tmp_path), 0, 1)
    open_sink(tmp_path).write(1, rows(2), "append")
    open_sink(tmp_path).write(1, rows(2), "append")
    assert len(part_names(tmp_path)) == 3
    run_batch(open_sink(tmp_path), 1, 2)
    assert len(part_names(tmp_path)) == 2
    assert numbers_in(tmp_path, run_over) == [1, 2]


def test_files_of_others_stay_when_a_batch_is_run_again(
    tmp_path: Path, open_sink: Callable[..., FileStreamSink]
) -> None:
    (tmp_path / "part-00000-theirs-c000.json").write_text("{}")
    open_sink(tmp_path).write(0, rows(2), "append")
    run_batch(open_sink(tmp_path), 0, 2)
    assert "part-00000-theirs-c000.json" in part_names(tmp_path)


def test_orphans_in_folders_of_partitions_are_deleted(
    tmp_path: Path, open_sink: Callable[..., FileStreamSink]
) -> None:
    table = pa.table({"n": pa.array([1, 2], pa.int32()), "k": ["a", "b"]})
    for _ in range(2):
        sink = open_sink(tmp_path, partition_by=("k",))
        sink.write(0, table, "append")
    sink.commit(0)
    assert len(list(tmp_path.glob("k=*/part-*"))) == 2
