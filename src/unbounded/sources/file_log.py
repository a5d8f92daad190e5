"""File log of a source: the files it has seen, and the offset that named each.

Spark's `FileStreamSourceLog`. The offset of a file source, `{"logOffset":K}`,
is an id of this log: the rows of a batch are those of the files between two ids.

On disk:       `sources/0/3`; every tenth id is a `.compact` file with all before it

    v1
    {"path":"file:///in/sp%20ace.json","timestamp":1767225600000,"batchId":3}

`timestamp` is the file's modification time. Spark compares `path` as text, so a
path written in another way would be read twice; see `checkpoint.to_uri`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from unbounded.checkpoint import CompactibleLog, from_uri, to_uri
from unbounded.clock import Clock
from unbounded.errors import CheckpointError
from unbounded.files import Files

__all__ = ["FileEntry", "FileStreamSourceLog", "log_id_of"]


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file a source has seen.

    Args:
        path: absolute local path.
        timestamp_ms: its modification time when it was seen.
        batch_id: the id of this log that named it.
    """

    path: str
    timestamp_ms: int
    batch_id: int


class FileStreamSourceLog:
    """The seen files of one source, by log id.

    Args:
        folder: `<checkpoint>/sources/<position of the source>`.
        interval: Spark's `spark.sql.streaming.fileSource.log.compactInterval`.
    """

    def __init__(
        self,
        files: Files,
        folder: str,
        clock: Clock,
        *,
        interval: int = 10,
        min_batches_to_retain: int = 100,
        cleanup_delay_ms: int = 600_000,
    ) -> None:
        self._log = CompactibleLog(
            files,
            folder,
            clock,
            interval=interval,
            min_batches_to_retain=min_batches_to_retain,
            cleanup_delay_ms=cleanup_delay_ms,
        )
        self._last_added: tuple[int, list[FileEntry]] | None = None

    def add(self, batch_id: int, entries: Sequence[FileEntry]) -> bool:
        """Record files under the next id; False if the log has that id.

        Durable on return. Called before an offset names `batch_id`.

        Raises:
            CheckpointError: another query is writing this checkpoint.
        """
        assert all(entry.batch_id == batch_id for entry in entries)
        if not self._log.add(batch_id, list(map(_to_line, entries))):
            return False
        self._last_added = (batch_id, list(entries))
        return True

    def get(self, batch_id: int) -> list[FileEntry]:
        """The files that one id named.

        Raises:
            CheckpointError: the log has no such id.
        """
        if self._last_added is not None and self._last_added[0] == batch_id:
            return list(self._last_added[1])
        lines = self._log.covering(batch_id)
        if lines is None:
            raise CheckpointError(
                "BATCH_METADATA_NOT_FOUND",
                batchMetadataFile=f"{self._log.folder}/{batch_id}",
            )
        entries = map(self._from_line, lines)
        return [entry for entry in entries if entry.batch_id == batch_id]

    def between(self, start_id: int, end_id: int) -> list[FileEntry]:
        """The files named after `start_id` up to `end_id`, in the order named.

        `between(-1, 0)` are those of the first id.
        """
        entries: list[FileEntry] = []
        for batch_id in range(start_id + 1, end_id + 1):
            entries += self.get(batch_id)
        return entries

    def all_entries(self) -> list[FileEntry]:
        """Every file ever seen, in the order named. Read once, at start."""
        return list(map(self._from_line, self._log.all_lines()))

    def latest_id(self) -> int | None:
        return self._log.latest_id()

    def _from_line(self, line: str) -> FileEntry:
        try:
            fields = json.loads(line)
            return FileEntry(
                from_uri(fields["path"]),
                int(fields["timestamp"]),
                int(fields["batchId"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise CheckpointError(
                "CHECKPOINT_FILE_DAMAGED",
                path=self._log.folder,
                reason=f"a line can't be read: {line[:200]}",
            ) from error


def log_id_of(offset: str) -> int | None:
    """The id that a file source's offset names, `{"logOffset":3}`; None of others."""
    value = json.loads(offset)
    return value.get("logOffset") if isinstance(value, dict) else None


def _to_line(entry: FileEntry) -> str:
    """Byte for byte as Spark writes it."""
    path = json.dumps(to_uri(entry.path), ensure_ascii=False)
    return (
        f'{{"path":{path},"timestamp":{entry.timestamp_ms},"batchId":{entry.batch_id}}}'
    )
