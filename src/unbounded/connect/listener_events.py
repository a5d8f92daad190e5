"""Listener events: the stream of streaming events to a client that listens.

One stream a session; the client hands its events to all its listeners, in a
thread of its own. That thread is no daemon, and would keep the process alive,
so the streams end when nothing but such threads is left.

Invariants:
    - when the removal is answered, no event is left in the stream: the client
      waits for its thread under a lock the thread needs for an event
"""

from __future__ import annotations

import json
import math
import threading
import weakref
from collections.abc import Mapping
from typing import Any

from pyspark.sql.connect.proto import commands_pb2

from unbounded.connect.call import Call
from unbounded.connect.execute import Operation
from unbounded.runtime import EventType

__all__ = ["command_listener_bus", "event_document"]

_EVENT_TYPES = {
    EventType.PROGRESS: commands_pb2.QUERY_PROGRESS_EVENT,
    EventType.TERMINATED: commands_pb2.QUERY_TERMINATED_EVENT,
    EventType.IDLE: commands_pb2.QUERY_IDLE_EVENT,
}


def event_document(event: Mapping[str, Any]) -> str:
    """An event or a progress as JSON; what is no number there becomes null.

    The client can't read a NaN, and would drop all its listeners.
    """
    return json.dumps(_finite(event), allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def command_listener_bus(message: Any, call: Call) -> None:
    """Begin or end the stream of events to this client.

    The answer to the first stays open until the second.
    """
    if message.remove_listener_bus_listener:
        call.holder.close_events()
        return

    def send(event_type: EventType, event: Mapping[str, Any]) -> None:
        number = _EVENT_TYPES.get(event_type)
        if number is None:
            return
        result = commands_pb2.StreamingQueryListenerEventsResult()
        result.events.add(event_json=event_document(event), event_type=number)
        call.operation.send(streaming_query_listener_events_result=result)

    bus = call.session.streams.bus

    def close() -> None:
        bus.remove(send)
        call.operation.complete(drops_pending=True)

    call.stays_open = True
    added = commands_pb2.StreamingQueryListenerEventsResult(
        listener_bus_listener_added=True
    )
    call.holder.open_events(close)
    call.operation.on_start(close)
    call.operation.send(streaming_query_listener_events_result=added)
    bus.add(send)
    _STREAMS.add(call.operation)


class _EventStreams:
    """The open streams of this process, and the thread that ends them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[Operation] = weakref.WeakSet()
        self._closer: threading.Thread | None = None

    def add(self, operation: Operation) -> None:
        with self._lock:
            self._open.add(operation)
            if self._closer is None or not self._closer.is_alive():
                self._closer = threading.Thread(
                    target=self._close_when_alone, name="unbounded-events", daemon=True
                )
                self._closer.start()

    def _close_when_alone(self) -> None:
        threading.main_thread().join()
        while (thread := self._other_thread()) is not None:
            thread.join()
        for operation in self._streams():
            operation.cancel()

    def _other_thread(self) -> threading.Thread | None:
        """A thread that keeps the process alive and reads no events."""
        readers = {operation.reader for operation in self._streams()}
        for thread in threading.enumerate():
            if not thread.daemon and thread not in readers and thread.is_alive():
                return thread
        return None

    def _streams(self) -> list[Operation]:
        with self._lock:
            return list(self._open)


_STREAMS = _EventStreams()
