"""Memory sink: the result in memory, as a table that can be read meanwhile.

Spark's `MemorySink`: append and update add rows, complete replaces them. A
batch counts from its commit on; `snapshot` never shows half of one.
"""

from __future__ import annotations

import threading

import pyarrow as pa

from unbounded.memory import MemoryAccount

__all__ = ["MemorySink"]


class MemorySink:
    """Rows by batch, read by other threads through `snapshot`.

    Args:
        schema: of the table, as long as it has no rows.
        account: of the memory it may hold.
    """

    description = "MemorySink"
    output_modes = frozenset({"append", "update", "complete"})
    is_idempotent = True
    counts_output_rows = True

    def __init__(self, schema: pa.Schema, account: MemoryAccount | None = None) -> None:
        self._lock = threading.Lock()
        self._schema = schema
        self._account = account
        self._held_bytes = 0
        self._batches: list[pa.Table] = []
        self._pending: tuple[int, pa.Table, str] | None = None
        self._latest_batch_id = -1

    def check_start(self, next_batch_id: int, is_replay: bool) -> None:
        """Any batch may come: a sink in memory is as new as its query's run."""

    def write(self, batch_id: int, changes: pa.Table, output_mode: str) -> None:
        """Take a batch's rows; ExecutionError if there is no memory to keep them."""
        if self._account is not None:
            # Until its commit the table before is there as well.
            self._account.grow_to(self._held_bytes + changes.nbytes)
        self._pending = (batch_id, changes, output_mode)

    def commit(self, batch_id: int) -> None:
        assert self._pending is not None, "a batch is written before its commit"
        written_id, rows, output_mode = self._pending
        assert written_id == batch_id, "the batch written last is committed"
        self._pending = None
        if batch_id <= self._latest_batch_id:
            return
        with self._lock:
            if output_mode == "complete":
                self._batches = [rows]
                self._note_held(rows.nbytes)
            elif rows.num_rows:
                self._batches.append(rows)
                self._note_held(self._held_bytes + rows.nbytes)
            self._latest_batch_id = batch_id

    def after_commit(self, batch_id: int) -> None:
        """Nothing to clean up."""

    def snapshot(self) -> pa.Table:
        """The rows of all committed batches, as of now. From any thread.

        The same table as long as no batch with rows is committed.
        """
        with self._lock:
            if not self._batches:
                self._batches = [self._schema.empty_table()]
            elif len(self._batches) > 1:
                self._batches = [pa.concat_tables(self._batches)]
            return self._batches[0]

    @property
    def latest_batch_id(self) -> int:
        """The last batch that counts; -1 if none does."""
        return self._latest_batch_id

    def clear(self) -> None:
        """Forget all rows, as for a query that starts from nothing."""
        with self._lock:
            self._batches = []
            self._latest_batch_id = -1
            self._note_held(0)

    def stop(self) -> None:
        """The rows stay readable after the query."""

    def _note_held(self, held_bytes: int) -> None:
        self._held_bytes = held_bytes
        if self._account is not None:
            self._account.note(held_bytes)
