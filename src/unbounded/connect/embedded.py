"""Embedded: `unbounded.connect()`, a PySpark session served in this process.

Makes a server (an engine and the service before it), gives it an address that
only this process understands, and has the client build a session on it. The
client and the engine are imported here, when first used.

Invariants:
    - nothing keeps the process from ending: no threads but daemon ones, and
      what runs at exit is stopped within `_EXIT_TIMEOUT_MS`
    - after `close` the client and the environment are as they were before
"""

from __future__ import annotations

import atexit
import os
import threading
import uuid
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from unbounded.conf import DEFAULTS, WAREHOUSE_DIR
from unbounded.memory import MEMORY_LIMIT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from unbounded.clock import Clock
    from unbounded.connect.channel import InProcessChannel
    from unbounded.connect.server import SparkConnectServicer
    from unbounded.files import Files

__all__ = ["close", "connect", "offer"]

_REMOTE = "SPARK_REMOTE"
_EXIT_TIMEOUT_MS = 2_000


def connect(
    *,
    conf: Mapping[str, object] | None = None,
    files: Files | None = None,
    clock: Clock | None = None,
    threads: int | None = None,
    memory_limit_bytes: int | None = None,
) -> SparkSession:
    """A new PySpark session, served in this process; active and default at once.

    `SparkSession.builder.getOrCreate()` gives it too, from any thread, until
    `unbounded.close()`.

    Args:
        conf: Spark settings the session begins with, static ones too.
        files: the disk of checkpoints and outputs, for tests.
        clock: the time, for tests.
        threads: how many threads the engine uses; all cores if not given.
        memory_limit_bytes: the setting `unbounded.memory.limit`, in bytes.
    """
    settings = {key: _setting(value) for key, value in (conf or {}).items()}
    if memory_limit_bytes is not None:
        settings[MEMORY_LIMIT] = str(memory_limit_bytes)
    return _PROCESS.connect(settings, files, clock, threads)


def offer(conf: Mapping[str, str]) -> SparkConnectServicer:
    """A server of this process that `SparkSession.builder` finds, as yet unused.

    Ends with `close`, and with the process. `connect` without arguments gives a
    session on it.
    """
    return _PROCESS.offer(dict(conf))


def close() -> None:
    """Stop every session of this process, and give `SPARK_REMOTE` back.

    Running queries are stopped. Nothing happens if there is no session.
    """
    _PROCESS.close()


def _setting(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Process:
    """The servers of one process. A forked child begins without any."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._count = 0
        self._changes: Any = None
        self._remote_before: str | None = None
        self._has_exit_hook = False
        self._begin()

    def _begin(self) -> None:
        """Be a process without servers: at first, and after a fork."""
        self._pid = os.getpid()
        self._servers: dict[str, SparkConnectServicer] = {}
        self._sessions: weakref.WeakSet[Any] = weakref.WeakSet()
        self._shared_host: str | None = None

    def connect(
        self,
        settings: dict[str, str],
        files: Files | None,
        clock: Clock | None,
        threads: int | None,
    ) -> SparkSession:
        is_plain = (files, clock, threads) == (None,) * 3
        with self._lock:
            self._prepare()
            host = self._shared_host if is_plain and not settings else None
            if host is None:
                host = self._open(settings, files, clock, threads)
            self._show(host)
        return self._session_at(host)

    def offer(self, settings: dict[str, str]) -> SparkConnectServicer:
        with self._lock:
            self._prepare()
            host = self._open(settings, None, None, None)
            self._show(host)
            return self._servers[host]

    def close(self) -> None:
        if os.getpid() != self._pid:
            return
        with self._lock:
            servers, self._servers = self._servers, {}
            sessions = list(self._sessions)
            self._shared_host = None
            is_open, changes = bool(servers), self._changes
        if not is_open:
            return
        are_over = _stop_queries(list(servers.values()))
        for server in servers.values():
            # A thread that still runs user code may be about to use the engine.
            server.close(closes_engine=are_over)
        for session in sessions:
            _forget_listeners(session)
            session.stop()
        changes.undo()
        if os.environ.get(_REMOTE, "").startswith(_PREFIX):
            del os.environ[_REMOTE]
            if self._remote_before is not None:
                os.environ[_REMOTE] = self._remote_before

    def _abandon(self) -> None:
        for server in self._servers.values():
            server.shared.abandon()

    # --- asked by the changed client ----------------------------------------

    def channel(self, host: str | None) -> InProcessChannel | None:
        from unbounded.connect.channel import InProcessChannel

        server = self._servers.get(host or "")
        return None if server is None else InProcessChannel(server)

    def is_ours(self, address: str) -> bool:
        return address.startswith(_PREFIX)

    def new_session(self, spark: Any) -> Any:
        """A session of its own on the same server, not the active one."""
        return self._build(spark.client.host)

    def note_session(self, spark: Any) -> None:
        self._sessions.add(spark)

    # --- the making ---------------------------------------------------------

    def _prepare(self) -> None:
        if os.getpid() != self._pid:
            self._begin()
        from unbounded.connect.client import import_client

        import_client()
        from unbounded.connect.client_changes import ClientChanges

        if self._changes is None:
            self._changes = ClientChanges(self)
        self._changes.do()
        if not self.is_ours(os.environ.get(_REMOTE, "")):
            self._remote_before = os.environ.get(_REMOTE)
        if not self._has_exit_hook:
            atexit.register(self.close)
            os.register_at_fork(after_in_child=self._abandon)
            self._has_exit_hook = True

    def _open(
        self,
        settings: dict[str, str],
        files: Files | None,
        clock: Clock | None,
        threads: int | None,
    ) -> str:
        from unbounded.connect.server import SparkConnectServicer
        from unbounded.session import SharedState

        shared = SharedState(
            new_id=uuid.uuid4,  # noqa: TID251  (ids of the outside world begin here)
            clock=clock,
            files=files,
            threads=threads,
            memory_limit=settings.get(MEMORY_LIMIT, DEFAULTS[MEMORY_LIMIT]),
        )
        # A relative folder is that of the start, wherever one goes later.
        folder = settings.get(WAREHOUSE_DIR, DEFAULTS[WAREHOUSE_DIR])
        if ":" not in folder:
            folder = f"file:{os.path.abspath(folder)}"
        settings = {**settings, WAREHOUSE_DIR: folder}
        self._count += 1
        host = f"unbounded-{os.getpid()}-{self._count}.invalid"
        self._servers[host] = SparkConnectServicer(shared, settings)
        return host

    def _show(self, host: str) -> None:
        """Let `SparkSession.builder` find the server at `host`."""
        self._shared_host = self._shared_host or host
        os.environ[_REMOTE] = _address(host)

    def _session_at(self, host: str) -> SparkSession:
        from pyspark.sql.connect.session import SparkSession as ConnectSession

        session = self._build(host)
        with ConnectSession._lock:
            ConnectSession._default_session = session
            ConnectSession._active_session.session = session
        return session  # type: ignore[no-any-return]

    def _build(self, host: str) -> Any:
        from pyspark.sql.connect.session import SparkSession as ConnectSession

        return ConnectSession(connection=_address(host))


_PREFIX = "sc://unbounded-"


def _address(host: str) -> str:
    # The name can't be resolved anywhere, so a process that inherits the address
    # without this module fails at once instead of reaching someone else.
    return f"{_PREFIX}{host.removeprefix('unbounded-')}:15002"


def _forget_listeners(spark: Any) -> None:
    """Listeners of a stopped session; the client would ask to remove them later."""
    manager = spark.__dict__.get("_sqm")
    if manager is not None:
        manager._sqlb._listener_bus.clear()


def _stop_queries(servers: list[SparkConnectServicer]) -> bool:
    """Ask every query to stop, and wait a little; whether all have ended."""
    queries = [
        query
        for server in servers
        for holder in server.holders.all()
        for query in holder.session.active_queries()
    ]
    for query in queries:
        query.stop(waits=False)
    return all(query.await_termination(_EXIT_TIMEOUT_MS) for query in queries)


_PROCESS = _Process()
