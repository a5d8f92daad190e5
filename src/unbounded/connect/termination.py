"""Termination: SIGTERM, and the time that is left to a process after it.

Python runs a signal's handler in the main thread, which unwinds the program by
`Terminated`. A second thread hears of the signal at once (`set_wakeup_fd`) and
keeps the time, for a main thread that does not come back.

A batch that is not done in time is abandoned as a kill would: it runs again at
the next start, from the same checkpoint.

Invariants:
    - the process ends within the stop timeout, whatever the program does
    - a forked child knows nothing of this: SIGTERM ends it as usual
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterable
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from unbounded.session.shared_state import start_thread

if TYPE_CHECKING:
    from unbounded.clock import Clock
    from unbounded.connect.server import SparkConnectServicer
    from unbounded.runtime import StreamingQuery

__all__ = ["Terminated", "Termination", "running_queries", "stop_queries"]

# Where `spark.sql.streaming.stopTimeout` is 0, which is without limit. Below the
# ten seconds after which most supervisors kill.
_TIMEOUT_MS = 5_000
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
        self._of_thread = threading.local()

    def install(self) -> None:
        """Answer SIGTERM from now on; a handler of the program's own replaces it."""
        ear, mouth = os.pipe()
        os.set_blocking(mouth, False)
        signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._unwind)
        os.register_at_fork(
            before=self._hold_back,
            after_in_parent=self._let_through,
            after_in_child=self._forget,
        )
        start_thread("unbounded-termination", lambda: self._keep_time(ear))

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

    def _keep_time(self, ear: int) -> None:
        while True:
            signum = os.read(ear, 1)
            if signum == bytes([signal.SIGTERM]) and self._is_ours():
                break
        timeout_ms = _timeout_ms(running_queries(self._servicer))
        self._clock.wait(self._never, timeout_ms)
        self._abandon()

    def _is_ours(self) -> bool:
        return signal.getsignal(signal.SIGTERM) == self._unwind

    def _abandon(self) -> NoReturn:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
        os._exit(self._exit_code())

    def _exit_code(self) -> int:
        holders = self._servicer.holders.all()
        had_queries = any(holder.session.has_started_queries for holder in holders)
        return 0 if had_queries else _TERMINATED

    # A child is killed as any other from its first moment on. Were it to meet the
    # signal before its handler is reset, its parent would hear of it.

    def _hold_back(self) -> None:
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        self._of_thread.mask = mask

    def _let_through(self) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._of_thread.mask)

    def _forget(self) -> None:
        if self._is_ours():
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._let_through()


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
