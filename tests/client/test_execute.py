from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from grpc_status import rpc_status
from pyspark.errors.exceptions.base import PySparkRuntimeError
from pyspark.errors.exceptions.connect import SparkConnectGrpcException
from pyspark.sql.connect.proto import base_pb2

from unbounded.connect.channel import RpcFailure
from unbounded.connect.execute import Operation, OperationState
from unbounded.connect.status import Failure, handle_failure, to_status
from unbounded.errors import ExecutionError

WAIT_S = 20
SLOW = "SELECT sum(a.id * b.id) AS s FROM range(1000000) a, range(1000000) b"


class Ids:
    """Numbers for ids."""

    id = "session"
    server_id = "server"

    def __init__(self) -> None:
        self.count = 0

    def new_id(self) -> str:
        self.count += 1
        return f"r{self.count}"


@pytest.fixture
def operation() -> Operation:
    return Operation("o", Ids())


def ids(responses: Iterator[Any]) -> list[str]:
    return [response.response_id for response in responses]


def test_responses_end_with_result_complete(operation: Operation) -> None:
    operation.send()
    operation.complete()
    *_, last = operation.responses()
    assert last.HasField("result_complete")


def test_stream_goes_on_after_the_last_response_seen(operation: Operation) -> None:
    operation.send()
    operation.send()
    operation.complete()
    assert ids(operation.responses("r1")) == ["r2", "r3"]


def test_released_responses_are_gone(operation: Operation) -> None:
    operation.send()
    operation.send()
    operation.complete()
    operation.release_until("r2")
    assert ids(operation.responses("r2")) == ["r3"]
    with pytest.raises(Failure, match="POSITION_NOT_AVAILABLE"):
        list(operation.responses("r1"))


def test_failure_comes_after_the_responses(operation: Operation) -> None:
    operation.send()
    operation.fail(to_status(ExecutionError("OPERATION_CANCELED")))
    responses = operation.responses()
    next(responses)
    with pytest.raises(Failure, match="OPERATION_CANCELED"):
        next(responses)


def test_end_is_final(operation: Operation) -> None:
    operation.complete()
    operation.fail(to_status(ExecutionError("OPERATION_CANCELED")))
    assert operation.state == OperationState.OPERATION_STATE_SUCCEEDED
    assert ids(operation.responses()) == ["r1"]


def test_cancel_before_the_start_is_not_lost(operation: Operation) -> None:
    stopped: list[bool] = []
    operation.cancel()
    operation.on_start(lambda: stopped.append(True))
    assert stopped == [True]


@pytest.fixture
def reattaching(spark: Any) -> Iterator[Any]:
    spark.client.enable_reattachable_execute()
    yield spark
    spark.client.disable_reattachable_execute()


def cut_after(monkeypatch: pytest.MonkeyPatch, spark: Any, count: int) -> list[str]:
    """Let each ExecutePlan stream end after so many responses; the calls made."""
    servicer = spark.client._channel.servicer
    original = servicer.stream
    calls: list[str] = []

    def stream(method: str, request: Any) -> Iterator[Any]:
        calls.append(method)
        responses = original(method, request)
        if method != "ExecutePlan":
            return responses  # type: ignore[no-any-return]
        return (response for response, _ in zip(responses, range(count), strict=False))

    monkeypatch.setattr(servicer, "stream", stream)
    return calls


@pytest.mark.parametrize("count", [0, 1])
def test_broken_stream_is_taken_up_again(
    reattaching: Any, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    calls = cut_after(monkeypatch, reattaching, count)
    assert [row.id for row in reattaching.range(3).collect()] == [0, 1, 2]
    assert calls == ["ExecutePlan", "ReattachExecute"]


def test_operation_is_forgotten_when_it_is_released(reattaching: Any) -> None:
    reattaching.range(3).collect()
    for future in list(reattaching.client._release_futures):
        future.result(WAIT_S)
    servicer = reattaching.client._channel.servicer
    (holder,) = [h for h in servicer.holders.all() if h.id == reattaching.session_id]
    assert holder.operations() == []


def test_unknown_operation_is_a_rich_status(spark: Any) -> None:
    request = base_pb2.ReattachExecuteRequest(
        session_id=spark.session_id,
        user_context=base_pb2.UserContext(user_id=spark.client._user_id or ""),
        operation_id="nothing",
    )
    with pytest.raises(RpcFailure) as caught:
        list(spark.client._stub.ReattachExecute(request))
    status = rpc_status.from_call(caught.value)
    assert "INVALID_HANDLE.OPERATION_NOT_FOUND" in status.message


def fail_once(
    monkeypatch: pytest.MonkeyPatch, spark: Any, failure: Any, after: int
) -> list[str]:
    """Break the first ExecutePlan stream after so many responses; calls made."""
    servicer = spark.client._channel.servicer
    original = servicer.stream
    calls: list[str] = []

    def stream(method: str, request: Any) -> Iterator[Any]:
        calls.append(method)
        if len(calls) > 1:
            return original(method, request)  # type: ignore[no-any-return]
        return broken(original(method, request))

    def broken(responses: Iterator[Any]) -> Iterator[Any]:
        for _ in range(after):
            yield next(responses)
        raise failure

    monkeypatch.setattr(servicer, "stream", stream)
    return calls


NOT_FOUND = "INVALID_HANDLE.OPERATION_NOT_FOUND"


def test_rich_status_before_any_response_runs_the_plan_again(
    reattaching: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = handle_failure(NOT_FOUND, "gone")
    calls = fail_once(monkeypatch, reattaching, failure, 0)
    with pytest.raises(Exception, match="OPERATION_ALREADY_EXISTS"):
        # The first run goes on here, so its id is taken; on a server that had
        # lost it the plan would run a second time.
        reattaching.range(3).collect()
    assert calls[:2] == ["ExecutePlan", "ExecutePlan"]


def test_rich_status_after_a_response_is_said_to_be_late(
    reattaching: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = handle_failure(NOT_FOUND, "gone")
    fail_once(monkeypatch, reattaching, failure, 1)
    with pytest.raises(PySparkRuntimeError, match="RESPONSE_ALREADY_RECEIVED"):
        reattaching.range(3).collect()


def test_plain_status_with_that_text_is_just_an_error(
    reattaching: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = Failure(grpc.StatusCode.INTERNAL, NOT_FOUND, b"")
    calls = fail_once(monkeypatch, reattaching, failure, 0)
    with pytest.raises(SparkConnectGrpcException):
        reattaching.range(3).collect()
    assert calls == ["ExecutePlan"]


def slow_query(spark: Any) -> tuple[threading.Thread, list[str]]:
    conditions: list[str] = []

    def run() -> None:
        spark.addTag("slow")
        try:
            spark.sql(SLOW).collect()
        except Exception as error:
            conditions.append(str(error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, conditions


def interrupted(spark: Any, interrupt: Any) -> list[str]:
    """Interrupt the slow query until it is there to be interrupted."""
    thread, conditions = slow_query(spark)
    for _ in range(2000):
        interrupt()
        thread.join(0.01)
        if not thread.is_alive():
            break
    assert not thread.is_alive()
    return conditions


def test_interrupt_all_cancels_what_runs(spark: Any) -> None:
    (text,) = interrupted(spark, spark.interruptAll)
    assert "OPERATION_CANCELED" in text


def test_interrupt_by_tag_cancels_what_has_the_tag(spark: Any) -> None:
    assert spark.interruptTag("another") == []
    (text,) = interrupted(spark, lambda: spark.interruptTag("slow"))
    assert "OPERATION_CANCELED" in text


def test_interrupt_frees_who_waits_for_a_query(spark: Any) -> None:
    from unbounded.testing import MemoryStream

    frame = MemoryStream(spark, "n INT").to_df()
    query = frame.writeStream.format("noop").start()
    texts: list[str] = []

    def wait() -> None:
        try:
            query.awaitTermination()
        except Exception as error:
            texts.append(str(error))

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    for _ in range(2000):
        spark.interruptAll()
        thread.join(0.01)
        if not thread.is_alive():
            break
    assert "OPERATION_CANCELED" in texts[0]
    assert query.isActive


def test_clone_has_views_and_settings_of_its_own(spark: Any) -> None:
    spark.range(2).createOrReplaceTempView("v")
    spark.conf.set("my.key", "1")
    clone = spark.cloneSession()
    spark.catalog.dropTempView("v")
    assert clone.table("v").count() == 2
    assert clone.conf.get("my.key") == "1"
    clone.client.release_session()
