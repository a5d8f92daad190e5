"""Checkpoint report: what a checkpoint holds, and what a restart would do.

For whoever looks from outside: nothing is written, and a query may be running
there meanwhile. `checkpoint_checks.py` says whether all of it is whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unbounded.checkpoint import (
    CommitLog,
    CommitMetadata,
    OffsetLog,
    OffsetSeq,
    QueryMetadata,
    Restart,
    read_restart,
)
from unbounded.errors import CheckpointError, UnboundedError
from unbounded.files import Files
from unbounded.runtime.micro_batch import LOCK_FILE
from unbounded.state import STATE_FOLDER, OperatorSchema, read_operators

__all__ = [
    "BatchEntry",
    "CheckpointReport",
    "FolderSize",
    "SourceEntry",
    "describe_checkpoint",
    "is_checkpoint",
]

_FOLDERS = ("offsets", "commits", "sources", "state", "_unbounded")
_COMPACT = ".compact"


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """One batch; `planned` and `commit` are None where its file is missing."""

    batch_id: int
    planned: OffsetSeq | None
    commit: CommitMetadata | None


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One source's own log: its ids, and where the newest batch ends in it.

    `name` is its place in the plan, or the name the user gave it.
    """

    name: str
    first_id: int | None
    last_id: int | None
    end_offset: str | None


@dataclass(frozen=True, slots=True)
class FolderSize:
    """How much lies below one folder of a checkpoint."""

    name: str
    file_count: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class CheckpointReport:
    """What a checkpoint holds.

    `restart` is what a start would do, or `refusal` why it would do nothing.
    """

    location: str
    query_id: str | None
    is_running: bool
    planned_ids: tuple[int, ...]
    done_ids: tuple[int, ...]
    batches: tuple[BatchEntry, ...]
    sources: tuple[SourceEntry, ...]
    operators: tuple[OperatorSchema, ...]
    has_spark_state: bool
    folders: tuple[FolderSize, ...]
    restart: Restart | None
    refusal: UnboundedError | None

    @property
    def restart_text(self) -> str:
        """What a start would do, in a sentence."""
        if self.refusal is not None:
            return f"A start is refused: {self.refusal}"
        assert self.restart is not None, "one of the two"
        number = self.restart.batch_id
        if self.restart.replay is not None:
            return f"Batch {number} runs again: it was planned and not finished."
        if self.restart.start is None:
            return "Batch 0 is next, from the beginning."
        return f"Batch {number} is next, after the offsets of batch {number - 1}."


def is_checkpoint(files: Files, location: str) -> bool:
    """Whether a query ever began there."""
    return any(
        files.exists(f"{location}/{name}")
        for name in ("metadata", "offsets", "commits", "_unbounded")
    )


def describe_checkpoint(
    files: Files, location: str, batch_count: int = 5
) -> CheckpointReport:
    """What lies at `location`, with the newest `batch_count` batches in full.

    Raises:
        CheckpointError: there is no checkpoint, or a file of these batches is damaged.
    """
    if not is_checkpoint(files, location):
        raise CheckpointError("CHECKPOINT_NOT_FOUND", path=location)
    offsets = OffsetLog(files, f"{location}/offsets")
    commits = CommitLog(files, f"{location}/commits")
    planned, done = offsets.ids(), commits.ids()
    shown = sorted({*planned, *done})[-batch_count:] if batch_count else []
    batches = [BatchEntry(n, offsets.get(n), commits.get(n)) for n in shown]
    newest = offsets.latest()
    restart, refusal = _restart(offsets, commits, location)
    return CheckpointReport(
        location=location,
        query_id=QueryMetadata.load(files, location),
        is_running=_is_locked(files, location),
        planned_ids=tuple(planned),
        done_ids=tuple(done),
        batches=tuple(batches),
        sources=tuple(_sources(files, location, newest[1] if newest else None)),
        operators=read_operators(files, f"{location}/{STATE_FOLDER}"),
        has_spark_state=files.exists(f"{location}/state"),
        folders=tuple(_folder_sizes(files, location)),
        restart=restart,
        refusal=refusal,
    )


def _restart(
    offsets: OffsetLog, commits: CommitLog, location: str
) -> tuple[Restart | None, UnboundedError | None]:
    try:
        return read_restart(offsets, commits, location), None
    except CheckpointError as error:
        return None, error


def _is_locked(files: Files, location: str) -> bool:
    path = f"{location}/{LOCK_FILE}"
    if not files.exists(path):
        return False
    try:
        files.lock(path).release()
    except BlockingIOError:
        return True
    return False


def _sources(
    files: Files, location: str, newest: OffsetSeq | None
) -> Iterator[SourceEntry]:
    ends: dict[str, str | None] = {}
    if newest is not None:
        names = newest.names or tuple(map(str, range(len(newest.offsets))))
        ends = dict(zip(names, newest.offsets, strict=True))
    found = files.list_names(f"{location}/sources")
    for name in sorted({*ends, *(n for n in found if not n.startswith("."))}):
        logged = files.list_names(f"{location}/sources/{name}")
        ids = sorted(
            int(each.removesuffix(_COMPACT))
            for each in logged
            if each.removesuffix(_COMPACT).isdigit()
        )
        yield SourceEntry(
            name,
            ids[0] if ids else None,
            ids[-1] if ids else None,
            ends.get(name),
        )


def _folder_sizes(files: Files, location: str) -> Iterator[FolderSize]:
    for name in _FOLDERS:
        folder = f"{location}/{name}"
        if files.exists(folder):
            count, size = _size(files, folder)
            yield FolderSize(name, count, size)


def _size(files: Files, folder: str) -> tuple[int, int]:
    """How many files lie below a folder, and their bytes; some may go meanwhile."""
    count = size = 0
    for name in files.list_names(folder):
        try:
            status = files.status(f"{folder}/{name}")
        except FileNotFoundError:
            continue
        if status.is_directory:
            below_count, below_size = _size(files, status.path)
            count, size = count + below_count, size + below_size
        else:
            count, size = count + 1, size + status.size_bytes
    return count, size
