"""Files: the one door to checkpoint and output folders.

Every durable act of the engine is a method call here, so a test can hand in a
disk that dies at the k-th of them (`unbounded.testing.SimulatedFiles`).
Paths are absolute strings of the local file system. What the machine refuses
is raised as `OSError`; `disk_error` says it in the user's words, and is called
once, where an error leaves the engine.

`LocalFiles` holds the order of the steps, `Disk` each single step, so the
simulated disk runs the same order as the real one. `create` is: write a
temporary dot file, fsync it, link it to its name, unlink the temporary name,
fsync the folder. A link never replaces, which makes it the exclusive publish
that every POSIX file system has; where links are refused, so is the checkpoint.

On macOS `fsync` leaves data in the drive's cache, so `F_FULLFSYNC` is used:
slower by milliseconds, and the only call there that keeps the promise below.

Invariants:
    - `create` and `replace` are atomic: after a crash the file is whole or as before
    - what returned from `create`, `replace`, `sync` or `delete` survives a crash
    - what was only written with `write` may be torn or gone until `sync`
    - a name starting with a dot is a leftover or a checksum, never data
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import itertools
import mmap
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, TypeAlias

import pyarrow as pa

from unbounded.errors import ExecutionError

__all__ = [
    "Data",
    "Disk",
    "FileLock",
    "FileStatus",
    "Files",
    "LocalFiles",
    "ScratchFile",
    "checksum_path",
    "disk_error",
]


_WRITE_BACK_BYTES = 1 << 23

Data: TypeAlias = bytes | pa.Buffer | Iterable[bytes | pa.Buffer]
"""What is written to a file: whole, or as its parts are made."""


@dataclass(frozen=True, slots=True)
class FileStatus:
    """A file as a listing shows it, Hadoop's `FileStatus`."""

    path: str
    size_bytes: int
    modification_time_ms: int
    is_directory: bool = False


class Files(Protocol):
    """The acts the engine performs on disk."""

    def read(self, path: str) -> bytes:
        """The whole file. Raises FileNotFoundError."""

    def map(self, path: str) -> pa.Buffer:
        """The file mapped into memory, read only. Raises FileNotFoundError."""

    def create(self, path: str, data: bytes) -> None:
        """Create a file that must not exist, atomically and durably.

        Makes missing parent folders. Raises FileExistsError.
        """

    def replace(self, path: str, data: bytes) -> None:
        """Create or replace a file, atomically and durably."""

    def write(self, path: str, data: Data) -> None:
        """Write a new file in place; durable only after `sync` names it.

        Makes missing parent folders. Raises FileExistsError: an old file may
        still be mapped by a reader, so nothing is ever written over.
        """

    def sync(self, paths: Sequence[str]) -> None:
        """Make the contents and the folder entries of `paths` durable.

        The files may have been written by anyone; each folder is synced once.
        """

    def adopt(self, folders: Sequence[str]) -> None:
        """Make durable the names in these folders, and the folders' own.

        Called by who goes on from what another process wrote: it may have been
        killed between an act and its sync, so that a name is seen which a cut of
        power would still take. Folders that are not there are passed over.
        """

    def delete(self, path: str) -> None:
        """Remove a file, durably; nothing happens if it is gone already."""

    def delete_all(self, paths: Sequence[str]) -> None:
        """Remove files in this order, with one sync of each folder at the end."""

    def move_all(self, moves: Sequence[tuple[str, str]]) -> None:
        """Give files other names, durably, with one sync of each folder at the end.

        Makes missing parent folders. A pair whose first name is gone was done
        before, by a call that was cut off.
        """

    def move(self, source: str, target: str) -> None:
        """Give a file another name, durably; after a crash it has one, or both.

        Makes missing parent folders. Called again, it ends what a crash cut off.
        Raises FileExistsError where another file has the name, FileNotFoundError.
        """

    def delete_folder(self, path: str) -> None:
        """Remove a folder with all in it, not durably: for temporary ones."""

    def delete_empty_folder(self, path: str) -> None:
        """Remove a folder, not durably; nothing happens if it holds anything."""

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""

    def status(self, path: str) -> FileStatus:
        """Size and time of one path. Raises FileNotFoundError."""

    def list_names(self, folder: str) -> list[str]:
        """Names in a folder, sorted; empty if there is no such folder."""

    def make_folder(self, path: str) -> None:
        """Create a folder and its parents, durably; fine if it is there."""

    def scratch(self, folder: str) -> ScratchFile:
        """A new file without a name, in an existing folder; nothing durable."""

    def lock(self, path: str) -> FileLock:
        """Hold `path` alone, in this process and among all, until released.

        A lock dies with its process, so none is ever stale. Raises
        BlockingIOError at once if another holder lives.
        """


class ScratchFile:
    """A file without a name, mapped for writing; gone when the last map of it is."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        self._size_bytes = 0

    def grow(self, size_bytes: int) -> mmap.mmap:
        """All of the file, at least so large; maps from before show the same bytes.

        Its room on disk is reserved, as a map is written to without an error that
        could be told. New bytes are zero. Raises OSError if there is no room.
        """
        assert self._descriptor is not None, "the file is closed"
        if size_bytes > self._size_bytes:
            _reserve(self._descriptor, self._size_bytes, size_bytes)
            self._size_bytes = size_bytes
        mapped = mmap.mmap(self._descriptor, size_bytes)
        # Slots are touched here and there: what lies beside them is not read ahead.
        mapped.madvise(mmap.MADV_RANDOM)
        return mapped

    def close(self) -> None:
        """Make no more maps; those that are there stay."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _reserve(descriptor: int, start: int, end: int) -> None:
    """Give a file its blocks from `start` to `end`, all zero."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, start, end - start)
        return
    zeros = bytes(1 << 20)
    while start < end:
        start += os.pwrite(descriptor, zeros[: end - start], start)


class FileLock:
    """An exclusive hold on a file; `release` may be called again."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


class Disk:
    """The single steps a durable act is made of, on the machine's own disk."""

    def write_new(self, path: str, data: Data) -> int:
        """Create `path`, write all of `data`; the open descriptor is returned."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            written = begun = 0
            for part in _parts(data):
                rest = memoryview(part).cast("B") if len(part) else memoryview(b"")
                written += len(rest)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                if written - begun >= _WRITE_BACK_BYTES:
                    _begin_write_back(descriptor, begun, written)
                    begun = written
        except BaseException:
            os.close(descriptor)
            os.unlink(path)
            raise
        return descriptor

    def open_existing(self, path: str) -> int:
        return os.open(path, os.O_RDONLY)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def sync_file(self, path: str, descriptor: int) -> None:
        _flush(descriptor)

    def sync_folder(self, path: str) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            _flush(descriptor)
        finally:
            os.close(descriptor)

    def link(self, source: str, target: str) -> None:
        """A second name for a file. Raises FileExistsError."""
        os.link(source, target)

    def rename(self, source: str, target: str) -> None:
        """Move a file over `target`, in one step."""
        os.replace(source, target)

    def unlink(self, path: str) -> bool:
        """Remove a name; False if there was none."""
        try:
            os.unlink(path)
        except FileNotFoundError:
            return False
        return True

    def make_folder(self, path: str) -> None:
        """Make one folder below an existing one. Raises FileExistsError."""
        os.mkdir(path)


def _begin_write_back(descriptor: int, start: int, end: int) -> None:
    """Let what was written go to the disk now, without waiting for it.

    A large file written in the background would else go there at its sync, and a
    small one's sync, which a batch waits for, behind it.
    """
    if sys.platform == "linux":
        os.posix_fadvise(descriptor, start, end - start, os.POSIX_FADV_DONTNEED)


def _parts(data: Data) -> Iterable[bytes | pa.Buffer]:
    return (data,) if isinstance(data, bytes | pa.Buffer) else data


def _flush(descriptor: int) -> None:
    full_sync: int | None = getattr(fcntl, "F_FULLFSYNC", None)
    if full_sync is not None:
        # Network volumes of macOS know only the plain call.
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, full_sync)
            return
    os.fsync(descriptor)


_counter = itertools.count()


def _next_unique_name() -> str:
    """Unlike any other that a living process of this machine makes."""
    return f"{os.getpid()}-{next(_counter)}"


class LocalFiles:
    """`Files` on the local file system.

    Args:
        disk: where the single steps are done.
        unique_name: makes the temporary names; each call gives another text, and
            no other living process gives the same.
    """

    def __init__(
        self,
        disk: Disk | None = None,
        unique_name: Callable[[], str] = _next_unique_name,
    ) -> None:
        self._disk = disk if disk is not None else Disk()
        self._unique_name = unique_name
        self._durable_folders: set[str] = set()

    def read(self, path: str) -> bytes:
        with open(path, "rb", buffering=0) as file:
            return file.read()

    def map(self, path: str) -> pa.Buffer:
        if os.stat(path).st_size == 0:
            return pa.py_buffer(b"")
        with pa.memory_map(path) as file:
            return file.read_buffer()

    def create(self, path: str, data: bytes) -> None:
        with _naming(path):
            temporary = self._write_temporary(path, data)
            try:
                self._disk.link(temporary, path)
            finally:
                self._disk.unlink(temporary)
            self._disk.sync_folder(os.path.dirname(path))

    def replace(self, path: str, data: bytes) -> None:
        with _naming(path):
            temporary = self._write_temporary(path, data)
            try:
                self._disk.rename(temporary, path)
            except OSError:
                self._disk.unlink(temporary)
                raise
            self._disk.sync_folder(os.path.dirname(path))

    def write(self, path: str, data: Data) -> None:
        with _naming(path):
            self._disk.close(self._write_new(path, data))

    def sync(self, paths: Sequence[str]) -> None:
        for path in paths:
            with _naming(path):
                descriptor = self._disk.open_existing(path)
                try:
                    self._disk.sync_file(path, descriptor)
                finally:
                    self._disk.close(descriptor)
        for folder in dict.fromkeys(map(os.path.dirname, paths)):
            self._sync_name(folder)
            with _naming(folder):
                self._disk.sync_folder(folder)

    def adopt(self, folders: Sequence[str]) -> None:
        found = [folder for folder in folders if os.path.isdir(folder)]
        for folder in found:
            self._sync_name(folder)
        for folder in found:
            with _naming(folder):
                self._disk.sync_folder(folder)

    def delete(self, path: str) -> None:
        self.delete_all([path])

    def delete_all(self, paths: Sequence[str]) -> None:
        changed: dict[str, None] = {}
        for path in paths:
            if self._disk.unlink(path):
                changed[os.path.dirname(path)] = None
        for folder in changed:
            self._disk.sync_folder(folder)

    def move_all(self, moves: Sequence[tuple[str, str]]) -> None:
        waiting = [move for move in moves if os.path.exists(move[0])]
        for source, target in waiting:
            with _naming(target), contextlib.suppress(FileExistsError):
                self.make_folder(os.path.dirname(target))
                self._disk.link(source, target)
        for folder in dict.fromkeys(os.path.dirname(target) for _, target in waiting):
            self._disk.sync_folder(folder)
        # A rename between two folders may lose one name and not keep the other.
        for source, _ in waiting:
            self._disk.unlink(source)

    def move(self, source: str, target: str) -> None:
        folder = os.path.dirname(target)
        with _naming(target):
            self.make_folder(folder)
            try:
                self._disk.link(source, target)
            except FileExistsError:
                if not os.path.samefile(source, target):
                    raise
            self._disk.sync_folder(folder)
            self._disk.unlink(source)
            self._disk.sync_folder(os.path.dirname(source))

    def delete_folder(self, path: str) -> None:
        shutil.rmtree(path, ignore_errors=True)

    def delete_empty_folder(self, path: str) -> None:
        with contextlib.suppress(OSError):
            os.rmdir(path)

    def exists(self, path: str) -> bool:
        return os.path.exists(path)

    def status(self, path: str) -> FileStatus:
        found = os.stat(path)
        return FileStatus(
            path=path,
            size_bytes=found.st_size,
            modification_time_ms=found.st_mtime_ns // 1_000_000,
            is_directory=stat.S_ISDIR(found.st_mode),
        )

    def list_names(self, folder: str) -> list[str]:
        try:
            return sorted(os.listdir(folder))
        except FileNotFoundError:
            return []

    def make_folder(self, path: str) -> None:
        missing: list[str] = []
        while not os.path.isdir(path):
            missing.append(path)
            path = os.path.dirname(path)
        if missing:
            self._sync_name(path)
        for folder in reversed(missing):
            with contextlib.suppress(FileExistsError):
                self._disk.make_folder(folder)
            self._sync_name(folder)

    def scratch(self, folder: str) -> ScratchFile:
        path = f"{folder}/.scratch.{self._unique_name()}.tmp"
        with _naming(folder):
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            descriptor = os.open(path, flags, 0o600)
            os.unlink(path)
        return ScratchFile(descriptor)

    def lock(self, path: str) -> FileLock:
        self.make_folder(os.path.dirname(path))
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
        return FileLock(descriptor)

    def _sync_name(self, folder: str) -> None:
        """Make a folder's own name durable, once.

        One that is there may be the last act of a process that was killed
        before its sync; what is above it was synced before it was made. In a
        folder that we may not read we have made none.
        """
        parent = os.path.dirname(folder)
        if folder not in self._durable_folders and os.access(parent, os.R_OK):
            with _naming(folder):
                self._disk.sync_folder(parent)
            self._durable_folders.add(folder)

    def _write_temporary(self, path: str, data: bytes) -> str:
        """A synced dot file beside `path`, with its content."""
        folder, name = os.path.split(path)
        while True:
            temporary = f"{folder}/.{name}.{self._unique_name()}.tmp"
            try:
                descriptor = self._write_new(temporary, data)
            except FileExistsError:
                # A killed process left it; in a container all have one number.
                continue
            break
        try:
            self._disk.sync_file(temporary, descriptor)
        except OSError:
            self._disk.unlink(temporary)
            raise
        finally:
            self._disk.close(descriptor)
        return temporary

    def _write_new(self, path: str, data: Data) -> int:
        try:
            return self._disk.write_new(path, data)
        except FileNotFoundError:
            self.make_folder(os.path.dirname(path))
            return self._disk.write_new(path, data)


def checksum_path(path: str) -> str:
    """Where Hadoop's local file system keeps the checksum of `path`.

    `/c/offsets/7` → `/c/offsets/.7.crc`. None is written here. One that Spark
    left must go before its file does, and before a new file takes the name:
    beside another content it makes Spark refuse the file, and alone it keeps
    Spark from creating it.
    """
    folder, name = os.path.split(path)
    return f"{folder}/.{name}.crc"


@contextlib.contextmanager
def _naming(path: str) -> Iterator[None]:
    """Let an OSError name `path`, not a descriptor or a temporary name."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = path, None
        raise


_CONDITION_BY_CODE = {
    errno.ENOSPC: "DISK_FULL",
    errno.EDQUOT: "DISK_FULL",
    errno.EROFS: "DISK_READ_ONLY",
    errno.EACCES: "FILE_PERMISSION_DENIED",
    errno.EPERM: "FILE_PERMISSION_DENIED",
}


def disk_error(error: OSError) -> ExecutionError:
    """What the disk refused, in words a user can act on."""
    condition = _CONDITION_BY_CODE.get(error.errno or 0, "FILE_ACCESS_FAILED")
    reason = error.strerror or str(error)
    return ExecutionError(condition, path=error.filename or "?", reason=reason)
