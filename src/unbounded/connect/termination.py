"""Termination: SIGTERM, and the time that is left to a process after it.

Python runs a signal's handler in the main thread, which unwinds the program by
`Terminated`. A second thread hears of the signal at once and keeps the time, for a
main thread that does not come back.

A batch that is not done in time is abandoned as a kill would: it runs again at
the next start, from the same checkpoint.

Invariants:
    - the process ends within the stop timeout, whatever the program does
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterable
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from unbounded.connect.signals import Signals
from unbounded.session.shared_state import start_thread

if TYPE_CHECKING:
    from unbounded.clock import Clock
    from unbounded.connect.server import SparkConnectServicer
    from unbounded.runtime import StreamingQuery

__all__ = ["Terminated", "Termination", "running_queries", "stop_queries"]

# Where `spark.sql.streaming.stopTimeout` is 0, which is without limit. Below the
# ten seconds after which most supervisors kill.
_TIMEOUT_MS = 5_000
_FLUSH_TIMEOUT_S = 0.2
_TERMINATED = 128 + signal.SIGTERM


class Terminated(SystemExit):
    """Unwinds the program after SIGTERM, through its `finally` clauses."""


class Termination:
    """What SIGTERM does to a process that runs a program."""

    def __init__(self, servicer: SparkConnectServicer, clock: Clock) -> None:
        self._servicer = servicer
        self._clock = clock
        self._is_asked = False
        self._never = threading.Event()

    def install(self) -> None:
        """Answer SIGTERM from now on; a handler of the program's own replaces it."""
        signals = Signals({signal.SIGTERM: self._unwind})
        start_thread("unbounded-termination", lambda: self._keep_time(signals))

    def finish(self) -> int:
        """Stop the queries; the exit code.

        A program that ran streams has ended well, as they go on at the next
        start. Any other has been cut short, and says so.
        """
        stop_queries(running_queries(self._servicer), self._clock)
        return self._exit_code()

    def _unwind(self, signum: int, frame: FrameType | None) -> None:
        if not self._is_asked:
            self._is_asked = True
            raise Terminated(_TERMINATED)

    def _keep_time(self, signals: Signals) -> None:
        signals.wait()
        timeout_ms = _timeout_ms(running_queries(self._servicer))
        self._clock.wait(self._never, timeout_ms)
        self._abandon()

    def _abandon(self) -> NoReturn:
        # Not here: someone may hold the stream's lock, and write for ever.
        start_thread("unbounded-flush", _flush).join(_FLUSH_TIMEOUT_S)
        os._exit(self._exit_code())

    def _exit_code(self) -> int:
        holders = self._servicer.holders.all()
        had_queries = any(holder.session.has_started_queries for holder in holders)
        return 0 if had_queries else _TERMINATED


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()


def running_queries(servicer: SparkConnectServicer) -> list[StreamingQuery]:
    """The streaming queries of all sessions."""
    return [
        query
        for holder in servicer.holders.all()
        for query in holder.session.active_queries()
    ]


def stop_queries(queries: Iterable[StreamingQuery], clock: Clock) -> bool:
    """Ask all to stop, and wait as long as they allow; whether all are over."""
    stopping = list(queries)
    deadline_ms = clock.monotonic_ms() + _timeout_ms(stopping)
    for query in stopping:
        query.stop(waits=False)
    return all(
        query.await_termination(max(deadline_ms - clock.monotonic_ms(), 0))
        for query in stopping
    )


def _timeout_ms(queries: Iterable[StreamingQuery]) -> float:
    timeouts = [query.stop_timeout_ms for query in queries]
    return max(timeouts, default=0) or _TIMEOUT_MS
