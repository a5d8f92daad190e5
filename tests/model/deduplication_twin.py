"""Deduplication twin: which rows a streaming deduplication lets through.

Spark's rules over lists and a dict, batch by batch: a row goes on if its key is not
remembered. A key is remembered for good, or within the watermark until its first
row's time and the delay have passed.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.model.stream_queries import EPOCH, Deduplication
from tests.model.stream_twin import Batch

Record = Mapping[str, Any]
"""A row by column; `file` and `pos` say which it is."""

_MILLISECOND = datetime.timedelta(milliseconds=1)


@dataclass
class DeduplicationTwin:
    """One deduplication.

    Args:
        delay: the watermark's delay, None without a watermark.
    """

    deduplication: Deduplication
    delay: datetime.timedelta | None
    kept: list[tuple[int, int]] = field(default_factory=list)
    _expires: dict[tuple[Any, ...], datetime.datetime | None] = field(
        default_factory=dict
    )

    def run(self, batches: Sequence[Batch], rows: Sequence[Record]) -> None:
        """Fill `kept` with file and position of the rows that go on."""
        by_file: dict[int, list[Record]] = {}
        for row in sorted(rows, key=lambda row: row["pos"]):
            by_file.setdefault(row["file"], []).append(row)
        for batch in batches:
            for file in batch.files:
                for row in by_file.get(file, ()):
                    self._take(row, batch)
            self._forget(EPOCH + batch.eviction_ms * _MILLISECOND)

    def _take(self, row: Record, batch: Batch) -> None:
        time = row["time"]
        late = EPOCH + batch.late_ms * _MILLISECOND
        if self.delay is not None and time is not None and time <= late:
            return
        key = tuple(same(row[name]) for name in self.deduplication.names)
        if key in self._expires:
            return
        self._expires[key] = None
        if self.deduplication.kind == "within":
            assert self.delay is not None
            self._expires[key] = (EPOCH if time is None else time) + self.delay
        self.kept.append((row["file"], row["pos"]))

    def _forget(self, watermark: datetime.datetime) -> None:
        self._expires = {
            key: at for key, at in self._expires.items() if at is None or at > watermark
        }


def same(value: Any) -> Any:
    """A value as it compares: NaN is one value, and so is zero."""
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else value + 0.0
    if isinstance(value, dict):
        return tuple(map(same, value.values()))
    if isinstance(value, list):
        return tuple(map(same, value))
    return value
