"""Stream test: a user's job run batch by batch, in the test's own thread.

    def test_counts(spark):
        with StreamTest(spark) as t:
            clicks = t.memory_stream("page STRING, time TIMESTAMP")
            t.start(counts_by_page(clicks.to_df()), output_mode="update")
            clicks.add(("home", "2026-01-01 10:00"))
            t.run_to_here()
            t.expect_batch(("home", 1))

Nothing is waited for: time moves when `advance` moves it, batches run when
`run_to_here` runs them. The checkpoint lies on a simulated disk in a temporary folder,
so that a crash loses what a cut of power may take. Every test has its own clock, disk
and streams; one session may serve them all.
"""

from __future__ import annotations

import datetime
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal as OneOf, Self
from zoneinfo import ZoneInfo

import pyarrow as pa

from unbounded.parser import parse_interval_us
from unbounded.plan.commands import OutputMode, WriteStream
from unbounded.runtime import MicroBatchExecution
from unbounded.runtime.progress import BatchReport
from unbounded.session.streams import Streams
from unbounded.testing.expected_rows import RowTexts, difference
from unbounded.testing.manual_clock import ManualClock
from unbounded.testing.memory_stream import MemoryStream
from unbounded.testing.simulated_disk import SimulatedCrash
from unbounded.testing.simulated_files import SimulatedFiles
from unbounded.types import StructType

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["StreamTest"]

CrashPoint = OneOf["planned", "delivered"]
"""Where in a batch to crash: before its rows are handed on, or just after."""

Row = dict[str, Any]

_BATCHES_MAX = 1000
_IN_MEMORY = "/dev/shm"


def _folder() -> str | None:
    """Where the simulated disk lies: in memory, if the machine has a place for that."""
    return _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None


def _do_now(work: Callable[[], object]) -> None:
    work()


class StreamTest:
    """One streaming query under test, and what it gave. Used by one thread.

    Args:
        spark: a session of this process, from `unbounded.connect()`.
        start_time: what the clock shows at first, in the session's time zone.
        seed: decides what of the unsynced survives a crash.
    """

    def __init__(
        self,
        spark: SparkSession,
        *,
        start_time: str = "2026-01-01 00:00:00",
        seed: int = 0,
    ) -> None:
        from unbounded.connect.client_plans import session_of

        self._spark = spark
        self._session = session_of(spark)
        self.time_zone = self._session.time_zone
        self.clock = ManualClock(self._milliseconds(start_time))
        self._folder = tempfile.mkdtemp(prefix="unbounded-test-", dir=_folder())
        self.files = SimulatedFiles(self._folder, seed)
        self._streams_made: list[MemoryStream] = []
        self._execution: MicroBatchExecution | None = None
        self._command: WriteStream | None = None
        self._function: Callable[[pa.Table, int], None] | None = None
        self._crash_point: CrashPoint | None = None
        self._schema = StructType(())
        self._batches: dict[int, list[Row]] = {}
        self._checked_from = 0
        self.deliveries: list[tuple[int, list[Row]]] = []
        self.reports: list[BatchReport] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --- the job ------------------------------------------------------------

    def memory_stream(self, schema: Any) -> MemoryStream:
        """A stream of the rows that the test adds: `"id LONG, time TIMESTAMP"`."""
        stream = MemoryStream(self._spark, schema)
        self._streams_made.append(stream)
        return stream

    def start(
        self,
        frame: DataFrame,
        output_mode: OutputMode = "append",
        *,
        foreach_batch: Callable[[DataFrame, int], None] | None = None,
    ) -> None:
        """Begin the query that gives `frame`; no batch has run then.

        Args:
            foreach_batch: the job's own function, called with each batch. It may be
                called twice with one, as in production, when a crash comes between.

        Raises:
            UnboundedError: it is no stream, or not to be had in this mode.
        """
        from unbounded.connect.client_plans import plan_of
        from unbounded.connect.foreach import batch_function

        plan = plan_of(frame)
        self._schema = self._session.schema(plan)
        self._function = None
        if foreach_batch is not None:
            self._function = batch_function(foreach_batch, self._spark, self._session)
        options = {"checkpointlocation": f"{self._folder}/checkpoint"}
        self._command = WriteStream(plan, "foreachbatch", output_mode, options=options)
        self._open()

    def run_to_here(self) -> None:
        """Run batches until there is nothing left to do, watermark's batches too.

        All rows added since the last call come in one batch, unless the job limits
        its batches.

        Raises:
            UnboundedError: the query failed; `restart` goes on from its checkpoint.
        """
        self._checked_from = len(self.reports)
        for _ in range(_BATCHES_MAX):
            try:
                report = self._running().run_trigger()
            except SimulatedCrash:
                self._rise_again()
                continue
            if report is None:
                return
            self.reports.append(report)
        raise AssertionError(f"the query runs on after {_BATCHES_MAX} batches")

    def restart(
        self, frame: DataFrame | None = None, output_mode: OutputMode | None = None
    ) -> None:
        """Stop the query; start it, or another version of it, from its checkpoint."""
        from unbounded.connect.client_plans import plan_of

        if self._execution is not None:
            self._execution.close()
            self._execution = None
        assert self._command is not None, "start a query first"
        if frame is not None:
            plan = plan_of(frame)
            self._schema = self._session.schema(plan)
            self._command = replace(self._command, child=plan)
        if output_mode is not None:
            self._command = replace(self._command, output_mode=output_mode)
        self._open()

    def crash(self) -> None:
        """Cut the power between two batches, and start again from the checkpoint."""
        self.files.power_off()
        self._rise_again()

    def crash_in_next_batch(self, point: CrashPoint) -> None:
        """Cut the power in the next batch that gives rows; `run_to_here` goes on after.

        Args:
            point: `planned`: before the batch's rows are handed on. `delivered`: just
                after, so that the batch comes again under the same id.
        """
        self._crash_point = point

    def close(self) -> None:
        """Stop the query, and remove what the test has made."""
        if self._execution is not None:
            self._execution.close()
            self._execution = None
        for stream in self._streams_made:
            stream.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    # --- time ---------------------------------------------------------------

    def advance(self, interval: str) -> None:
        """Move the clock: `"10 minutes"`. Only jobs that ask for the time see it."""
        self.clock.advance(parse_interval_us(interval) // 1000)

    @property
    def watermark(self) -> str | None:
        """After the last batch, in the session's zone; None if there is none."""
        known = [r.watermark_ms for r in self.reports if r.watermark_ms is not None]
        return self._text_of(known[-1]) if known else None

    # --- what it gave -------------------------------------------------------

    @property
    def batches(self) -> list[list[Row]]:
        """The rows of each batch, empty batches left out."""
        return [rows for rows in self._batches.values() if rows]

    @property
    def rows(self) -> list[Row]:
        """The result so far: of complete mode the last table, else all rows."""
        delivered = list(self._batches.values())
        assert self._command is not None, "start a query first"
        if self._command.output_mode == "complete":
            return delivered[-1] if delivered else []
        return [row for rows in delivered for row in rows]

    def expect_batch(self, *rows: Any) -> None:
        """The last `run_to_here` gave these rows, in all its batches together.

        Args:
            rows: tuples, dicts, or values of a query of one column.
        """
        self._compare("expect_batch", rows, self._since_checked())

    def expect_rows(self, *rows: Any, key: Sequence[str] | str = ()) -> None:
        """These are the rows so far: see `rows`.

        Args:
            key: of update mode, the columns by which a later row replaces an earlier.
        """
        found = self.rows
        if key:
            names = [key] if isinstance(key, str) else list(key)
            texts = self._texts()
            found = list({texts.key_of(row, names): row for row in found}.values())
        self._compare("expect_rows", rows, found)

    def expect_nothing(self) -> None:
        """The last `run_to_here` gave no rows."""
        self._compare("expect_nothing", (), self._since_checked())

    def expect_watermark(self, time: str) -> None:
        """The watermark is `time`, in the session's zone: `"2026-01-01 09:50"`."""
        expected = self._text_of(self._milliseconds(time))
        self._claim(self.watermark == expected, f"the watermark is not {expected}")

    def expect_late_rows(self, count: int) -> None:
        """So many rows were too late for the operators in the last `run_to_here`.

        As in Spark's progress: an aggregation counts late groups of a batch.
        """
        found = sum(
            operator.metrics.rows_dropped_by_watermark
            for report in self.reports[self._checked_from :]
            for operator in report.operators
        )
        self._claim(found == count, f"{found} rows were late, not {count}")

    def expect_state_rows(self, count: int) -> None:
        """The query holds so many rows of state."""
        last = self.reports[-1].operators if self.reports else ()
        found = sum(operator.metrics.rows_total for operator in last)
        self._claim(found == count, f"{found} rows of state are held, not {count}")

    # --- inside -------------------------------------------------------------

    def _open(self) -> None:
        assert self._command is not None, "start a query first"
        shared = self._session.shared.under(self.files, self.clock)
        session = self._session
        streams = Streams(shared, session.conf, session.catalog, session.analysis)
        definition = streams.define(self._command, self._deliver)
        services = replace(streams.services, run_maintenance=_do_now)
        self._execution = MicroBatchExecution(definition, services)
        self._execution.open()

    def _running(self) -> MicroBatchExecution:
        assert self._execution is not None, "start a query first"
        return self._execution

    def _rise_again(self) -> None:
        self._execution = None
        self.files.reboot()
        self._open()

    def _deliver(self, table: pa.Table, batch_id: int) -> None:
        rows = table.to_pylist()
        if rows:
            self._crash_if("planned")
        self.deliveries.append((batch_id, rows))
        self._batches[batch_id] = rows
        if self._function is not None:
            self._function(table, batch_id)
        if rows:
            self._crash_if("delivered")

    def _crash_if(self, point: CrashPoint) -> None:
        if self._crash_point == point:
            self._crash_point = None
            self.files.power_off()
            raise SimulatedCrash

    def _since_checked(self) -> list[Row]:
        ids = [report.batch_id for report in self.reports[self._checked_from :]]
        return [row for each in ids for row in self._batches.get(each, [])]

    def _texts(self) -> RowTexts:
        return RowTexts(self._schema, self.time_zone)

    def _compare(self, claim: str, rows: Sequence[Any], found: Sequence[Row]) -> None:
        __tracebackhide__ = True
        texts = self._texts()
        differs = difference(map(texts.of, rows), map(texts.of, found))
        if differs is not None:
            raise AssertionError(f"{claim}: other rows\n{differs}\n{self._history()}")

    def _claim(self, holds: bool, otherwise: str) -> None:
        __tracebackhide__ = True
        if not holds:
            raise AssertionError(f"{otherwise}\n{self._history()}")

    def _history(self) -> str:
        """What the query has done so far, as text."""
        texts = self._texts()
        lines = ["the query so far:"]
        for batch_id, rows in self.deliveries:
            lines.append(f"  batch {batch_id}:{'' if rows else ' no rows'}")
            lines += [f"    {texts.of(row)}" for row in rows]
        lines.append(f"  watermark {self.watermark}, clock {self._now()}")
        return "\n".join(lines)

    def _now(self) -> str:
        return self._text_of(self.clock.now_ms())

    def _text_of(self, time_ms: int) -> str:
        moment = datetime.datetime.fromtimestamp(
            time_ms / 1000, ZoneInfo(self.time_zone)
        )
        return str(moment.replace(tzinfo=None))

    def _milliseconds(self, text: str) -> int:
        moment = datetime.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(self.time_zone))
        return round(moment.timestamp() * 1000)
