"""Manual clock: time that moves only when a test moves it.

Handed to the engine in place of `SystemClock`. Threads that wait on it wake
when their event is set or when `advance` passes their deadline; no real time
is slept and nothing is polled.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["ManualClock"]


class ManualClock:
    """A `Clock` moved by hand.

    Args:
        start_ms: the wall time it shows until it is moved.
    """

    def __init__(self, start_ms: int = 0) -> None:
        self._start_ms = start_ms
        self._now_ms = start_ms
        self._changed = threading.Condition()
        self._waiting: list[_Waiter] = []

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic_ms(self) -> float:
        return float(self._now_ms - self._start_ms)

    def advance(self, milliseconds: int) -> None:
        """Move time forward, and wake whose deadline has come."""
        if milliseconds < 0:
            raise ValueError("time never goes back")
        with self._changed:
            self._now_ms += milliseconds
            waiting = list(self._waiting)
        for waiter in waiting:
            with waiter.condition:
                waiter.condition.notify_all()

    def advance_to(self, time_ms: int) -> None:
        """Move time forward to `time_ms`; nothing happens if it is past."""
        self.advance(max(time_ms - self._now_ms, 0))

    def wait(self, event: threading.Event, timeout_ms: float | None) -> bool:
        waiter = _Waiter(event, self._now_ms, timeout_ms)
        with self._changed:
            self._waiting.append(waiter)
            self._changed.notify_all()
        try:
            with waiter.condition:
                waiter.condition.wait_for(
                    lambda: event.is_set() or waiter.is_due(self._now_ms)
                )
            return event.is_set()
        finally:
            with self._changed:
                self._waiting.remove(waiter)
                self._changed.notify_all()

    def await_waiters(self, count: int = 1, real_timeout_s: float = 30.0) -> bool:
        """Block until `count` threads wait for a later time or an event.

        Called by a test before it advances, so that the engine has come to
        rest. Returns False if that took longer than `real_timeout_s`.
        """
        return self._await(lambda: self._parked_count() >= count, real_timeout_s)

    def await_deadline(self, time_ms: int, real_timeout_s: float = 30.0) -> bool:
        """Block until some thread waits for exactly `time_ms` of wall time."""
        return self._await(
            lambda: any(waiter.deadline_ms == time_ms for waiter in self._waiting),
            real_timeout_s,
        )

    def _await(self, claim: Callable[[], bool], real_timeout_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(claim, real_timeout_s)

    def _parked_count(self) -> int:
        return sum(not waiter.is_awake(self._now_ms) for waiter in self._waiting)


class _Waiter:
    """One thread inside `wait`: its event and the time it waits for."""

    def __init__(
        self, event: threading.Event, now_ms: int, timeout_ms: float | None
    ) -> None:
        self.event = event
        self.deadline_ms = None if timeout_ms is None else now_ms + max(timeout_ms, 0)
        # An Event has no public way to wait for it or for something else.
        # Its condition guards its flag, so waiting there misses no `set`.
        self.condition: threading.Condition = vars(event)["_cond"]

    def is_due(self, now_ms: int) -> bool:
        return self.deadline_ms is not None and now_ms >= self.deadline_ms

    def is_awake(self, now_ms: int) -> bool:
        return self.event.is_set() or self.is_due(now_ms)
