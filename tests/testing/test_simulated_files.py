from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from unbounded.checkpoint import (
    CommitLog,
    CommitMetadata,
    OffsetLog,
    OffsetSeq,
    QueryMetadata,
    read_restart,
)
from unbounded.files import Files
from unbounded.sinks.file_log import (
    FileStreamSinkLog,
    SinkFileStatus,
    SinkLogSettings,
)
from unbounded.testing import ManualClock, SimulatedCrash, SimulatedFiles

SEEDS = range(12)


def _run_until_crash(files: SimulatedFiles, run: Callable[[SimulatedFiles], None]):
    with pytest.raises(SimulatedCrash):
        run(files)
    files.reboot()


def _every_crash(
    folder: Path, run: Callable[[SimulatedFiles], None], seeds: range = SEEDS
) -> Iterator[SimulatedFiles]:
    """The disk after a crash at each step of `run`, and after each seed's choice."""
    whole = folder / "whole"
    whole.mkdir(parents=True)
    files = SimulatedFiles(str(whole))
    run(files)
    names = [step.name for step in files.steps]
    for seed in seeds:
        for number, name in enumerate(names, 1):
            root = folder / f"{seed}-{number}"
            root.mkdir()
            files = SimulatedFiles(str(root), seed)
            files.crash_at(number)
            _run_until_crash(files, run)
            assert [crash.name for crash in files.crashes if crash] == [name]
            yield files
            shutil.rmtree(root)


def _content(files: Files, name: str) -> bytes | None:
    path = f"{files.root}/{name}"
    return files.read(path) if files.exists(path) else None


def test_the_steps_of_an_act_are_counted_and_named(tmp_path: Path) -> None:
    files = SimulatedFiles(str(tmp_path))
    files.create(f"{tmp_path}/x/a", b"1")
    files.delete(f"{tmp_path}/x/a")
    files.delete(f"{tmp_path}/x/a")
    assert [(step.number, step.name, step.path) for step in files.steps] == [
        (1, "make_folder", "x"),
        (2, "sync_folder", "."),
        (3, "write", "x/.a.simulated-0.tmp"),
        (4, "sync_file", "x/.a.simulated-0.tmp"),
        (5, "link", "x/a"),
        (6, "unlink", "x/.a.simulated-0.tmp"),
        (7, "sync_folder", "x"),
        (8, "unlink", "x/a"),
        (9, "sync_folder", "x"),
    ]


def test_after_a_crash_nothing_works_until_reboot(tmp_path: Path) -> None:
    files = SimulatedFiles(str(tmp_path))
    files.create(f"{tmp_path}/a", b"1")
    files.power_off()
    for act in (
        lambda: files.read(f"{tmp_path}/a"),
        lambda: files.exists(f"{tmp_path}/a"),
        lambda: files.list_names(str(tmp_path)),
        lambda: files.status(f"{tmp_path}/a"),
        lambda: files.map(f"{tmp_path}/a"),
        lambda: files.lock(f"{tmp_path}/lock"),
        lambda: files.create(f"{tmp_path}/b", b""),
        lambda: files.delete(f"{tmp_path}/a"),
    ):
        with pytest.raises(SimulatedCrash):
            act()
    files.reboot()
    assert files.read(f"{tmp_path}/a") == b"1"
    assert files.crashes == (None,)


def test_restart_keeps_what_was_not_synced_until_the_next_crash(tmp_path: Path) -> None:
    seen = set()
    for seed in SEEDS:
        root = tmp_path / str(seed)
        root.mkdir()
        files = SimulatedFiles(str(root), seed)
        files.write(f"{root}/a", b"unsynced")
        files.power_off()
        files.restart()
        assert files.read(f"{root}/a") == b"unsynced"
        files.power_off()
        files.reboot()
        seen.add(_content(files, "a"))
    assert {None, b"unsynced"} <= seen


def test_what_restart_left_is_durable_once_adopted(tmp_path: Path) -> None:
    for seed in SEEDS:
        root = tmp_path / str(seed)
        root.mkdir()
        files = SimulatedFiles(str(root), seed)
        files.make_folder(f"{root}/x")
        files.crash_at(6)
        with pytest.raises(SimulatedCrash):
            files.create(f"{root}/x/a", b"1")
        assert files.steps[-1].name == "unlink"
        files.restart()
        files.adopt([f"{root}/x"])
        files.power_off()
        files.reboot()
        assert _content(files, "x/a") == b"1"


def test_a_crash_is_not_an_exception() -> None:
    assert not issubclass(SimulatedCrash, Exception)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_returned_survives(tmp_path: Path, seed: int) -> None:
    files = SimulatedFiles(str(tmp_path), seed)
    files.create(f"{tmp_path}/x/y/created", b"1")
    files.replace(f"{tmp_path}/replaced", b"old")
    files.replace(f"{tmp_path}/replaced", b"new")
    files.write(f"{tmp_path}/synced", b"2")
    files.sync([f"{tmp_path}/synced"])
    files.create(f"{tmp_path}/deleted", b"3")
    files.delete(f"{tmp_path}/deleted")
    files.power_off()
    files.reboot()
    assert _content(files, "x/y/created") == b"1"
    assert _content(files, "replaced") == b"new"
    assert _content(files, "synced") == b"2"
    assert _content(files, "deleted") is None


def test_a_crash_at_any_step_of_create_leaves_all_or_nothing(tmp_path: Path) -> None:
    seen = set()
    for files in _every_crash(
        tmp_path, lambda files: files.create(f"{files.root}/x/a", b"whole")
    ):
        seen.add(_content(files, "x/a"))
        # The one that comes after finds nothing in its way.
        if not files.exists(f"{files.root}/x/a"):
            files.create(f"{files.root}/x/a", b"whole")
    assert seen == {None, b"whole"}


def test_a_crash_at_any_step_of_replace_leaves_old_or_new(tmp_path: Path) -> None:
    def run(files: SimulatedFiles) -> None:
        files.replace(f"{files.root}/a", b"old")
        files.replace(f"{files.root}/a", b"newer")

    seen = {_content(files, "a") for files in _every_crash(tmp_path, run)}
    assert seen == {None, b"old", b"newer"}


def test_a_crash_at_any_step_of_delete_leaves_whole_or_gone(tmp_path: Path) -> None:
    def run(files: SimulatedFiles) -> None:
        files.create(f"{files.root}/a", b"whole")
        files.delete(f"{files.root}/a")
        files.create(f"{files.root}/b", b"")

    for files in _every_crash(tmp_path, run):
        assert _content(files, "a") in (None, b"whole")
        if files.exists(f"{files.root}/b"):
            assert _content(files, "a") is None


def test_a_write_that_is_not_synced_may_be_torn_or_lost(tmp_path: Path) -> None:
    seen = set()
    for seed in range(200):
        root = tmp_path / str(seed)
        root.mkdir()
        files = SimulatedFiles(str(root), seed)
        files.write(f"{root}/a", b"abc")
        files.power_off()
        files.reboot()
        seen.add(_content(files, "a"))
    assert seen == {None, b"", b"a", b"ab", b"abc", b"\0\0\0", b"a\0\0", b"ab\0"}


def test_what_others_write_is_unsynced_until_sync(tmp_path: Path) -> None:
    table = pa.table({"a": list(range(100))})
    survived = set()
    for seed in range(40):
        root = tmp_path / str(seed)
        root.mkdir()
        files = SimulatedFiles(str(root), seed)
        os.mkdir(f"{root}/sub")
        pq.write_table(table, f"{root}/synced.parquet")
        pq.write_table(table, f"{root}/unsynced.parquet")
        pq.write_table(table, f"{root}/sub/unsynced.parquet")
        whole = files.read(f"{root}/synced.parquet")
        files.sync([f"{root}/synced.parquet"])
        # The folder's sync makes the other's name durable, not its content.
        files.power_off()
        files.reboot()
        assert pq.read_table(f"{root}/synced.parquet").equals(table)
        survived.add(_content(files, "unsynced.parquet") == whole)
        assert _content(files, "unsynced.parquet") is not None
    assert survived == {True, False}


def test_a_change_in_place_after_a_sync_may_be_lost(tmp_path: Path) -> None:
    seen = set()
    for seed in range(40):
        root = tmp_path / str(seed)
        root.mkdir()
        files = SimulatedFiles(str(root), seed)
        files.create(f"{root}/a", b"old")
        Path(f"{root}/a").write_bytes(b"new")
        files.power_off()
        files.reboot()
        seen.add(_content(files, "a"))
    assert {b"old", b"new", b""} <= seen


def test_a_file_in_a_folder_that_was_not_synced_may_go_with_it(tmp_path: Path) -> None:
    seen = set()
    for seed in range(40):
        root = tmp_path / str(seed)
        root.mkdir()
        files = SimulatedFiles(str(root), seed)
        os.mkdir(f"{root}/x")
        files.create(f"{root}/x/a", b"1")
        files.power_off()
        files.reboot()
        seen.add(_content(files, "x/a"))
    assert seen == {None, b"1"}


def test_what_was_there_at_the_start_or_settled_survives(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.json").write_bytes(b"{}")
    os.utime(tmp_path / "in/a.json", ns=(0, 5_000_000))
    files = SimulatedFiles(str(tmp_path), seed=1)
    (tmp_path / "in/b.json").write_bytes(b"{}")
    files.settle()
    for _ in range(5):
        files.power_off()
        files.reboot()
        assert files.list_names(f"{tmp_path}/in") == ["a.json", "b.json"]
    assert files.status(f"{tmp_path}/in/a.json").modification_time_ms == 5


def test_the_same_seed_gives_the_same_folder(tmp_path: Path) -> None:
    def state(name: str) -> list[tuple[str, bytes | None]]:
        root = tmp_path / name
        root.mkdir()
        files = SimulatedFiles(str(root), seed=5)
        for i in range(8):
            files.write(f"{root}/{i}", bytes([65 + i]) * 20)
        files.power_off()
        files.reboot()
        names = files.list_names(str(root))
        shutil.move(root, tmp_path / f"{name}-done")
        return [
            (name_, (tmp_path / f"{name}-done" / name_).read_bytes()) for name_ in names
        ]

    assert state("first") == state("second")


def test_a_lock_dies_with_the_disk(tmp_path: Path) -> None:
    files = SimulatedFiles(str(tmp_path))
    lock = files.lock(f"{tmp_path}/lock")
    with pytest.raises(BlockingIOError):
        files.lock(f"{tmp_path}/lock")
    files.power_off()
    files.reboot()
    files.lock(f"{tmp_path}/lock").release()
    lock.release()


def test_a_path_outside_is_refused(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    files = SimulatedFiles(str(tmp_path / "root"))
    with pytest.raises(ValueError, match="not below"):
        files.create(f"{tmp_path}/a", b"")


@pytest.mark.parametrize("number", range(1, 6))
def test_an_error_at_any_step_of_create_leaves_all_or_nothing(
    tmp_path: Path, number: int
) -> None:
    files = SimulatedFiles(str(tmp_path))
    files.fail_at(number, errno.ENOSPC)
    with pytest.raises(OSError) as raised:
        files.create(f"{tmp_path}/a", b"whole")
    assert raised.value.errno == errno.ENOSPC
    assert raised.value.filename == f"{tmp_path}/a"
    assert _content(files, "a") in (None, b"whole")
    files.create(f"{tmp_path}/b", b"once only")


def test_a_full_disk_stays_full_until_it_is_healed(tmp_path: Path) -> None:
    files = SimulatedFiles(str(tmp_path))
    files.create(f"{tmp_path}/old", b"")
    files.fail_at(len(files.steps) + 1, errno.ENOSPC, lasting=True)
    for _ in range(3):
        with pytest.raises(OSError):
            files.create(f"{tmp_path}/a", b"")
    files.delete(f"{tmp_path}/old")
    files.heal()
    files.create(f"{tmp_path}/a", b"")
    assert files.list_names(str(tmp_path)) == ["a"]


class UnsyncedFiles(SimulatedFiles):
    """Creates by the wrong order of steps."""

    def __init__(self, root: str, seed: int, forget: str) -> None:
        super().__init__(root, seed)
        setattr(self._simulated, forget, lambda *arguments: None)


@pytest.mark.parametrize("forget", ["sync_file", "sync_folder"])
def test_a_forgotten_sync_is_found(tmp_path: Path, forget: str) -> None:
    """The simulation itself can fail: a file that returned is torn or lost."""
    seen = set()
    for seed in range(40):
        root = tmp_path / str(seed)
        root.mkdir()
        files = UnsyncedFiles(str(root), seed, forget)
        files.create(f"{root}/a", b"whole")
        files.power_off()
        files.reboot()
        seen.add(_content(files, "a"))
    assert seen - {b"whole"}


def _run_batches(files: SimulatedFiles) -> list[int]:
    """Two logs and a sink in their durable order; gives the batches it ran."""
    root = files.root
    QueryMetadata.load_or_create(files, f"{root}/ck", lambda: "id")
    offset_log = OffsetLog(files, f"{root}/ck/offsets", purge_count_min=1)
    commit_log = CommitLog(files, f"{root}/ck/commits", purge_count_min=1)
    sink_log = FileStreamSinkLog(
        files,
        f"{root}/out",
        ManualClock(),
        SinkLogSettings(compact_interval=2, cleanup_delay_ms=0),
    )
    restart = read_restart(offset_log, commit_log, f"{root}/ck")
    ran = []
    for batch_id in range(restart.batch_id, 4):
        if restart.replay is None or batch_id > restart.batch_id:
            assert offset_log.add(batch_id, OffsetSeq((str(batch_id),)))
        sink_log.add(batch_id, [SinkFileStatus(f"/part-{batch_id}", 1, 1)])
        assert commit_log.add(batch_id, CommitMetadata(batch_id))
        offset_log.purge_before(batch_id - 1)
        commit_log.purge_before(batch_id - 1)
        ran.append(batch_id)
    return ran


def test_the_logs_go_on_after_a_crash_at_every_step(tmp_path: Path) -> None:
    expected = [f"/part-{batch_id}" for batch_id in range(4)]
    for files in _every_crash(tmp_path, _run_batches, range(4)):
        assert _run_batches(files) in ([0, 1, 2, 3], [1, 2, 3], [2, 3], [3], [])
        sink_log = FileStreamSinkLog(files, f"{files.root}/out", ManualClock())
        assert [status.path for status in sink_log.all_files()] == expected
        assert CommitLog(files, f"{files.root}/ck/commits").ids()[-2:] == [2, 3]
