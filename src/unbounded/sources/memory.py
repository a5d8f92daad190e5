"""Memory stream: rows handed in by a test or a program, as a stream.

The buffer belongs to whoever made it, not to a query, so a query that is
stopped and started again goes on where its checkpoint says. Rows are kept until each
query that reads them has committed them; one that starts later can't have them back
and says so.

An offset is the number of tables added, as in Spark's `MemoryStream`.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping

import pyarrow as pa

from unbounded.clock import Clock
from unbounded.errors import CheckpointError
from unbounded.memory import MemoryAccount
from unbounded.sources.source import Offset, SourceRelation
from unbounded.types import StructType, to_arrow

__all__ = ["MemoryBuffer", "MemoryStreamSource"]


class MemoryBuffer:
    """The tables added so far, by offset. Safe to use from any thread.

    With an `account`, rows for which there is no memory are refused.
    """

    def __init__(self, schema: StructType) -> None:
        self.schema = schema
        self.account: MemoryAccount | None = None
        self._arrow_schema = pa.schema(
            [pa.field(f.name, to_arrow(f.data_type)) for f in schema.fields]
        )
        self._lock = threading.Lock()
        self._tables: dict[int, pa.Table] = {}
        self._last = -1
        self._waiters: set[threading.Event] = set()
        self._committed: weakref.WeakKeyDictionary[object, int] = (
            weakref.WeakKeyDictionary()
        )

    def add(self, table: pa.Table) -> int:
        """Add rows, whose columns have the schema's names; their offset.

        Queries that wait for data go on at once.

        Raises:
            ExecutionError: there is no memory left for them.
        """
        rows = table.select(self._arrow_schema.names).cast(self._arrow_schema)
        with self._lock:
            if self.account is not None:
                self.account.grow_to(self.account.held_bytes + rows.nbytes)
            self._last += 1
            self._tables[self._last] = rows
            waiters = list(self._waiters)
            offset = self._last
        for event in waiters:
            event.set()
        return offset

    @property
    def last_offset(self) -> int:
        """The offset of the newest rows; -1 if there are none."""
        with self._lock:
            return self._last

    def between(self, start: int, end: int) -> pa.Table | None:
        """The rows after `start` up to `end`; None if some are gone or unknown."""
        with self._lock:
            wanted = range(start + 1, end + 1)
            if any(offset not in self._tables for offset in wanted):
                return None
            tables = [self._tables[offset] for offset in wanted]
        return pa.concat_tables([self._arrow_schema.empty_table(), *tables])

    def begin(self, reader: object) -> None:
        """Keep what comes until `reader` has committed it, or is over."""
        with self._lock:
            self._committed[reader] = -1

    def commit(self, reader: object, end: int) -> None:
        """Let rows up to `end` go, once no other reader needs them."""
        with self._lock:
            self._committed[reader] = end
            free = min(self._committed.values())
            for offset in [known for known in self._tables if known <= free]:
                rows = self._tables.pop(offset)
                if self.account is not None:
                    self.account.note(self.account.held_bytes - rows.nbytes)

    def leave(self, reader: object) -> None:
        """Keep nothing for `reader` any more."""
        with self._lock:
            self._committed.pop(reader, None)

    def watch(self, event: threading.Event) -> None:
        """Set `event` whenever rows are added."""
        with self._lock:
            self._waiters.add(event)

    def unwatch(self, event: threading.Event) -> None:
        with self._lock:
            self._waiters.discard(event)


class MemoryStreamSource:
    """One query's view of a buffer."""

    def __init__(self, buffer: MemoryBuffer) -> None:
        self._buffer = buffer
        buffer.begin(self)
        self._available: int | None = None
        self._reported = -1

    @property
    def description(self) -> str:
        return f"MemoryStream[{','.join(self.schema.names)}]"

    @property
    def schema(self) -> StructType:
        return self._buffer.schema

    def initial_offset(self) -> Offset | None:
        return None

    def latest_offset(self, start: Offset | None, limit: bool) -> Offset | None:
        last = self._reported = self._buffer.last_offset
        if self._available is not None:
            last = min(last, self._available)
        if start is not None:
            last = max(last, int(start))
        return str(last) if last >= 0 else None

    def reported_latest_offset(self) -> Offset | None:
        return str(self._reported) if self._reported >= 0 else None

    def metrics(self, end: Offset | None) -> Mapping[str, str]:
        last = -1 if end is None else int(end)
        return {"offsetsBehindLatest": str(max(self._reported - last, 0))}

    def relation(self, start: Offset | None, end: Offset) -> SourceRelation:
        table = self._buffer.between(-1 if start is None else int(start), int(end))
        if table is None:
            raise CheckpointError(
                "SOURCE_OFFSET_UNKNOWN", source=self.description, start=start, end=end
            )
        return SourceRelation(table=table)

    def reread(self) -> bool:
        return False

    def commit(self, end: Offset) -> None:
        self._buffer.commit(self, int(end))

    def wait_for_data(
        self, event: threading.Event, timeout_ms: float, clock: Clock
    ) -> None:
        self._buffer.watch(event)
        try:
            # Rows may have come since the last look, before anyone watched.
            if self._buffer.last_offset == self._reported:
                clock.wait(event, timeout_ms)
        finally:
            self._buffer.unwatch(event)

    def tell_of_data(self, event: threading.Event, clock: Clock) -> bool:
        return False

    def prepare_for_available_now(self) -> None:
        self._available = self._buffer.last_offset

    def stop(self) -> None:
        """The buffer outlives the query."""
        self._buffer.leave(self)
