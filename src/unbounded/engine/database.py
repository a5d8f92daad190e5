"""Database: the one in-memory DuckDB of a process, and its cursors.

A cursor belongs to one thread at a time: a query's, or a client call's. Inputs
are Arrow tables registered on that cursor under a name; other cursors do not
see them, and nothing is written into the shared catalog. Settings other than
the time zone are the database's and fixed when it opens.

Invariants:
    - no DuckDB error leaves this module: `errors.translate_error` names them
    - results hold plain Arrow strings and binaries, never views
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import duckdb
import pyarrow as pa

from unbounded.engine.alignment import fill_empty_structs, flatten_views
from unbounded.engine.errors import translate_error, translate_stream_error
from unbounded.engine.settings import EngineSettings
from unbounded.errors import UnboundedError
from unbounded.memory import MemoryAccount, MemoryBudget

__all__ = ["Cursor", "Database"]

# A query's segments are the same text in every batch; parsing them once saves
# about a fifth of a small statement's time.
_PARSED_STATEMENTS_MAX = 128

_MEMORY_BYTES = "SELECT sum(memory_usage_bytes)::BIGINT FROM duckdb_memory()"

# DuckDB forgets an interrupt that arrives just before a statement begins to
# run, so it is sent again until the statement is over, at most this often.
_INTERRUPTS_MAX = 400
_INTERRUPT_PAUSE_S = 0.005


@contextmanager
def _translated(memory: MemoryBudget | None = None) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise _explained(translate_error(error), memory) from error


def _explained(error: UnboundedError, memory: MemoryBudget | None) -> UnboundedError:
    """The error; one of memory also says who holds what."""
    if memory is None or error.condition != "UNABLE_TO_ACQUIRE_MEMORY":
        return error
    return memory.refusal(error.parameters["message"])


class Database:
    """The process's database. Thread-safe; its cursors are not.

    With a budget it uses no more than is left there, which may change at any
    time, and its errors of memory say who holds the rest.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, memory: MemoryBudget | None
    ) -> None:
        self._connection = connection
        self._memory = memory
        self._settings_lock = threading.Lock()
        self._settings_cursor = connection.cursor()
        self._settings_cursor.execute(f"PREPARE memory_bytes AS {_MEMORY_BYTES}")

    @classmethod
    def open(
        cls,
        settings: EngineSettings | None = None,
        memory: MemoryBudget | None = None,
    ) -> Database:
        """A new, empty database in memory."""
        settings = settings or EngineSettings()
        if memory is not None:
            settings = replace(settings, memory_limit_bytes=memory.engine_limit_bytes)
        with _translated():
            connection = duckdb.connect(":memory:", config=settings.to_config())
            connection.execute("SET GLOBAL TimeZone = 'UTC'")
            database = cls(connection, memory)
        if memory is not None:
            memory.attach_engine(database)
        return database

    def cursor(self, account: MemoryAccount | None = None) -> Cursor:
        """A new cursor, in the time zone UTC, with no tables registered.

        Args:
            account: of the memory that registered tables hold.
        """
        with _translated():
            return Cursor(self._connection.cursor(), self._memory, account)

    def set_memory_limit(self, limit_bytes: int) -> bool:
        """Use at most so much from now on; False if more is held and can't go.

        What can go to disk does so before this returns.
        """
        with self._settings_lock:
            try:
                self._settings_cursor.execute(f"SET memory_limit = '{limit_bytes}B'")
            except duckdb.OutOfMemoryException:
                return False
        return True

    def memory_bytes(self) -> int:
        """Bytes held in memory by statements, tables and caches."""
        with self._settings_lock:
            row = self._settings_cursor.execute("EXECUTE memory_bytes").fetchone()
        assert row is not None
        return int(row[0])

    def close(self) -> None:
        """Close the database. Its cursors must not be used after."""
        if self._memory is not None:
            self._memory.detach_engine()
        with self._settings_lock:
            self._settings_cursor.close()
            self._connection.close()


class Cursor:
    """A connection of its own to the database: tables, time zone, one statement.

    Only `interrupt` may be called from another thread.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        memory: MemoryBudget | None = None,
        account: MemoryAccount | None = None,
    ) -> None:
        self._connection = connection
        self._memory = memory
        self._account = account
        self._registered_bytes: dict[str, int] = {}
        self._parsed: OrderedDict[str, Any] = OrderedDict()
        self._statement_count = 0
        self._is_idle = threading.Event()
        self._is_idle.set()

    def query(
        self, sql: str, parameters: Mapping[str, Sequence[str]] | None = None
    ) -> pa.Table:
        """The rows of one statement.

        Args:
            parameters: values for the names the text has as `$name`, all of them.
                A text that stays the same is parsed once.

        Raises:
            ExecutionError: the data, the machine or an interrupt stopped it.
        """
        with self._running():
            parsed = self._parse(sql)
            if parameters:
                relation = self._connection.sql(parsed, params=dict(parameters))
            else:
                relation = self._connection.sql(parsed)
            assert relation is not None, "a query returns rows"
            return flatten_views(relation.to_arrow_table())

    def query_batches(
        self, sql: str, rows_per_batch: int = 10_000
    ) -> Iterator[pa.RecordBatch]:
        """The rows of one statement as they come, at most so many at a time.

        The cursor is taken until the iterator ends or is closed.
        """
        with self._running():
            relation = self._connection.sql(self._parse(sql))
            assert relation is not None, "a query returns rows"
            reader = relation.to_arrow_reader(rows_per_batch)
        while True:
            batch = self._next_batch(reader)
            if batch is None:
                return
            table = flatten_views(pa.Table.from_batches([batch]))
            yield from table.to_batches(max_chunksize=rows_per_batch)

    def execute(self, sql: str) -> None:
        """Run statements that return no rows."""
        with self._running():
            self._connection.execute(sql)

    def register(self, name: str, table: pa.Table) -> None:
        """Make `table` readable under `name` on this cursor, replacing another.

        Nothing is copied; the table is held until it is unregistered.

        Raises:
            ExecutionError: there is no room to hold it.
        """
        if self._account is not None:
            others = {n: b for n, b in self._registered_bytes.items() if n != name}
            self._account.grow_to(sum(others.values()) + table.nbytes)
            self._registered_bytes[name] = table.nbytes
        with _translated():
            self._connection.register(name, fill_empty_structs(table))

    def unregister(self, name: str) -> None:
        """Forget a registered table; unknown names are ignored."""
        with _translated():
            self._connection.unregister(name)
        if self._account is not None:
            self._registered_bytes.pop(name, None)
            self._account.note(sum(self._registered_bytes.values()))

    def set_time_zone(self, zone: str) -> None:
        """Set the zone in which this cursor reads and prints timestamps."""
        text = zone.replace("'", "''")
        self.execute(f"SET TimeZone = '{text}'")

    def interrupt(self) -> None:
        """Make the running statement end with OPERATION_CANCELED.

        Called from any thread; returns when the statement is over, or after two
        seconds if it does not listen. Without one, nothing happens.
        """
        statement = self._statement_count
        for _ in range(_INTERRUPTS_MAX):
            if self._is_idle.is_set() or self._statement_count != statement:
                return
            self._connection.interrupt()
            self._is_idle.wait(_INTERRUPT_PAUSE_S)

    def close(self) -> None:
        """Give the cursor back with all it has registered."""
        self._parsed.clear()
        self._connection.close()

    def _parse(self, sql: str) -> Any:
        parsed = self._parsed.get(sql)
        if parsed is None:
            statements = self._connection.extract_statements(sql)
            assert len(statements) == 1, "one statement at a time"
            parsed = self._parsed[sql] = statements[0]
            if len(self._parsed) > _PARSED_STATEMENTS_MAX:
                self._parsed.popitem(last=False)
        else:
            self._parsed.move_to_end(sql)
        return parsed

    @contextmanager
    def _running(self) -> Iterator[None]:
        self._statement_count += 1
        self._is_idle.clear()
        try:
            with _translated(self._memory):
                yield
        finally:
            self._is_idle.set()

    def _next_batch(self, reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
        with self._running():
            try:
                return reader.read_next_batch()
            except StopIteration:
                return None
            except (pa.ArrowException, OSError) as error:
                translated = translate_stream_error(error)
                raise _explained(translated, self._memory) from error
