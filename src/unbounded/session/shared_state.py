"""Shared state: what all sessions of a process have in common.

Spark's `SharedState`: the database, the global views, the outside world (clock,
disk, ids), and the tables of in-process streams.
"""

from __future__ import annotations

import copy
import ctypes
import os
import threading
from collections.abc import Callable, Mapping

from unbounded.clock import Clock, SystemClock
from unbounded.compiler import MACROS
from unbounded.conf import DEFAULTS
from unbounded.engine import Cursor, Database, EngineSettings
from unbounded.errors import AnalysisError
from unbounded.files import Files, LocalFiles
from unbounded.memory import (
    MEMORY_LIMIT,
    MemoryBudget,
    engine_floor_bytes,
    engine_threads,
    machine_memory_bytes,
    memory_limit_bytes,
)
from unbounded.runtime import Maintenance
from unbounded.session.catalog import Views
from unbounded.session.warehouse import Warehouse
from unbounded.sources import MemoryBuffer

__all__ = ["MEMORY_STREAM", "SharedState", "start_thread"]

MEMORY_STREAM = "unbounded.memory"
"""The format under which a buffer of this process is read, its id an option."""


class SharedState:
    """One engine: made once for a server, closed with it. Thread-safe.

    Args:
        threads: how many the engine uses, all cores if not given; fewer where
            memory is short.
        memory_limit: the setting `unbounded.memory.limit`.
    """

    def __init__(
        self,
        *,
        new_id: Callable[[], object],
        clock: Clock | None = None,
        files: Files | None = None,
        threads: int | None = None,
        memory_limit: str = DEFAULTS[MEMORY_LIMIT],
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.files: Files = files or LocalFiles()
        machine_bytes = machine_memory_bytes(LocalFiles().read)
        limit_bytes = memory_limit_bytes(memory_limit, machine_bytes)
        wanted = threads or os.cpu_count() or 1
        allowed = engine_threads(limit_bytes, wanted)
        self.memory = MemoryBudget(limit_bytes, engine_floor_bytes(allowed))
        self.global_views = Views()
        self._warehouses: dict[str, Warehouse] = {}
        self._new_id = new_id
        self._buffers: dict[str, MemoryBuffer] = {}
        # Where all cores may work, the engine finds out itself how many there are.
        self._settings = EngineSettings(allowed if allowed < wanted else threads)
        self._lock = threading.Lock()
        self._maintenance = Maintenance(start_thread)
        self._database: Database | None = None

    @property
    def database(self) -> Database:
        """The one database, opened when first asked for."""
        with self._lock:
            if self._database is None:
                self._database = Database.open(self._settings, self.memory)
                cursor = self._database.cursor()
                for macro in MACROS:
                    cursor.execute(macro)
                cursor.close()
            return self._database

    def warehouse(self, folder: str) -> Warehouse:
        """The tables of a warehouse folder, an absolute path."""
        with self._lock:
            return self._warehouses.setdefault(folder, Warehouse(self.files, folder))

    def cursor(self, time_zone: str) -> Cursor:
        """A cursor that reads and prints timestamps in `time_zone`."""
        # Memory tables may have been dropped since a batch last looked.
        self.memory.relax()
        cursor = self.database.cursor()
        cursor.set_time_zone(time_zone)
        return cursor

    def new_id(self) -> str:
        """A fresh UUID."""
        return str(self._new_id())

    def add_memory_buffer(self, buffer: MemoryBuffer) -> str:
        """Make a buffer readable as a stream; the value of the option `id`."""
        buffer_id = self.new_id()
        names = ", ".join(buffer.schema.names)
        buffer.account = self.memory.account("buffers", f"a memory stream of {names}")
        self._buffers[buffer_id] = buffer
        return buffer_id

    def memory_buffer(self, options: Mapping[str, str]) -> MemoryBuffer:
        """The buffer that a source's options name.

        Raises:
            AnalysisError: it is another process's, or was never made.
        """
        buffer = self._buffers.get(options.get("id", ""))
        if buffer is None:
            raise AnalysisError("MEMORY_STREAM_NOT_FOUND", id=options.get("id"))
        return buffer

    def run_maintenance(self, work: Callable[[], object]) -> None:
        """Do some work soon, off the path of any batch."""
        self._maintenance.run(work)

    def under(self, files: Files, clock: Clock) -> SharedState:
        """The same engine over another disk and under another clock, for tests."""
        assert self.database is not None, "the two share one database"
        twin = copy.copy(self)
        twin.files, twin.clock = files, clock
        return twin

    def remove_memory_buffer(self, buffer_id: str) -> None:
        """Forget a buffer and its rows; nothing happens if it is forgotten already."""
        buffer = self._buffers.pop(buffer_id, None)
        if buffer is not None and buffer.account is not None:
            buffer.account.close()

    def abandon(self) -> None:
        """In a forked child: see that the database is never torn down.

        Its threads stayed in the parent, and the end of the process would wait
        for them or worse. A reference too many keeps it from being destroyed.
        """
        if self._database is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._database))

    def close(self) -> None:
        """Close the database; no cursor may be in use."""
        with self._lock:
            database, self._database = self._database, None
        if database is not None:
            database.close()


def start_thread(name: str, run: Callable[[], object]) -> threading.Thread:
    """Run a function in a daemon thread, which never holds the process up."""
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
