"""User functions: Python functions given to `foreachBatch` and `foreach`.

Two ways in. From a client in this process the object itself travels: the writer
keeps a handle, the plan holds the handle's token, and this table finds it. From
any other client it comes pickled. Either way it runs with the client's session
active in its thread, as code that was unpickled there expects.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

__all__ = ["FunctionHandle", "UserFunctions"]

_MARK = b"unbounded:function:"


class FunctionHandle:
    """Keeps a function findable as long as someone holds the handle."""

    __slots__ = ("__weakref__", "function", "session", "token")

    def __init__(self, function: Any, session: Any, token: str) -> None:
        self.function = function
        self.session = session
        self.token = token

    @property
    def command(self) -> bytes:
        """What stands in the plan in the function's place."""
        return _MARK + self.token.encode()


class UserFunctions:
    """The functions that travelled by reference. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._handles: weakref.WeakValueDictionary[str, FunctionHandle] = (
            weakref.WeakValueDictionary()
        )

    def add(self, function: Any, session: Any) -> FunctionHandle:
        """A handle for a function of a client's session; the caller keeps it."""
        with self._lock:
            self._count += 1
            handle = FunctionHandle(function, session, str(self._count))
            self._handles[handle.token] = handle
        return handle

    def find(self, command: bytes) -> FunctionHandle | None:
        """The handle whose command this is, None if it is no reference."""
        if not command.startswith(_MARK):
            return None
        with self._lock:
            return self._handles.get(command.removeprefix(_MARK).decode())
