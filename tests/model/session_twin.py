"""Session twin: in which session each row of a stream ends up.

Spark's rules over lists, batch by batch: a row is late by its own span, spans that
touch are put together, and a session leaves once the watermark is past its end.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.model.deduplication_twin import Record, same
from tests.model.stream_queries import EPOCH
from tests.model.stream_twin import Batch

Span = tuple[datetime.datetime, datetime.datetime]

_MILLISECOND = datetime.timedelta(milliseconds=1)


@dataclass
class _Session:
    start: datetime.datetime
    end: datetime.datetime
    rows: list[tuple[int, int]]


@dataclass
class SessionTwin:
    """The sessions of one query.

    Args:
        keys: the columns that sessions are apart by; `w` is a row's own span.
    """

    keys: Sequence[str]
    _open: dict[tuple[Any, ...], list[_Session]] = field(default_factory=dict)
    _ended: list[_Session] = field(default_factory=list)

    def run(
        self, batches: Sequence[Batch], rows: Sequence[Record]
    ) -> dict[tuple[int, int], Span]:
        """The session of each row that is not late, by its file and position."""
        for batch in batches:
            late = EPOCH + batch.late_ms * _MILLISECOND
            for row in rows:
                if row["file"] in batch.files and row["w"]["end"] > late:
                    self._take(row)
            self._end(EPOCH + batch.eviction_ms * _MILLISECOND)
        sessions = [each for found in self._open.values() for each in found]
        return {
            row: (session.start, session.end)
            for session in (*self._ended, *sessions)
            for row in session.rows
        }

    def _take(self, row: Record) -> None:
        key = tuple(same(row[name]) for name in self.keys)
        merged = _Session(
            row["w"]["start"], row["w"]["end"], [(row["file"], row["pos"])]
        )
        apart = []
        for session in self._open.get(key, ()):
            if session.start <= merged.end and merged.start <= session.end:
                merged.start = min(merged.start, session.start)
                merged.end = max(merged.end, session.end)
                merged.rows += session.rows
            else:
                apart.append(session)
        self._open[key] = [*apart, merged]

    def _end(self, watermark: datetime.datetime) -> None:
        for key, sessions in self._open.items():
            self._ended += [each for each in sessions if each.end <= watermark]
            self._open[key] = [each for each in sessions if each.end > watermark]
