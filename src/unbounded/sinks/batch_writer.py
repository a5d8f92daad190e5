"""Batch writer: a table written to a folder once, for `df.write`.

One part that only adds to a folder is created there, whole and at once. Several
parts, or parts in place of others, are written where no reader looks. An atomic
create then says which files come and which go, and that is the commit: before it
the folder is as it was; after it, what a crash cut off is done by the next who
reads or writes the folder here. `_SUCCESS` says that all is there.

On disk:       while a write goes on, below the output folder

    _temporary/<job>.lock                       held as long as the writer lives
    _temporary/<job>/day=1/part-00000-….json    parts that do not count yet
    _temporary/<job>.commit                     v1
        {"come":["day=1/part-00000-….json"],"go":["part-00000-….json"]}

Invariants:
    - a file that a reader can find is whole
    - after a crash the folder is as before, or as it was to be
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from unbounded.errors import AnalysisError, CheckpointError, IllegalArgumentError
from unbounded.files import Files
from unbounded.sinks.file_format import FileFormat
from unbounded.sinks.file_log import has_sink_log
from unbounded.sinks.part_files import Part, render_parts

__all__ = ["OutputFolder", "finish_writes", "write_table"]

_SUCCESS = "_SUCCESS"
_TEMPORARY = "_temporary"
_VERSION = "v1"
_MODES = frozenset({"append", "overwrite", "error", "errorifexists", "ignore"})


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """Where a table is written, and what becomes of what is there.

    Args:
        path: absolute.
        mode: Spark's save mode, in any case: append, overwrite, error, ignore.
        partition_by: columns whose values become names of folders.
        replaces_partitions: overwrite only the folders that rows are written to,
            Spark's `partitionOverwriteMode` dynamic.
    """

    path: str
    mode: str
    partition_by: tuple[str, ...] = ()
    replaces_partitions: bool = False


def write_table(
    files: Files,
    file_format: FileFormat,
    output: OutputFolder,
    table: pa.Table,
    new_id: Callable[[], str],
) -> None:
    """Write all rows, in one atomic step.

    Raises:
        AnalysisError: PATH_ALREADY_EXISTS, under the mode error; or the folder
            is a query's, whose log would hide what is added.
    """
    mode = _checked_mode(output.mode)
    path = output.path
    if files.exists(path):
        finish_writes(files, path)
        if mode == "ignore":
            return
        if mode in {"error", "errorifexists"}:
            raise AnalysisError("PATH_ALREADY_EXISTS", outputPath=f"file:{path}")
        if mode == "append" and has_sink_log(files, path):
            raise AnalysisError("QUERY_OUTPUT_APPEND", path=path)
    parts = render_parts(
        file_format.without(output.partition_by),
        file_format.partitioned_by(output.partition_by),
        table,
    )
    going = _replaced(files, output, parts) if mode == "overwrite" else []
    files.make_folder(path)
    if len(parts) == 1 and not going:
        files.create(f"{path}{parts[0].path(new_id())}", bytes(parts[0].data))
        files.replace(f"{path}/{_SUCCESS}", b"")
    elif parts or going:
        _Job(files, path, new_id()).write(parts, going)
    else:
        files.replace(f"{path}/{_SUCCESS}", b"")


def finish_writes(files: Files, path: str) -> None:
    """Do what writers that died had still to do, or clear away what they left.

    Called before a folder is read or written; costs one look where there is nothing.
    """
    folder = f"{path}/{_TEMPORARY}"
    if not files.exists(folder):
        return
    for job_id in {name.partition(".")[0] for name in files.list_names(folder)}:
        _Job(files, path, job_id).finish()
    files.delete_empty_folder(folder)


class _Job:
    """One write that several files take part in.

    Args:
        job_id: no other write of this folder has it.
    """

    def __init__(self, files: Files, path: str, job_id: str) -> None:
        self._files = files
        self._path = path
        self._id = job_id
        self._temporary = f"{path}/{_TEMPORARY}"
        self._folder = f"{self._temporary}/{job_id}"

    def write(self, parts: Sequence[Part], going: Sequence[str]) -> None:
        """Let parts come and files go; both are relative to the output folder."""
        with self._files.lock(f"{self._folder}.lock"):
            coming = [part.path(self._id).lstrip("/") for part in parts]
            written = [f"{self._folder}/{name}" for name in coming]
            for part, name in zip(parts, written, strict=True):
                self._files.write(name, part.data)
            self._files.sync(written)
            plan = json.dumps({"come": coming, "go": list(going)}, ensure_ascii=False)
            text = f"{_VERSION}\n{plan}".encode()
            self._files.create(f"{self._folder}.commit", text)
            self._carry_out(coming, going)
        self._files.delete_empty_folder(self._temporary)

    def finish(self) -> None:
        """End what a writer that has died began; nothing if it lives."""
        try:
            lock = self._files.lock(f"{self._folder}.lock")
        except BlockingIOError:
            return
        with lock:
            if self._files.exists(f"{self._folder}.commit"):
                plan = self._plan()
                self._carry_out(plan["come"], plan["go"])
            else:
                self._clear()

    def _plan(self) -> dict[str, list[str]]:
        path = f"{self._folder}.commit"
        version, _, text = self._files.read(path).decode().partition("\n")
        if version != _VERSION:
            raise CheckpointError(
                "CHECKPOINT_FILE_DAMAGED",
                path=path,
                reason=f"it is of version {version}, not of {_VERSION}",
            )
        plan: dict[str, list[str]] = json.loads(text)
        return plan

    def _carry_out(self, coming: Sequence[str], going: Sequence[str]) -> None:
        """Every act may have been done before, by a writer that died."""
        files, path = self._files, self._path
        files.move_all([(f"{self._folder}/{n}", f"{path}/{n}") for n in coming])
        files.delete_all([f"{path}/{name}" for name in going])
        for folder in sorted({os.path.dirname(name) for name in going}, reverse=True):
            while folder:
                files.delete_empty_folder(f"{path}/{folder}")
                folder = os.path.dirname(folder)
        files.replace(f"{path}/{_SUCCESS}", b"")
        self._clear()

    def _clear(self) -> None:
        self._files.delete(f"{self._folder}.commit")
        self._files.delete_folder(self._folder)
        self._files.delete(f"{self._folder}.lock")


def _checked_mode(mode: str) -> str:
    if mode.lower() not in _MODES:
        raise IllegalArgumentError(
            "INVALID_OPTION_VALUE",
            option="mode",
            value=mode,
            expected="one of append, overwrite, error, errorifexists, ignore",
        )
    return mode.lower()


def _replaced(files: Files, output: OutputFolder, parts: Sequence[Part]) -> list[str]:
    """The files that an overwrite takes away, relative to the output folder."""
    if not (output.replaces_partitions and output.partition_by):
        return [name for name in _below(files, output.path) if name != _SUCCESS]
    folders = sorted({part.folder.lstrip("/") for part in parts})
    return [
        f"{folder}/{name}"
        for folder in folders
        for name in _below(files, f"{output.path}/{folder}")
    ]


def _below(files: Files, folder: str, prefix: str = "") -> Iterator[str]:
    for name in files.list_names(folder):
        if not prefix and name == _TEMPORARY:
            continue
        path = f"{folder}/{name}"
        if files.status(path).is_directory:
            yield from _below(files, path, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}"
