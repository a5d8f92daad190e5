"""Foreach-batch sink: the user's function, given each batch as a table.

The function is the sink: when it has returned, the batch is done. It runs in
`write`, before the state is durable, as in Spark; after a crash it is called
again with the same batch id and the same rows.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

__all__ = ["ForeachBatchSink"]


class ForeachBatchSink:
    """Hands each batch to `function(rows, batch_id)`, whose errors end the query."""

    description = "ForeachBatchSink"
    output_modes = frozenset({"append", "update", "complete"})
    is_idempotent = False
    counts_output_rows = False

    def __init__(self, function: Callable[[pa.Table, int], None]) -> None:
        self._function = function

    def check_start(self, next_batch_id: int, is_replay: bool) -> None:
        """Any batch may come."""

    def write(self, batch_id: int, changes: pa.Table, output_mode: str) -> None:
        self._function(changes, batch_id)

    def commit(self, batch_id: int) -> None:
        """The function has returned, so the batch counts."""

    def after_commit(self, batch_id: int) -> None:
        """Nothing to clean up."""

    def stop(self) -> None:
        """The function belongs to the user."""
