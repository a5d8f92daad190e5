"""Session holder: what the service keeps for one client's session.

Spark's `SessionHolder`: the session itself, and what only the protocol knows of
it: operations, uploaded artifacts, errors whose details may be asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from unbounded.conf import RuntimeConf
from unbounded.connect.channel import InProcessChannel, Servicer
from unbounded.connect.client import session_of_channel
from unbounded.connect.execute import Operation
from unbounded.connect.status import ErrorLog, handle_failure
from unbounded.errors import AnalysisError
from unbounded.plan.relations import Relation
from unbounded.session import Session, SharedState, ViewCatalog
from unbounded.types import StructType

__all__ = ["SessionHolder", "SessionHolders"]


class SessionHolder:
    """One session and its operations. Thread-safe."""

    def __init__(self, session: Session, new_id: Callable[[], str]) -> None:
        self.session = session
        self.id = session.id
        self.server_id = session.server_id
        self.new_id = new_id
        self.errors = ErrorLog(new_id)
        self._client_session: Any = None
        self._close_events: Callable[[], None] | None = None
        self._artifacts: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._operations: dict[str, Operation] = {}

    # --- what converters see ------------------------------------------------

    def setting(self, key: str) -> str:
        return self.session.conf.get(key)

    def schema(self, relation: Relation) -> StructType:
        return self.session.schema(relation)

    def artifact(self, name: str) -> bytes:
        """An uploaded file.

        Raises:
            AnalysisError: there is none of that name.
        """
        data = self._artifacts.get(name)
        if data is None:
            raise AnalysisError("ARTIFACT_NOT_FOUND", name=name)
        return data

    # --- artifacts ----------------------------------------------------------

    def add_artifact(self, name: str, data: bytes) -> None:
        self._artifacts[name] = data

    def has_artifact(self, name: str) -> bool:
        return name in self._artifacts

    # --- operations ---------------------------------------------------------

    def begin(self, operation_id: str, tags: tuple[str, ...]) -> Operation:
        """A new operation.

        Raises:
            Failure: there is one of that id.
        """
        operation = Operation(operation_id, self, tags)
        with self._lock:
            if operation_id in self._operations:
                raise handle_failure(
                    "INVALID_HANDLE.OPERATION_ALREADY_EXISTS",
                    f"The operation {operation_id} exists already.",
                )
            self._operations[operation_id] = operation
        return operation

    def operation(self, operation_id: str) -> Operation:
        """An operation that is not released yet.

        Raises:
            Failure: there is none of that id.
        """
        with self._lock:
            operation = self._operations.get(operation_id)
        if operation is None:
            raise handle_failure(
                "INVALID_HANDLE.OPERATION_NOT_FOUND",
                f"The operation {operation_id} is not known.",
            )
        return operation

    def operations(self) -> list[Operation]:
        with self._lock:
            return list(self._operations.values())

    def release(self, operation_id: str, until: str | None = None) -> None:
        """Forget responses up to `until`, or the whole operation, stopping it."""
        with self._lock:
            operation = self._operations.get(operation_id)
            if operation is not None and until is None:
                del self._operations[operation_id]
        if operation is None:
            return
        if until is None:
            operation.cancel()
        else:
            operation.release_until(until)

    def interrupt(self, chosen: Callable[[Operation], bool]) -> list[str]:
        """Cancel the chosen operations; the ids of those that were running."""
        return [
            operation.id
            for operation in self.operations()
            if chosen(operation) and operation.cancel()
        ]

    # --- the client's stream of listener events ----------------------------

    def open_events(self, close: Callable[[], None]) -> None:
        """Remember what ends the stream; one that was open is ended."""
        self.close_events()
        self._close_events = close

    def close_events(self) -> None:
        """End the stream of events, if one is open."""
        close, self._close_events = self._close_events, None
        if close is not None:
            close()

    # --- the client's own session, for work on its behalf -------------------

    def client_session(self, servicer: Servicer) -> Any:
        """A session of the client's that leads back here."""
        with self._lock:
            if self._client_session is None:
                channel = InProcessChannel(servicer)
                self._client_session = session_of_channel(
                    channel, self.id, self.session.user_id
                )
            return self._client_session

    def close(self, *, waits: bool = True) -> None:
        """Stop everything of this session, and wait for its queries if told to."""
        self.close_events()
        for operation in self.operations():
            operation.cancel()
        if waits:
            self.session.close()


class SessionHolders:
    """The sessions of a service, by user and id. Thread-safe.

    A session begins with the first call that names it; one that was released
    never begins again.
    """

    def __init__(self, shared: SharedState, conf: dict[str, str]) -> None:
        self.shared = shared
        self._conf = conf
        self._lock = threading.Lock()
        self._holders: dict[tuple[str, str], SessionHolder] = {}
        self._released: set[tuple[str, str]] = set()
        self._is_closed = False

    def get(self, request: Any) -> SessionHolder:
        """The session that a request names.

        Raises:
            Failure: it was released.
        """
        key = (request.user_context.user_id, request.session_id)
        with self._lock:
            if key in self._released or self._is_closed:
                raise handle_failure(
                    "INVALID_HANDLE.SESSION_CLOSED",
                    f"The session {request.session_id} was closed.",
                )
            holder = self._holders.get(key)
            if holder is None:
                holder = self._holders[key] = self._new(key)
            return holder

    def clone(self, request: Any, session_id: str) -> SessionHolder:
        """A new session with the settings and views of the one named.

        Raises:
            Failure: there is, or was, a session of the new id.
        """
        source = self.get(request).session
        key = (request.user_context.user_id, session_id)
        catalog = source.catalog.copy()
        with self._lock:
            if key in self._holders or key in self._released:
                raise handle_failure(
                    "INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_ALREADY_EXISTS",
                    f"The session {session_id} exists, or existed.",
                )
            holder = self._holders[key] = self._new(key, source.conf.copy(), catalog)
            return holder

    def release(self, request: Any) -> SessionHolder | None:
        """Close a session; the holder it had, None if there was none."""
        key = (request.user_context.user_id, request.session_id)
        with self._lock:
            holder = self._holders.pop(key, None)
            self._released.add(key)
        if holder is not None:
            holder.close()
        return holder

    def all(self) -> list[SessionHolder]:
        with self._lock:
            return list(self._holders.values())

    def close(self, *, waits: bool) -> None:
        """Close all sessions; none begins any more."""
        with self._lock:
            holders, self._holders = list(self._holders.values()), {}
            self._is_closed = True
        for holder in holders:
            holder.close(waits=waits)

    def _new(
        self,
        key: tuple[str, str],
        conf: RuntimeConf | None = None,
        catalog: ViewCatalog | None = None,
    ) -> SessionHolder:
        user_id, session_id = key
        session = Session(
            self.shared,
            session_id,
            user_id,
            conf or RuntimeConf(self._conf),
            catalog,
        )
        return SessionHolder(session, self.shared.new_id)
