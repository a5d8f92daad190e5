"""Query listing: the streaming queries of a server's sessions, for who operates it.

A method of its own beside Spark Connect's, on the same port and behind the same
token: no session is begun for it, and it sees the queries of all. `unbounded
queries` shows what it answers.

On the wire:   `/unbounded.Operation/Queries`, JSON in UTF-8

    []  or  {"all": true}           the question
    [{"id":…,"name":…,"status":{…},"lastProgress":{…}}, …]
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import grpc
from pyspark.errors import PySparkValueError
from pyspark.sql.connect.client import DefaultChannelBuilder

from unbounded.connect.listener_events import event_document
from unbounded.connect.server import SparkConnectServicer
from unbounded.errors import ExecutionError, IllegalArgumentError
from unbounded.runtime import StreamingQuery

__all__ = ["fetch_queries", "query_handlers"]

_SERVICE = "unbounded.Operation"
_METHOD = "Queries"
_TIMEOUT_S = 10.0


def query_handlers(
    servicer: SparkConnectServicer,
) -> grpc.GenericRpcHandler[Any, Any]:
    """What answers the method on a server."""

    def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
        shows_ended = json.loads(request).get("all", False)
        documents = [
            _document(query, holder.session.user_id)
            for holder in servicer.holders.all()
            for query in holder.session.queries(ended_too=shows_ended)
        ]
        return f"[{','.join(documents)}]".encode()

    handler = grpc.unary_unary_rpc_method_handler(answer)
    return grpc.method_handlers_generic_handler(_SERVICE, {_METHOD: handler})


def _document(query: StreamingQuery, user_id: str) -> str:
    status = query.status
    return event_document(
        {
            "id": query.id,
            "runId": query.run_id,
            "name": query.name,
            "user": user_id,
            "isActive": query.is_active,
            "status": {
                "message": status.message,
                "isDataAvailable": status.is_data_available,
                "isTriggerActive": status.is_trigger_active,
            },
            "exception": None if query.exception is None else str(query.exception),
            "lastProgress": query.last_progress,
        }
    )


def fetch_queries(
    address: str, token: str | None, *, ended_too: bool = False
) -> Sequence[dict[str, Any]]:
    """The queries of the server at an address, `sc://localhost:15002`.

    Raises:
        IllegalArgumentError: it is no address.
        ExecutionError: no server of ours answers there.
    """
    if token is not None:
        address = (
            f"{address.rstrip('/')}{';' if '/;' in address else '/;'}token={token}"
        )
    try:
        channel = DefaultChannelBuilder(address).toChannel()
    except PySparkValueError as error:
        detail = (error.getMessageParameters() or {}).get("detail", error)
        raise IllegalArgumentError("INVALID_CONNECT_URL", detail=detail) from error
    ask = channel.unary_unary(
        f"/{_SERVICE}/{_METHOD}", request_serializer=None, response_deserializer=None
    )
    try:
        answer = ask(json.dumps({"all": ended_too}).encode(), timeout=_TIMEOUT_S)
    except grpc.RpcError as error:
        raise ExecutionError(
            "SERVER_UNREACHABLE", address=_public(address), reason=_reason(error)
        ) from error
    finally:
        channel.close()
    queries: list[dict[str, Any]] = json.loads(answer)
    return queries


def _public(address: str) -> str:
    return address.partition("/;")[0]


def _reason(error: Any) -> str:
    """An error that a channel raises is the call as well."""
    if error.code() is grpc.StatusCode.UNIMPLEMENTED:
        return "what answers there is no server of unbounded"
    return str(error.details() or error.code().name)
