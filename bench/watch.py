"""Watch: when files appear in a folder, seen from another process.

Times of files are too coarse for batches of a few milliseconds: the kernel
stamps them by its timer, every 4 ms or so. On Linux the kernel tells of each
new file at once (inotify); elsewhere the times of the files must do.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

__all__ = ["Arrivals"]

_CREATED_OR_MOVED_HERE = 0x100 | 0x80
_EVENT = struct.Struct("iIII")


class Arrivals:
    """The moments at which the numbered files of a folder appeared."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._seen: dict[str, float] = {}
        self._descriptor = _inotify(folder) if sys.platform == "linux" else -1
        if self._descriptor >= 0:
            threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                data = os.read(self._descriptor, 65536)
            except OSError:
                return
            now = time.perf_counter()
            for name in _names(data):
                if name.isdigit():
                    self._seen.setdefault(name, now)

    def intervals_ms(self) -> list[float]:
        """Milliseconds between one file's arrival and the next one's."""
        moments = sorted(self._seen.values())
        if self._descriptor < 0:
            files = (file for file in self._folder.iterdir() if file.name.isdigit())
            moments = sorted(file.stat().st_mtime for file in files)
        return [(later - earlier) * 1e3 for earlier, later in pairwise(moments)]


def _inotify(folder: Path) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    descriptor = int(library.inotify_init1(os.O_CLOEXEC))
    library.inotify_add_watch(descriptor, bytes(folder), _CREATED_OR_MOVED_HERE)
    return descriptor


def _names(data: bytes) -> list[str]:
    names, start = [], 0
    while start < len(data):
        *_, length = _EVENT.unpack_from(data, start)
        start += _EVENT.size
        names.append(data[start : start + length].rstrip(b"\0").decode())
        start += length
    return names
