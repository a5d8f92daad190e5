"""Files: the one door to checkpoint and output folders.

Every durable act of the engine is a method call here, so a test can hand in a
disk that dies at the k-th of them (`unbounded.testing.SimulatedFiles`).
Paths are absolute strings of the local file system.

Invariants:
    - `create` and `replace` are atomic: after a crash the file is whole or as before
    - what returned from `create`, `replace`, `sync` or `delete` survives a crash
    - what was only written with `write` may be torn or gone until `sync`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

__all__ = ["FileStatus", "Files", "LocalFiles"]


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

    def write(self, path: str, data: bytes | pa.Buffer) -> None:
        """Write a new file in place; durable only after `sync` names it."""

    def sync(self, paths: Sequence[str]) -> None:
        """Make the contents and the folder entries of `paths` durable."""

    def delete(self, path: str) -> None:
        """Remove a file; nothing happens if it is gone already."""

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""

    def status(self, path: str) -> FileStatus:
        """Size and time of one path. Raises FileNotFoundError."""

    def list_names(self, folder: str) -> list[str]:
        """Names in a folder, sorted; empty if there is no such folder."""

    def make_folder(self, path: str) -> None:
        """Create a folder and its parents, durably; fine if it is there."""
