"""Client: the official client, as this process uses it.

Importing it is an act of its own: where `__main__` has no file (`python -c`, a
spawned child) the client takes the process for a doctest and ends it.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = [
    "active_session",
    "current_task_context",
    "import_client",
    "session_of_channel",
    "task_context",
]

_CLIENT = "pyspark.sql.connect.session"
_TASKS = threading.local()


def import_client() -> None:
    """Import the client, whatever `__main__` is."""
    main = sys.modules["__main__"]
    if hasattr(main, "__file__"):
        importlib.import_module(_CLIENT)
        return
    main.__file__ = "<no file>"
    try:
        importlib.import_module(_CLIENT)
    finally:
        del main.__file__


def session_of_channel(channel: Any, session_id: str, user_id: str) -> Any:
    """A session of the client's over a channel, for work on the client's behalf."""
    from pyspark.sql.connect.client import ChannelBuilder
    from pyspark.sql.connect.session import SparkSession

    class Builder(ChannelBuilder):
        def toChannel(self) -> Any:
            return channel

        @property
        def host(self) -> str:
            return "in-process"

    builder = Builder(params={"session_id": session_id, "user_id": user_id})
    return SparkSession(connection=builder)  # type: ignore[arg-type]


@contextmanager
def active_session(spark: Any) -> Iterator[None]:
    """Make `spark` the active session of this thread for a while."""
    from pyspark.sql.connect.session import SparkSession

    active = SparkSession._active_session
    before = getattr(active, "session", None)
    active.session = spark
    try:
        yield
    finally:
        active.session = before


@contextmanager
def task_context(batch_id: int) -> Iterator[None]:
    """Give this thread a `TaskContext` that knows the batch, for a while."""
    from pyspark.taskcontext import TaskContext

    context = object.__new__(TaskContext)
    context._attemptNumber = context._partitionId = context._stageId = 0
    context._taskAttemptId = 0
    context._cpus = 1
    context._resources = {}
    context._localProperties = {"streaming.sql.batchId": str(batch_id)}
    _TASKS.context = context
    try:
        yield
    finally:
        _TASKS.context = None


def current_task_context() -> Any:
    """The context this thread was given, None if none."""
    return getattr(_TASKS, "context", None)
