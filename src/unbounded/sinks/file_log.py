"""File log of a sink: which files of an output folder count.

Spark's `FileStreamSinkLog`. A batch's data files are written under names of
their own and count once this log names them; one atomic create adds a batch
wholly or not at all. `spark.read` of the folder, ours and Spark's, follows it.

On disk:       `<output>/_spark_metadata/3`; a batch without files is `v1` alone

    v1
    {"path":"file:///out/part-00000-<uuid>-c000.snappy.parquet","size":750,"isDir":
     false,"modificationTime":1767225600000,"blockReplication":1,"blockSize":
     33554432,"action":"add"}                                    on one line

    append    `3`, and every tenth id `9.compact` with all files since the beginning
    complete  `3.compact`: the new files alone, which replaces all before it
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from unbounded.checkpoint import CompactibleLog, from_uri, to_uri
from unbounded.clock import Clock
from unbounded.errors import CheckpointError
from unbounded.files import Files

__all__ = [
    "METADATA_FOLDER",
    "FileStreamSinkLog",
    "SinkFileStatus",
    "SinkLogSettings",
    "has_sink_log",
    "read_sink_files",
]

METADATA_FOLDER = "_spark_metadata"

_READ_ATTEMPTS_MAX = 4


@dataclass(frozen=True, slots=True)
class SinkFileStatus:
    """A data file of an output folder.

    Args:
        path: absolute local path.
        action: `add`; old versions of Spark also wrote `delete`.
    """

    path: str
    size_bytes: int
    modification_time_ms: int
    action: str = "add"


@dataclass(frozen=True, slots=True)
class SinkLogSettings:
    """How long a sink's log keeps what.

    Args:
        compact_interval: batches from one compact file to the next, in a new log.
        cleanup_delay_ms: how long a file that a compact one covers stays, for
            readers that have listed it.
        deletes: whether such files go at all.
        min_batches_to_retain: so many batches keep their own files.
        retention_ms: the sink's option `retention`: files older than that are
            left out when the log is read or compacted.
    """

    compact_interval: int = 10
    cleanup_delay_ms: int = 600_000
    deletes: bool = True
    min_batches_to_retain: int = 100
    retention_ms: int | None = None


class FileStreamSinkLog:
    """The data files of one output folder, by batch id, with one writer.

    Args:
        output: the output folder; the log is `_spark_metadata` in it.
    """

    def __init__(
        self,
        files: Files,
        output: str,
        clock: Clock,
        settings: SinkLogSettings | None = None,
    ) -> None:
        settings = settings or SinkLogSettings()
        self._clock = clock
        self._retention_ms = settings.retention_ms
        self._log = CompactibleLog(
            files,
            f"{output}/{METADATA_FOLDER}",
            clock,
            interval=settings.compact_interval,
            min_batches_to_retain=settings.min_batches_to_retain,
            cleanup_delay_ms=settings.cleanup_delay_ms,
            deletes=settings.deletes,
            keep=None if settings.retention_ms is None else self._is_retained_line,
        )

    def add(self, batch_id: int, statuses: Sequence[SinkFileStatus]) -> bool:
        """Make the files of a batch count, beside those before; False if it has them.

        Durable on return. The files are durable before.

        Raises:
            CheckpointError: another query writes to this folder.
        """
        return self._log.add(batch_id, list(map(_to_line, statuses)))

    def add_complete(self, batch_id: int, statuses: Sequence[SinkFileStatus]) -> bool:
        """Make the files of a batch count in place of all before; False if done."""
        return self._log.add_snapshot(batch_id, list(map(_to_line, statuses)))

    def get(self, batch_id: int) -> list[SinkFileStatus] | None:
        """The files in the log file of one batch, None if there is none.

        Of a `.compact` file, those it carries on too.
        """
        lines = self._log.get(batch_id)
        return None if lines is None else list(map(self._from_line, lines))

    def all_files(self) -> list[SinkFileStatus]:
        """The files that count now, oldest batch first."""
        statuses = list(map(self._from_line, self._log.all_lines()))
        removed = {status.path for status in statuses if status.action == "delete"}
        return [
            status
            for status in statuses
            if status.path not in removed and self._is_retained(status)
        ]

    def latest_id(self) -> int | None:
        """The newest batch; one up to it is not written again."""
        return self._log.latest_id()

    def ids(self) -> list[int]:
        """All batch ids that have a file, ascending."""
        return self._log.ids()

    def purge_before(self, batch_id: int) -> None:
        """Complete mode: delete the log files below `batch_id`.

        Called after the data files that only they name are gone, so that a
        crash in between is made good by calling again.
        """
        self._log.purge_before(batch_id)

    def _is_retained(self, status: SinkFileStatus) -> bool:
        if self._retention_ms is None:
            return True
        return self._clock.now_ms() - status.modification_time_ms <= self._retention_ms

    def _is_retained_line(self, line: str) -> bool:
        return self._is_retained(self._from_line(line))

    def _from_line(self, line: str) -> SinkFileStatus:
        try:
            fields = json.loads(line)
            return SinkFileStatus(
                from_uri(fields["path"]),
                int(fields["size"]),
                int(fields["modificationTime"]),
                str(fields["action"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise CheckpointError(
                "CHECKPOINT_FILE_DAMAGED",
                path=self._log.folder,
                reason=f"a line can't be read: {line[:200]}",
            ) from error


def _to_line(status: SinkFileStatus) -> str:
    """Byte for byte as Spark writes it."""
    path = json.dumps(to_uri(status.path), ensure_ascii=False)
    return (
        f'{{"path":{path},"size":{status.size_bytes},"isDir":false,'
        f'"modificationTime":{status.modification_time_ms},"blockReplication":1,'
        f'"blockSize":33554432,"action":"{status.action}"}}'
    )


def has_sink_log(files: Files, folder: str) -> bool:
    """Whether a folder is the output of a file sink, which its log describes."""
    return files.exists(f"{folder}/{METADATA_FOLDER}")


def read_sink_files(files: Files, folder: str, clock: Clock) -> list[SinkFileStatus]:
    """The files that count in an output folder that a query may be writing.

    A compaction may delete log files between the listing and the reading; the
    next listing then shows the newer compact file.
    """
    for _ in range(_READ_ATTEMPTS_MAX - 1):
        try:
            return FileStreamSinkLog(files, folder, clock).all_files()
        except CheckpointError as error:
            if error.condition != "BATCH_METADATA_NOT_FOUND":
                raise
    return FileStreamSinkLog(files, folder, clock).all_files()
