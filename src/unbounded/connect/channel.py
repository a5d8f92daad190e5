"""Channel: gRPC without a wire, from the client's stub to our servicer.

A `grpc.Channel` in pure Python whose calls are function calls. There is no
socket, no port, and nothing to leak at exit. Messages are handed over as they
are: the client never changes a message after sending it, except a plan it is
still building, so requests are copied once.

Invariants:
    - an error raised here is a `grpc.RpcError` and a `grpc.Call`
    - in a forked child every call fails with `FORKED_PROCESS`
    - a call never needs a new thread to fail or to be answered at exit
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import grpc

from unbounded.connect.status import Failure, to_status
from unbounded.connect.user_functions import UserFunctions
from unbounded.errors import UnsupportedError
from unbounded.session.shared_state import SharedState

__all__ = ["InProcessChannel", "RpcFailure", "Servicer"]

Message = Any
Metadata = Iterable[tuple[str, Any]]


class Servicer(Protocol):
    """What answers: one method a call, by its name in the protocol."""

    @property
    def functions(self) -> UserFunctions:
        """The functions that travel by reference."""

    @property
    def shared(self) -> SharedState:
        """The engine behind it."""

    def unary(self, method: str, request: Message) -> Message: ...

    def stream(self, method: str, request: Message) -> Iterator[Message]: ...

    def gather(self, method: str, requests: Iterable[Message]) -> Message: ...


class RpcFailure(grpc.RpcError, grpc.Call):
    """A failed call, with all that the client asks of a failed call."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self._code = failure.code
        self._message = failure.message
        self._status = failure.details

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return self._message

    def initial_metadata(self) -> tuple[()]:
        return ()

    def trailing_metadata(self) -> Any:
        return (("grpc-status-details-bin", self._status),) if self._status else ()

    def is_active(self) -> bool:
        return False

    def time_remaining(self) -> Any:
        return None

    def cancel(self) -> bool:
        return False

    def add_callback(self, callback: Callable[[], None]) -> bool:
        return False


class InProcessChannel(grpc.Channel):
    """A channel to a servicer in this process."""

    def __init__(self, servicer: Servicer) -> None:
        self.servicer = servicer
        self._pid = os.getpid()

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        name = _short(method)
        if name == "ExecutePlan":
            return _Call(self, lambda request: self._last_response(name, request))
        return _Call(self, lambda request: self.servicer.unary(name, request))

    def unary_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        name = _short(method)
        return _Call(
            self, lambda request: _Responses(self.servicer.stream(name, request))
        )

    def stream_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        name = _short(method)
        return _Call(
            self, lambda requests: self.servicer.gather(name, requests), copies=False
        )

    def stream_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(method)

    def subscribe(self, callback: Any, try_to_connect: bool = False) -> None:
        callback(grpc.ChannelConnectivity.READY)

    def unsubscribe(self, callback: Any) -> None:
        pass

    def close(self) -> None:
        """Nothing is held open."""

    def __enter__(self) -> InProcessChannel:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing is held open."""

    def check_process(self) -> None:
        """Refuse to work in a forked child, where the engine's threads are gone."""
        if os.getpid() != self._pid:
            raise RpcFailure(to_status(UnsupportedError("FORKED_PROCESS")))

    def _last_response(self, name: str, request: Message) -> Message:
        *_, last = _Responses(self.servicer.stream(name, request))
        return last


class _Call:
    """One method of the service, as the client's stub calls it."""

    def __init__(
        self,
        channel: InProcessChannel,
        answer: Callable[[Any], Any],
        copies: bool = True,
    ) -> None:
        self._channel = channel
        self._answer = answer
        self._copies = copies

    def __call__(
        self,
        request: Any,
        timeout: float | None = None,
        metadata: Metadata | None = None,
        credentials: object = None,
        wait_for_ready: bool | None = None,
        compression: object = None,
    ) -> Any:
        self._channel.check_process()
        if self._copies:
            copy = type(request)()
            copy.CopyFrom(request)
            request = copy
        return _translated(self._answer, request)


class _Responses:
    """The responses of a streaming call, each fetched when asked for."""

    def __init__(self, messages: Iterator[Message]) -> None:
        self._messages = messages

    def __iter__(self) -> _Responses:
        return self

    def __next__(self) -> Message:
        return _translated(next, self._messages)

    def cancel(self) -> bool:
        close = getattr(self._messages, "close", None)
        if close is not None:
            close()
        return True

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.OK

    def trailing_metadata(self) -> tuple[()]:
        return ()


def _translated(call: Callable[[Any], Any], argument: Any) -> Any:
    """Call; what the servicer refuses becomes what the client expects."""
    try:
        return call(argument)
    except Failure as failure:
        error = RpcFailure(failure)
    # Raised out here, so that it brings no more along than over a wire: the
    # server's frames would keep cursors and tables alive as long as the error.
    raise error


def _short(method: str) -> str:
    return method.rpartition("/")[2]
