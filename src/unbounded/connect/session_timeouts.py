"""Session timeouts: what clients that went away without a word leave behind.

Spark's `spark.connect.session.manager.defaultSessionTimeout` and
`spark.connect.execute.manager.detachedTimeout`. A client that lives may come back
within them; a session whose streaming queries run is never dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql.connect.proto import base_pb2

from unbounded.clock import Clock
from unbounded.connect.session_holder import SessionHolder, SessionHolders

__all__ = ["SessionKey", "SessionTimeouts"]

SessionKey = tuple[str, str]
"""The user's id and the session's."""

_SESSION_TIMEOUT_MS = 60 * 60_000
_OPERATION_TIMEOUT_MS = 5 * 60_000
_SWEEP_INTERVAL_MS = 60_000


class SessionTimeouts:
    """When each session was last called, and operations last read. Thread-safe."""

    def __init__(self, holders: SessionHolders, clock: Clock) -> None:
        self._holders = holders
        self._clock = clock
        self._lock = threading.Lock()
        self._open_calls: dict[SessionKey, int] = {}
        self._last_calls_ms: dict[SessionKey, float] = {}
        self._detached_ms: dict[tuple[SessionKey, str], float] = {}

    @contextmanager
    def call(self, key: SessionKey) -> Iterator[None]:
        """Note a call of a session, from its begin to its end."""
        with self._lock:
            self._open_calls[key] = self._open_calls.get(key, 0) + 1
        try:
            yield
        finally:
            with self._lock:
                self._last_calls_ms[key] = self._clock.monotonic_ms()
                self._open_calls[key] -= 1
                if not self._open_calls[key]:
                    del self._open_calls[key]

    @contextmanager
    def reading(self, key: SessionKey, operation_id: str) -> Iterator[None]:
        """Note that a client takes an operation's responses."""
        with self._lock:
            self._detached_ms.pop((key, operation_id), None)
        try:
            yield
        finally:
            with self._lock:
                now_ms = self._clock.monotonic_ms()
                self._detached_ms[key, operation_id] = now_ms

    def run(self, is_over: threading.Event) -> None:
        """Sweep now and then until the event is set."""
        while not self._clock.wait(is_over, _SWEEP_INTERVAL_MS):
            self.sweep()

    def sweep(self) -> None:
        """Drop what has been left for longer than its timeout."""
        holders = {_key(holder): holder for holder in self._holders.all()}
        for key, operation_id in self._abandoned_operations():
            if key in holders:
                holders[key].release(operation_id)
        for key, holder in holders.items():
            if self._is_idle(key) and not holder.session.active_queries():
                self._drop(key)
        self._forget_all_but(set(holders))

    def _abandoned_operations(self) -> list[tuple[SessionKey, str]]:
        since_ms = self._clock.monotonic_ms() - _OPERATION_TIMEOUT_MS
        with self._lock:
            left = [row for row, at_ms in self._detached_ms.items() if at_ms < since_ms]
            for row in left:
                del self._detached_ms[row]
            return left

    def _is_idle(self, key: SessionKey) -> bool:
        now_ms = self._clock.monotonic_ms()
        with self._lock:
            last_ms = self._last_calls_ms.setdefault(key, now_ms)
            is_called = key in self._open_calls
        return not is_called and last_ms < now_ms - _SESSION_TIMEOUT_MS

    def _drop(self, key: SessionKey) -> None:
        request = base_pb2.ReleaseSessionRequest(session_id=key[1])
        request.user_context.user_id = key[0]
        self._holders.release(request)

    def _forget_all_but(self, known: set[SessionKey]) -> None:
        """Forget sessions that were released by their clients."""
        with self._lock:
            for key in [*self._last_calls_ms]:
                if key not in known and key not in self._open_calls:
                    del self._last_calls_ms[key]


def _key(holder: SessionHolder) -> SessionKey:
    return holder.session.user_id, holder.id
