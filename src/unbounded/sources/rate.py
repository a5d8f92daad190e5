"""Rate source: so many rows a second, of a number that counts up and its time.

Spark's `RateStreamProvider`. An offset is the whole seconds since the source was made,
which is kept in the checkpoint; so rows that are late, as after a stop, come later with
their times as if there had been none. With a ramp-up time the rate grows, second by
second, until it is `rowsPerSecond`.

On disk:       `sources/0/0`, written once, when the query first starts

    v1
    1767225600000                     milliseconds since 1970
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from unbounded.checkpoint import MetadataLog, parse_versioned
from unbounded.clock import Clock
from unbounded.errors import CheckpointError, ExecutionError, IllegalArgumentError
from unbounded.files import Files
from unbounded.sources.options import check_positive
from unbounded.sources.seen_files import duration_ms
from unbounded.sources.source import Offset, SourceRelation
from unbounded.types import LongType, StructField, StructType, TimestampType

__all__ = ["RATE_SCHEMA", "RateOptions", "RateStreamSource", "rate_rows"]

RATE_SCHEMA = StructType(
    (StructField("timestamp", TimestampType()), StructField("value", LongType()))
)
_LONG_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class RateOptions:
    """What the options say of a rate; `partitions` is told and has no effect."""

    rows_per_second: int
    ramp_up_seconds: int
    partitions: str

    @classmethod
    def of(cls, options: Mapping[str, str]) -> RateOptions:
        """Those of a reader, whose keys are lower case.

        Raises:
            IllegalArgumentError: a value can't be.
        """
        rows = check_positive(options, "rowsPerSecond", 1)
        seconds = duration_ms(options.get("rampuptime", "0s"), "rampUpTime") // 1000
        if "numpartitions" in options:
            check_positive(options, "numPartitions", 1)
        if seconds > _LONG_MAX // rows:
            raise IllegalArgumentError(
                "INCORRECT_RAMP_UP_RATE",
                rowsPerSecond=rows,
                maxSeconds=_LONG_MAX // rows,
                rampUpTimeSeconds=seconds,
            )
        return cls(rows, seconds, options.get("numpartitions", "default"))

    def value_at(self, seconds: int) -> int:
        """How many rows there are so many seconds after the start.

        Of 10 rows a second and 4 seconds to ramp up: 0, 2, 6, 12, 20, 30, 40.
        """
        growth = self.rows_per_second // (self.ramp_up_seconds + 1)
        ramp = min(seconds, self.ramp_up_seconds)
        steady = (seconds - ramp) * self.rows_per_second
        return growth * ramp * (ramp + 1) // 2 + steady


class RateStreamSource:
    """A stream of numbers by the clock.

    Args:
        source_folder: `<checkpoint>/sources/<position of the source>`.
    """

    def __init__(
        self, options: RateOptions, source_folder: str, files: Files, clock: Clock
    ) -> None:
        self._options = options
        self._clock = clock
        self._created_ms = _creation_time_ms(files, source_folder, clock)
        self._last_ms = self._created_ms
        self._end: int | None = None
        self._reported: int | None = None

    @property
    def description(self) -> str:
        # Spark leaves the bracket open.
        return (
            f"RateStreamV2[rowsPerSecond={self._options.rows_per_second}, "
            f"rampUpTimeSeconds={self._options.ramp_up_seconds}, "
            f"numPartitions={self._options.partitions}"
        )

    @property
    def schema(self) -> StructType:
        return RATE_SCHEMA

    def initial_offset(self) -> Offset | None:
        return "0"

    def latest_offset(self, start: Offset | None, limit: bool) -> Offset | None:
        seconds = self._seconds()
        if self._end is not None:
            seconds = min(seconds, self._end)
        # A clock that was set back gives no rows a second time.
        self._reported = max(seconds, int(start or 0))
        return str(self._reported)

    def reported_latest_offset(self) -> Offset | None:
        return None if self._reported is None else str(self._reported)

    def relation(self, start: Offset | None, end: Offset) -> SourceRelation:
        first, last = int(start or 0), int(end)
        if last > _LONG_MAX // self._options.rows_per_second:
            raise ExecutionError(
                "INCORRECT_END_OFFSET",
                rowsPerSecond=self._options.rows_per_second,
                maxSeconds=_LONG_MAX // self._options.rows_per_second,
                endSeconds=last,
            )
        self._last_ms = max(self._last_ms, self._created_ms + last * 1000)
        values = range(self._options.value_at(first), self._options.value_at(last))
        step_ms = (last - first) * 1000 / max(len(values), 1)
        # Java's rounding: a half goes up.
        passed_ms = np.floor(np.arange(len(values)) * step_ms + 0.5).astype(np.int64)
        times_ms = passed_ms + self._created_ms + first * 1000
        return SourceRelation(table=rate_rows(times_ms * 1000, values))

    def reread(self) -> bool:
        return False

    def commit(self, end: Offset) -> None:
        """Nothing is kept but the creation time."""

    def wait_for_data(
        self, event: threading.Event, timeout_ms: float, clock: Clock
    ) -> None:
        if self._end is not None:
            clock.wait(event, timeout_ms)
            return
        next_second = 0 if self._reported is None else self._reported + 1
        due_ms = self._created_ms + next_second * 1000 - clock.now_ms()
        if due_ms > 0:
            clock.wait(event, min(timeout_ms, due_ms))

    def tell_of_data(self, event: threading.Event, clock: Clock) -> bool:
        return False

    def prepare_for_available_now(self) -> None:
        self._end = self._seconds()

    def stop(self) -> None:
        """It holds nothing."""

    def _seconds(self) -> int:
        self._last_ms = max(self._last_ms, self._clock.now_ms())
        return (self._last_ms - self._created_ms) // 1000


def rate_rows(times_us: np.ndarray, values: range) -> pa.Table:
    """Rows of `RATE_SCHEMA`."""
    numbers = np.arange(values.start, values.stop, dtype=np.int64)
    return pa.table(
        {
            "timestamp": pa.array(times_us, pa.int64()).cast(pa.timestamp("us", "UTC")),
            "value": pa.array(numbers, pa.int64()),
        }
    )


def _creation_time_ms(files: Files, folder: str, clock: Clock) -> int:
    """When the source was made: now, if it has not been before."""
    log = MetadataLog(files, folder)
    text = log.get(0)
    if text is None:
        text = f"v1\n{clock.now_ms()}"
        if not log.add(0, text):
            raise CheckpointError("CONCURRENT_STREAM_LOG_UPDATE", batchId=0)
    path = log.path(0)
    lines = parse_versioned(text, path)
    if len(lines) != 1 or not lines[0].isdecimal():
        raise CheckpointError(
            "CHECKPOINT_FILE_DAMAGED", path=path, reason="it does not hold a time"
        )
    return int(lines[0])
