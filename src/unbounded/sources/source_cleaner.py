"""Source cleaner: what becomes of a stream's files once their batch is done.

Spark's `cleanSource`: they stay (`off`), go (`delete`), or move below another folder
under their whole path (`archive`: `/in/a.json` → `/archive/in/a.json`).

A file is touched only after its batch is durably done, and only if it is as it was
when the batch took it: another file that has come by its name stays. A crash leaves a
file that is done in its place, or under both names; the next run of the query tends
to those of the last batch. What the machine refuses is warned of, and the query goes
on, as in Spark.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence

from unbounded.errors import IllegalArgumentError, UnsupportedError
from unbounded.files import Files
from unbounded.sources.file_log import FileEntry
from unbounded.sources.path_patterns import absolute_paths, could_match

__all__ = ["SourceCleaner"]

_LOGGER = logging.getLogger("unbounded")
_MODES = ("off", "archive", "delete")


class SourceCleaner:
    """Deletes or moves files that are done.

    Args:
        archive_folder: where they move to; None deletes them.
    """

    def __init__(self, files: Files, archive_folder: str | None) -> None:
        self._files = files
        self._archive_folder = archive_folder

    @classmethod
    def of(
        cls, options: Mapping[str, str], paths: Sequence[str], files: Files
    ) -> SourceCleaner | None:
        """As the options say; None keeps the files.

        Raises:
            IllegalArgumentError: no such mode, or no place for the archive.
        """
        mode = options.get("cleansource", "off").lower()
        if mode not in _MODES:
            raise IllegalArgumentError(
                "INVALID_OPTION_VALUE",
                option="cleanSource",
                value=options["cleansource"],
                expected=f"one of {', '.join(_MODES)}",
            )
        if mode != "archive":
            return cls(files, None) if mode == "delete" else None
        archive = options.get("sourcearchivedir")
        if archive is None:
            raise IllegalArgumentError(
                "INVALID_OPTION_VALUE",
                option="cleanSource",
                value="archive",
                expected="the option sourceArchiveDir beside it",
            )
        folder = absolute_paths([archive])[0]
        if any(could_match(path, folder) for path in paths):
            raise IllegalArgumentError(
                "INVALID_OPTION_VALUE",
                option="sourceArchiveDir",
                value=archive,
                expected="a folder that the source does not read, nor one above it,",
            )
        return cls(files, folder)

    def check_source(self, is_of_query: bool) -> None:
        """Refuse to clean up what another query's log still names.

        Raises:
            UnsupportedError: the files are another query's output.
        """
        if is_of_query:
            raise UnsupportedError(
                "UNSUPPORTED_FEATURE",
                feature="cleanSource of the output of another query",
                advice="Set retention on the query that writes it, or leave it out.",
            )

    def clean(self, entries: Iterable[FileEntry]) -> None:
        """Delete or move the files of a batch that is done."""
        for entry in entries:
            try:
                self._clean(entry)
            except OSError as error:
                _LOGGER.warning("%s is done and stays: %s", entry.path, error)

    def _clean(self, entry: FileEntry) -> None:
        try:
            found = os.stat(entry.path)
        except FileNotFoundError:
            return
        if found.st_mtime_ns // 1_000_000 != entry.timestamp_ms:
            return
        if self._archive_folder is None:
            self._files.delete(entry.path)
        else:
            self._files.move(entry.path, f"{self._archive_folder}{entry.path}")
