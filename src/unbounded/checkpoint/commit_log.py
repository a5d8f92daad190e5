"""Commit log: which batches are done.

Spark's `CommitLog`. A batch's file is the last of its durable steps: sink and
state have accepted the batch before. The newest batch of the offset log that
is not in the commit log may or may not have reached the sink, and is run again.

On disk:       `commits/7`, no line feed at the end

    v1
    {"nextBatchWatermarkMs":1767225600000}      the watermark after batch 7
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from unbounded.checkpoint.batch_log import BatchLog
from unbounded.checkpoint.metadata_log import MetadataLog, damaged, parse_versioned
from unbounded.checkpoint.offset_log import compact_json
from unbounded.files import Files

__all__ = ["CommitLog", "CommitMetadata"]


@dataclass(frozen=True, slots=True)
class CommitMetadata:
    """What a finished batch leaves to the next."""

    next_batch_watermark_ms: int = 0


class CommitLog(BatchLog[CommitMetadata]):
    """`CommitMetadata` by batch id.

    A batch is added once sink and state store have both accepted it, never before.
    """

    def __init__(self, files: Files, folder: str, purge_count_min: int = 10) -> None:
        log = MetadataLog(files, folder, purge_count_min)
        super().__init__(log, to_text, from_text)


def to_text(metadata: CommitMetadata) -> str:
    """The file of one batch, byte for byte as Spark writes it."""
    fields = {"nextBatchWatermarkMs": metadata.next_batch_watermark_ms}
    return f"v1\n{compact_json(fields)}"


def from_text(text: str, path: str) -> CommitMetadata:
    """Read one batch's file, ours or Spark's."""
    lines = parse_versioned(text, path)
    if len(lines) != 1:
        raise damaged(path, f"it has {len(lines)} lines below its version, not one")
    try:
        return CommitMetadata(int(json.loads(lines[0])["nextBatchWatermarkMs"]))
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(path, "its metadata can't be read") from error
