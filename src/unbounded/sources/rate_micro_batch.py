"""Rate source by micro-batch: the same rows for batch N whenever it runs.

Spark's `RatePerMicroBatchProvider`. Each batch has `rowsPerBatch` numbers, all at one
time, and the next batch's time is `advanceMillisPerBatch` later.

An offset names where a batch ends, and the time of the next:
`{"offset":4,"timestamp":1000}`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from unbounded.clock import Clock
from unbounded.errors import CheckpointError
from unbounded.sources.options import check_positive, check_whole
from unbounded.sources.rate import RATE_SCHEMA, rate_rows
from unbounded.sources.source import Offset, SourceRelation
from unbounded.types import StructType

__all__ = ["RateMicroBatchOptions", "RateMicroBatchSource"]


@dataclass(frozen=True, slots=True)
class RateMicroBatchOptions:
    """What the options say of the batches; `partitions` has no effect."""

    rows_per_batch: int
    partitions: int
    start_ms: int
    advance_ms: int

    @classmethod
    def of(cls, options: Mapping[str, str]) -> RateMicroBatchOptions:
        """Those of a reader, whose keys are lower case.

        Raises:
            IllegalArgumentError: `rowsPerBatch` is missing, or a value can't be.
        """
        return cls(
            # Nought, which it would be without being given, is refused.
            check_positive(options, "rowsPerBatch", 0),
            check_positive(options, "numPartitions", 1),
            check_whole(options, "startTimestamp", 0),
            check_whole(options, "advanceMillisPerBatch", 1000),
        )


class RateMicroBatchSource:
    """A stream of numbers by the batch."""

    def __init__(self, options: RateMicroBatchOptions) -> None:
        self._options = options
        self._is_available_now = False
        self._last: Offset | None = None

    @property
    def description(self) -> str:
        options = self._options
        return (
            f"RatePerMicroBatchStream[rowsPerBatch={options.rows_per_batch}, "
            f"numPartitions={options.partitions}, "
            f"startTimestamp={options.start_ms}, "
            f"advanceMillisPerBatch={options.advance_ms}]"
        )

    @property
    def schema(self) -> StructType:
        return RATE_SCHEMA

    def initial_offset(self) -> Offset | None:
        return _offset(0, self._options.start_ms)

    def latest_offset(self, start: Offset | None, limit: bool) -> Offset | None:
        if not (self._is_available_now and self._last is not None):
            value, time_ms = self._position(start)
            self._last = _offset(
                value + self._options.rows_per_batch, time_ms + self._options.advance_ms
            )
        return self._last

    def reported_latest_offset(self) -> Offset | None:
        return self._last

    def relation(self, start: Offset | None, end: Offset) -> SourceRelation:
        first, time_ms = self._position(start)
        values = range(first, max(self._position(end)[0], first))
        times_us = np.full(len(values), time_ms * 1000, dtype=np.int64)
        return SourceRelation(table=rate_rows(times_us, values))

    def reread(self) -> bool:
        return False

    def commit(self, end: Offset) -> None:
        """Nothing is kept."""

    def wait_for_data(
        self, event: threading.Event, timeout_ms: float, clock: Clock
    ) -> None:
        if self._is_available_now:
            clock.wait(event, timeout_ms)

    def tell_of_data(self, event: threading.Event, clock: Clock) -> bool:
        return False

    def prepare_for_available_now(self) -> None:
        self._is_available_now = True

    def stop(self) -> None:
        """It holds nothing."""

    def _position(self, offset: Offset | None) -> tuple[int, int]:
        """The next number, and the time of the batch it is in."""
        if offset is None:
            return 0, self._options.start_ms
        try:
            found = json.loads(offset)
            return int(found["offset"]), int(found["timestamp"])
        except (ValueError, KeyError, TypeError) as error:
            raise CheckpointError(
                "SOURCE_OFFSET_UNKNOWN",
                source=self.description,
                start=offset,
                end=offset,
            ) from error


def _offset(value: int, time_ms: int) -> Offset:
    return f'{{"offset":{value},"timestamp":{time_ms}}}'
