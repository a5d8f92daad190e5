"""File sink: batches as files in a folder, each batch exactly once.

Spark's `FileStreamSink`, and a complete mode that Spark has not. A batch writes
part files of new names; they count when the sink's log names them, in one atomic
create. A batch the log has already is skipped.

The name of a part is made of the query's id, the batch's and the attempt's. So a
batch that is run again finds what an attempt that died has left, by asking for
those names alone, and deletes it: no log names it, and none will.

    append    the log gains the batch's files
    complete  the log's newest entry names the batch's files alone; the files it
              replaces stay until the batch after the next is done, for readers
              that have listed them, and go after `commits/N`: some batches' at a
              time while they are small, since deleting a few files costs a batch
              as much as writing its own

On disk:       under the output folder

    part-00000-6c9b7a0e-….c000.snappy.parquet
    _spark_metadata/3             see file_log.py
"""

from __future__ import annotations

import itertools
import logging
import uuid
from collections.abc import Callable, Sequence

import pyarrow as pa

from unbounded.clock import Clock
from unbounded.errors import condition_text
from unbounded.files import Files
from unbounded.sinks.beside import StartThread, begin
from unbounded.sinks.file_format import FileFormat
from unbounded.sinks.file_log import (
    METADATA_FOLDER,
    FileStreamSinkLog,
    SinkFileStatus,
    SinkLogSettings,
)
from unbounded.sinks.part_files import Part, render_parts

__all__ = ["FileStreamSink", "SinkLogSettings"]

_LOGGER = logging.getLogger("unbounded")
WriteParts = Callable[[], list[SinkFileStatus]]
"""Ends the writing of a batch's part files, not yet durable, and tells of them."""

_NAMESPACE = uuid.UUID("7f0c5f6e-8f0b-4a3e-9d8a-5f0d8c2f4b1d")
_SNAPSHOTS_KEPT = 2
# A table of fewer rows is a file before a thread has begun.
_ROWS_BESIDE_MIN = 10_000
# So many replaced snapshots may wait to be deleted together, and so many bytes.
_SNAPSHOTS_GONE_MAX = 3
_BYTES_GONE_MAX = 16 << 20


class FileStreamSink:
    """The output folder of one query.

    Args:
        path: absolute; made when the first batch is written.
        query_id: lasts as long as the checkpoint; part files are named by it.
        partition_by: columns whose values become names of folders.
        log_settings: how the log is kept; Spark's defaults if not given.
        start_thread: runs a function in a new thread of that name; large Parquet
            files are then made while the batch's state becomes durable.
    """

    output_modes = frozenset({"append", "complete"})
    is_idempotent = True
    counts_output_rows = False

    def __init__(
        self,
        file_format: FileFormat,
        path: str,
        files: Files,
        clock: Clock,
        query_id: str,
        *,
        partition_by: Sequence[str] = (),
        log_settings: SinkLogSettings | None = None,
        start_thread: StartThread | None = None,
    ) -> None:
        self._start_thread = start_thread
        self._partitioning = file_format.partitioned_by(partition_by)
        self._format = file_format.without(partition_by)
        self._path = path
        self._files = files
        self._namespace = uuid.uuid5(_NAMESPACE, query_id)
        self._orphans: list[str] = []
        self._log = FileStreamSinkLog(files, path, clock, log_settings)
        self._pending: tuple[int, WriteParts, str] | None = None
        self._replaces = False
        # Of the snapshots this run has written.
        self._snapshot_bytes: dict[int, int] = {}

    @property
    def description(self) -> str:
        return f"FileSink[file:{self._path}]"

    def check_start(self, next_batch_id: int, is_replay: bool) -> None:
        self._files.adopt([self._path, f"{self._path}/{METADATA_FOLDER}"])
        # A batch that died after its commit here is skipped, and rightly.
        expected_id = next_batch_id if is_replay else next_batch_id - 1
        latest_id = self._log.latest_id()
        if latest_id is None or latest_id <= expected_id:
            return
        text = condition_text(
            "SINK_LOG_AHEAD",
            {
                "path": self._path,
                "latest": str(latest_id),
                "next": str(next_batch_id),
            },
        )
        _LOGGER.warning("[SINK_LOG_AHEAD] %s", text)

    def write(self, batch_id: int, changes: pa.Table, output_mode: str) -> None:
        latest_id = self._log.latest_id()
        if latest_id is not None and batch_id <= latest_id:
            self._pending = (batch_id, list, output_mode)
            return
        needs_file = changes.num_rows > 0 or (
            # A parquet folder without a file has no columns either.
            output_mode == "complete" and self._format.name == "parquet"
        )
        write_parts = self._begin_parts(batch_id, changes) if needs_file else list
        self._pending = (batch_id, write_parts, output_mode)

    def commit(self, batch_id: int) -> None:
        assert self._pending is not None, "a batch is written before its commit"
        written_id, write_parts, output_mode = self._pending
        assert written_id == batch_id, "the batch written last is committed"
        self._pending = None
        latest_id = self._log.latest_id()
        if latest_id is not None and batch_id <= latest_id:
            return
        statuses = write_parts()
        orphans, self._orphans = self._orphans, []
        self._files.delete_all(orphans)
        if statuses:
            self._files.sync([status.path for status in statuses])
        if output_mode == "complete":
            self._log.add_complete(batch_id, statuses)
            self._replaces = True
            self._snapshot_bytes[batch_id] = sum(s.size_bytes for s in statuses)
        else:
            self._log.add(batch_id, statuses)

    def after_commit(self, batch_id: int) -> None:
        if not self._replaces:
            return
        ids = self._log.ids()
        kept, gone = ids[-_SNAPSHOTS_KEPT:], ids[:-_SNAPSHOTS_KEPT]
        size = sum(self._snapshot_bytes.get(known, 0) for known in gone)
        is_new_run = any(known not in self._snapshot_bytes for known in gone)
        if is_new_run or len(gone) > _SNAPSHOTS_GONE_MAX or size > _BYTES_GONE_MAX:
            self._delete_snapshots(kept, gone)

    def _delete_snapshots(self, kept: Sequence[int], gone: Sequence[int]) -> None:
        current = {s.path for known in kept for s in self._log.get(known) or []}
        replaced = {s.path for known in gone for s in self._log.get(known) or []}
        self._files.delete_all(sorted(replaced - current))
        self._log.purge_before(kept[0])
        for known in gone:
            self._snapshot_bytes.pop(known, None)

    def stop(self) -> None:
        """Nothing is held open between calls."""

    def _begin_parts(self, batch_id: int, rows: pa.Table) -> WriteParts:
        """Make the part files of a batch, or begin to; what returns ends it."""
        is_large = rows.num_rows >= _ROWS_BESIDE_MIN and self._format.name == "parquet"
        if self._start_thread is None or not is_large:
            statuses = self._write_parts(batch_id, self._render(rows))
            return lambda: statuses
        parts = begin(lambda: self._render(rows), self._start_thread)
        return lambda: self._write_parts(batch_id, parts())

    def _render(self, rows: pa.Table) -> list[Part]:
        return render_parts(self._format, self._partitioning, rows)

    def _write_parts(
        self, batch_id: int, parts: Sequence[Part]
    ) -> list[SinkFileStatus]:
        statuses = []
        for part in parts:
            path = self._unused_path(batch_id, part)
            self._files.write(path, part.data)
            status = self._files.status(path)
            statuses.append(
                SinkFileStatus(
                    status.path, status.size_bytes, status.modification_time_ms
                )
            )
        return statuses

    def _unused_path(self, batch_id: int, part: Part) -> str:
        """A new name; what has the names before it is noted as an orphan."""
        for attempt in itertools.count():
            part_id = uuid.uuid5(self._namespace, f"{batch_id}/{attempt}")
            path = f"{self._path}{part.path(str(part_id))}"
            if not self._files.exists(path):
                break
            self._orphans.append(path)
        return path
