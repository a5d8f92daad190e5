"""Noop sink: takes everything, keeps nothing. For benchmarks and listeners."""

from __future__ import annotations

import pyarrow as pa

__all__ = ["NoopSink"]


class NoopSink:
    """Spark's `noop` format."""

    description = "NoopTable"
    output_modes = frozenset({"append", "update", "complete"})
    is_idempotent = True
    counts_output_rows = True

    def check_start(self, next_batch_id: int, is_replay: bool) -> None:
        """Any batch may come."""

    def write(self, batch_id: int, changes: pa.Table, output_mode: str) -> None:
        """The rows are gone."""

    def commit(self, batch_id: int) -> None:
        """Nothing to make count."""

    def after_commit(self, batch_id: int) -> None:
        """Nothing to clean up."""

    def stop(self) -> None:
        """Nothing is held."""
