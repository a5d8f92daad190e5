"""Listener bus: a session's streaming events, in order, to whoever listens.

Queries post from their own threads and never wait. A listener is a function that
takes an event's type and document; the service in `connect/` adds one for each
client that listens, and hands on what it gets.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

__all__ = ["EventType", "ListenerBus"]


class EventType(Enum):
    """The kinds of `StreamingQueryListener` events."""

    STARTED = "started"
    PROGRESS = "progress"
    IDLE = "idle"
    TERMINATED = "terminated"


Listener = Callable[[EventType, Mapping[str, Any]], None]


class ListenerBus:
    """The listeners of one session.

    Invariants:
        - a listener gets the events of one query in the order they were posted
        - after `remove` returns, the listener is not called again
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []

    @property
    def has_listeners(self) -> bool:
        return bool(self._listeners)

    def add(self, listener: Listener) -> None:
        """Call `listener` for each event from now on; it must not block."""
        with self._lock:
            self._listeners.append(listener)

    def remove(self, listener: Listener) -> None:
        """Stop calling `listener`."""
        with self._lock:
            self._listeners = [one for one in self._listeners if one is not listener]

    def post(self, event_type: EventType, event: Mapping[str, Any]) -> None:
        """Hand an event to every listener."""
        with self._lock:
            for listener in self._listeners:
                listener(event_type, event)
