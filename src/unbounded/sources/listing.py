"""Listing: the files that a path means, as Spark's `InMemoryFileIndex` finds them.

A path is a file, a folder, or a pattern (`*`, `?`, `[a-z]`, `{a,b}`). Of a folder
its own files count, and those of folders named `column=value` below it, whose
values are columns (`recursiveFileLookup` takes all folders instead, and gives no
columns). Names that begin with `_` or `.` do not count. Of a folder that a file
sink has written, those files count which its log names.

A folder is listed again only if that can show something new: its time of change
is another, or was so recent at the last listing that a change after it could
bear the same time. Clocks of disks tick in milliseconds, some in seconds.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from unbounded.checkpoint import from_uri
from unbounded.clock import Clock, SystemClock
from unbounded.errors import AnalysisError
from unbounded.files import Files
from unbounded.sources.options import boolean_option, check_options
from unbounded.sources.query_output import (
    is_query_output,
    log_folder,
    read_query_output,
)

__all__ = ["FileListing", "ListedFile", "absolute_paths", "partition_values"]

# Twice the coarsest tick of a file system in use (FAT).
_TICK_NS = 4_000_000_000
_MAGIC = re.compile(r"[*?\[{]")
_REFUSED = {"modifiedbefore": "", "modifiedafter": "", "ignorecorruptfiles": "false"}


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that counts, with its root: the folder it was found under."""

    path: str
    size_bytes: int
    modification_time_ms: int
    root: str


@dataclass(slots=True)
class _Folder:
    """What the last listing of a folder showed, and when it was."""

    changed_ns: int
    listed_ns: int
    files: dict[str, ListedFile] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)


def absolute_paths(paths: Sequence[str]) -> tuple[str, ...]:
    """Paths as the user wrote them, made absolute from the working folder now."""
    local = (from_uri(p) if re.match(r"[A-Za-z][\w+.-]*:", p) else p for p in paths)
    return tuple(os.path.normpath(os.path.abspath(path)) for path in local)


class FileListing:
    """The files under some paths, now; call `files` again to see later ones.

    Args:
        paths: absolute, patterns allowed.
        options: of the reader, lower-case keys.
        disk: reads the logs of file sinks.
    """

    def __init__(
        self,
        paths: Sequence[str],
        options: Mapping[str, str],
        disk: Files,
        clock: Clock,
    ) -> None:
        check_options("file", options, _REFUSED)
        self._paths = tuple(paths)
        self._disk = disk
        self._clock = clock
        self._name_pattern = options.get("pathglobfilter")
        self._is_recursive = boolean_option(options, "recursivefilelookup", False)
        self._folders: dict[str, _Folder] = {}
        # The disk's times are the machine's, whatever clock a query runs under.
        self._machine = SystemClock()

    def check_paths(self) -> None:
        """Raise AnalysisError PATH_NOT_FOUND for a path that means nothing."""
        for path in self._paths:
            found = _is_pattern(path) and any(True for _ in _expand(path))
            if not found and not os.path.exists(path):
                raise AnalysisError("PATH_NOT_FOUND", path=f"file:{path}")

    def files(self) -> list[ListedFile]:
        """All files that count, each path once, in no promised order."""
        found: dict[str, ListedFile] = {}
        for root in self._roots():
            for file in self._under(root):
                found.setdefault(file.path, file)
        return list(found.values())

    def folders(self) -> list[str] | None:
        """Where a new file would show, as far as the last listing has come.

        None where that can't be told: in a pattern for names of folders.
        """
        found = dict.fromkeys(self._folders)
        for path in self._paths:
            folder = os.path.dirname(path)
            if _is_pattern(path) and not os.path.exists(path):
                if _is_pattern(folder):
                    return None
                found[folder] = None
            elif is_query_output(self._disk, path):
                found[log_folder(path)] = None
            elif os.path.isdir(path):
                found[path] = None
        return list(found)

    def _roots(self) -> Iterator[str]:
        for path in self._paths:
            if _is_pattern(path) and not os.path.exists(path):
                yield from _expand(path)
            else:
                yield path

    def _under(self, root: str) -> Iterator[ListedFile]:
        if len(self._paths) == 1 and is_query_output(self._disk, root):
            for output in read_query_output(self._disk, root, self._clock):
                yield ListedFile(
                    output.path, output.size_bytes, output.modification_time_ms, root
                )
            return
        try:
            status = os.stat(root)
        except FileNotFoundError:
            return
        if not os.path.isdir(root):
            yield _listed(root, status, os.path.dirname(root))
            return
        yield from self._in_folder(root, status.st_mtime_ns, root)

    def _in_folder(
        self, folder: str, changed_ns: int, root: str
    ) -> Iterator[ListedFile]:
        known = self._folders.get(folder)
        is_settled = (
            known is not None
            and known.changed_ns == changed_ns
            and known.listed_ns - changed_ns > _TICK_NS
        )
        if known is None or not is_settled:
            known = self._list(folder, changed_ns, root, known)
            self._folders[folder] = known
        yield from known.files.values()
        for child in known.folders:
            try:
                child_changed_ns = os.stat(child).st_mtime_ns
            except FileNotFoundError:
                continue
            yield from self._in_folder(child, child_changed_ns, root)

    def _list(
        self, folder: str, changed_ns: int, root: str, known: _Folder | None
    ) -> _Folder:
        listed = _Folder(changed_ns, self._machine.now_ms() * 1_000_000)
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    self._take(entry, listed, root, known)
        except FileNotFoundError:
            return listed
        return listed

    def _take(
        self,
        entry: os.DirEntry[str],
        listed: _Folder,
        root: str,
        known: _Folder | None,
    ) -> None:
        name = entry.name
        if _is_hidden(name):
            return
        try:
            if entry.is_dir():
                if self._is_recursive or "=" in name:
                    listed.folders.append(entry.path)
                return
            if self._name_pattern and not fnmatch.fnmatchcase(name, self._name_pattern):
                return
            before = known.files.get(name) if known is not None else None
            # A new name needs a look at the file; a known one is what it was.
            listed.files[name] = before or _listed(entry.path, entry.stat(), root)
        except FileNotFoundError:
            return


def _listed(path: str, status: os.stat_result, root: str) -> ListedFile:
    return ListedFile(path, status.st_size, status.st_mtime_ns // 1_000_000, root)


def _is_hidden(name: str) -> bool:
    """Spark's rule; a partition folder may be called `_column=value`."""
    if name.startswith("_"):
        return "=" not in name
    return name.startswith(".") or name.endswith("._COPYING_")


def _is_pattern(path: str) -> bool:
    return _MAGIC.search(path) is not None


def _expand(path: str) -> Iterator[str]:
    """The existing paths that match a pattern, sorted, each once."""
    found: dict[str, None] = {}
    for pattern in _alternatives(path):
        matches = ["/"]
        for part in pattern.strip("/").split("/"):
            matches = [m for base in matches for m in _matching(base, part)]
        found.update(dict.fromkeys(matches))
    yield from sorted(found)


def _matching(folder: str, pattern: str) -> list[str]:
    if not _is_pattern(pattern):
        path = os.path.join(folder, pattern)
        return [path] if os.path.exists(path) else []
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    # Hadoop negates a class with ^, Python with !.
    python_pattern = pattern.replace("[^", "[!")
    return [
        os.path.join(folder, name)
        for name in names
        if fnmatch.fnmatchcase(name, python_pattern) and not _is_hidden(name)
    ]


def _alternatives(path: str) -> list[str]:
    """`a{b,c}d` → `abd`, `acd`."""
    group = re.search(r"\{([^{}]*)\}", path)
    if group is None:
        return [path]
    return [
        pattern
        for choice in group[1].split(",")
        for pattern in _alternatives(
            path[: group.start()] + choice + path[group.end() :]
        )
    ]


def partition_values(file: ListedFile) -> dict[str, str | None]:
    """Column values in the names of the folders between the root and the file.

    `/data/day=2026-01-01/x.json` under `/data` → `{"day": "2026-01-01"}`.
    """
    values: dict[str, str | None] = {}
    inner = os.path.dirname(os.path.relpath(file.path, file.root))
    for part in inner.split("/"):
        name, separator, value = part.partition("=")
        if separator and name:
            text = unquote(value)
            values[unquote(name)] = (
                None if text == "__HIVE_DEFAULT_PARTITION__" else text
            )
    return values
