"""Progress: what a query reports of each trigger, Spark's `StreamingQueryProgress`.

The client raises KeyError for a missing key, so every key is always there.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from unbounded.compiler import EventTimeStats
from unbounded.operators import OperatorMetrics
from unbounded.plan.observation import ObservedMetrics
from unbounded.runtime.observed_metrics import metrics_documents

__all__ = [
    "BatchReport",
    "OperatorReport",
    "ProgressLog",
    "SourceReport",
    "format_timestamp",
    "progress_of",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def format_timestamp(time_ms: int) -> str:
    """`2026-01-31T12:00:00.000Z`."""
    moment = _EPOCH + timedelta(milliseconds=time_ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source's share of a trigger; offsets are JSON text or None."""

    description: str
    start_offset: str | None
    end_offset: str | None
    latest_offset: str | None
    row_count: int
    metrics: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OperatorReport:
    """One stateful operator's share of a trigger."""

    name: str
    metrics: OperatorMetrics


@dataclass(slots=True)
class BatchReport:
    """What one trigger did, collected while it runs. Times in milliseconds.

    `output_row_count` is -1 if the sink does not count, or there was no batch.
    `time_zone` is the session's, for what was observed.
    """

    batch_id: int
    trigger_start_ms: int
    previous_trigger_start_ms: int | None = None
    durations_ms: dict[str, float] = field(default_factory=dict)
    sources: Sequence[SourceReport] = ()
    operators: Sequence[OperatorReport] = ()
    event_times: Mapping[int, EventTimeStats] = field(default_factory=dict)
    watermark_ms: int | None = None
    sink_description: str = ""
    output_row_count: int = -1
    observed: Sequence[ObservedMetrics] = ()
    time_zone: str = "UTC"


def progress_of(
    query_id: str, run_id: str, name: str | None, report: BatchReport
) -> dict[str, Any]:
    """The progress document of a trigger."""
    batch_ms = report.durations_ms.get("triggerExecution", 0.0)
    return {
        "id": query_id,
        "runId": run_id,
        "name": name,
        "timestamp": format_timestamp(report.trigger_start_ms),
        "batchId": report.batch_id,
        "batchDuration": round(batch_ms),
        **_rates(sum(s.row_count for s in report.sources), report, batch_ms),
        "durationMs": {k: round(v) for k, v in sorted(report.durations_ms.items())},
        "eventTime": _event_time(report),
        "stateOperators": [_operator(o) for o in report.operators],
        "sources": [_source(s, report, batch_ms) for s in report.sources],
        "sink": {
            "description": report.sink_description,
            "numOutputRows": report.output_row_count,
            "metrics": {},
        },
        "observedMetrics": metrics_documents(report.observed, report.time_zone),
    }


def _rates(row_count: int, report: BatchReport, batch_ms: float) -> dict[str, Any]:
    """Rows per second since the last trigger began, and while this one ran.

    The first trigger has no interval: its input rate is 0.0, as Spark's.
    """
    previous = report.previous_trigger_start_ms
    interval_ms = None if previous is None else report.trigger_start_ms - previous
    arrived = row_count * 1000.0 / interval_ms if interval_ms else 0.0
    processed = row_count * 1000.0 / batch_ms if batch_ms else 0.0
    return {
        "numInputRows": row_count,
        "inputRowsPerSecond": arrived,
        "processedRowsPerSecond": processed,
    }


def _event_time(report: BatchReport) -> dict[str, str]:
    """Empty without a watermark; the extremes only of rows seen.

    Several watermark nodes: the first that saw rows speaks, as in Spark.
    """
    if report.watermark_ms is None:
        return {}
    times = {"watermark": format_timestamp(report.watermark_ms)}
    seen = [s for _, s in sorted(report.event_times.items()) if s.count]
    if seen:
        times["avg"] = format_timestamp(int(seen[0].avg_ms))
        times["max"] = format_timestamp(seen[0].max_ms)
        times["min"] = format_timestamp(seen[0].min_ms)
    return dict(sorted(times.items()))


def _source(
    source: SourceReport, report: BatchReport, batch_ms: float
) -> dict[str, Any]:
    return {
        "description": source.description,
        "startOffset": _offset_json(source.start_offset),
        "endOffset": _offset_json(source.end_offset),
        "latestOffset": _offset_json(source.latest_offset),
        **_rates(source.row_count, report, batch_ms),
        "metrics": dict(source.metrics),
    }


def _offset_json(offset: str | None) -> Any:
    return None if offset is None else json.loads(offset)


def _operator(report: OperatorReport) -> dict[str, Any]:
    metrics = report.metrics
    return {
        "operatorName": report.name,
        "numRowsTotal": metrics.rows_total,
        "numRowsUpdated": metrics.rows_updated,
        "allUpdatesTimeMs": round(metrics.updates_ms),
        "numRowsRemoved": metrics.rows_removed,
        "allRemovalsTimeMs": round(metrics.removals_ms),
        "commitTimeMs": round(metrics.commit_ms),
        "memoryUsedBytes": metrics.memory_bytes,
        "numRowsDroppedByWatermark": metrics.rows_dropped_by_watermark,
        "numShufflePartitions": 1,
        "numStateStoreInstances": 1,
        "customMetrics": dict(metrics.custom),
    }


class ProgressLog:
    """The last progress documents of a query, newest last.

    Args:
        size: `spark.sql.streaming.numRecentProgressUpdates`. One fewer is kept, as
            by Spark, but never none.
    """

    def __init__(self, size: int) -> None:
        self._documents: deque[dict[str, Any]] = deque(maxlen=max(size - 1, 1))

    def add(self, document: dict[str, Any]) -> None:
        self._documents.append(document)

    @property
    def recent(self) -> list[dict[str, Any]]:
        return list(self._documents)

    @property
    def last(self) -> dict[str, Any] | None:
        return self._documents[-1] if self._documents else None
