"""Restart: where a query goes on, from what its logs hold.

Spark's `populateStartOffsets`. The newest batch of the offset log is either
done, and the next one begins after its offsets, or it is run again as recorded.
Spark runs on where newer batches than that are missing their commit, or older
ones their offsets; here that is an error, for a batch would be lost or doubled.

    offsets  commits                       next batch
    -        -                             0, from the beginning
    L        L                             L + 1, after L's offsets
    L-1 L    L-1    (or L = 0 and none)    L again, after L-1's, up to L's
    L        older  (or L > 0 and none)    refused: the commit of L-1 is missing
    L        newer  (or no offsets)        refused: the offsets are missing
    L, no L-1                              refused: L-1 tells where L began
"""

from __future__ import annotations

from dataclasses import dataclass

from unbounded.checkpoint.commit_log import CommitLog, CommitMetadata
from unbounded.checkpoint.offset_log import OffsetLog, OffsetSeq
from unbounded.errors import CheckpointError

__all__ = ["Restart", "plan_restart", "read_restart"]


@dataclass(frozen=True, slots=True)
class Restart:
    """How to go on.

    Args:
        batch_id: the batch to run next.
        watermark_ms: the watermark it runs with.
        start: the offsets it begins after; None at the very beginning.
        replay: what it must read, if it was planned before and not finished.
    """

    batch_id: int
    watermark_ms: int
    start: OffsetSeq | None
    replay: OffsetSeq | None


def plan_restart(
    latest: tuple[int, OffsetSeq] | None,
    previous: OffsetSeq | None,
    latest_commit: tuple[int, CommitMetadata] | None,
    checkpoint: str = "",
) -> Restart:
    """Decide from the newest batch, the one before it and the newest commit.

    Args:
        latest: the newest batch of the offset log.
        previous: the offsets of the batch before `latest`.
        latest_commit: the newest batch of the commit log.
        checkpoint: the folder, for errors.
    """
    committed_id = -1 if latest_commit is None else latest_commit[0]
    if latest is None:
        _check_offsets_reach(-1, committed_id, checkpoint)
        return Restart(0, 0, None, None)
    batch_id, offsets = latest
    _check_offsets_reach(batch_id, committed_id, checkpoint)
    if batch_id > 0 and previous is None:
        raise CheckpointError(
            "BATCH_METADATA_NOT_FOUND",
            batchMetadataFile=f"{checkpoint}/offsets/{batch_id - 1}",
        )
    watermark_ms = offsets.batch_watermark_ms
    if latest_commit is not None and committed_id == batch_id:
        watermark_ms = max(watermark_ms, latest_commit[1].next_batch_watermark_ms)
        return Restart(batch_id + 1, watermark_ms, offsets, None)
    if committed_id < batch_id - 1:
        raise CheckpointError(
            "BATCH_METADATA_NOT_FOUND",
            batchMetadataFile=f"{checkpoint}/commits/{batch_id - 1}",
        )
    return Restart(batch_id, watermark_ms, previous, offsets)


def _check_offsets_reach(batch_id: int, committed_id: int, checkpoint: str) -> None:
    """A batch is planned before it is done, so offsets never lie behind commits."""
    if committed_id > batch_id:
        raise CheckpointError(
            "BATCH_METADATA_NOT_FOUND",
            batchMetadataFile=f"{checkpoint}/offsets/{committed_id}",
        )


def read_restart(
    offset_log: OffsetLog, commit_log: CommitLog, checkpoint: str
) -> Restart:
    """Read the three files that decide, and decide."""
    latest = offset_log.latest()
    previous = offset_log.get(latest[0] - 1) if latest and latest[0] > 0 else None
    return plan_restart(latest, previous, commit_log.latest(), checkpoint)
