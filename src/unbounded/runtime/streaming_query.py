"""Streaming query: a started query, its thread, and what the user asks of it.

The thread runs triggers until the query is stopped, is done or fails. Everything
else here is asked from other threads, and waits on one condition that the thread
notifies after each trigger. Spark's `StreamExecution` and `StreamingQuery`.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from unbounded.errors import QueryError, UnboundedError
from unbounded.files import disk_error
from unbounded.runtime.emission import emission_of
from unbounded.runtime.listener_bus import EventType
from unbounded.runtime.micro_batch import MicroBatchExecution
from unbounded.runtime.progress import (
    BatchReport,
    ProgressLog,
    format_timestamp,
    progress_of,
)
from unbounded.runtime.query_definition import (
    QueryDefinition,
    QueryServices,
    RunningThread,
)
from unbounded.runtime.state_growth import warn_of_growing_state
from unbounded.runtime.trigger import next_trigger_ms, schedule_of

__all__ = ["QueryStatus", "StreamingQuery"]

_LOGGER = logging.getLogger("unbounded")

_STOP_TIMEOUT = "spark.sql.streaming.stopTimeout"
_IDLE_INTERVAL = "spark.sql.streaming.noDataProgressEventInterval"
_RECENT_PROGRESS = "spark.sql.streaming.numRecentProgressUpdates"
_POLLING_DELAY = "spark.sql.streaming.pollingDelay"
# How long a query rests whose sources all tell of new data.
_TOLD_DELAY_MS = 100.0


@dataclass(frozen=True, slots=True)
class QueryStatus:
    """What the query does now, Spark's `StreamingQueryStatus`."""

    message: str
    is_data_available: bool
    is_trigger_active: bool


class StreamingQuery:
    """One run of a streaming query.

    Args:
        on_end: called once, in the query's thread, when the run is over.

    Raises:
        UnsupportedError, CheckpointError: the query can't be begun.
    """

    def __init__(
        self, definition: QueryDefinition, services: QueryServices, on_end: Any
    ) -> None:
        self._definition = definition
        self._services = services
        self._on_end = on_end
        self._schedule = schedule_of(definition.trigger)
        self._execution = MicroBatchExecution(definition, services)
        self.id = self._execution.query_id
        self.run_id = services.new_id()
        self.name = definition.name
        self._progress = ProgressLog(int(self._conf(_RECENT_PROGRESS, "100")))
        self._changed = threading.Condition()
        self._wake = threading.Event()
        self._is_stopping = False
        self._is_active = True
        self._is_over = False
        self._status = QueryStatus("Initializing sources", False, False)
        self._error: QueryError | None = None
        self._triggers_begun = 0
        self._idle_trigger = -1
        self._last_report_ms: int | None = None
        self._thread: RunningThread | None = None
        self._thread_id: int | None = None

    # --- asked by the user --------------------------------------------------

    @property
    def is_active(self) -> bool:
        return self._is_active

    @property
    def status(self) -> QueryStatus:
        return self._status

    @property
    def exception(self) -> QueryError | None:
        """Why the query failed; None while it runs and after a clean stop."""
        return self._error

    @property
    def recent_progress(self) -> list[dict[str, Any]]:
        return self._progress.recent

    @property
    def last_progress(self) -> dict[str, Any] | None:
        return self._progress.last

    @property
    def has_begun_batches(self) -> bool:
        """Whether this run has worked on a batch yet."""
        return self._execution.has_begun_batches

    @property
    def stop_timeout_ms(self) -> float:
        """How long `stop` waits for the run to be over; 0 is without limit."""
        return _duration_ms(self._conf(_STOP_TIMEOUT, "0"))

    @property
    def definition(self) -> QueryDefinition:
        return self._definition

    def start(self) -> None:
        """Begin the run in a thread of its own."""
        definition = self._definition
        warn_of_growing_state(
            self.name or self.id, definition.plan, emission_of(definition.output_mode)
        )
        name = f"stream execution thread for {self.name or self.id}"
        self._post(EventType.STARTED, self.started_event())
        self._thread = self._services.start_thread(name, self._run)

    def started_event(self) -> dict[str, Any]:
        """The document of Spark's `QueryStartedEvent`."""
        return {
            "id": self.id,
            "runId": self.run_id,
            "name": self.name,
            "timestamp": format_timestamp(self._services.clock.now_ms()),
            "jobTags": [],
        }

    def stop(self, *, waits: bool = True) -> bool:
        """End the run; a batch under way is abandoned, and run again at restart.

        Returns when the run is over, or `spark.sql.streaming.stopTimeout` has
        passed; False then, and the run ends when what it waits for has returned.
        From the query's own thread, and without `waits`, it returns at once.
        """
        self._is_stopping = True
        self._wake.set()
        if threading.get_ident() == self._thread_id or self._thread is None:
            return True
        self._execution.interrupt()
        if not waits:
            return True
        timeout_ms = self.stop_timeout_ms
        self._thread.join(timeout_ms / 1000 if timeout_ms else None)
        return not self._thread.is_alive()

    def await_termination(self, timeout_ms: float | None = None) -> bool:
        """Wait until the run is over; whether it is."""
        return self._wait(lambda: self._is_over, timeout_ms)

    def process_all_available(self) -> None:
        """Wait until all data there now is processed.

        Raises:
            QueryError: the query failed, before or meanwhile.
        """
        begun = self._triggers_begun
        self._wake.set()
        self._wait(lambda: self._idle_trigger > begun or self._is_over, None)
        if self._error is not None:
            raise self._error

    # --- the thread ---------------------------------------------------------

    def _run(self) -> None:
        self._thread_id = threading.get_ident()
        try:
            self._execution.open()
            self._loop()
        # The thread ends with a state that others ask for, whatever was raised.
        except Exception as error:  # noqa: BLE001
            if not self._is_stopping:
                self._fail(error)
        finally:
            self._end()

    def _loop(self) -> None:
        if self._schedule.is_bounded and not self._schedule.is_single_batch:
            self._execution.prepare_for_available_now()
        while not self._is_stopping:
            trigger_ms = self._services.clock.now_ms()
            had_batch = self._run_trigger()
            if self._schedule.is_single_batch:
                return
            if self._schedule.is_bounded:
                if not had_batch:
                    return
            elif self._schedule.interval_ms:
                self._wait_for_tick(trigger_ms)
            elif not had_batch:
                self._wait_for_data()

    def _run_trigger(self) -> bool:
        # Cleared before it is counted: who asks after that wakes the next one.
        self._wake.clear()
        self._triggers_begun += 1
        number = self._triggers_begun
        report = self._execution.run_trigger(
            is_limited=not self._schedule.is_single_batch, tell=self._tell
        )
        if report is not None:
            self._publish(report)
        else:
            self._rest("Waiting for data to arrive", False)
            self._report_idle()
        with self._changed:
            if report is None:
                self._idle_trigger = number
            self._changed.notify_all()
        return report is not None

    def _wait_for_tick(self, trigger_ms: int) -> None:
        """Wait for the next multiple of the interval; at once if it has passed.

        The wake-up of `process_all_available` does not move a tick.
        """
        clock = self._services.clock
        due_ms = next_trigger_ms(trigger_ms, self._schedule.interval_ms)
        self._rest("Waiting for next trigger")
        while clock.now_ms() < due_ms:
            self._wake.clear()
            if self._is_stopping:
                return
            clock.wait(self._wake, due_ms - clock.now_ms())

    def _wait_for_data(self) -> None:
        sources = self._execution.sources
        clock = self._services.clock
        polling_ms = _duration_ms(self._conf(_POLLING_DELAY, "10ms"))
        if self._is_stopping:
            return
        if len(sources) == 1:
            idle_ms = _duration_ms(self._conf(_IDLE_INTERVAL, "10s"))
            sources[0].wait_for_data(self._wake, max(idle_ms, polling_ms), clock)
            return
        # Each is asked: one alone that can't tell makes the wait a short one.
        are_telling = [source.tell_of_data(self._wake, clock) for source in sources]
        told_ms = max(polling_ms, _TOLD_DELAY_MS)
        clock.wait(self._wake, told_ms if all(are_telling) else polling_ms)

    def _tell(self, message: str, is_data_available: bool | None) -> None:
        if is_data_available is None:
            is_data_available = self._status.is_data_available
        self._status = QueryStatus(message, is_data_available, True)

    def _rest(self, message: str, is_data_available: bool | None = None) -> None:
        self._tell(message, is_data_available)
        self._status = replace(self._status, is_trigger_active=False)

    def _publish(self, report: BatchReport) -> None:
        document = progress_of(self.id, self.run_id, self.name, report)
        self._last_report_ms = self._services.clock.now_ms()
        self._progress.add(document)
        self._rest("Waiting for next trigger")
        self._post(EventType.PROGRESS, {"progress": document})

    def _report_idle(self) -> None:
        """Once per idle interval: a progress without rows, and an idle event.

        A run that begins idle makes the progress at once and no event, as Spark's.
        """
        now_ms = self._services.clock.now_ms()
        idle_ms = _duration_ms(self._conf(_IDLE_INTERVAL, "10s"))
        last_ms, self._last_report_ms = self._last_report_ms, now_ms
        if last_ms is not None and now_ms - last_ms < idle_ms:
            self._last_report_ms = last_ms
            return
        report = self._execution.idle_report()
        self._progress.add(progress_of(self.id, self.run_id, self.name, report))
        if last_ms is None:
            return
        event = {
            "id": self.id,
            "runId": self.run_id,
            "timestamp": format_timestamp(report.trigger_start_ms),
        }
        self._post(EventType.IDLE, event)

    def _fail(self, error: Exception) -> None:
        error = self._named(error)
        text = str(error) or type(error).__name__
        self._error = QueryError(
            "STREAM_FAILED", id=self.id, runId=self.run_id, message=text
        )
        self._error.__cause__ = error
        name = self.name or self.id
        _LOGGER.error("Query %s terminated with error: %s", name, text, exc_info=error)
        # The error is kept as long as the query is known, its rows and state not.
        _forget_locals(error)

    def _named(self, error: Exception) -> Exception:
        """The error in the user's words, where the machine gave no other."""
        if isinstance(error, OSError):
            named = disk_error(error)
        elif isinstance(error, MemoryError):
            named = self._services.memory.refusal("the machine gives no more memory")
        else:
            return error
        named.__cause__ = error
        return named

    def _end(self) -> None:
        """Let everything go, then say so: whoever waits finds it done."""
        self._release()
        cause = None if self._error is None else self._error.__cause__
        self._is_active = False
        message = "Stopped" if cause is None else f"Terminated with exception: {cause}"
        self._status = QueryStatus(message, False, False)
        condition = cause.condition if isinstance(cause, UnboundedError) else None
        event = {
            "id": self.id,
            "runId": self.run_id,
            "exception": None if self._error is None else str(self._error),
            "errorClassOnException": condition,
        }
        self._on_end(self)
        self._post(EventType.TERMINATED, event)
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _release(self) -> None:
        try:
            self._execution.close()
            if self._definition.deletes_checkpoint and self._error is None:
                files = self._services.files
                files.delete_folder(self._definition.checkpoint_location)
        except Exception:  # the run is over, and those who wait must hear of it
            _LOGGER.exception("Query %s left things open", self.name or self.id)

    def _post(self, event_type: EventType, event: Mapping[str, Any]) -> None:
        self._services.post_event(event_type, event)

    def _wait(self, holds: Any, timeout_ms: float | None) -> bool:
        timeout = None if timeout_ms is None else timeout_ms / 1000
        with self._changed:
            return bool(self._changed.wait_for(holds, timeout))

    def _conf(self, key: str, default: str) -> str:
        return self._definition.confs.get(key, default)


def _forget_locals(error: BaseException | None) -> None:
    """Let go of what the functions held that an error went through."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def _duration_ms(text: str) -> float:
    """A Spark time setting in milliseconds: `10s`, `500ms`, a bare number of them."""
    for suffix, factor in _UNITS:
        if text.endswith(suffix):
            return float(text.removesuffix(suffix)) * factor
    return float(text)


_UNITS = (("ms", 1), ("min", 60_000), ("m", 60_000), ("s", 1_000), ("h", 3_600_000))
