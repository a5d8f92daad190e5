"""Authentication: who may call a server that listens on a port.

Whoever may call it may run code as its user: functions arrive pickled. So a
server that other machines can reach has a token, and a call without it gets no
further than here. The token comes as Spark's clients send it, in the header
`authorization: Bearer <token>`.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from typing import Any

import grpc
from google.rpc import status_pb2
from grpc_status import rpc_status

from unbounded.errors import IllegalArgumentError, UnboundedError

__all__ = ["TokenCheck", "check_reach", "check_token", "is_loopback"]

_HEADER = "authorization"
_SCHEME = b"Bearer "


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`; a name other than localhost may not."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_reach(host: str, token: str | None) -> None:
    """Refuse to listen where others reach it without asking them for a token.

    Raises:
        IllegalArgumentError: there is no token, and `host` is not loopback.
    """
    if token is None and not is_loopback(host):
        raise IllegalArgumentError("SERVER_NEEDS_TOKEN", host=host)


def check_token(token: str) -> str:
    """The token, without the line's end of a file it was read from.

    Raises:
        IllegalArgumentError: a header can't carry it.
    """
    stripped = token.strip()
    if not stripped or not all("!" <= character <= "~" for character in stripped):
        raise IllegalArgumentError("INVALID_TOKEN")
    return stripped


class TokenCheck(grpc.ServerInterceptor):  # type: ignore[type-arg]
    """Lets only calls pass that carry the token."""

    def __init__(self, token: str) -> None:
        self._expected = _SCHEME + token.encode()
        # Of no particular shape: it ends any call before its request is read.
        self._refusal = grpc.stream_stream_rpc_method_handler(_refuse)

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Any],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        headers: Any = handler_call_details.invocation_metadata or ()
        given = [value for name, value in headers if name == _HEADER]
        if len(given) == 1 and self._is_right(given[0]):
            return continuation(handler_call_details)
        return self._refusal

    def _is_right(self, value: str | bytes) -> bool:
        text = value.encode() if isinstance(value, str) else value
        return hmac.compare_digest(text, self._expected)


def _refuse(requests: Any, context: grpc.ServicerContext) -> Any:
    message = str(UnboundedError("AUTHENTICATION_FAILED"))
    code = grpc.StatusCode.UNAUTHENTICATED
    status = status_pb2.Status(code=code.value[0], message=message)
    context.abort_with_status(rpc_status.to_status(status))
