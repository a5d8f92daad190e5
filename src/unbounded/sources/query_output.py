"""Query output: the files of a folder that a file sink has written.

Such a folder has a log, `_spark_metadata`, which alone says what counts: there
may be files of a batch that never finished, or of a result since replaced. What
the log looks like is told in `sinks/file_log.py`, which writes it.
"""

from __future__ import annotations

import json

from unbounded.checkpoint import CompactibleLog, from_uri
from unbounded.clock import Clock
from unbounded.errors import CheckpointError
from unbounded.files import Files, FileStatus

__all__ = ["is_query_output", "log_folder", "read_query_output"]

_LOG_FOLDER = "_spark_metadata"
_ATTEMPTS_MAX = 4


def is_query_output(files: Files, folder: str) -> bool:
    """Whether a file sink has written to the folder."""
    return files.exists(log_folder(folder))


def log_folder(folder: str) -> str:
    """Where the sink's log of such a folder is."""
    return f"{folder}/{_LOG_FOLDER}"


def read_query_output(files: Files, folder: str, clock: Clock) -> list[FileStatus]:
    """The files that count now, oldest batch first.

    The writer may delete log files between listing and reading them; the next
    listing then shows the file that took their place.

    Raises:
        CheckpointError: the log is damaged.
    """
    for attempt in range(_ATTEMPTS_MAX):
        try:
            lines = CompactibleLog(files, log_folder(folder), clock).all_lines()
            break
        except CheckpointError as error:
            is_last = attempt == _ATTEMPTS_MAX - 1
            if is_last or error.condition != "BATCH_METADATA_NOT_FOUND":
                raise
    entries = [json.loads(line) for line in lines]
    removed = {e["path"] for e in entries if e["action"] == "delete"}
    return [
        FileStatus(from_uri(e["path"]), int(e["size"]), int(e["modificationTime"]))
        for e in entries
        if e["path"] not in removed
    ]
