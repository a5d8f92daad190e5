"""Clock: the one door to time, and to waiting for it.

Everything that asks for the time or waits is handed a `Clock`. Tests hand in
`unbounded.testing.ManualClock`, whose time moves only when the test moves it.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """Time as the engine sees it."""

    def now_ms(self) -> int:
        """Wall time, milliseconds since 1970-01-01T00:00:00Z."""

    def monotonic_ms(self) -> float:
        """Milliseconds from some fixed point; never goes back."""

    def wait(self, event: threading.Event, timeout_ms: float | None) -> bool:
        """Wait until `event` is set or `timeout_ms` has passed on this clock.

        Returns whether the event is set. `None` waits without limit.
        """


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> float:
        return time.monotonic_ns() / 1e6

    def wait(self, event: threading.Event, timeout_ms: float | None) -> bool:
        return event.wait(None if timeout_ms is None else max(timeout_ms, 0.0) / 1e3)
