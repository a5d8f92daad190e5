"""Socket source: the lines that a server sends, each given once.

Spark's `TextSocketMicroBatchStream`, for trying things out: what was received is in
memory alone, so a line whose batch a crash cut off is lost.

An offset is the number of the last line, counted over restarts; -1 is none. A thread
reads the lines and wakes who waits. When the server ends the connection the query
goes on and gets no more.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from unbounded.clock import Clock
from unbounded.errors import AnalysisError, ExecutionError, IllegalArgumentError
from unbounded.sources.source import Offset, SourceRelation
from unbounded.types import (
    StringType,
    StructField,
    StructType,
    TimestampType,
)

__all__ = ["SocketOptions", "SocketStreamSource"]

_LOGGER = logging.getLogger("unbounded")
_BOOLEANS = {"true": True, "false": False}
_TYPES = {"value": pa.string(), "timestamp": pa.timestamp("us", "UTC")}

StartThread = Callable[[str, Callable[[], None]], threading.Thread]


@dataclass(frozen=True, slots=True)
class SocketOptions:
    """Where the server is, and whether the time a line came is a column."""

    host: str
    port: int
    has_timestamp: bool

    @classmethod
    def of(cls, options: Mapping[str, str]) -> SocketOptions:
        """Those of a reader, whose keys are lower case.

        Raises:
            AnalysisError: one is missing, or `includeTimestamp` is no boolean.
            IllegalArgumentError: the port is no number of one.
        """
        if "host" not in options:
            raise AnalysisError("_LEGACY_ERROR_TEMP_1295")
        if "port" not in options:
            raise AnalysisError("_LEGACY_ERROR_TEMP_1296")
        flag = _BOOLEANS.get(options.get("includetimestamp", "false").lower())
        if flag is None:
            raise AnalysisError("_LEGACY_ERROR_TEMP_1297")
        port = options["port"].strip()
        if not port.isdecimal() or not 0 < int(port) < 65_536:
            raise IllegalArgumentError(
                "INVALID_OPTION_VALUE",
                option="port",
                value=options["port"],
                expected="a number from 1 to 65535",
            )
        return cls(options["host"], int(port), flag)

    @property
    def schema(self) -> StructType:
        value = StructField("value", StringType())
        if not self.has_timestamp:
            return StructType((value,))
        return StructType((value, StructField("timestamp", TimestampType())))


class SocketStreamSource:
    """A connection's lines as a stream; connected at the first look.

    Args:
        start_thread: runs a function in a new thread of that name.
    """

    def __init__(
        self, options: SocketOptions, clock: Clock, start_thread: StartThread
    ) -> None:
        self._options = options
        self._clock = clock
        self._start_thread = start_thread
        self._lock = threading.Lock()
        self._lines: deque[tuple[str, int]] = deque()
        # The number of the last line that came, and that of the first one held.
        self._last: int | None = None
        self._first = 0
        self._end: int | None = None
        self._reported: int | None = None
        self._waiters: set[threading.Event] = set()
        self._connection: socket.socket | None = None
        self._thread: threading.Thread | None = None

    @property
    def description(self) -> str:
        return f"TextSocketV2[host: {self._options.host}, port: {self._options.port}]"

    @property
    def schema(self) -> StructType:
        return self._options.schema

    def initial_offset(self) -> Offset | None:
        return "-1"

    def latest_offset(self, start: Offset | None, limit: bool) -> Offset | None:
        self._go_on_from(-1 if start is None else int(start))
        self._connect()
        with self._lock:
            assert self._last is not None, "set before"
            last = self._last if self._end is None else min(self._last, self._end)
        self._reported = last if start is None else max(last, int(start))
        return str(self._reported)

    def reported_latest_offset(self) -> Offset | None:
        return None if self._reported is None else str(self._reported)

    def relation(self, start: Offset | None, end: Offset) -> SourceRelation:
        """The lines that are still there: of a batch before a crash, none."""
        self._go_on_from(int(end))
        first = (-1 if start is None else int(start)) + 1
        with self._lock:
            lines = [
                line
                for number, line in enumerate(self._lines, self._first)
                if first <= number <= int(end)
            ]
        columns = list(zip(*lines, strict=True)) or [(), ()]
        table = {
            name: pa.array(values, _TYPES[name])
            for name, values in zip(_TYPES, columns, strict=True)
        }
        return SourceRelation(table=pa.table(table).select(list(self.schema.names)))

    def reread(self) -> bool:
        return False

    def commit(self, end: Offset) -> None:
        with self._lock:
            while self._lines and self._first <= int(end):
                self._lines.popleft()
                self._first += 1

    def wait_for_data(
        self, event: threading.Event, timeout_ms: float, clock: Clock
    ) -> None:
        if self.tell_of_data(event, clock) and self._last == self._reported:
            clock.wait(event, timeout_ms)

    def tell_of_data(self, event: threading.Event, clock: Clock) -> bool:
        with self._lock:
            self._waiters.add(event)
            if self._last != self._reported:
                event.set()
        return True

    def prepare_for_available_now(self) -> None:
        with self._lock:
            self._end = -1 if self._last is None else self._last

    def stop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        # A shut connection is what ends the thread's reading.
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()
        if self._thread is not None:
            self._thread.join()

    def _go_on_from(self, number: int) -> None:
        """Count from the line after this one, if none is counted yet."""
        with self._lock:
            if self._last is None:
                self._last = number
                self._first = number + 1

    def _connect(self) -> None:
        if self._thread is not None:
            return
        host, port = self._options.host, self._options.port
        try:
            self._connection = socket.create_connection((host, port))
        except OSError as error:
            raise ExecutionError(
                "SOCKET_NOT_REACHABLE", host=host, port=port, reason=error
            ) from error
        connection = self._connection
        name = f"socket {host}:{port}"
        self._thread = self._start_thread(name, lambda: self._receive(connection))

    def _receive(self, connection: socket.socket) -> None:
        try:
            with connection.makefile("r", encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    self._add(line.removesuffix("\n"))
        except (OSError, ValueError) as error:
            # Closed by `stop`, or broken off by the server.
            _LOGGER.info("%s: %s", self.description, error)
            return
        _LOGGER.warning("%s: the server ended the connection", self.description)

    def _add(self, line: str) -> None:
        with self._lock:
            assert self._last is not None, "counted before it is connected"
            self._lines.append((line, self._clock.now_ms() * 1000))
            self._last += 1
            waiters = list(self._waiters)
        for event in waiters:
            event.set()
