"""Query metadata: the id a query keeps for as long as its checkpoint lives.

Spark's `StreamMetadata`.

On disk:       `metadata`, no version line, no line feed

    {"id":"54c2e818-d2ad-4fee-ab07-eebc98bcc765"}
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from unbounded.checkpoint.metadata_log import damaged, is_id
from unbounded.checkpoint.offset_log import compact_json
from unbounded.errors import CheckpointError
from unbounded.files import Files, checksum_path

__all__ = ["QueryMetadata"]


@dataclass(frozen=True, slots=True)
class QueryMetadata:
    """The identity in a checkpoint."""

    query_id: str

    @staticmethod
    def load(files: Files, folder: str) -> str | None:
        """The id of the query whose checkpoint is `folder`; None if it has none.

        Raises:
            CheckpointError: the file is damaged.
        """
        path = f"{folder}/metadata"
        try:
            return from_bytes(files.read(path), path).query_id
        except FileNotFoundError:
            return None

    @staticmethod
    def load_or_create(files: Files, folder: str, new_id: Callable[[], str]) -> str:
        """The id of the query whose checkpoint is `folder`.

        A folder that holds no query yet gets `new_id()`, durably. Two runs that
        begin the same checkpoint at one time get the same id.

        Raises:
            CheckpointError: the file is damaged, or gone while batches are there.
        """
        path = f"{folder}/metadata"
        known = QueryMetadata.load(files, folder)
        if known is not None:
            return known
        _check_no_batches(files, folder)
        files.delete(checksum_path(path))
        query = QueryMetadata(new_id())
        try:
            files.create(path, to_bytes(query))
        except FileExistsError:
            return from_bytes(files.read(path), path).query_id
        return query.query_id


def _check_no_batches(files: Files, folder: str) -> None:
    """A new id would part the batches that are there from their sinks."""
    for log in ("offsets", "commits"):
        if any(is_id(name) for name in files.list_names(f"{folder}/{log}")):
            raise CheckpointError(
                "STREAMING_CHECKPOINT_MISSING_METADATA_FILE",
                checkpointLocation=folder,
            )


def to_bytes(query: QueryMetadata) -> bytes:
    """The file, byte for byte as Spark writes it."""
    return compact_json({"id": query.query_id}).encode("utf-8")


def from_bytes(data: bytes, path: str) -> QueryMetadata:
    """Read the file, ours or Spark's."""
    try:
        query_id = json.loads(data)["id"]
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(path, "it can't be read") from error
    if not isinstance(query_id, str) or not query_id:
        raise damaged(path, "its id is not a text")
    return QueryMetadata(query_id)
