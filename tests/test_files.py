from __future__ import annotations

import errno
import itertools
import os
import stat
from pathlib import Path

import pytest

from unbounded.files import Disk, LocalFiles, checksum_path, disk_error


class RecordingDisk(Disk):
    """The real disk, and the names of its steps; may refuse one of them."""

    def __init__(self, refuse: str = "", code: int = errno.EIO) -> None:
        self.steps: list[str] = []
        self.synced_folders: list[Path] = []
        self._refuse = refuse
        self._code = code

    def _note(self, step: str) -> None:
        self.steps.append(step)
        if step == self._refuse:
            raise OSError(self._code, os.strerror(self._code))

    def write_new(self, path, data):
        descriptor = super().write_new(path, data)
        self.steps.append("write")
        return descriptor

    def sync_file(self, path, descriptor):
        self._note("sync_file")
        super().sync_file(path, descriptor)

    def sync_folder(self, path):
        self._note("sync_folder")
        self.synced_folders.append(Path(path))
        super().sync_folder(path)

    def link(self, source, target):
        self._note("link")
        super().link(source, target)

    def rename(self, source, target):
        self._note("rename")
        super().rename(source, target)

    def unlink(self, path):
        self.steps.append("unlink")
        return super().unlink(path)

    def make_folder(self, path):
        self._note("make_folder")
        super().make_folder(path)


def test_create_syncs_before_it_publishes_and_the_folder_after(tmp_path: Path) -> None:
    disk = RecordingDisk()
    LocalFiles(disk).create(f"{tmp_path}/a", b"1")
    assert disk.steps == ["write", "sync_file", "link", "unlink", "sync_folder"]


def test_replace_syncs_before_it_renames_and_the_folder_after(tmp_path: Path) -> None:
    disk = RecordingDisk()
    LocalFiles(disk).replace(f"{tmp_path}/a", b"1")
    assert disk.steps == ["write", "sync_file", "rename", "sync_folder"]


def test_create_never_clobbers(tmp_path: Path) -> None:
    files = LocalFiles()
    files.create(f"{tmp_path}/a", b"first")
    with pytest.raises(FileExistsError) as raised:
        files.create(f"{tmp_path}/a", b"second")
    assert raised.value.filename == f"{tmp_path}/a"
    assert files.read(f"{tmp_path}/a") == b"first"
    assert files.list_names(str(tmp_path)) == ["a"]


def test_replace_replaces(tmp_path: Path) -> None:
    files = LocalFiles()
    files.replace(f"{tmp_path}/a", b"first")
    files.replace(f"{tmp_path}/a", b"second")
    assert files.read(f"{tmp_path}/a") == b"second"
    assert files.list_names(str(tmp_path)) == ["a"]


@pytest.mark.parametrize("act", ["create", "replace", "write"])
def test_missing_parent_folders_are_made(tmp_path: Path, act: str) -> None:
    files = LocalFiles()
    path = f"{tmp_path}/x/y/z"
    getattr(files, act)(path, b"data")
    assert files.read(path) == b"data"


def test_each_new_folder_is_synced_into_its_parent(tmp_path: Path) -> None:
    disk = RecordingDisk()
    LocalFiles(disk).make_folder(f"{tmp_path}/x/y")
    assert disk.synced_folders == [tmp_path.parent, tmp_path, tmp_path / "x"]
    assert disk.steps == ["sync_folder", *["make_folder", "sync_folder"] * 2]


def test_name_of_a_folder_that_is_there_is_synced_once(tmp_path: Path) -> None:
    disk = RecordingDisk()
    files = LocalFiles(disk)
    for name in ("a", "b"):
        files.write(f"{tmp_path}/{name}", b"1")
        files.sync([f"{tmp_path}/{name}"])
    assert disk.synced_folders == [tmp_path.parent, tmp_path, tmp_path]


def test_adopt_syncs_names_in_folders_and_their_own(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    disk = RecordingDisk()
    LocalFiles(disk).adopt([f"{tmp_path}/x", f"{tmp_path}/not-there"])
    assert disk.synced_folders == [tmp_path, tmp_path / "x"]


def test_adopt_passes_over_a_parent_that_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x").mkdir()
    disk = RecordingDisk()
    monkeypatch.setattr(os, "access", lambda path, mode: path != str(tmp_path))
    LocalFiles(disk).adopt([f"{tmp_path}/x"])
    assert disk.synced_folders == [tmp_path / "x"]


def test_a_folder_that_is_there_costs_no_step(tmp_path: Path) -> None:
    disk = RecordingDisk()
    LocalFiles(disk).make_folder(str(tmp_path))
    assert disk.steps == []


@pytest.mark.parametrize("refused", ["sync_file", "link"])
def test_a_failed_create_leaves_nothing(tmp_path: Path, refused: str) -> None:
    files = LocalFiles(RecordingDisk(refused, errno.ENOSPC))
    with pytest.raises(OSError) as raised:
        files.create(f"{tmp_path}/a", b"1")
    assert raised.value.filename == f"{tmp_path}/a"
    assert files.list_names(str(tmp_path)) == []


def test_a_failed_replace_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    files = LocalFiles(RecordingDisk("rename"))
    with pytest.raises(OSError):
        files.replace(f"{tmp_path}/a", b"new")
    assert files.list_names(str(tmp_path)) == ["a"]
    assert files.read(f"{tmp_path}/a") == b"old"


def test_a_temporary_name_that_a_dead_process_left_is_passed_over(
    tmp_path: Path,
) -> None:
    (tmp_path / ".a.0.tmp").write_bytes(b"torn")
    counter = itertools.count()
    LocalFiles(unique_name=lambda: str(next(counter))).create(f"{tmp_path}/a", b"1")
    assert (tmp_path / "a").read_bytes() == b"1"
    assert sorted(os.listdir(tmp_path)) == [".a.0.tmp", "a"]


def test_write_refuses_a_file_that_is_there(tmp_path: Path) -> None:
    files = LocalFiles()
    files.write(f"{tmp_path}/a", b"first")
    with pytest.raises(FileExistsError):
        files.write(f"{tmp_path}/a", b"second")
    assert files.read(f"{tmp_path}/a") == b"first"


def test_a_file_is_written_as_its_parts_are_made(tmp_path: Path) -> None:
    large = bytes(range(256)) * (9 << 12)
    parts = (part for part in (b"", b"ab", large, b"", large, b"c"))
    LocalFiles().write(f"{tmp_path}/file", parts)
    assert (tmp_path / "file").read_bytes() == b"ab" + large + large + b"c"


def test_a_file_whose_parts_fail_is_not_there(tmp_path: Path) -> None:
    def parts():
        yield b"ab"
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        LocalFiles().write(f"{tmp_path}/file", parts())
    assert list(tmp_path.iterdir()) == []


def test_sync_syncs_each_file_and_each_folder_once(tmp_path: Path) -> None:
    disk = RecordingDisk()
    files = LocalFiles(disk)
    paths = [f"{tmp_path}/a", f"{tmp_path}/b"]
    for path in paths:
        files.write(path, b"1")
    files.sync(paths[:1])
    disk.steps.clear()
    files.sync(paths)
    assert disk.steps == ["sync_file", "sync_file", "sync_folder"]


def test_sync_of_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LocalFiles().sync([f"{tmp_path}/a"])


def test_delete_of_a_missing_file_does_nothing(tmp_path: Path) -> None:
    disk = RecordingDisk()
    LocalFiles(disk).delete(f"{tmp_path}/a")
    assert disk.steps == ["unlink"]


def test_delete_all_syncs_each_folder_once(tmp_path: Path) -> None:
    disk = RecordingDisk()
    files = LocalFiles(disk)
    paths = [f"{tmp_path}/a", f"{tmp_path}/b"]
    for path in paths:
        files.write(path, b"1")
    disk.steps.clear()
    files.delete_all(paths)
    assert disk.steps == ["unlink", "unlink", "sync_folder"]
    assert files.list_names(str(tmp_path)) == []


@pytest.mark.parametrize("data", [b"", b"bytes"])
def test_map_gives_the_content(tmp_path: Path, data: bytes) -> None:
    files = LocalFiles()
    files.create(f"{tmp_path}/a", data)
    assert files.map(f"{tmp_path}/a").to_pybytes() == data


def test_map_of_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LocalFiles().map(f"{tmp_path}/a")


def test_status_tells_size_time_and_kind(tmp_path: Path) -> None:
    files = LocalFiles()
    (tmp_path / "a").write_bytes(b"12345")
    os.utime(tmp_path / "a", ns=(0, 1_234_999_999))
    status = files.status(f"{tmp_path}/a")
    assert (status.size_bytes, status.modification_time_ms) == (5, 1234)
    assert not status.is_directory
    assert files.status(str(tmp_path)).is_directory


def test_names_are_sorted_and_a_missing_folder_has_none(tmp_path: Path) -> None:
    for name in ("b", "a", ".c"):
        (tmp_path / name).touch()
    assert LocalFiles().list_names(str(tmp_path)) == [".c", "a", "b"]
    assert LocalFiles().list_names(f"{tmp_path}/none") == []


def test_a_file_follows_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        LocalFiles().create(f"{tmp_path}/a", b"")
    finally:
        os.umask(old)
    assert stat.S_IMODE(os.stat(tmp_path / "a").st_mode) == 0o640


def test_a_lock_is_held_by_one_only_and_can_be_taken_again(tmp_path: Path) -> None:
    path = f"{tmp_path}/x/lock"
    with LocalFiles().lock(path), pytest.raises(BlockingIOError):
        LocalFiles().lock(path)
    again = LocalFiles().lock(path)
    again.release()
    again.release()


def test_the_checksum_of_a_file_is_a_dot_file_beside_it() -> None:
    assert checksum_path("/c/offsets/7") == "/c/offsets/.7.crc"


@pytest.mark.parametrize(
    "code, condition",
    [
        (errno.ENOSPC, "DISK_FULL"),
        (errno.EDQUOT, "DISK_FULL"),
        (errno.EROFS, "DISK_READ_ONLY"),
        (errno.EACCES, "FILE_PERMISSION_DENIED"),
        (errno.EIO, "FILE_ACCESS_FAILED"),
    ],
)
def test_an_error_of_the_disk_has_a_name_and_its_path(
    code: int, condition: str
) -> None:
    error = disk_error(OSError(code, os.strerror(code), "/c/offsets/7"))
    assert error.condition == condition
    assert "/c/offsets/7" in error.message
    assert os.strerror(code) in error.message


# --- scratch files ---------------------------------------------------------------


def test_scratch_file_has_no_name(tmp_path: Path) -> None:
    LocalFiles().scratch(str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_maps_of_a_scratch_file_show_the_same_bytes(tmp_path: Path) -> None:
    file = LocalFiles().scratch(str(tmp_path))
    small = file.grow(4096)
    large = file.grow(8192)
    small[0] = 7
    assert (large[0], large[8191]) == (7, 0)
    file.close()
    assert large[0] == 7


def test_scratch_file_takes_its_room_at_once(tmp_path: Path) -> None:
    file = LocalFiles().scratch(str(tmp_path))
    file.grow(1 << 20)
    assert file._descriptor is not None
    assert os.fstat(file._descriptor).st_blocks * 512 >= 1 << 20


def test_scratch_file_is_zero_also_where_room_is_taken_by_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fallocate")
    mapped = LocalFiles().scratch(str(tmp_path)).grow(3_000_000)
    assert mapped[:] == bytes(3_000_000)


def test_folder_that_is_not_there_has_no_scratch_files(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LocalFiles().scratch(f"{tmp_path}/nowhere")
