"""Client changes: attributes of the installed client, replaced at run time.

Each replacement asks first whether it meets a session of this process, and does
the client's own thing otherwise; no file is changed, and `undo` puts back what
was there. What is replaced and why stands at each function.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any, Protocol

from pyspark.errors import PySparkAttributeError
from pyspark.sql.connect.client.core import DefaultChannelBuilder, SparkConnectClient
from pyspark.sql.connect.proto import commands_pb2
from pyspark.sql.connect.session import SparkSession as ConnectSession
from pyspark.sql.connect.streaming.query import StreamingQueryListenerBus
from pyspark.sql.connect.streaming.readwriter import DataStreamWriter
from pyspark.sql.session import SparkSession
from pyspark.sql.streaming.readwriter import DataStreamWriter as ClassicWriter
from pyspark.taskcontext import TaskContext

from unbounded.connect.channel import InProcessChannel
from unbounded.connect.spark_context import ADVICE, EmbeddedSparkContext
from unbounded.udf import current_task_context

__all__ = ["ClientChanges", "Servers", "channel_of"]


class Servers(Protocol):
    """The servers of this process, by the address a client is given."""

    def channel(self, host: str | None) -> InProcessChannel | None: ...

    def is_ours(self, address: str) -> bool: ...

    def new_session(self, spark: Any) -> Any: ...

    def note_session(self, spark: Any) -> None: ...


def channel_of(spark: Any) -> InProcessChannel | None:
    """The channel of a session of this process, None for a remote one."""
    channel = getattr(spark.__dict__.get("_client"), "_channel", None)
    return channel if isinstance(channel, InProcessChannel) else None


class ClientChanges:
    """The replacements, done and undone together."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._originals: list[tuple[Any, str, Any]] = []

    def do(self) -> None:
        """Replace; nothing happens if that is done already."""
        if self._originals:
            return
        for owner, name, change in (
            (SparkConnectClient, "__init__", _init_client),
            (DefaultChannelBuilder, "toChannel", self._to_channel),
            (SparkSession.Builder, "_validate_startup_urls", self._validate_urls),
            (ConnectSession, "__init__", self._init_session),
            (ConnectSession, "__getattr__", self._getattr),
            (DataStreamWriter, "foreachBatch", _foreach_batch),
            (DataStreamWriter, "foreach", _foreach),
            (StreamingQueryListenerBus, "remove", _remove_listener),
            (StreamingQueryListenerBus, "post_to_all", _post_to_all),
            (TaskContext, "get", _get_task_context),
        ):
            original = owner.__dict__[name]
            self._originals.append((owner, name, original))
            setattr(owner, name, change(original))

    def undo(self) -> None:
        """Put back what was there."""
        for owner, name, original in self._originals:
            setattr(owner, name, original)
        self._originals.clear()

    def _to_channel(self, original: Any) -> Any:
        """An address of ours leads to a channel without a wire."""

        def to_channel(builder: Any) -> Any:
            return self._servers.channel(builder.url.hostname) or original(builder)

        return to_channel

    def _validate_urls(self, original: Any) -> Any:
        """`.master("local[*]")` is right here, beside an address that is ours."""

        def validate(builder: Any) -> None:
            address = os.environ.get("SPARK_REMOTE", "")
            address = builder._options.get("spark.remote", address)
            if not self._servers.is_ours(address):
                original(builder)

        return validate

    def _init_session(self, original: Any) -> Any:
        """Sessions are noted however they were built, to be stopped at the end."""

        def init(spark: Any, *args: Any, **kwargs: Any) -> None:
            original(spark, *args, **kwargs)
            if channel_of(spark) is not None:
                self._servers.note_session(spark)

        return init

    def _getattr(self, original: Any) -> Any:
        """What only a session with a JVM has, as far as it means something here."""

        def get_attribute(spark: Any, name: str) -> Any:
            if name not in ADVICE or channel_of(spark) is None:
                return original(spark, name)
            if name == "sparkContext":
                return EmbeddedSparkContext(spark)
            if name == "newSession":
                return lambda: self._servers.new_session(spark)
            raise PySparkAttributeError(
                f"`{name}` needs a JVM, and there is none here. {ADVICE[name]}"
            )

        return get_attribute


def _init_client(original: Any) -> Any:
    """A stream of function calls does not break, so it needs no reattaching.

    Reattaching costs a call for each response, in a thread pool that is gone
    when the main thread has ended and others still work.
    """

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if isinstance(self._channel, InProcessChannel):
            self.disable_reattachable_execute()

    return init


def _handle(writer: Any, function: Any) -> bytes:
    """Keep the function with its writer; the token that stands for it."""
    channel = channel_of(writer._session)
    assert channel is not None
    handle = channel.servicer.functions.add(function, writer._session)
    writer._unbounded_function = handle
    command: bytes = handle.command
    return command


def _foreach_batch(original: Any) -> Any:
    """The function object itself travels: no pickling, no copies of its captures."""

    def foreach_batch(self: Any, func: Callable[[Any, int], None]) -> Any:
        if channel_of(self._session) is None:
            return original(self, func)
        udf = self._write_proto.foreach_batch.python_function
        udf.command = _handle(self, func)
        return self

    return foreach_batch


def _foreach(original: Any) -> Any:
    """As for foreachBatch; `open`, `process` and `close` meet the same object."""

    def foreach(self: Any, f: Any) -> Any:
        if channel_of(self._session) is None:
            return original(self, f)
        function = ClassicWriter._construct_foreach_function(f)
        udf = self._write_proto.foreach_writer.python_function
        udf.command = _handle(self, function)
        return self

    return foreach


def _remove_listener(original: Any) -> Any:
    """The client waits for its event thread under a lock that thread needs."""

    def remove(self: Any, listener: Any) -> None:
        session = self._sqm._session
        if channel_of(session) is None:
            original(self, listener)
            return
        thread = None
        with self._lock:
            if listener not in self._listener_bus:
                return
            self._listener_bus.remove(listener)
            if not self._listener_bus:
                thread, self._execution_thread = self._execution_thread, None
        if thread is None:
            return
        command = commands_pb2.StreamingQueryListenerBusCommand(
            remove_listener_bus_listener=True
        )
        from pyspark.sql.connect.proto import Command

        session.client.execute_command(
            Command(streaming_query_listener_bus_command=command)
        )
        if thread is not threading.current_thread():
            thread.join()

    return remove


def _post_to_all(original: Any) -> Any:
    """Listeners are called without the lock, so one may remove itself."""

    def post_to_all(self: Any, event: Any) -> None:
        if channel_of(self._sqm._session) is None:
            original(self, event)
            return
        with self._lock:
            snapshot = _Listeners(self._listener_bus)
        original(snapshot, event)

    return post_to_all


class _Listeners:
    """A bus at one moment, as the client's own `post_to_all` reads it."""

    def __init__(self, listeners: list[Any]) -> None:
        self._listener_bus = list(listeners)
        self._lock = threading.Lock()


def _get_task_context(original: Any) -> Any:
    """A context per thread: queries of one process would share the client's."""

    def get(cls: Any) -> Any:
        return current_task_context() or original.__func__(cls)

    return classmethod(get)
