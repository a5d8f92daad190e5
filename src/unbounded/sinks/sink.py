"""Sink: where a streaming query's rows go.

A batch is written, then committed in one atomic step; between the two lies the
commit of the state. What was written and not committed does not count, and the
batch is written again after a crash, under the same id and with the same rows.
"""

from __future__ import annotations

from typing import Protocol

import pyarrow as pa

__all__ = ["Sink"]


class Sink(Protocol):
    """The output of one query. Called by that query's thread alone."""

    @property
    def description(self) -> str:
        """Spark's text for progress reports: `FileSink[file:/out]`."""

    @property
    def output_modes(self) -> frozenset[str]:
        """Of `append`, `update` and `complete`, those it takes."""

    @property
    def is_idempotent(self) -> bool:
        """Whether a batch delivered twice counts once."""

    @property
    def counts_output_rows(self) -> bool:
        """Whether progress reports tell how many rows it took, as Spark's sink does."""

    def check_start(self, next_batch_id: int, is_replay: bool) -> None:
        """Called once, before the first batch of a run.

        Warns by name where the sink holds the output of batches that this
        query has yet to run: it would skip their rows. Then the checkpoint is
        not the one that the sink was written from.

        Args:
            is_replay: the batch was planned by an earlier run, which may have
                committed it here before it died.
        """

    def write(self, batch_id: int, changes: pa.Table, output_mode: str) -> None:
        """Take the rows of a batch; they don't count yet.

        Columns carry the names of the query's schema, in engine types.
        """

    def commit(self, batch_id: int) -> None:
        """Make the batch count: one atomic, durable step.

        Called after `write` of the same batch, and after the state is durable.
        """

    def after_commit(self, batch_id: int) -> None:
        """The query has recorded the batch as done; what it replaced may go."""

    def stop(self) -> None:
        """Free what the sink holds. Safe to call twice."""
