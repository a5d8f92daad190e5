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

from unbounded.checkpoint.metadata_log import MetadataLog, damaged, parse_versioned
from unbounded.checkpoint.offset_log import compact_json
from unbounded.files import Files

__all__ = ["CommitLog", "CommitMetadata"]


@dataclass(frozen=True, slots=True)
class CommitMetadata:
    """What a finished batch leaves to the next."""

    next_batch_watermark_ms: int = 0


class CommitLog:
    """`CommitMetadata` by batch id."""

    def __init__(self, files: Files, folder: str, purge_count_min: int = 10) -> None:
        self._log = MetadataLog(files, folder, purge_count_min)

    def add(self, batch_id: int, metadata: CommitMetadata) -> bool:
        """Record that `batch_id` is finished; False if it already was.

        Durable on return. Called once per batch, after sink and state store
        have both accepted it, never before.

        Raises:
            CheckpointError: another query is writing this checkpoint.
        """
        return self._log.add(batch_id, to_text(metadata))

    def get(self, batch_id: int) -> CommitMetadata | None:
        text = self._log.get(batch_id)
        return None if text is None else from_text(text, self._log.path(batch_id))

    def latest(self) -> tuple[int, CommitMetadata] | None:
        found = self._log.latest()
        if found is None:
            return None
        batch_id, text = found
        return batch_id, from_text(text, self._log.path(batch_id))

    def ids(self) -> list[int]:
        """All batch ids, ascending."""
        return self._log.ids()

    def purge_before(self, batch_id: int) -> None:
        """Delete every batch below `batch_id`, once enough can go."""
        self._log.purge_before(batch_id)

    @property
    def folder(self) -> str:
        return self._log.folder


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
