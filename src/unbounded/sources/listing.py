"""Listing: the files that a path means, as Spark's `InMemoryFileIndex` finds them.

A path is a file, a folder, or a pattern. Of a folder its own files count, and those
below a folder named `column=value` in it, whose values are columns
(`recursiveFileLookup` takes all folders instead, and gives no columns). Names that
begin with `_` or `.` do not count. Of a folder that a file sink has written, those
files count which its log names.

A look costs what has changed: a folder is listed again only if that can show
something new, and then only the names not known before are asked for size and time.
That is so if its time of change is another, or was so recent at the last listing
that a change after it could bear the same time. Clocks of disks tick in
milliseconds, some in seconds.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from unbounded.clock import Clock, SystemClock
from unbounded.errors import AnalysisError
from unbounded.files import Files
from unbounded.sources.listing_options import ListingOptions
from unbounded.sources.path_patterns import expand, is_hidden, is_pattern
from unbounded.sources.query_output import (
    is_query_output,
    log_folder,
    read_query_output,
)

__all__ = ["FileListing", "ListedFile", "Look"]

# Twice the coarsest tick of a file system in use (FAT).
_TICK_NS = 4_000_000_000


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that counts, with its root: the folder it was found under."""

    path: str
    size_bytes: int
    modification_time_ms: int
    root: str


@dataclass(slots=True)
class Look:
    """What a look showed to be otherwise than the one before it."""

    added: list[ListedFile] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Place:
    """A path or folder: what the last look at it showed.

    The files that count by name, a file sink's by path; `others` are names that do
    not count.
    """

    changed_ns: int = -1
    listed_ns: int = 0
    log_names: Sequence[str] = ()
    files: dict[str, ListedFile] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)


class FileListing:
    """The files under some paths, now; look again to see later ones.

    Args:
        paths: absolute, patterns allowed.
        options: of the reader, lower-case keys.
        disk: reads the logs of file sinks.
        time_zone: of times in the options that name none.
    """

    def __init__(
        self,
        paths: Sequence[str],
        options: Mapping[str, str],
        disk: Files,
        clock: Clock,
        *,
        time_zone: str = "UTC",
    ) -> None:
        self._paths = tuple(paths)
        self._disk = disk
        self._clock = clock
        self.options = ListingOptions.of(options, time_zone)
        self._places: dict[str, _Place] = {}
        self._visited: set[str] = set()
        # The disk's times are the machine's, whatever clock a query runs under.
        self._machine = SystemClock()

    def check_paths(self) -> None:
        """Raise AnalysisError PATH_NOT_FOUND for a path that means nothing."""
        for path in self._paths:
            found = is_pattern(path) and bool(expand(path))
            if not found and not os.path.exists(path):
                raise AnalysisError("PATH_NOT_FOUND", path=f"file:{path}")
        self.options.check_base_path(self._roots())

    def files(self) -> list[ListedFile]:
        """All files that count, each path once, in no promised order."""
        self.look()
        found: dict[str, ListedFile] = {}
        for place in self._places.values():
            for file in place.files.values():
                found.setdefault(file.path, file)
        return list(found.values())

    def look(self) -> Look:
        """What came and went since the last call; at the first, all that is there.

        A file that is found under two paths may come twice.
        """
        found = Look()
        self._visited = set()
        for root in self._roots():
            self._look_under(root, found)
        for gone in [place for place in self._places if place not in self._visited]:
            forgotten = self._places.pop(gone)
            found.removed += [file.path for file in forgotten.files.values()]
        return found

    def is_of_query(self) -> bool:
        """Whether what is read is another query's output, told by its log."""
        return len(self._paths) == 1 and is_query_output(self._disk, self._paths[0])

    def folders(self) -> list[str] | None:
        """Where a new file would show, as far as the last look has come.

        None where that can't be told: in a pattern for names of folders.
        """
        found = {p: None for p, place in self._places.items() if os.path.isdir(p)}
        for path in self._paths:
            folder = os.path.dirname(path)
            if is_pattern(path) and not os.path.exists(path):
                if is_pattern(folder):
                    return None
                found[folder] = None
            elif is_query_output(self._disk, path):
                found[log_folder(path)] = None
            elif os.path.isdir(path):
                found[path] = None
        return list(found)

    def _roots(self) -> Iterator[str]:
        for path in self._paths:
            if is_pattern(path) and not os.path.exists(path):
                yield from expand(path)
            else:
                yield path

    def _look_under(self, root: str, found: Look) -> None:
        """One path: a file sink's output, a file, or a folder and those below it."""
        if len(self._paths) == 1 and is_query_output(self._disk, root):
            self._look_at_output(root, found)
            return
        try:
            status = os.stat(root)
        except FileNotFoundError:
            return
        if stat.S_ISDIR(status.st_mode):
            self._look_at_folder(root, status.st_mtime_ns, root, found)
            return
        base = self.options.base_path or os.path.dirname(root)
        file = _listed(root, status, base)
        counts = self.options.takes(os.path.basename(root), file.modification_time_ms)
        _renew(self._place(root), {root: file} if counts else {}, found)

    def _look_at_output(self, root: str, found: Look) -> None:
        place = self._place(root)
        names = self._disk.list_names(log_folder(root))
        if names == place.log_names:
            return
        outputs = read_query_output(self._disk, root, self._clock)
        place.log_names = names
        files = {
            o.path: ListedFile(o.path, o.size_bytes, o.modification_time_ms, root)
            for o in outputs
            if self.options.takes(os.path.basename(o.path), o.modification_time_ms)
        }
        _renew(place, files, found)

    def _look_at_folder(
        self,
        folder: str,
        changed_ns: int,
        root: str,
        found: Look,
        is_partition: bool = False,
    ) -> None:
        if folder in self._visited:
            return
        place = self._place(folder)
        is_settled = (
            place.changed_ns == changed_ns and place.listed_ns - changed_ns > _TICK_NS
        )
        if not is_settled:
            place.changed_ns = changed_ns
            place.listed_ns = self._machine.now_ms() * 1_000_000
            # With all folders taken, their names are no columns.
            base = self.options.base_path or root
            found_under = folder if self.options.is_recursive else base
            self._list(folder, place, found_under, found)
        for name in place.folders:
            is_value = is_partition or "=" in name
            if not (is_value or self.options.is_recursive):
                continue
            child = f"{folder}/{name}"
            try:
                child_changed_ns = os.stat(child).st_mtime_ns
            except FileNotFoundError:
                continue
            self._look_at_folder(child, child_changed_ns, root, found, is_value)

    def _list(self, folder: str, place: _Place, root: str, found: Look) -> None:
        try:
            names = os.listdir(folder)
        except (FileNotFoundError, NotADirectoryError):
            names = []
        files, others, folders = place.files, place.others, place.folders
        known = len(files) + len(others) + len(folders)
        new = [name for name in names if name not in files]
        if others or folders:
            new = [name for name in new if name not in others and name not in folders]
        if len(names) - len(new) < known:
            there = set(names)
            gone = files.keys() - there
            found.removed += [files.pop(name).path for name in gone]
            others &= there
            folders &= there
        # A new name needs a look at the file; a known one is what it was.
        for name in new:
            self._take(f"{folder}/{name}", name, place, root, found)

    def _take(
        self, path: str, name: str, place: _Place, root: str, found: Look
    ) -> None:
        if is_hidden(name):
            place.others.add(name)
            return
        try:
            status = os.stat(path)
        except FileNotFoundError:
            return
        if stat.S_ISDIR(status.st_mode):
            place.folders.add(name)
            return
        file = _listed(path, status, root)
        if self.options.takes(name, file.modification_time_ms):
            place.files[name] = file
            found.added.append(file)
        else:
            place.others.add(name)

    def _place(self, path: str) -> _Place:
        self._visited.add(path)
        return self._places.setdefault(path, _Place())


def _renew(place: _Place, files: dict[str, ListedFile], found: Look) -> None:
    """Put what is there now in the place of what was."""
    found.removed += [p for p in place.files if p not in files]
    found.added += [file for p, file in files.items() if p not in place.files]
    place.files = files


def _listed(path: str, status: os.stat_result, root: str) -> ListedFile:
    return ListedFile(path, status.st_size, status.st_mtime_ns // 1_000_000, root)
