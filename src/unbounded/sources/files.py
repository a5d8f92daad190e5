"""File source: files of a folder as a stream, each read once.

Spark's `FileStreamSource`. New files are ordered by time of change, then path,
and a batch takes as many as its limits allow. Their names go into the source's
log before an offset names them; a restart reads the same files from that log.
A file that changes after it was seen is not read again.

Whoever waits for data is woken by a `FolderWatch` where there can be one, and
looks by itself besides: rarely then, often without.

Order of acts in `latest_offset`: list, choose, log (durable), return the offset.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping, Sequence

from unbounded.clock import Clock, SystemClock
from unbounded.errors import CheckpointError, ExecutionError, IllegalArgumentError
from unbounded.files import Files
from unbounded.sources.file_log import FileEntry, FileStreamSourceLog
from unbounded.sources.folder_watch import FolderWatch
from unbounded.sources.json import ReadCare
from unbounded.sources.listing import FileListing, ListedFile
from unbounded.sources.options import boolean_option, check_options, positive_option
from unbounded.sources.reader import FileReader
from unbounded.sources.seen_files import SeenFiles, duration_ms
from unbounded.sources.source import Offset, SourceRelation
from unbounded.sources.text_lines import with_paths_named
from unbounded.types import StructType

__all__ = ["FileStreamSource"]

_POLLING_DELAY_MS = 10.0
# A watch is not told of everything, such as what comes from another machine.
_WATCHED_DELAY_MS = 100.0
_REFUSED = {"cleansource": "off"}


class FileStreamSource:
    """The files under some paths, as a stream.

    Args:
        paths: absolute; patterns allowed.
        source_folder: the checkpoint folder of this source's log.
        files: the disk of the checkpoint; input files are read where they lie.
    """

    def __init__(
        self,
        reader: FileReader,
        paths: Sequence[str],
        source_folder: str,
        files: Files,
        clock: Clock,
    ) -> None:
        options = reader.options
        check_options("file", options, _REFUSED)
        self._reader = reader
        self._paths = tuple(paths)
        self._limits = _Limits.of(options)
        self._listing = FileListing(paths, options, files, clock)
        self._listing.check_paths()
        self._log = FileStreamSourceLog(files, source_folder, clock)
        self._seen = SeenFiles(
            boolean_option(options, "filenameonly", False), self._limits.max_age_ms
        )
        for entry in self._log.all_entries():
            self._seen.add(entry.path, entry.timestamp_ms)
        self._seen.purge()
        self._parameter = f"files_{os.path.basename(source_folder)}"
        self._available: list[ListedFile] | None = None
        self._watch: FolderWatch | None = None
        self._care = ReadCare.TEXT
        self._outstanding: list[ListedFile] = []
        self._log_id = -1 if (latest := self._log.latest_id()) is None else latest

    @property
    def description(self) -> str:
        return f"FileStreamSource[file:{self._paths[0]}]"

    @property
    def schema(self) -> StructType:
        return self._reader.schema

    def initial_offset(self) -> Offset | None:
        return None

    def latest_offset(self, start: Offset | None, limit: bool) -> Offset | None:
        # A log that lost its end would have the files taken a second time.
        if start is not None and self._log_offset(start) > self._log_id:
            raise CheckpointError(
                "SOURCE_OFFSET_UNKNOWN", source=self.description, start=start, end=start
            )
        fresh = self._unseen()
        chosen = self._limits.choose(fresh) if limit else fresh
        self._outstanding = fresh[len(chosen) :]
        if chosen:
            self._record(chosen)
        if self._log_id < 0:
            return None
        return json.dumps({"logOffset": self._log_id}, separators=(",", ":"))

    def reported_latest_offset(self) -> Offset | None:
        return None

    def metrics(self, end: Offset | None) -> Mapping[str, str]:
        return {
            "numFilesOutstanding": str(len(self._outstanding)),
            "numBytesOutstanding": str(sum(f.size_bytes for f in self._outstanding)),
        }

    def relation(self, start: Offset | None, end: Offset) -> SourceRelation:
        first = -1 if start is None else self._log_offset(start)
        last = self._log_offset(end)
        if last > self._log_id:
            raise CheckpointError(
                "SOURCE_OFFSET_UNKNOWN", source=self.description, start=start, end=end
            )
        entries = self._log.between(first, last)
        files = [self._listed(entry) for entry in entries]
        sql, parameters = with_paths_named(
            self._reader.sql(files, self._care),
            [file.path for file in files],
            self._parameter,
        )
        return SourceRelation(sql, parameters=parameters)

    def reread(self) -> bool:
        more = self._reader.next_care(self._care)
        if more is None:
            return False
        self._care = more
        return True

    def commit(self, end: Offset) -> None:
        """Nothing is kept for offsets before `end` but the log, which purges itself."""

    def wait_for_data(
        self, event: threading.Event, timeout_ms: float, clock: Clock
    ) -> None:
        deadline_ms = clock.monotonic_ms() + timeout_ms
        while not self._unseen():
            remaining_ms = deadline_ms - clock.monotonic_ms()
            if remaining_ms <= 0:
                return
            is_told = self.tell_of_data(event, clock)
            delay_ms = _WATCHED_DELAY_MS if is_told else _POLLING_DELAY_MS
            if clock.wait(event, min(remaining_ms, delay_ms)):
                return

    def tell_of_data(self, event: threading.Event, clock: Clock) -> bool:
        # Files come in real time; under a clock moved by hand they wake nobody.
        if not isinstance(clock, SystemClock):
            return False
        folders = self._listing.folders()
        if folders is None:
            self._unwatch()
            return False
        if self._watch is None or self._watch.event is not event:
            self._unwatch()
            self._watch = FolderWatch(event)
        while self._watch.follow(folders or ()):
            # What came between the last look and the watch, nobody tells.
            if self._unseen():
                event.set()
            folders = self._listing.folders()
        return self._watch.is_open

    def prepare_for_available_now(self) -> None:
        self._available = self._listing.files()

    def stop(self) -> None:
        self._unwatch()

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _unseen(self) -> list[ListedFile]:
        listed = self._listing.files() if self._available is None else self._available
        fresh = [
            file
            for file in listed
            if self._seen.is_new(file.path, file.modification_time_ms)
        ]
        fresh.sort(
            key=lambda file: (file.modification_time_ms, file.path),
            reverse=self._limits.is_latest_first,
        )
        return fresh

    def _record(self, chosen: Sequence[ListedFile]) -> None:
        log_id = self._log_id + 1
        entries = [
            FileEntry(file.path, file.modification_time_ms, log_id) for file in chosen
        ]
        if not self._log.add(log_id, entries):
            raise CheckpointError("CONCURRENT_STREAM_LOG_UPDATE", batchId=log_id)
        self._log_id = log_id
        for file in chosen:
            self._seen.add(file.path, file.modification_time_ms)
        self._seen.purge()

    def _log_offset(self, offset: Offset) -> int:
        """`{"logOffset":3}` → 3; versions before Spark 2.2 wrote the bare number."""
        value = json.loads(offset)
        return int(value["logOffset"] if isinstance(value, dict) else value)

    def _listed(self, entry: FileEntry) -> ListedFile:
        if not os.path.exists(entry.path):
            raise ExecutionError(
                "FAILED_READ_FILE.FILE_NOT_EXIST", path=f"file:{entry.path}"
            )
        return ListedFile(entry.path, 0, entry.timestamp_ms, self._root_of(entry.path))

    def _root_of(self, path: str) -> str:
        """The folder below which names of folders are column values."""
        for root in self._paths:
            if path.startswith(f"{root}/"):
                return root
        folder = os.path.dirname(path)
        while "=" in os.path.basename(folder):
            folder = os.path.dirname(folder)
        return folder


class _Limits:
    """How many files a batch takes, and which first."""

    def __init__(
        self,
        files_max: int | None,
        bytes_max: int | None,
        is_latest_first: bool,
        max_age_ms: int | None,
    ) -> None:
        self._files_max = files_max
        self._bytes_max = bytes_max
        self.is_latest_first = is_latest_first
        self.max_age_ms = max_age_ms

    @classmethod
    def of(cls, options: Mapping[str, str]) -> _Limits:
        files_max = positive_option(options, "maxfilespertrigger")
        bytes_max = positive_option(options, "maxbytespertrigger")
        if files_max is not None and bytes_max is not None:
            raise IllegalArgumentError(
                "INVALID_OPTION_VALUE",
                option="maxBytesPerTrigger",
                value=bytes_max,
                expected="it or maxFilesPerTrigger, not both,",
            )
        latest_first = boolean_option(options, "latestfirst", False)
        is_limited = files_max is not None or bytes_max is not None
        # Old files come last then, and would be too old when their turn comes.
        max_age_ms = (
            None
            if latest_first and is_limited
            else duration_ms(options.get("maxfileage", "7d"))
        )
        return cls(files_max, bytes_max, latest_first, max_age_ms)

    def choose(self, fresh: list[ListedFile]) -> list[ListedFile]:
        """The files of the next batch; at least one, however large it is."""
        if self._files_max is not None:
            return fresh[: self._files_max]
        if self._bytes_max is None:
            return fresh
        size = 0
        for count, file in enumerate(fresh):
            size += file.size_bytes
            if size > self._bytes_max:
                return fresh[: max(count, 1)]
        return fresh
