"""Service on a wire: the servicer's calls, as a gRPC server makes them.

Between the wire and `SparkConnectServicer`, which knows of no wire: a refusal
becomes a status, a client that has gone no longer holds a thread, and what a
client in this process need not prove is checked.

Invariants:
    - a call reaches the session it names by user and id, and no other
    - what was meant for an earlier server's session is refused before it runs
    - trailers stay below the 8 KiB that gRPC takes
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import Any, NoReturn

import grpc
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2
from pyspark.sql.connect.proto import base_pb2

from unbounded.clock import Clock
from unbounded.connect.execute import Reader
from unbounded.connect.server import SparkConnectServicer
from unbounded.connect.session_timeouts import SessionTimeouts
from unbounded.connect.status import Failure, handle_failure

__all__ = ["GrpcService"]

_SERVICE = base_pb2.DESCRIPTOR.services_by_name["SparkConnectService"]

_MESSAGE_BYTES_MAX = 1024
# What a client still says after its call has failed, without waiting for it.
_FAREWELLS = ("ReleaseExecute", "ReleaseSession")
_QUIET_MS = 300
_QUIET_LOOKS = 10


class GrpcService:
    """Answers the calls of all clients. Thread-safe."""

    def __init__(
        self, servicer: SparkConnectServicer, timeouts: SessionTimeouts
    ) -> None:
        self._servicer = servicer
        self._timeouts = timeouts
        self._lock = threading.Lock()
        self._readers: set[Reader] = set()
        self._call_count = 0
        self._open_count = 0
        self._is_closing = False

    def handlers(self) -> grpc.GenericRpcHandler[Any, Any]:
        """One handler for each method of the protocol."""
        methods = {method.name: self._handler(method) for method in _SERVICE.methods}
        return grpc.method_handlers_generic_handler(_SERVICE.full_name, methods)

    def begin_closing(self) -> None:
        """Fail the calls under way and those to come, so that no client tries again.

        The client takes its session for lost, and calls no more.
        """
        with self._lock:
            self._is_closing = True
            readers = list(self._readers)
        for reader in readers:
            reader.leave()

    def wait_until_quiet(self, clock: Clock) -> None:
        """Wait a little until no client calls any more."""
        never = threading.Event()
        for _ in range(_QUIET_LOOKS):
            before = self._call_count
            clock.wait(never, _QUIET_MS)
            if not self._open_count and self._call_count == before:
                return

    # --- one method of each kind --------------------------------------------

    def _handler(self, method: Any) -> Any:
        kinds: dict[tuple[bool, bool], tuple[Any, Any]] = {
            (False, False): (grpc.unary_unary_rpc_method_handler, self._unary),
            (False, True): (grpc.unary_stream_rpc_method_handler, self._stream),
            (True, False): (grpc.stream_unary_rpc_method_handler, self._gather),
        }
        make, answer = kinds[method.client_streaming, method.server_streaming]
        return make(
            partial(answer, method.name),
            request_deserializer=GetMessageClass(method.input_type).FromString,
            response_serializer=GetMessageClass(method.output_type).SerializeToString,
        )

    def _unary(self, name: str, request: Any, context: grpc.ServicerContext) -> Any:
        with self._call(name, request, context):
            return self._servicer.unary(name, request)

    def _gather(
        self, name: str, requests: Iterable[Any], context: grpc.ServicerContext
    ) -> Any:
        received = iter(requests)
        first = next(received, None)
        if first is None:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "There is no request.")
        with self._call(name, first, context):
            return self._servicer.gather(name, chain([first], received))

    def _stream(
        self, name: str, request: Any, context: grpc.ServicerContext
    ) -> Iterator[Any]:
        with self._call(name, request, context), self._reader(context) as reader:
            responses = self._servicer.stream(name, request, reader)
            with self._timeouts.reading(_key(request), request.operation_id):
                yield from responses
            if self._is_closing:
                raise _closing()

    # --- what surrounds a call ----------------------------------------------

    @contextmanager
    def _call(
        self, name: str, request: Any, context: grpc.ServicerContext
    ) -> Iterator[None]:
        try:
            with self._counted(), self._timeouts.call(_key(request)):
                if self._is_closing and name not in _FAREWELLS:
                    raise _closing()
                if name != "ReleaseSession":
                    self._check_session(request)
                yield
        except Failure as failure:
            is_closing = self._is_closing and name not in _FAREWELLS
            refusal = _closing() if is_closing else failure
        else:
            return
        _abort(context, refusal)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._call_count += 1
            self._open_count += 1
        try:
            yield
        finally:
            with self._lock:
                self._open_count -= 1

    @contextmanager
    def _reader(self, context: grpc.ServicerContext) -> Iterator[Reader]:
        """A reader that leaves when its client does, or the server closes."""
        reader = Reader()
        with self._lock:
            self._readers.add(reader)
        try:
            if self._is_closing or not context.add_callback(reader.leave):
                reader.leave()
            yield reader
        finally:
            with self._lock:
                self._readers.discard(reader)

    def _check_session(self, request: Any) -> None:
        """Refuse what is no session's id, and what an earlier server was asked."""
        session_id = request.session_id
        if not _is_uuid(session_id):
            raise handle_failure(
                "INVALID_HANDLE.FORMAT", f"A session's id is a UUID, not {session_id}."
            )
        observed = request.client_observed_server_side_session_id
        if observed and observed != self._servicer.holders.get(request).server_id:
            raise handle_failure(
                "INVALID_HANDLE.SESSION_CHANGED",
                f"The session {session_id} was on a server before this one, and is"
                " gone with it. Begin a new session.",
            )


def _key(request: Any) -> tuple[str, str]:
    return request.user_context.user_id, request.session_id


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _closing() -> Failure:
    return handle_failure(
        "INVALID_HANDLE.SESSION_CHANGED",
        "The server was shut down, and the session with it. Its streaming queries go"
        " on from their checkpoints when they are started again.",
    )


# --- refusals ---------------------------------------------------------------


def _abort(context: grpc.ServicerContext, failure: Failure) -> NoReturn:
    """End the call; the client asks for what is left out here by the error's id."""
    message = _cut(failure.message)
    status = status_pb2.Status.FromString(failure.details)
    status.message = message
    for packed in status.details:
        info = error_details_pb2.ErrorInfo()
        if packed.Unpack(info):
            _drop_long_values(info.metadata)
            packed.Pack(info)
    details = status.SerializeToString() if failure.details else b""
    if details:
        context.set_trailing_metadata((("grpc-status-details-bin", details),))
    abort: Callable[[Any, str], NoReturn] = context.abort
    abort(failure.code, message)


def _drop_long_values(metadata: Any) -> None:
    for key, value in list(metadata.items()):
        if len(value.encode()) > _MESSAGE_BYTES_MAX:
            del metadata[key]


def _cut(message: str) -> str:
    return message.encode()[:_MESSAGE_BYTES_MAX].decode(errors="ignore")
