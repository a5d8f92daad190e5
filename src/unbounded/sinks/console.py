"""Console sink: each batch printed as a table under a banner.

-------------------------------------------
Batch: 3
-------------------------------------------
+------+-----+
|action|count|
...
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

__all__ = ["ConsoleSink"]

_RULE = "-" * 43


class ConsoleSink:
    """Spark's `console` format.

    Args:
        show: the text of a table, as `df.show` prints it, for the options
            numRows and truncate: (rows, number of rows, characters of a cell,
            0 for all).
        write_text: prints, to the standard output.
    """

    description = "org.apache.spark.sql.execution.streaming.ConsoleTable$"
    output_modes = frozenset({"append", "update", "complete"})
    is_idempotent = False
    counts_output_rows = True

    def __init__(
        self,
        show: Callable[[pa.Table, int, int], str],
        write_text: Callable[[str], None],
        row_count: int = 20,
        truncate_width: int = 20,
    ) -> None:
        self._show = show
        self._write_text = write_text
        self._row_count = row_count
        self._truncate_width = truncate_width
        self._pending: pa.Table | None = None

    def check_start(self, next_batch_id: int, is_replay: bool) -> None:
        """Any batch may come."""

    def write(self, batch_id: int, changes: pa.Table, output_mode: str) -> None:
        self._pending = changes

    def commit(self, batch_id: int) -> None:
        assert self._pending is not None, "a batch is written before its commit"
        rows, self._pending = self._pending, None
        table = self._show(rows, self._row_count, self._truncate_width)
        self._write_text(f"{_RULE}\nBatch: {batch_id}\n{_RULE}\n{table}\n")

    def after_commit(self, batch_id: int) -> None:
        """Nothing to clean up."""

    def stop(self) -> None:
        """Nothing is held."""
