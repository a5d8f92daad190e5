"""Stream twin: which batches a case makes, and what their watermarks drop.

Spark's rules of triggers and watermarks over lists of event times, in plain
Python: what the law of stream and batch needs to know of lateness.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.model.stream_queries import EPOCH, AddFile, Case, Restart

EventTimes = Sequence[Sequence[int]]
"""Of each watermark node, by file: the latest event time in ms, if it saw rows."""

_MILLISECOND = datetime.timedelta(milliseconds=1)


@dataclass(frozen=True)
class Batch:
    """The files that one batch reads, and its two watermarks."""

    files: tuple[int, ...]
    late_ms: int
    eviction_ms: int


@dataclass
class Batches:
    """The batches that the twin foresees."""

    all: list[Batch] = field(default_factory=list)

    @property
    def late_ms(self) -> dict[int, int]:
        """Of each file, the watermark that its rows were held against."""
        return {file: batch.late_ms for batch in self.all for file in batch.files}

    @property
    def final_ms(self) -> int:
        """The watermark of the last batch, by which groups ended."""
        return self.all[-1].eviction_ms if self.all else 0


def latest_ms(times: Sequence[datetime.datetime | None]) -> int | None:
    """The latest of the times, None of no rows; a null time counts as 1970."""
    return max(((t or EPOCH) - EPOCH) // _MILLISECOND for t in times) if times else None


class StreamTwin:
    """One query's batches.

    Args:
        latest_ms: of each watermark node, the latest event time by file.
    """

    def __init__(self, case: Case, latest_ms: Sequence[dict[int, int | None]]) -> None:
        self._case = case
        self._latest_ms = latest_ms
        self._waiting: list[list[int]] = [[] for _ in range(case.query.input_count)]
        self._node_ms = [0] * len(latest_ms)
        self._watermark_ms = 0
        self._previous_ms = 0
        self._has_run = False
        self.batches = Batches()

    def run(self) -> Batches:
        file_count = 0
        for action in self._case.actions:
            if isinstance(action, AddFile):
                self._waiting[action.input].append(file_count)
                file_count += 1
            elif isinstance(action, Restart):
                self._has_run = False
                self._node_ms = [0] * len(self._node_ms)
            else:
                self._trigger()
        while self._trigger():
            pass
        return self.batches

    def _trigger(self) -> bool:
        files = [waiting.pop(0) for waiting in self._waiting if waiting]
        if not files and not self._needs_no_data_batch():
            return False
        batch = Batch(tuple(files), self._previous_ms, self._watermark_ms)
        self.batches.all.append(batch)
        self._previous_ms = self._watermark_ms
        self._has_run = True
        self._move_watermark(files)
        return True

    def _needs_no_data_batch(self) -> bool:
        has_moved = self._has_run and self._watermark_ms > self._previous_ms
        return has_moved and self._case.ends_rows

    def _move_watermark(self, files: Sequence[int]) -> None:
        for node, mark in enumerate(self._case.query.watermarks):
            seen = [self._latest_ms[node].get(file) for file in files]
            known = [ms - mark.delay_ms for ms in seen if ms is not None]
            self._node_ms[node] = max(self._node_ms[node], *known, 0)
        if self._node_ms:
            pick = min if self._case.policy == "min" else max
            self._watermark_ms = max(self._watermark_ms, pick(self._node_ms))
