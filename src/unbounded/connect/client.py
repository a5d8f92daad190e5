"""Client: the official client, as this process uses it.

Importing it is an act of its own: where `__main__` has no file (`python -c`, a
spawned child) the client takes the process for a doctest and ends it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from unbounded import udf

__all__ = [
    "active_session",
    "import_client",
    "session_of_channel",
    "task_context",
]

_CLIENT = "pyspark.sql.connect.session"


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


def task_context(batch_id: int) -> AbstractContextManager[None]:
    """Give this thread a `TaskContext` that knows the batch, for a while."""
    return udf.task_context({"streaming.sql.batchId": str(batch_id)})
