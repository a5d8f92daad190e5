"""What clients leave behind that went away without a word."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from pyspark.sql.connect.proto import base_pb2, base_pb2_grpc

from unbounded.clock import SystemClock
from unbounded.connect.execute import Operation, Reader
from unbounded.connect.grpc_server import GrpcServer, ServerOptions
from unbounded.connect.server import SparkConnectServicer
from unbounded.connect.session_timeouts import SessionTimeouts
from unbounded.session import SharedState
from unbounded.testing import ManualClock

WAIT_S = 30
HOUR_MS = 60 * 60_000


@pytest.fixture
def servicer() -> Iterator[SparkConnectServicer]:
    servicer = SparkConnectServicer(SharedState(new_id=uuid.uuid4), {})
    yield servicer
    servicer.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def config(session_id: str) -> Any:
    request = base_pb2.ConfigRequest(session_id=session_id)
    request.operation.get_all.SetInParent()
    return request


def ids(servicer: SparkConnectServicer) -> set[str]:
    return {holder.id for holder in servicer.holders.all()}


def test_session_is_dropped_when_idle_for_an_hour(
    servicer: SparkConnectServicer, clock: ManualClock
) -> None:
    timeouts = SessionTimeouts(servicer.holders, clock)
    for name in ("early", "late"):
        with timeouts.call(("", name)):
            servicer.unary("Config", config(name))
        clock.advance(HOUR_MS // 2)
        timeouts.sweep()
    clock.advance(1)
    timeouts.sweep()
    assert ids(servicer) == {"late"}


def test_session_with_a_call_under_way_is_kept(
    servicer: SparkConnectServicer, clock: ManualClock
) -> None:
    timeouts = SessionTimeouts(servicer.holders, clock)
    with timeouts.call(("", "busy")):
        servicer.unary("Config", config("busy"))
        with timeouts.call(("", "busy")):
            clock.advance(1)
        clock.advance(2 * HOUR_MS)
        timeouts.sweep()
        assert ids(servicer) == {"busy"}
    clock.advance(2 * HOUR_MS)
    timeouts.sweep()
    assert ids(servicer) == set()


def test_session_whose_query_runs_is_kept(
    servicer: SparkConnectServicer, clock: ManualClock, tmp_path: Path
) -> None:
    timeouts = SessionTimeouts(servicer.holders, clock)
    request = start_query("streaming", tmp_path)
    with timeouts.call(("", "streaming")):
        list(servicer.stream("ExecutePlan", request))
    [holder] = servicer.holders.all()
    clock.advance(2 * HOUR_MS)
    timeouts.sweep()
    assert ids(servicer) == {"streaming"}
    [query] = holder.session.active_queries()
    query.stop()
    timeouts.sweep()
    assert ids(servicer) == set()


def test_session_that_began_without_a_call_has_its_time(
    servicer: SparkConnectServicer, clock: ManualClock
) -> None:
    timeouts = SessionTimeouts(servicer.holders, clock)
    servicer.unary("Config", config("cloned"))
    clock.advance(2 * HOUR_MS)
    timeouts.sweep()
    assert ids(servicer) == {"cloned"}
    clock.advance(HOUR_MS + 1)
    timeouts.sweep()
    assert ids(servicer) == set()


def start_query(session_id: str, folder: Path) -> Any:
    request = base_pb2.ExecutePlanRequest(session_id=session_id)
    command = request.plan.command.write_stream_operation_start
    command.input.read.is_streaming = True
    command.input.read.data_source.format = "text"
    command.input.read.data_source.paths.append(str(folder))
    command.format = "noop"
    return request


def test_operation_left_alone_is_dropped_after_five_minutes(
    servicer: SparkConnectServicer, clock: ManualClock
) -> None:
    timeouts = SessionTimeouts(servicer.holders, clock)
    servicer.unary("Config", config("one"))
    [holder] = servicer.holders.all()
    for name in ("left", "taken up"):
        holder.begin(name, ())
        with timeouts.reading(("", "one"), name):
            pass
    clock.advance(4 * 60_000)
    with timeouts.reading(("", "one"), "taken up"):
        clock.advance(2 * 60_000)
        timeouts.sweep()
        assert [operation.id for operation in holder.operations()] == ["taken up"]


def test_sweeps_end_when_the_server_does(
    servicer: SparkConnectServicer, clock: ManualClock
) -> None:
    is_over = threading.Event()
    is_over.set()
    SessionTimeouts(servicer.holders, clock).run(is_over)
    assert ids(servicer) == set()


class _Session:
    id = server_id = "one"

    def new_id(self) -> str:
        return "response"


def test_reader_that_leaves_is_freed_at_once() -> None:
    reader = Reader()
    operation = Operation("waiting", _Session())
    taken: list[Any] = []
    thread = threading.Thread(
        target=lambda: taken.extend(operation.responses(reader=reader))
    )
    thread.start()
    reader.leave()
    thread.join(WAIT_S)
    assert not thread.is_alive()
    assert taken == []


def test_client_that_hangs_up_ends_what_only_it_could_read(
    servicer: SparkConnectServicer, tmp_path: Path
) -> None:
    server = GrpcServer(servicer, ServerOptions(port=0), SystemClock())
    channel = grpc.insecure_channel(f"localhost:{server.start()}")
    stub = base_pb2_grpc.SparkConnectServiceStub(channel)
    session_id = str(uuid.uuid4())
    [started, _] = stub.ExecutePlan(start_query(session_id, tmp_path), timeout=WAIT_S)
    request = base_pb2.ExecutePlanRequest(session_id=session_id, operation_id="wait")
    command = request.plan.command.streaming_query_command
    command.query_id.CopyFrom(started.write_stream_operation_start_result.query_id)
    command.await_termination.SetInParent()
    [holder] = servicer.holders.all()
    has_begun, is_released = threading.Event(), threading.Event()
    begin, release = holder.begin, holder.release
    holder.begin = lambda *args: (has_begun.set(), begin(*args))[1]  # type: ignore[method-assign]
    holder.release = lambda *args: (release(*args), is_released.set())[0]  # type: ignore[method-assign,func-returns-value]
    waiting = stub.ExecutePlan(request, timeout=WAIT_S)
    assert has_begun.wait(WAIT_S)
    waiting.cancel()
    assert is_released.wait(WAIT_S)
    assert holder.operations() == []
    assert [query.is_active for query in holder.session.active_queries()] == [True]
    channel.close()
    server.stop()
