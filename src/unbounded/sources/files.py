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
from unbounded.sources.admission import Admission
from unbounded.sources.file_log import FileEntry, FileStreamSourceLog, log_id_of
from unbounded.sources.folder_watch import FolderWatch
from unbounded.sources.fresh_files import FreshFiles
from unbounded.sources.json import ReadCare
from unbounded.sources.listing import FileListing, ListedFile
from unbounded.sources.options import boolean_option
from unbounded.sources.reader import FileReader
from unbounded.sources.seen_files import SeenFiles
from unbounded.sources.source import Offset, SourceRelation
from unbounded.sources.source_cleaner import SourceCleaner
from unbounded.sources.text_lines import with_paths_named
from unbounded.types import StructType

__all__ = ["FileStreamSource"]

_POLLING_DELAY_MS = 10.0
# A watch is not told of everything, such as what comes from another machine.
_WATCHED_DELAY_MS = 100.0


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
        _check_stream_options(options)
        self._reader = reader
        self._paths = tuple(paths)
        self._admission = Admission.of(options)
        self._listing = FileListing(
            paths, options, files, clock, time_zone=reader.time_zone
        )
        self._listing.check_paths()
        self._cleaner = SourceCleaner.of(options, paths, files)
        if self._cleaner is not None:
            self._cleaner.check_source(self._listing.is_of_query())
        self._log = FileStreamSourceLog(files, source_folder, clock)
        self._ignores_missing = boolean_option(options, "ignoremissingfiles", False)
        self._by_name = boolean_option(options, "filenameonly", False)
        self._seen = SeenFiles(self._by_name, self._admission.max_age_ms)
        for entry in self._log.all_entries():
            self._seen.add(entry.path, entry.timestamp_ms)
        self._seen.purge()
        self._fresh = FreshFiles(
            self._listing, self._seen, self._admission.is_latest_first
        )
        self._left_over: Sequence[ListedFile] = ()
        self._is_frozen = False
        self._cleaned_id: int | None = None
        self._parameter = f"files_{os.path.basename(source_folder)}"
        self._watch: FolderWatch | None = None
        self._care = ReadCare.TEXT
        self._outstanding: Sequence[ListedFile] = ()
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
        if start is not None:
            self._clean_up_to(self._log_offset(start))
        chosen = self._fresh.as_they_are(self._choose(limit))
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
        if self._cleaned_id is None:
            # A batch is planned only once the one before it was tended to.
            self._cleaned_id = first
        entries = self._log.between(first, last)
        listed = map(self._listed, entries)
        files = [file for file in listed if file is not None]
        relation = self._reader.relation(files, self._care)
        if relation.sql is None:
            return relation
        sql, parameters = with_paths_named(
            relation.sql, [file.path for file in files], self._parameter
        )
        return SourceRelation(sql, parameters=parameters)

    def reread(self) -> bool:
        more = self._reader.next_care(self._care)
        if more is None:
            return False
        self._care = more
        return True

    def commit(self, end: Offset) -> None:
        self._clean_up_to(self._log_offset(end))

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
        self._left_over = self._fresh.look()
        self._is_frozen = True

    def stop(self) -> None:
        self._unwatch()

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _unseen(self) -> Sequence[ListedFile]:
        """What the next batch chooses from: what is left over, else what is there."""
        if self._is_frozen and self._by_name:
            return [
                file
                for file in self._left_over
                if self._seen.is_new(file.path, file.modification_time_ms)
            ]
        if self._is_frozen or self._left_over:
            return self._left_over
        return self._fresh.look()

    def _choose(self, limit: bool) -> Sequence[ListedFile]:
        files = self._unseen()
        chosen, rest = self._admission.split(files) if limit else (files, ())
        self._outstanding = rest
        self._left_over = rest if self._is_frozen else self._admission.kept(rest)
        return chosen

    def _clean_up_to(self, log_id: int) -> None:
        """Tend to the files of what is done since the last time.

        After a start that is the last batch's: a crash may have come before it.
        """
        if self._cleaner is None:
            return
        first = log_id - 1 if self._cleaned_id is None else self._cleaned_id
        if first < log_id <= self._log_id:
            self._cleaner.clean(self._log.between(first, log_id))
        self._cleaned_id = log_id

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
        log_id = log_id_of(offset)
        return int(json.loads(offset)) if log_id is None else log_id

    def _listed(self, entry: FileEntry) -> ListedFile | None:
        """The file as it is now; None if it is gone and may be."""
        try:
            found = os.stat(entry.path)
        except FileNotFoundError as error:
            if self._ignores_missing:
                return None
            raise ExecutionError(
                "FAILED_READ_FILE.FILE_NOT_EXIST", path=f"file:{entry.path}"
            ) from error
        changed_ms = found.st_mtime_ns // 1_000_000
        root = self._root_of(entry.path)
        return ListedFile(entry.path, found.st_size, changed_ms, root)

    def _root_of(self, path: str) -> str:
        """The folder below which names of folders are column values."""
        options = self._listing.options
        if options.is_recursive:
            return os.path.dirname(path)
        if options.base_path is not None:
            return options.base_path
        for root in self._paths:
            if path.startswith(f"{root}/"):
                return root
        folder = os.path.dirname(path)
        while "=" in os.path.basename(folder):
            folder = os.path.dirname(folder)
        return folder


def _check_stream_options(options: Mapping[str, str]) -> None:
    """Refuse what Spark has for tables and not for streams.

    Raises:
        IllegalArgumentError: there is such an option.
    """
    for key in ("modifiedBefore", "modifiedAfter"):
        if key.lower() in options:
            raise IllegalArgumentError("OPTION_NOT_FOR_STREAMS", option=key)
