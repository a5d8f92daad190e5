"""Fresh files: those of a listing that a file source has not taken yet.

What is known is kept from look to look, so one costs what came since, not what is
there: a folder of many files that were taken long ago costs nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

from unbounded.sources.listing import FileListing, ListedFile
from unbounded.sources.seen_files import SeenFiles

__all__ = ["FreshFiles"]


class FreshFiles:
    """The files to come, in their order: by time of change, then by path.

    Args:
        seen: those that were taken; who takes some adds them there.
    """

    def __init__(
        self, listing: FileListing, seen: SeenFiles, is_latest_first: bool
    ) -> None:
        self._listing = listing
        self._seen = seen
        self._is_latest_first = is_latest_first
        self._waiting: dict[str, ListedFile] = {}

    def look(self) -> list[ListedFile]:
        """All that are there now and were not taken, in order."""
        change = self._listing.look()
        for path in change.removed:
            self._waiting.pop(path, None)
        for file in change.added:
            self._waiting.setdefault(file.path, file)
        # What is too old or taken by now will never be fresh again.
        self._waiting = {
            path: file
            for path, file in self._waiting.items()
            if self._seen.is_new(path, file.modification_time_ms)
        }
        return sorted(
            self._waiting.values(),
            key=lambda file: (file.modification_time_ms, file.path),
            reverse=self._is_latest_first,
        )

    def as_they_are(self, files: Iterable[ListedFile]) -> list[ListedFile]:
        """Those of the files that are still there, with the size they have now."""
        found = []
        for file in files:
            try:
                status = os.stat(file.path)
            except FileNotFoundError:
                self._waiting.pop(file.path, None)
                continue
            found.append(
                replace(
                    file,
                    size_bytes=status.st_size,
                    modification_time_ms=status.st_mtime_ns // 1_000_000,
                )
            )
        return found
