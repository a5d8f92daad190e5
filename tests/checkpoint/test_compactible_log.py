from __future__ import annotations

import os
from pathlib import Path

import pytest

from unbounded.checkpoint import CompactibleLog
from unbounded.checkpoint.compactible_log import derive_interval
from unbounded.errors import CheckpointError
from unbounded.files import LocalFiles
from unbounded.testing import ManualClock


class CountingFiles(LocalFiles):
    """Files that know what was read, listed and looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.acts: list[str] = []

    def read(self, path: str) -> bytes:
        self.acts.append("read")
        return super().read(path)

    def list_names(self, folder: str) -> list[str]:
        self.acts.append("list")
        return super().list_names(folder)

    def status(self, path):
        self.acts.append("status")
        return super().status(path)


def _log(folder: Path, **settings) -> CompactibleLog:
    settings.setdefault("interval", 3)
    clock = settings.pop("clock", ManualClock())
    files = settings.pop("files", LocalFiles())
    return CompactibleLog(files, str(folder), clock, **settings)


def _line(batch_id: int) -> str:
    return f'{{"batch":{batch_id}}}'


def _fill(log: CompactibleLog, first: int, last: int) -> None:
    for batch_id in range(first, last + 1):
        assert log.add(batch_id, [_line(batch_id)])


def _names(folder: Path) -> list[str]:
    names = [name for name in os.listdir(folder) if not name.startswith(".")]
    return sorted(names, key=lambda name: int(name.split(".")[0]))


def test_every_interval_is_a_compact_file_with_all_lines(tmp_path: Path) -> None:
    _fill(_log(tmp_path), 0, 6)
    assert _names(tmp_path) == ["0", "1", "2.compact", "3", "4", "5.compact", "6"]
    assert (tmp_path / "4").read_bytes() == b'v1\n{"batch":4}'
    expected = "\n".join(["v1", *map(_line, range(6))])
    assert (tmp_path / "5.compact").read_text() == expected


def test_a_batch_without_lines_is_a_version_line(tmp_path: Path) -> None:
    log = _log(tmp_path)
    log.add(0, [])
    assert (tmp_path / "0").read_bytes() == b"v1"
    assert log.get(0) == []


@pytest.mark.parametrize("count", range(1, 14))
def test_all_lines_are_read_however_many_batches(tmp_path: Path, count: int) -> None:
    _fill(_log(tmp_path), 0, count - 1)
    assert _log(tmp_path).all_lines() == list(map(_line, range(count)))


def test_an_id_is_added_once(tmp_path: Path) -> None:
    log = _log(tmp_path)
    _fill(log, 0, 2)
    for again in (log, _log(tmp_path)):
        assert not again.add(1, ["{}"])
        assert not again.add(2, ["{}"])
        assert not again.add_snapshot(2, ["{}"])
    assert log.all_lines() == list(map(_line, range(3)))


@pytest.mark.parametrize("batch_id", [1, 2])
def test_an_id_taken_behind_the_log_is_a_concurrent_writer(
    tmp_path: Path, batch_id: int
) -> None:
    log = _log(tmp_path)
    _fill(log, 0, batch_id - 1)
    _log(tmp_path).add(batch_id, ["{}"])
    with pytest.raises(CheckpointError) as raised:
        log.add(batch_id, [_line(batch_id)])
    assert raised.value.condition == "CONCURRENT_STREAM_LOG_UPDATE"


def test_a_hole_is_an_error_and_named(tmp_path: Path) -> None:
    _fill(_log(tmp_path), 0, 4)
    (tmp_path / "3").unlink()
    with pytest.raises(CheckpointError) as raised:
        _log(tmp_path).all_lines()
    assert raised.value.condition == "BATCH_METADATA_NOT_FOUND"
    assert f"{tmp_path}/3 " in raised.value.message


def test_a_hole_before_the_last_compact_file_is_none(tmp_path: Path) -> None:
    _fill(_log(tmp_path), 0, 4)
    for name in ("0", "1"):
        (tmp_path / name).unlink()
    assert _log(tmp_path).all_lines() == list(map(_line, range(5)))


def test_a_compaction_over_a_hole_is_an_error(tmp_path: Path) -> None:
    _fill(_log(tmp_path), 0, 4)
    (tmp_path / "4").unlink()
    log = _log(tmp_path)
    with pytest.raises(CheckpointError) as raised:
        log.add(5, [_line(5)])
    assert raised.value.condition == "BATCH_METADATA_NOT_FOUND"


@pytest.mark.parametrize("text", ["", "\0\0\0", 'v1\n{"batch"', "v1\n\0\0\0", "v1\n"])
def test_a_torn_file_is_damaged_and_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "0").write_text(text)
    with pytest.raises(CheckpointError) as raised:
        _log(tmp_path).all_lines()
    assert raised.value.condition == "CHECKPOINT_FILE_DAMAGED"
    assert f"{tmp_path}/0 " in raised.value.message


def test_dot_files_and_other_names_are_not_part_of_the_log(tmp_path: Path) -> None:
    _fill(_log(tmp_path), 0, 2)
    for name in (".2.compact.crc", ".3.a-TID1.tmp", "x", "01", "4.compact.tmp"):
        (tmp_path / name).touch()
    log = _log(tmp_path)
    assert log.ids() == [0, 1, 2]
    assert log.all_lines() == list(map(_line, range(3)))


def test_a_stale_checksum_goes_before_its_file_is_made(tmp_path: Path) -> None:
    for name in (".0.crc", ".2.compact.crc"):
        (tmp_path / name).touch()
    _fill(_log(tmp_path), 0, 2)
    assert sorted(os.listdir(tmp_path)) == ["0", "1", "2.compact"]


@pytest.mark.parametrize(
    "default, compact_ids, interval",
    [
        (10, [], 10),
        (10, [9], 10),
        (10, [9, 19], 10),
        (7, [2, 5], 3),  # two are right, whatever the setting
        (7, [2, 5, 11], 6),
        (10, [5], 6),  # fewer than the setting
        (5, [11], 6),  # the next divisor
        (10, [59], 10),
        (10, [12], 13),  # a prime
        (10, [19], 20),  # half is not more than the setting
        (10, [20], 21),
        (1, [4], 1),
        (4, [2], 3),
    ],
)
def test_the_interval_is_derived_as_spark_does(
    default: int, compact_ids: list[int], interval: int
) -> None:
    assert derive_interval(default, compact_ids) == interval


def test_the_interval_belongs_to_the_log(tmp_path: Path) -> None:
    _fill(_log(tmp_path, interval=3), 0, 3)
    _fill(_log(tmp_path, interval=10), 4, 6)
    assert _names(tmp_path) == ["0", "1", "2.compact", "3", "4", "5.compact", "6"]


def test_a_batch_reads_nothing_but_at_a_compaction(tmp_path: Path) -> None:
    files = CountingFiles()
    log = _log(tmp_path, files=files, interval=10)
    assert files.acts == ["list"]
    files.acts.clear()
    _fill(log, 0, 8)
    assert files.acts == []
    _fill(log, 9, 9)
    assert files.acts == ["read"] * 9
    _fill(log, 10, 18)
    assert files.acts == ["read"] * 9
    _fill(log, 19, 19)
    assert files.acts == ["read"] * 19


def _age(folder: Path, time_ms: int) -> None:
    for name in os.listdir(folder):
        os.utime(folder / name, ns=(time_ms * 1_000_000, time_ms * 1_000_000))


def test_covered_old_files_are_deleted(tmp_path: Path) -> None:
    clock = ManualClock(1_000_000)
    log = _log(tmp_path, clock=clock, min_batches_to_retain=2, cleanup_delay_ms=500)
    _fill(log, 0, 4)
    _age(tmp_path, 1_000_000)
    clock.advance(500)
    _fill(log, 5, 5)
    # Batches 4 and 5 are kept, so all from 2.compact on is.
    assert _names(tmp_path) == ["2.compact", "3", "4", "5.compact"]
    assert log.ids() == [2, 3, 4, 5]
    assert _log(tmp_path).all_lines() == list(map(_line, range(6)))


def test_young_files_are_kept_for_slow_readers(tmp_path: Path) -> None:
    clock = ManualClock(1_000_000)
    log = _log(tmp_path, clock=clock, min_batches_to_retain=1, cleanup_delay_ms=500)
    _fill(log, 0, 4)
    _age(tmp_path, 1_000_000)
    clock.advance(499)
    _fill(log, 5, 5)
    assert len(_names(tmp_path)) == 6


def test_retained_batches_are_kept(tmp_path: Path) -> None:
    clock = ManualClock(1_000_000)
    log = _log(tmp_path, clock=clock, min_batches_to_retain=4, cleanup_delay_ms=0)
    _fill(log, 0, 4)
    _age(tmp_path, 0)
    _fill(log, 5, 5)
    assert len(_names(tmp_path)) == 6


def test_a_checksum_goes_with_its_file(tmp_path: Path) -> None:
    clock = ManualClock(1_000_000)
    _fill(_log(tmp_path, clock=clock), 0, 4)
    for name in (".0.crc", ".1.crc", ".2.compact.crc"):
        (tmp_path / name).touch()
    _age(tmp_path, 0)
    log = _log(tmp_path, clock=clock, min_batches_to_retain=2, cleanup_delay_ms=0)
    _fill(log, 5, 5)
    assert sorted(os.listdir(tmp_path)) == [
        ".2.compact.crc",
        "2.compact",
        "3",
        "4",
        "5.compact",
    ]


def test_a_deleted_id_is_covered_by_the_next_compact_file(tmp_path: Path) -> None:
    log = _log(tmp_path)
    _fill(log, 0, 6)
    (tmp_path / "0").unlink()
    again = _log(tmp_path)
    assert again.get(0) is None
    assert again.covering(0) == list(map(_line, range(3)))
    assert again.covering(3) == [_line(3)]
    assert again.covering(7) is None


def test_lines_that_are_not_to_be_kept_go_at_a_compaction(tmp_path: Path) -> None:
    log = _log(tmp_path, keep=lambda line: line != _line(1))
    _fill(log, 0, 2)
    assert log.all_lines() == [_line(0), _line(2)]


def test_a_snapshot_replaces_all_before_it(tmp_path: Path) -> None:
    log = _log(tmp_path, interval=10)
    for batch_id in range(4):
        assert log.add_snapshot(batch_id, [_line(batch_id)])
    assert _names(tmp_path) == ["0.compact", "1.compact", "2.compact", "3.compact"]
    assert _log(tmp_path).all_lines() == [_line(3)]
    assert log.get(1) == [_line(1)]
    log.purge_before(2)
    assert _names(tmp_path) == ["2.compact", "3.compact"]
    assert log.ids() == [2, 3]


@pytest.mark.parametrize("first_snapshot", range(1, 12))
@pytest.mark.parametrize("then_appended", [0, 1, 5])
def test_a_log_of_snapshots_and_batches_stays_where_spark_looks_for_it(
    tmp_path: Path, first_snapshot: int, then_appended: int
) -> None:
    log = _log(tmp_path, interval=4)
    _fill(log, 0, first_snapshot - 1)
    log.add_snapshot(first_snapshot, [_line(first_snapshot)])
    last = first_snapshot + then_appended
    _fill(log, first_snapshot + 1, last)
    names = set(_names(tmp_path))
    compact = sorted(int(name.split(".")[0]) for name in names if "." in name)
    # Spark's `getAllValidBatches`, by the interval it derives with its default.
    interval = derive_interval(10, compact)
    first = max(0, (last + 1) // interval * interval - 1)
    for batch_id in range(first, last + 1):
        suffix = ".compact" if (batch_id + 1) % interval == 0 else ""
        assert f"{batch_id}{suffix}" in names
    expected = list(map(_line, range(first_snapshot, last + 1)))
    assert _log(tmp_path).all_lines() == expected
