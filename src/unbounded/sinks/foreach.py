"""Foreach sink: the user's writer, row by row.

Spark's contract: for each batch `open(partition_id, epoch_id)`; if that returns
true, `process(row)` for each row; then `close(error)` always, once `open` has
returned, with None or what was raised. A batch here has one partition, number 0.
A writer without `open` takes every batch; without `close`, needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Protocol

import pyarrow as pa

__all__ = ["ForeachSink", "RowWriter"]


class RowWriter(Protocol):
    """What the user wrote, or a wrapper with all three methods around it."""

    def open(self, partition_id: int, epoch_id: int) -> bool:
        """Whether the rows of this batch are wanted."""

    def process(self, row: object) -> None:
        """Take one row."""

    def close(self, error: BaseException | None) -> None:
        """The batch is over; `error` is what broke it off."""


class _Closing:
    """Closes the writer at the end, with the error that broke the batch off."""

    def __init__(self, writer: RowWriter) -> None:
        self._writer = writer

    def __enter__(self) -> None:
        """The writer is open already."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._writer.close(error)


class ForeachSink:
    """Hands the rows of each batch to a writer, whose errors end the query.

    Args:
        rows_of: makes the user's rows of a table, one after the other.
    """

    description = "ForeachWriterTable"
    output_modes = frozenset({"append", "update", "complete"})
    is_idempotent = False
    counts_output_rows = True

    def __init__(
        self, writer: RowWriter, rows_of: Callable[[pa.Table], Iterable[object]]
    ) -> None:
        self._writer = writer
        self._rows_of = rows_of

    def check_start(self, next_batch_id: int, is_replay: bool) -> None:
        """Any batch may come."""

    def write(self, batch_id: int, changes: pa.Table, output_mode: str) -> None:
        is_wanted = self._writer.open(0, batch_id)
        with _Closing(self._writer):
            if is_wanted:
                for row in self._rows_of(changes):
                    self._writer.process(row)

    def commit(self, batch_id: int) -> None:
        """The writer has closed, so the batch counts."""

    def after_commit(self, batch_id: int) -> None:
        """Nothing to clean up."""

    def stop(self) -> None:
        """The writer belongs to the user."""
