from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from unbounded.clock import SystemClock
from unbounded.engine import Cursor
from unbounded.errors import (
    AnalysisError,
    CheckpointError,
    ExecutionError,
    IllegalArgumentError,
    UnsupportedError,
)
from unbounded.files import LocalFiles
from unbounded.parser import parse_schema
from unbounded.sources import Source, open_source
from unbounded.testing import ManualClock, SimulatedFiles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def put(folder: Path, name: str, *numbers: int, at: int = 1000) -> None:
    """A file of numbers, last changed `at` seconds after 1970."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f'{{"n": {number}}}\n' for number in numbers))
    os.utime(path, (at, at))


def source_of(
    folder: Path, *, schema: str = "n INT", paths: tuple[str, ...] = (), **options: str
) -> Source:
    return open_source(
        "json",
        parse_schema(schema),
        options,
        paths or (str(folder),),
        str(folder.parent / "checkpoint/sources/0"),
        files=LocalFiles(),
        clock=SystemClock(),
        time_zone="UTC",
    )


def read(source: Source, cursor: Cursor, start: str | None, end: str) -> list[int]:
    relation = source.relation(start, end)
    assert relation.sql is not None
    return cursor.query(relation.sql, relation.parameters)["n"].to_pylist()


def test_text_of_a_relation_is_the_same_for_every_batch(folder: Path) -> None:
    source = source_of(folder, maxfilespertrigger="1")
    put(folder, "a", 1)
    put(folder, "it's [b]", 2)
    first = source.latest_offset(None, True)
    second = source.latest_offset(first, True)
    assert first is not None
    assert second is not None
    early, late = source.relation(None, first), source.relation(first, second)
    assert early.sql == late.sql
    assert early.parameters != late.parameters


def test_a_batch_without_files_has_columns_of_arrays_too(
    folder: Path, cursor: Cursor
) -> None:
    put(folder, "a", 1)
    source = source_of(folder, schema="n INT, items ARRAY<INT>")
    offset = source.latest_offset(None, True)
    assert offset is not None
    assert read(source, cursor, offset, offset) == []


def test_without_files_there_is_no_offset(folder: Path) -> None:
    assert source_of(folder).latest_offset(None, True) is None


def test_offset_counts_the_logs_entries_as_in_spark(folder: Path) -> None:
    put(folder, "a", 1)
    source = source_of(folder)
    assert source.latest_offset(None, True) == '{"logOffset":0}'
    assert source.latest_offset('{"logOffset":0}', True) == '{"logOffset":0}'
    put(folder, "b", 2)
    assert source.latest_offset('{"logOffset":0}', True) == '{"logOffset":1}'


def test_files_come_by_time_and_then_by_path(folder: Path, cursor: Cursor) -> None:
    put(folder, "c", 1, at=1000)
    put(folder, "a", 3, at=2000)
    put(folder, "b", 2, at=1000)
    source = source_of(folder)
    end = source.latest_offset(None, True)
    assert end is not None
    assert read(source, cursor, None, end) == [2, 1, 3]


def test_a_batch_takes_no_more_files_than_its_limit(
    folder: Path, cursor: Cursor
) -> None:
    for number in range(3):
        put(folder, f"f{number}", number, at=1000 + number)
    source = source_of(folder, maxfilespertrigger="2")
    first = source.latest_offset(None, True)
    second = source.latest_offset(first, True)
    assert first is not None
    assert second is not None
    assert read(source, cursor, None, first) == [0, 1]
    assert read(source, cursor, first, second) == [2]


def test_a_batch_without_limit_takes_all_files(folder: Path, cursor: Cursor) -> None:
    for number in range(3):
        put(folder, f"f{number}", number, at=1000 + number)
    source = source_of(folder, maxfilespertrigger="1")
    end = source.latest_offset(None, False)
    assert end is not None
    assert read(source, cursor, None, end) == [0, 1, 2]


def test_a_limit_of_bytes_lets_one_file_through(folder: Path, cursor: Cursor) -> None:
    put(folder, "a", *range(100), at=1000)
    put(folder, "b", 7, at=2000)
    source = source_of(folder, maxbytespertrigger="20")
    first = source.latest_offset(None, True)
    assert first is not None
    assert len(read(source, cursor, None, first)) == 100


def test_both_limits_at_once_are_refused(folder: Path) -> None:
    with pytest.raises(IllegalArgumentError, match="maxBytesPerTrigger"):
        source_of(folder, maxbytespertrigger="20", maxfilespertrigger="1")


def test_latest_first_takes_the_newest_file(folder: Path, cursor: Cursor) -> None:
    put(folder, "a", 1, at=1000)
    put(folder, "b", 2, at=2000)
    source = source_of(folder, maxfilespertrigger="1", latestfirst="true")
    first = source.latest_offset(None, True)
    second = source.latest_offset(first, True)
    assert second is not None
    assert read(source, cursor, first, second) == [1]


def test_files_older_than_the_newest_seen_by_the_age_are_left(folder: Path) -> None:
    put(folder, "a", 1, at=10_000)
    source = source_of(folder, maxfileage="1h")
    first = source.latest_offset(None, True)
    put(folder, "old", 2, at=10_000 - 3601)
    assert source.latest_offset(first, True) == first
    put(folder, "young", 2, at=10_000 - 3599)
    assert source.latest_offset(first, True) != first


def test_hidden_names_do_not_count(folder: Path) -> None:
    for name in ("_SUCCESS", ".part.crc", "_temporary/x", "a._COPYING_"):
        put(folder, name, 1)
    assert source_of(folder).latest_offset(None, True) is None


def test_a_seen_path_is_not_read_again(folder: Path) -> None:
    put(folder, "a", 1)
    source = source_of(folder)
    first = source.latest_offset(None, True)
    put(folder, "a", 1, 2, at=5000)
    assert source.latest_offset(first, True) == first


def test_a_restart_reads_the_same_files_from_the_log(
    folder: Path, cursor: Cursor
) -> None:
    put(folder, "a", 1, at=1000)
    first = source_of(folder).latest_offset(None, True)
    put(folder, "b", 2, at=500)
    source = source_of(folder)
    assert first is not None
    assert read(source, cursor, None, first) == [1]
    second = source.latest_offset(first, True)
    assert second is not None
    assert read(source, cursor, first, second) == [2]


def test_what_was_logged_and_not_planned_is_part_of_the_next_batch(
    folder: Path, cursor: Cursor
) -> None:
    put(folder, "a", 1)
    source_of(folder).latest_offset(None, True)
    source = source_of(folder)
    end = source.latest_offset(None, True)
    assert end is not None
    assert read(source, cursor, None, end) == [1]


def test_an_offset_is_given_only_once_the_log_is_durable(folder: Path) -> None:
    put(folder, "a", 1)
    checkpoint = folder.parent / "simulated"
    checkpoint.mkdir()
    files = SimulatedFiles(str(checkpoint), seed=1)
    source = open_source(
        "json",
        parse_schema("n INT"),
        {},
        (str(folder),),
        f"{checkpoint}/sources/0",
        files=files,
        clock=SystemClock(),
        time_zone="UTC",
    )
    assert source.latest_offset(None, True) is not None
    files.power_off()
    files.reboot()
    assert (checkpoint / "sources/0/0").read_text().startswith("v1\n")


def test_unknown_offsets_are_refused(folder: Path) -> None:
    put(folder, "a", 1)
    source = source_of(folder)
    source.latest_offset(None, True)
    with pytest.raises(CheckpointError) as caught:
        source.relation(None, '{"logOffset":5}')
    assert caught.value.condition == "SOURCE_OFFSET_UNKNOWN"


def test_a_file_gone_since_it_was_listed_is_named(folder: Path) -> None:
    put(folder, "a", 1)
    source = source_of(folder)
    end = source.latest_offset(None, True)
    (folder / "a").unlink()
    assert end is not None
    with pytest.raises(ExecutionError) as caught:
        source.relation(None, end)
    assert caught.value.condition == "FAILED_READ_FILE.FILE_NOT_EXIST"
    assert str(folder / "a") in caught.value.message


def test_a_path_that_is_not_there_is_an_error(folder: Path) -> None:
    with pytest.raises(AnalysisError) as caught:
        source_of(folder, paths=(str(folder / "none"),))
    assert caught.value.condition == "PATH_NOT_FOUND"


def test_relative_paths_are_fixed_at_the_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, "a", 1)
    monkeypatch.chdir(folder.parent)
    source = source_of(folder, paths=("in",))
    monkeypatch.chdir("/")
    assert source.latest_offset(None, True) == '{"logOffset":0}'


def test_folders_named_by_values_give_columns(folder: Path, cursor: Cursor) -> None:
    put(folder, "day=2026-01-01/a", 1, at=1000)
    put(folder, "day=2026-01-02/b", 2, at=2000)
    source = open_source(
        "json",
        parse_schema("n INT, day DATE"),
        {},
        (str(folder),),
        str(folder.parent / "checkpoint/sources/0"),
        files=LocalFiles(),
        clock=SystemClock(),
        time_zone="UTC",
    )
    end = source.latest_offset(None, True)
    assert end is not None
    relation = source.relation(None, end)
    assert relation.sql is not None
    rows = cursor.query(relation.sql, relation.parameters)
    days = [str(day) for day in rows["day"].to_pylist()]
    assert days == ["2026-01-01", "2026-01-02"]


def test_available_now_ends_with_the_files_there_at_its_start(folder: Path) -> None:
    put(folder, "a", 1)
    put(folder, "b", 2)
    source = source_of(folder, maxfilespertrigger="1")
    source.prepare_for_available_now()
    put(folder, "c", 3)
    first = source.latest_offset(None, True)
    second = source.latest_offset(first, True)
    assert second == '{"logOffset":1}'
    assert source.latest_offset(second, True) == second


def test_reread_goes_to_the_most_careful_way_and_no_further(folder: Path) -> None:
    source = source_of(folder)
    assert [source.reread() for _ in range(4)] == [True, True, True, False]


def test_files_left_over_come_before_an_older_one_that_came_later(
    folder: Path, cursor: Cursor
) -> None:
    for number in range(4):
        put(folder, f"f{number}", number, at=1000 + number)
    source = source_of(folder, maxfilespertrigger="2")
    first = source.latest_offset(None, True)
    put(folder, "old", 99, at=500)
    second = source.latest_offset(first, True)
    third = source.latest_offset(second, True)
    assert second is not None
    assert third is not None
    assert read(source, cursor, first, second) == [2, 3]
    assert read(source, cursor, second, third) == [99]


def test_without_cached_files_each_batch_lists_anew(
    folder: Path, cursor: Cursor
) -> None:
    for number in range(4):
        put(folder, f"f{number}", number, at=1000 + number)
    source = source_of(folder, maxfilespertrigger="2", maxcachedfiles="0")
    first = source.latest_offset(None, True)
    put(folder, "old", 99, at=500)
    second = source.latest_offset(first, True)
    assert second is not None
    assert read(source, cursor, first, second) == [99, 2]


def test_a_file_that_vanishes_before_its_batch_is_not_taken(
    folder: Path, cursor: Cursor
) -> None:
    for number in range(4):
        put(folder, f"f{number}", number, at=1000 + number)
    source = source_of(folder, maxfilespertrigger="2")
    first = source.latest_offset(None, True)
    (folder / "f2").unlink()
    second = source.latest_offset(first, True)
    assert second is not None
    assert read(source, cursor, first, second) == [3]


@pytest.mark.parametrize("option", ["modifiedafter", "modifiedbefore"])
def test_times_of_change_are_for_tables(option: str, folder: Path) -> None:
    given: dict[str, Any] = {option: "2026-01-01T00:00:00"}
    with pytest.raises(IllegalArgumentError) as caught:
        source_of(folder, **given)
    assert caught.value.condition == "OPTION_NOT_FOR_STREAMS"


def cleaned(folder: Path, **options: Any) -> tuple[Source, str]:
    """A source that has read the file `a`, and its offset."""
    put(folder, "a", 1)
    source = source_of(folder, **options)
    end = source.latest_offset(None, True)
    assert end is not None
    source.relation(None, end)
    return source, end


def test_a_file_is_deleted_once_its_batch_is_done(folder: Path) -> None:
    source, end = cleaned(folder, cleansource="delete")
    assert (folder / "a").exists()
    source.commit(end)
    assert not (folder / "a").exists()


def test_a_file_is_archived_below_its_whole_path(folder: Path) -> None:
    archive = folder.parent / "archive"
    source, end = cleaned(folder, cleansource="archive", sourcearchivedir=str(archive))
    source.commit(end)
    assert not (folder / "a").exists()
    assert Path(f"{archive}{folder}/a").read_text() == '{"n": 1}\n'


def test_a_file_that_took_the_name_of_a_done_one_stays(folder: Path) -> None:
    source, end = cleaned(folder, cleansource="delete")
    put(folder, "a", 2, at=5000)
    source.commit(end)
    assert (folder / "a").exists()


def test_a_restart_tends_to_what_a_crash_left(folder: Path) -> None:
    _, end = cleaned(folder, cleansource="delete")
    assert source_of(folder, cleansource="delete").latest_offset(end, True) == end
    assert not (folder / "a").exists()


def test_a_batch_that_is_run_again_keeps_its_files_until_it_is_done(
    folder: Path, cursor: Cursor
) -> None:
    _, end = cleaned(folder, cleansource="delete")
    again = source_of(folder, cleansource="delete")
    assert read(again, cursor, None, end) == [1]
    again.commit(end)
    assert not (folder / "a").exists()


@pytest.mark.parametrize(
    "options",
    [
        {"cleansource": "sometimes"},
        {"cleansource": "archive"},
        {"cleansource": "archive", "sourcearchivedir": "IN/below"},
        {"cleansource": "archive", "sourcearchivedir": "IN/.."},
        {"maxcachedfiles": "-1"},
        {"discardcachedinputratio": "1.5"},
        {"maxfileage": "7 d"},
        {"maxfileage": "-1s"},
    ],
)
def test_values_that_can_not_be_are_named(
    options: dict[str, str], folder: Path
) -> None:
    given: dict[str, Any] = {
        key: value.replace("IN", str(folder)) for key, value in options.items()
    }
    with pytest.raises(IllegalArgumentError) as caught:
        source_of(folder, **given)
    assert caught.value.condition == "INVALID_OPTION_VALUE"


def test_the_output_of_another_query_is_not_cleaned_up(folder: Path) -> None:
    (folder / "_spark_metadata").mkdir()
    with pytest.raises(UnsupportedError, match="another query"):
        source_of(folder, cleansource="delete")


def test_waiting_ends_when_a_file_is_there(folder: Path) -> None:
    put(folder, "a", 1)
    event = threading.Event()
    source_of(folder).wait_for_data(event, 10_000, ManualClock())
    assert not event.is_set()


def test_waiting_ends_when_the_query_is_woken(folder: Path) -> None:
    event = threading.Event()
    event.set()
    source_of(folder).wait_for_data(event, 10_000, ManualClock())


def test_waiting_ends_when_the_time_is_up(folder: Path) -> None:
    event = threading.Event()
    source_of(folder).wait_for_data(event, 0, ManualClock())
    assert not event.is_set()


def test_file_that_arrives_ends_the_wait(folder: Path) -> None:
    source = source_of(folder)
    event = threading.Event()
    assert source.tell_of_data(event, SystemClock())
    put(folder, "a", 1)
    # Far more than a wake-up takes: only a failure waits so long.
    assert event.wait(30)
    source.stop()


def test_file_in_a_folder_made_after_the_watch_is_told_of(folder: Path) -> None:
    source = source_of(folder, recursivefilelookup="true")
    event = threading.Event()
    assert source.tell_of_data(event, SystemClock())
    put(folder, "deep/er/a", 1)
    assert source.latest_offset(None, True) is not None
    assert source.tell_of_data(event, SystemClock())
    event.clear()
    put(folder, "deep/er/b", 1)
    assert event.wait(30)
    source.stop()


def test_file_between_the_look_and_the_watch_is_told_of(folder: Path) -> None:
    source = source_of(folder)
    assert source.latest_offset(None, True) is None
    put(folder, "a", 1)
    event = threading.Event()
    assert source.tell_of_data(event, SystemClock())
    assert event.is_set()
    source.stop()


def test_file_that_matches_a_pattern_is_told_of(folder: Path) -> None:
    put(folder, "a.json", 1)
    source = source_of(folder, paths=(f"{folder}/*.json",))
    source.latest_offset(None, True)
    event = threading.Event()
    assert source.tell_of_data(event, SystemClock())
    put(folder, "b.json", 1)
    assert event.wait(30)
    source.stop()


def test_pattern_of_folders_is_not_told_of(folder: Path) -> None:
    put(folder, "x/a", 1)
    source = source_of(folder, paths=(f"{folder}/*/a",))
    assert not source.tell_of_data(threading.Event(), SystemClock())


def test_clock_moved_by_hand_is_not_told_of_files(folder: Path) -> None:
    assert not source_of(folder).tell_of_data(threading.Event(), ManualClock())


def test_stopping_ends_the_watch(folder: Path) -> None:
    threads = threading.active_count()
    source = source_of(folder)
    source.tell_of_data(threading.Event(), SystemClock())
    source.stop()
    source.stop()
    assert threading.active_count() == threads
