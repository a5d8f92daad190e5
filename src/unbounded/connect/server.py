"""Server: the Spark Connect service, one method a call of the protocol.

Called by the in-process channel, and as well by a gRPC server: it knows nothing
of either. This is the RPC handler: every error becomes a `Failure` here.

Invariants:
    - no lock is held while user code runs; user code may call again
    - every response names the session and the server's own id for it
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

from pyspark.sql.connect.proto import base_pb2

from unbounded.connect.analyze import answer_analyze
from unbounded.connect.call import Call
from unbounded.connect.commands import run_command
from unbounded.connect.config import answer_config
from unbounded.connect.conversion import refuse, variant_of
from unbounded.connect.execute import Operation, Reader
from unbounded.connect.queries import run_query
from unbounded.connect.requests import (
    Artifact,
    is_reattachable,
    operation_of,
    read_artifacts,
)
from unbounded.connect.session_holder import SessionHolder, SessionHolders
from unbounded.connect.status import Failure, to_status
from unbounded.connect.threads import DaemonThreads
from unbounded.connect.user_functions import UserFunctions
from unbounded.errors import ExecutionError, UnboundedError
from unbounded.session import SharedState

__all__ = ["SparkConnectServicer"]

_LOGGER = logging.getLogger("unbounded")

# A statement that is interrupted ends within milliseconds; user code may not.
_CLOSE_TIMEOUT_S = 2.0


class SparkConnectServicer:
    """Answers every call of every session. Thread-safe."""

    def __init__(self, shared: SharedState, conf: Mapping[str, str]) -> None:
        self.shared = shared
        self.holders = SessionHolders(shared, dict(conf))
        self.functions = UserFunctions()
        self._threads = DaemonThreads("unbounded-rpc")

    # --- what a transport calls ---------------------------------------------

    def unary(self, method: str, request: Any) -> Any:
        """Answer a call of one request and one response."""
        if method == "ReleaseSession":
            return self._release_session(request)
        holder = self.holders.get(request)
        return _guarded(holder, lambda: _UNARY[method](self, holder, request))

    def stream(
        self, method: str, request: Any, reader: Reader | None = None
    ) -> Iterator[Any]:
        """Begin a call of one request and many responses, until `reader` leaves."""
        holder = self.holders.get(request)
        if method == "ReattachExecute":
            operation = holder.operation(request.operation_id)
            return operation.responses(request.last_response_id, reader)
        return self._execute_plan(holder, request, reader)

    def gather(self, method: str, requests: Iterable[Any]) -> Any:
        """Answer a call of many requests and one response."""
        return self._add_artifacts(requests)

    def close(self, *, closes_engine: bool = True) -> None:
        """End all sessions; their queries have been asked to stop.

        Args:
            closes_engine: False while a thread may still use it.
        """
        self.holders.close(waits=closes_engine)
        # What still runs holds cursors, which must go before the engine does.
        is_idle = self._threads.wait_until_idle(_CLOSE_TIMEOUT_S)
        if closes_engine and is_idle:
            self.shared.close()

    # --- execution ----------------------------------------------------------

    def _execute_plan(
        self, holder: SessionHolder, request: Any, reader: Reader | None
    ) -> Iterator[Any]:
        operation_id = request.operation_id or holder.new_id()
        operation = holder.begin(operation_id, tuple(request.tags))
        call = Call(self, holder, operation)
        if _stays_in_thread(request.plan.command):
            _run(call, request.plan)
        else:
            self._threads.run(lambda: _run(call, request.plan))
        if is_reattachable(request):
            return operation.responses(reader=reader)
        return _released_after(holder, operation, reader)

    # --- the rest -----------------------------------------------------------

    def _release_session(self, request: Any) -> Any:
        holder = self.holders.release(request)
        server_id = holder.server_id if holder else ""
        return base_pb2.ReleaseSessionResponse(
            session_id=request.session_id, server_side_session_id=server_id
        )

    def _add_artifacts(self, requests: Iterable[Any]) -> Any:
        received = iter(requests)
        first = next(received)
        holder = self.holders.get(first)
        response = _named(base_pb2.AddArtifactsResponse(), holder)
        for artifact in read_artifacts(chain([first], received)):
            _guarded(holder, partial(self._store, holder, artifact))
            name, _, is_whole = artifact
            response.artifacts.add(name=name, is_crc_successful=is_whole)
        return response

    def _store(self, holder: SessionHolder, artifact: Artifact) -> None:
        name, data, is_whole = artifact
        if not is_whole:
            return
        kind, _, rest = name.partition("/")
        if kind == "jars":
            raise refuse("artifact", "jar", "There is no JVM to load it.")
        if kind == "forward_to_fs":
            self.shared.files.replace("/" + rest.lstrip("/"), data)
        else:
            holder.add_artifact(name, data)

    def _analyze(self, holder: SessionHolder, request: Any) -> Any:
        response = _named(base_pb2.AnalyzePlanResponse(), holder)
        answer_analyze(request, holder, response)
        return response

    def _config(self, holder: SessionHolder, request: Any) -> Any:
        response = _named(base_pb2.ConfigResponse(), holder)
        answer_config(request.operation, holder.session.conf, response)
        return response

    def _interrupt(self, holder: SessionHolder, request: Any) -> Any:
        response = _named(base_pb2.InterruptResponse(), holder)
        chosen: dict[int, Callable[[Operation], bool]] = {
            request.INTERRUPT_TYPE_ALL: lambda operation: True,
            request.INTERRUPT_TYPE_TAG: lambda operation: (
                request.operation_tag in operation.tags
            ),
            request.INTERRUPT_TYPE_OPERATION_ID: lambda operation: (
                request.operation_id == operation.id
            ),
        }
        interrupted = holder.interrupt(chosen[request.interrupt_type])
        response.interrupted_ids.extend(interrupted)
        return response

    def _release_execute(self, holder: SessionHolder, request: Any) -> Any:
        until = None
        if variant_of(request, "release") == "release_until":
            until = request.release_until.response_id
        holder.release(request.operation_id, until)
        response = _named(base_pb2.ReleaseExecuteResponse(), holder)
        response.operation_id = request.operation_id
        return response

    def _artifact_status(self, holder: SessionHolder, request: Any) -> Any:
        response = _named(base_pb2.ArtifactStatusesResponse(), holder)
        for name in request.names:
            response.statuses[name].exists = holder.has_artifact(name)
        return response

    def _fetch_error_details(self, holder: SessionHolder, request: Any) -> Any:
        response = base_pb2.FetchErrorDetailsResponse()
        details = holder.errors.find(request.error_id)
        if details is not None:
            response.CopyFrom(details)
        return _named(response, holder)

    def _clone_session(self, holder: SessionHolder, request: Any) -> Any:
        new_id = request.new_session_id or holder.new_id()
        clone = self.holders.clone(request, new_id)
        response = _named(base_pb2.CloneSessionResponse(), holder)
        response.new_session_id = clone.id
        response.new_server_side_session_id = clone.server_id
        return response

    def _get_status(self, holder: SessionHolder, request: Any) -> Any:
        response = _named(base_pb2.GetStatusResponse(), holder)
        wanted = set(request.operation_status.operation_ids)
        for operation in holder.operations():
            if not wanted or operation.id in wanted:
                response.operation_statuses.add(
                    operation_id=operation.id, state=operation.state
                )
        return response


_UNARY: dict[str, Callable[[SparkConnectServicer, SessionHolder, Any], Any]] = {
    "AnalyzePlan": SparkConnectServicer._analyze,
    "Config": SparkConnectServicer._config,
    "Interrupt": SparkConnectServicer._interrupt,
    "ReleaseExecute": SparkConnectServicer._release_execute,
    "ArtifactStatus": SparkConnectServicer._artifact_status,
    "FetchErrorDetails": SparkConnectServicer._fetch_error_details,
    "CloneSession": SparkConnectServicer._clone_session,
    "GetStatus": SparkConnectServicer._get_status,
}


def _named(response: Any, holder: SessionHolder) -> Any:
    response.session_id = holder.id
    response.server_side_session_id = holder.server_id
    return response


def _guarded(holder: SessionHolder, act: Callable[[], Any]) -> Any:
    """Act; any error becomes a failed call whose details can be asked for."""
    try:
        return act()
    except Failure:
        raise
    except Exception as error:
        if not isinstance(error, UnboundedError):
            _LOGGER.exception("Internal error")
        failure = to_status(error, holder.errors)
    # Raised out here: a failure is kept, and must not keep the error's frames.
    raise failure


def _stays_in_thread(command: Any) -> bool:
    """Whether to run a command in the thread that calls.

    Machine learning's is sent at exit, when a thread may not be had any more. A
    query that is stopped from its own thread must not wait for itself.
    """
    return bool(command.HasField("ml_command") or command.streaming_query_command.stop)


def _run(call: Call, plan: Any) -> None:
    """Run an operation to its end, in a thread of its own."""
    operation = call.operation
    try:
        _guarded(call.holder, lambda: _run_plan(call, plan))
    except Failure as failure:
        operation.fail(_cancelled(call) if operation.is_cancelled else failure)
    else:
        if not call.stays_open:
            operation.complete()


def _cancelled(call: Call) -> Failure:
    return to_status(ExecutionError("OPERATION_CANCELED"), call.holder.errors)


def _run_plan(call: Call, plan: Any) -> None:
    kind, message = operation_of(plan)
    run = run_query if kind == "root" else run_command
    run(message, call)


def _released_after(
    holder: SessionHolder, operation: Operation, reader: Reader | None
) -> Iterator[Any]:
    try:
        yield from operation.responses(reader=reader)
    finally:
        holder.release(operation.id)
