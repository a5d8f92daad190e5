"""Measures: what a segment's statement tells besides its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["EventTimeStats", "Measures"]


@dataclass(frozen=True, slots=True)
class EventTimeStats:
    """What a watermark node saw in a batch, Spark's `EventTimeStats`.

    Milliseconds since 1970; all zero when `count` is.
    """

    count: int
    max_ms: int
    min_ms: int
    avg_ms: float


@dataclass(frozen=True, slots=True)
class Measures:
    """Side results of a segment: by `leaf_id`, and by watermark `node_id`."""

    input_rows: Mapping[int, int]
    event_times: Mapping[int, EventTimeStats]
