"""Checkpoint checks: whether all that a restart reads is there and whole.

What is found wrong is told under the condition by which a start would refuse it,
one finding for each file or gap, not only the first. Nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise

from unbounded.checkpoint import CommitLog, OffsetLog, Restart, read_restart
from unbounded.clock import Clock
from unbounded.errors import CheckpointError, UnboundedError
from unbounded.files import Files
from unbounded.sources import FileStreamSourceLog, log_id_of
from unbounded.state import STATE_FOLDER, check_version

__all__ = ["verify_checkpoint"]


def verify_checkpoint(
    files: Files, location: str, clock: Clock
) -> Iterator[UnboundedError]:
    """What is wrong with the checkpoint; nothing, if a query can go on from it."""
    offsets = OffsetLog(files, f"{location}/offsets")
    commits = CommitLog(files, f"{location}/commits")
    yield from _damaged_batches(offsets)
    yield from _damaged_batches(commits)
    yield from _gaps(offsets)
    yield from _gaps(commits)
    try:
        restart = read_restart(offsets, commits, location)
    except UnboundedError as error:
        yield error
        return
    yield from _state(files, location, restart)
    yield from _sources(files, location, restart, clock)


def _damaged_batches(log: OffsetLog | CommitLog) -> Iterator[UnboundedError]:
    for batch_id in log.ids():
        yield from _raised(partial(log.get, batch_id))


def _gaps(log: OffsetLog | CommitLog) -> Iterator[UnboundedError]:
    """Batches are written one after the other, and go from the oldest on."""
    for before, after in pairwise(log.ids()):
        for missing in range(before + 1, after):
            yield CheckpointError(
                "BATCH_METADATA_NOT_FOUND", batchMetadataFile=f"{log.folder}/{missing}"
            )


def _state(files: Files, location: str, restart: Restart) -> Iterator[UnboundedError]:
    """The version that the next batch begins with, every byte of it."""
    folder = f"{location}/{STATE_FOLDER}"
    if restart.batch_id and files.exists(folder):
        yield from _raised(lambda: check_version(files, folder, restart.batch_id))


def _sources(
    files: Files, location: str, restart: Restart, clock: Clock
) -> Iterator[UnboundedError]:
    """Each log of files, and the files that a batch to be run again reads."""
    newest = restart.replay or restart.start
    if newest is None:
        return
    names = newest.names or tuple(map(str, range(len(newest.offsets))))
    for index, (name, end) in enumerate(zip(names, newest.offsets, strict=True)):
        log_id = None if end is None else log_id_of(end)
        if log_id is None:
            continue
        log = FileStreamSourceLog(files, f"{location}/sources/{name}", clock)
        yield from _raised(log.all_entries)
        known = log.latest_id()
        if known is None or known < log_id:
            folder = f"{location}/sources/{name}"
            yield CheckpointError(
                "SOURCE_OFFSET_UNKNOWN", source=folder, start=end, end=end
            )
        elif restart.replay is not None:
            yield from _missing_inputs(files, log, restart, index, log_id)


def _missing_inputs(
    files: Files, log: FileStreamSourceLog, restart: Restart, index: int, log_id: int
) -> Iterator[UnboundedError]:
    start = _start_of(restart, index)
    first = -1 if start is None else log_id_of(start)
    assert first is not None, "both ends are of one source"
    for entry in log.between(first, log_id):
        if not files.exists(entry.path):
            yield CheckpointError(
                "FAILED_READ_FILE.FILE_NOT_EXIST", path=f"file:{entry.path}"
            )


def _start_of(restart: Restart, index: int) -> str | None:
    """Where the batch to run again begins in a source, which may have a name."""
    if restart.start is None or restart.replay is None:
        return None
    if not restart.replay.names:
        return restart.start.offsets[index]
    known = dict(zip(restart.start.names, restart.start.offsets, strict=True))
    return known.get(restart.replay.names[index])


def _raised(act: Callable[[], object]) -> Iterator[UnboundedError]:
    try:
        act()
    except UnboundedError as error:
        yield error
