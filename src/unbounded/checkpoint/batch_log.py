"""Batch log: values of one kind by batch id, each a small file.

What the offset log and the commit log share: a `MetadataLog` whose texts are
values. How a value is written is its owner's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from unbounded.checkpoint.metadata_log import MetadataLog

__all__ = ["BatchLog"]

T = TypeVar("T")


class BatchLog(Generic[T]):
    """Values by batch id.

    Args:
        log: keeps the texts.
        to_text: the file of a value.
        from_text: the value of a file; its path is given for errors.
    """

    def __init__(
        self,
        log: MetadataLog,
        to_text: Callable[[T], str],
        from_text: Callable[[str, str], T],
    ) -> None:
        self._log = log
        self._to_text = to_text
        self._from_text = from_text

    def add(self, batch_id: int, value: T) -> bool:
        """Record a batch; False if it is recorded already. Durable on return.

        Raises:
            CheckpointError: another query is writing this checkpoint.
        """
        return self._log.add(batch_id, self._to_text(value))

    def get(self, batch_id: int) -> T | None:
        """What is recorded of a batch.

        Raises:
            CheckpointError: its file can't be read.
        """
        text = self._log.get(batch_id)
        return None if text is None else self._value(batch_id, text)

    def latest(self) -> tuple[int, T] | None:
        """The newest batch, and what is recorded of it."""
        found = self._log.latest()
        if found is None:
            return None
        batch_id, text = found
        return batch_id, self._value(batch_id, text)

    def ids(self) -> list[int]:
        """All batch ids, ascending."""
        return self._log.ids()

    def purge_before(self, batch_id: int) -> None:
        """Delete every batch below `batch_id`."""
        self._log.purge_before(batch_id)

    @property
    def folder(self) -> str:
        return self._log.folder

    def _value(self, batch_id: int, text: str) -> T:
        return self._from_text(text, self._log.path(batch_id))
