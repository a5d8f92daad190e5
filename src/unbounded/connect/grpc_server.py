"""Server on a port: this process's engine, for clients in other processes.

Called by `unbounded serve`. Listens where it may, answers through `GrpcService`
on daemon threads, and shuts down so that no client waits for it.

Invariants:
    - where others can reach it there is a token
    - two servers never share a port
"""

from __future__ import annotations

import os
import signal
import ssl
import threading
from collections.abc import Callable, Mapping
from concurrent import futures
from dataclasses import dataclass
from typing import Any, cast

import grpc

from unbounded.clock import Clock, SystemClock
from unbounded.connect.authentication import TokenCheck, check_reach
from unbounded.connect.embedded import close, offer
from unbounded.connect.grpc_service import GrpcService
from unbounded.connect.query_listing import query_handlers
from unbounded.connect.server import SparkConnectServicer
from unbounded.connect.session_timeouts import SessionTimeouts
from unbounded.connect.signals import Signals
from unbounded.connect.termination import running_queries, stop_queries
from unbounded.connect.threads import DaemonThreads
from unbounded.errors import IllegalArgumentError
from unbounded.files import LocalFiles
from unbounded.session.shared_state import start_thread

__all__ = ["GrpcServer", "ServerOptions", "serve"]

_CALLS_MAX = 1000
_SENT_BYTES_MAX = 128 * 1024 * 1024
_KEEPALIVE_MS = 60_000
_KEEPALIVE_TIMEOUT_MS = 20_000
_GRACE_S = 1.0


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where a server listens, and whom it answers.

    Args:
        port: 0 lets the system choose.
        token: what every call must carry; None where only this machine calls.
        certificate: a PEM file, and `key` another, to speak TLS.
        message_bytes_max: the size of a request; a larger one is refused.
    """

    host: str = "localhost"
    port: int = 15002
    token: str | None = None
    certificate: str | None = None
    key: str | None = None
    message_bytes_max: int = 128 * 1024 * 1024


class GrpcServer:
    """A servicer on a port."""

    def __init__(
        self, servicer: SparkConnectServicer, options: ServerOptions, clock: Clock
    ) -> None:
        self._servicer = servicer
        self._options = options
        self._clock = clock
        self._is_over = threading.Event()
        self._timeouts = SessionTimeouts(servicer.holders, clock)
        self._service = GrpcService(servicer, self._timeouts)

    def start(self) -> int:
        """Listen; the port.

        Raises:
            IllegalArgumentError: it may not, or can't, listen there.
        """
        options = self._options
        check_reach(options.host, options.token)
        server = grpc.server(
            cast(futures.ThreadPoolExecutor, _DaemonExecutor()),
            handlers=[self._service.handlers(), query_handlers(self._servicer)],
            interceptors=[TokenCheck(options.token)] if options.token else [],
            options=[
                ("grpc.max_receive_message_length", options.message_bytes_max),
                ("grpc.max_send_message_length", _SENT_BYTES_MAX),
                ("grpc.so_reuseport", 0),
                ("grpc.keepalive_time_ms", _KEEPALIVE_MS),
                ("grpc.keepalive_timeout_ms", _KEEPALIVE_TIMEOUT_MS),
            ],
            maximum_concurrent_rpcs=_CALLS_MAX,
        )
        port = _listen(server, options)
        server.start()
        self._server = server
        start_thread("unbounded-timeouts", lambda: self._timeouts.run(self._is_over))
        return port

    def stop(self) -> None:
        """Fail what runs, stop the queries, and answer until the clients know."""
        self._is_over.set()
        self._service.begin_closing()
        stop_queries(running_queries(self._servicer), self._clock)
        self._service.wait_until_quiet(self._clock)
        self._server.stop(_GRACE_S).wait()


def serve(
    options: ServerOptions, conf: Mapping[str, str], announce: Callable[[int], None]
) -> int:
    """Serve until SIGTERM or Ctrl-C; the exit code.

    Args:
        announce: called with the port, when it listens.

    Raises:
        IllegalArgumentError: it may not, or can't, listen there.
    """
    server = GrpcServer(offer(conf), options, SystemClock())
    signals = Signals({signal.SIGINT: _heed, signal.SIGTERM: _heed})
    announce(server.start())
    number = signals.wait()
    signal.signal(signal.SIGINT, lambda *_: os._exit(128 + signal.SIGINT))
    server.stop()
    close()
    return 0 if number == signal.SIGTERM else 128 + number


def _heed(*_: object) -> None:
    """The pipe tells who waits; here is nothing to do."""


def _listen(server: grpc.Server, options: ServerOptions) -> int:
    host = f"[{options.host}]" if ":" in options.host else options.host
    address = f"{host}:{options.port}"
    try:
        if options.certificate is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, _credentials(options))
    except RuntimeError as error:
        raise IllegalArgumentError(
            "SERVER_ADDRESS_UNAVAILABLE", address=address, reason=str(error)
        ) from error


def _credentials(options: ServerOptions) -> grpc.ServerCredentials:
    certificate, key = options.certificate or "", options.key or ""
    files = LocalFiles()
    try:
        # gRPC says nothing of a pair it can't use, and fails each handshake.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
        pair = (files.read(key), files.read(certificate))
    except OSError as error:
        raise IllegalArgumentError("INVALID_TLS_FILES", reason=f"{error}.") from error
    return grpc.ssl_server_credentials([pair])


class _DaemonExecutor(futures.Executor):
    """Daemon threads, as gRPC asks for threads; they never keep the process up."""

    def __init__(self) -> None:
        self._threads = DaemonThreads("unbounded-grpc")

    def submit(
        self, task: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> futures.Future[Any]:
        future: futures.Future[Any] = futures.Future()

        def run() -> None:
            try:
                task(*args, **kwargs)
            finally:
                future.set_result(None)

        self._threads.run(run)
        return future
