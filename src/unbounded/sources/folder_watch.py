"""Folder watch: sets an event as soon as a file appears in one of some folders.

A file source stands on it, beside its listing: the watch only says when to look,
never what is there. Linux tells it (inotify), through a thread that sleeps until
then. Elsewhere, or where the system has no watch left to give, nothing is followed
and the source looks on its own time.

A file counts when it is complete: closed by who wrote it, or moved here. Names
that a listing passes over wake nobody. In a sink's log, files are complete when
they appear (they are links). Other links, and what other machines write to a
shared disk, are not told of; so whoever waits still looks now and then.

Invariants:
    - an event that was lost (queue overflow) counts as one that came
    - a folder that was moved or deleted is not followed, so it can be anew
    - a forked child lets go of its descriptors, and leaves the parent's thread alone
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import struct
import sys
import threading
from collections.abc import Iterator, Sequence

__all__ = ["FolderWatch"]

FOLDERS_MAX = 1_000

_CLOSE_WRITE = 0x8
_MOVED_TO = 0x80
_CREATE = 0x100
_DELETE_SELF = 0x400
_MOVE_SELF = 0x800
_QUEUE_OVERFLOW = 0x4000
_IGNORED = 0x8000
_ONLY_FOLDERS = 0x0100_0000
_IS_FOLDER = 0x4000_0000
_MASK = _CLOSE_WRITE | _MOVED_TO | _CREATE | _DELETE_SELF | _MOVE_SELF | _ONLY_FOLDERS
_HEAD = struct.Struct("iIII")
_VANISHED = (errno.ENOENT, errno.ENOTDIR)
_LOG_FOLDER = "_spark_metadata"


class FolderWatch:
    """Follows folders from the first `follow` on, until `close`.

    Args:
        event: set for each file, and each folder, that appears.
    """

    def __init__(self, event: threading.Event) -> None:
        self._event = event
        # Two paths of one folder have one watch.
        self._watches: dict[str, int] = {}
        self._lock = threading.Lock()
        self._process_id = os.getpid()
        self._inotify = _open_inotify()
        self._is_open = self._inotify >= 0
        if self._is_open:
            self._stop_read, self._stop_write = os.pipe()
            self._thread = threading.Thread(
                target=self._listen, name="folder watch", daemon=True
            )
            self._thread.start()

    @property
    def event(self) -> threading.Event:
        return self._event

    @property
    def is_open(self) -> bool:
        """Whether the folders followed are told of; False is for good."""
        return self._is_open

    def follow(self, folders: Sequence[str]) -> bool:
        """Follow these too; whether one is new, so that a look at it may be too old.

        Where one can't be followed, the watch closes: none is then.
        """
        with self._lock:
            known = len(self._watches)
            fresh = [folder for folder in folders if folder not in self._watches]
        if not self._is_open or not fresh:
            return False
        if known + len(fresh) > FOLDERS_MAX:
            self.close()
            return False
        added = [self._add(folder) for folder in fresh]
        return any(added)

    def close(self) -> None:
        """End the thread and give the descriptors back. Safe to call twice."""
        if not self._is_open:
            return
        self._is_open = False
        if os.getpid() == self._process_id:
            os.write(self._stop_write, b".")
            self._thread.join()
        for descriptor in (self._inotify, self._stop_read, self._stop_write):
            os.close(descriptor)

    def _add(self, folder: str) -> bool:
        if not self._is_open:
            return False
        # Locked, so that the thread does not meet a watch before its path.
        with self._lock:
            watch, error = _add_watch(self._inotify, folder)
            if watch >= 0:
                self._watches[folder] = watch
                return True
        if error not in _VANISHED:
            self.close()
        return False

    def _listen(self) -> None:
        poll = select.poll()
        poll.register(self._inotify, select.POLLIN)
        poll.register(self._stop_read, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._stop_read in ready:
                return
            data = os.read(self._inotify, 65536)
            with self._lock:
                # All are taken: some change what is followed.
                counts = [self._take(*told) for told in _parse(data)]
            if any(counts):
                self._event.set()

    def _take(self, watch: int, mask: int, name: str) -> bool:
        """Whether what the system told is news for who waits."""
        if mask & _QUEUE_OVERFLOW:
            return True
        if mask & (_IGNORED | _DELETE_SELF | _MOVE_SELF):
            for path in self._paths(watch):
                del self._watches[path]
            if mask & _MOVE_SELF:
                _remove_watch(self._inotify, watch)
            return False
        if name.startswith(".") or (name.startswith("_") and "=" not in name):
            return False
        if mask & (_CLOSE_WRITE | _MOVED_TO | _IS_FOLDER):
            return True
        return any(path.endswith(_LOG_FOLDER) for path in self._paths(watch))

    def _paths(self, watch: int) -> list[str]:
        return [path for path, its in self._watches.items() if its == watch]


def _parse(data: bytes) -> Iterator[tuple[int, int, str]]:
    start = 0
    while start < len(data):
        watch, mask, _, length = _HEAD.unpack_from(data, start)
        start += _HEAD.size
        name = os.fsdecode(data[start : start + length].rstrip(b"\0"))
        start += length
        yield watch, mask, name


def _open_inotify() -> int:
    """A descriptor; -1 where there is no inotify, or none left for this user."""
    if sys.platform != "linux":
        return -1
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "inotify_init1"):
        return -1
    return int(library.inotify_init1(os.O_CLOEXEC))


def _add_watch(inotify: int, folder: str) -> tuple[int, int]:
    """A watch and 0, or -1 and the error's number."""
    library = ctypes.CDLL(None, use_errno=True)
    watch = int(library.inotify_add_watch(inotify, os.fsencode(folder), _MASK))
    return watch, ctypes.get_errno() if watch < 0 else 0


def _remove_watch(inotify: int, watch: int) -> None:
    ctypes.CDLL(None).inotify_rm_watch(inotify, watch)
