"""Starting, stopping and failing, in real query threads through the client."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyspark.errors import StreamingQueryException
from pyspark.errors.exceptions.base import PySparkException
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQueryListener

from tests.streams.conftest import Batches, EventFiles, Gate, within
from unbounded.sources import MemoryStreamSource
from unbounded.testing import ManualClock, MemoryStream


def to_memory(frame: Any, name: str = "answer", mode: str = "append") -> Any:
    return frame.writeStream.format("memory").queryName(name).outputMode(mode)


def fail(frame: Any, batch_id: int) -> None:
    raise ValueError("no: not today")


def failing(stream: MemoryStream) -> Any:
    stream.add_data([1])
    return stream.to_df().writeStream.foreachBatch(fail).start()


# --- waiting --------------------------------------------------------------------


def test_waiting_for_all_data_returns_when_there_is_none(
    clock: ManualClock, stream: MemoryStream
) -> None:
    query = to_memory(stream.to_df()).start()
    for _ in range(20):
        within(query.processAllAvailable)
    assert query.isActive


def test_waiting_for_all_data_has_it_processed_each_time(
    spark: Any, stream: MemoryStream
) -> None:
    query = to_memory(stream.to_df()).start()
    for number in range(20):
        stream.add_data([number])
        within(query.processAllAvailable)
        assert spark.table("answer").count() == number + 1


def test_waiting_for_all_data_of_two_streams(spark: Any, stream: MemoryStream) -> None:
    other = MemoryStream(spark, "n INT")
    query = to_memory(stream.to_df().union(other.to_df())).start()
    other.add_data([1])
    within(query.processAllAvailable)
    stream.add_data([2])
    within(query.processAllAvailable)
    assert sorted(row.n for row in spark.table("answer").collect()) == [1, 2]


def test_stopped_query_keeps_no_one_waiting(stream: MemoryStream) -> None:
    query = to_memory(stream.to_df()).start()
    within(query.stop)
    stream.add_data([1])
    within(query.processAllAvailable)
    assert within(lambda: query.awaitTermination(1)) is True


# --- failing --------------------------------------------------------------------


def test_failure_is_raised_by_every_wait(stream: MemoryStream) -> None:
    query = failing(stream)
    text = (
        rf"\[STREAM_FAILED\] Query \[id = {query.id}, runId = {query.runId}\]"
        r" terminated with exception: (?s:.)*ValueError: no: not today"
    )
    for wait in (query.awaitTermination, query.processAllAvailable):
        with pytest.raises(StreamingQueryException, match=text):
            within(wait)


def test_failed_query_says_why(stream: MemoryStream) -> None:
    query = failing(stream)
    with pytest.raises(StreamingQueryException):
        within(query.awaitTermination)
    assert not query.isActive
    assert "ValueError: no: not today" in str(query.exception())
    message = query.status["message"]
    assert message.startswith("Terminated with exception: ")
    assert "ValueError: no: not today" in message


def test_exit_in_user_code_fails_the_query(stream: MemoryStream) -> None:
    stream.add_data([1])
    query = stream.to_df().writeStream.foreachBatch(lambda *_: sys.exit(3)).start()
    with pytest.raises(StreamingQueryException, match="SystemExit"):
        within(query.awaitTermination)


def test_failure_is_logged_once_and_leaves_others_alone(
    spark: Any, stream: MemoryStream, caplog: pytest.LogCaptureFixture
) -> None:
    other = MemoryStream(spark, "n INT")
    healthy = to_memory(other.to_df()).start()
    with caplog.at_level(logging.INFO, "unbounded"):
        query = failing(stream)
        with pytest.raises(StreamingQueryException):
            within(query.awaitTermination)
    errors = [r for r in caplog.records if r.levelno >= logging.ERROR]
    assert [record.name for record in errors] == ["unbounded"]
    assert query.id in errors[0].getMessage()
    other.add_data([1])
    within(healthy.processAllAvailable)
    assert spark.table("answer").count() == 1


def test_failed_batch_is_run_again_from_its_offsets(
    spark: Any, stream: MemoryStream, tmp_path: Path
) -> None:
    batches = Batches()
    writer = stream.to_df().writeStream
    writer = writer.option("checkpointLocation", str(tmp_path / "checkpoint"))
    stream.add_data([1])
    query = writer.foreachBatch(fail).start()
    with pytest.raises(StreamingQueryException):
        within(query.awaitTermination)
    stream.add_data([2])
    query = writer.foreachBatch(batches).start()
    within(query.processAllAvailable)
    assert batches.rows == [["1"], ["2"]]


# --- all queries ----------------------------------------------------------------


def test_active_queries_are_found_by_id_until_they_stop(
    spark: Any, stream: MemoryStream
) -> None:
    query = to_memory(stream.to_df()).start()
    assert [q.id for q in spark.streams.active] == [query.id]
    assert spark.streams.get(query.id).runId == query.runId
    within(query.stop)
    assert spark.streams.active == []
    assert spark.streams.get(query.id) is None


def test_query_that_ended_is_not_active_to_who_waited_for_it(
    spark: Any, events: EventFiles
) -> None:
    events.add("1 a")
    for _ in range(10):
        query = to_memory(events.read(spark)).trigger(availableNow=True).start()
        assert within(lambda: spark.streams.awaitAnyTermination()) in (None, True)
        assert not query.isActive
        assert spark.streams.active == []
        spark.streams.resetTerminated()


def test_first_failure_is_raised_to_who_waits_for_any(
    spark: Any, stream: MemoryStream
) -> None:
    failing(stream)
    with pytest.raises(StreamingQueryException, match="not today"):
        within(spark.streams.awaitAnyTermination)
    spark.streams.resetTerminated()
    assert within(lambda: spark.streams.awaitAnyTermination(0.01)) is False


def test_name_of_an_active_query_is_refused_and_free_afterwards(
    stream: MemoryStream,
) -> None:
    query = to_memory(stream.to_df()).start()
    with pytest.raises(PySparkException, match="answer"):
        to_memory(stream.to_df()).start()
    within(query.stop)
    assert to_memory(stream.to_df()).start().isActive


# --- one run at a time ----------------------------------------------------------


def to_checkpoint(frame: Any, folder: Path, batches: Any) -> Any:
    writer = frame.writeStream.foreachBatch(batches)
    return writer.option("checkpointLocation", str(folder)).start()


def test_second_start_on_a_checkpoint_stops_the_first(
    stream: MemoryStream, tmp_path: Path
) -> None:
    batches = Batches()
    first = to_checkpoint(stream.to_df(), tmp_path, batches)
    stream.add_data([1])
    within(first.processAllAvailable)
    second = within(lambda: to_checkpoint(stream.to_df(), tmp_path, batches))
    assert (first.isActive, second.isActive) == (False, True)
    assert (first.id, first.exception()) == (second.id, None)
    assert first.runId != second.runId
    stream.add_data([2])
    within(second.processAllAvailable)
    assert batches.rows == [["1"], ["2"]]


def files_below(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in found}


def test_another_session_is_refused_before_it_writes(
    spark: Any, events: EventFiles, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "checkpoint"
    events.add("1 a")
    query = to_checkpoint(events.read(spark), checkpoint, Batches())
    within(query.processAllAvailable)
    before = files_below(checkpoint)
    other = spark.newSession()
    with pytest.raises(PySparkException, match="CHECKPOINT_IN_USE"):
        to_checkpoint(events.read(other), checkpoint, Batches())
    assert files_below(checkpoint) == before
    assert query.isActive


OTHER_PROCESS = """
import sys, unbounded
spark = unbounded.connect()
rows = spark.readStream.schema("time TIMESTAMP, key STRING").json(sys.argv[1])
try:
    rows.writeStream.format("noop").option("checkpointLocation", sys.argv[2]).start()
except Exception as error:
    print(error.getCondition())
"""


def test_another_process_is_refused_before_it_writes(
    spark: Any, events: EventFiles, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "checkpoint"
    events.add("1 a")
    query = to_checkpoint(events.read(spark), checkpoint, Batches())
    within(query.processAllAvailable)
    before = files_below(checkpoint)
    environment = {k: v for k, v in os.environ.items() if k != "SPARK_REMOTE"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS, str(events.folder), str(checkpoint)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
    )
    assert done.stdout.strip() == "CHECKPOINT_IN_USE", done.stderr
    assert files_below(checkpoint) == before


# --- stopping -------------------------------------------------------------------


def test_stop_while_idle_returns(clock: ManualClock, stream: MemoryStream) -> None:
    query = to_memory(stream.to_df()).start()
    assert clock.await_waiters()
    within(query.stop)
    assert not query.isActive
    within(query.stop)
    expected = {"message": "Stopped", "isDataAvailable": False}
    assert query.status == {**expected, "isTriggerActive": False}


def test_stop_between_ticks_returns(clock: ManualClock, stream: MemoryStream) -> None:
    writer = to_memory(stream.to_df()).trigger(processingTime="1 hour")
    query = writer.start()
    assert clock.await_waiters()
    within(query.stop)
    assert not query.isActive


def test_stop_in_the_middle_of_a_batch_returns(stream: MemoryStream) -> None:
    slow = F.max(F.expr("md5(repeat(CAST(n AS STRING), 200))"))
    query = to_memory(stream.to_df().agg(slow), mode="complete").start()
    stream.add_data(pa.table({"n": pa.array(range(500_000), pa.int32())}))
    within(query.stop)
    assert not query.isActive
    assert query.exception() is None


def test_stop_waits_for_user_code(stream: MemoryStream) -> None:
    gate = Gate()
    query = stream.to_df().writeStream.foreachBatch(gate).start()
    stream.add_data([1])
    gate.wait_until_entered()
    gate.open()
    within(query.stop)
    assert not query.isActive


def test_stop_gives_up_on_user_code_after_its_timeout(
    spark: Any, stream: MemoryStream
) -> None:
    spark.conf.set("spark.sql.streaming.stopTimeout", "10ms")
    gate = Gate()
    query = stream.to_df().writeStream.foreachBatch(gate).start()
    stream.add_data([1])
    gate.wait_until_entered()
    with pytest.raises(PySparkException) as error:
        within(query.stop)
    assert error.value.getCondition() == "STREAMING_QUERY_STOP_TIMEOUT"
    gate.open()
    within(query.awaitTermination)
    assert query.exception() is None


@pytest.mark.parametrize("method", ["latest_offset", "relation", "commit"])
def test_stop_gives_up_on_a_source_after_its_timeout(
    spark: Any, stream: MemoryStream, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    spark.conf.set("spark.sql.streaming.stopTimeout", "10ms")
    gate = Gate()
    plain = getattr(MemoryStreamSource, method)

    def blocking(*words: Any) -> Any:
        gate()
        return plain(*words)

    monkeypatch.setattr(MemoryStreamSource, method, blocking)
    stream.add_data([1])
    query = to_memory(stream.to_df()).start()
    gate.wait_until_entered()
    with pytest.raises(PySparkException) as error:
        within(query.stop)
    assert error.value.getCondition() == "STREAMING_QUERY_STOP_TIMEOUT"
    gate.open()
    within(query.awaitTermination)
    assert query.exception() is None
    assert query.status["message"] == "Stopped"


def test_many_queries_run_beside_one_that_fails(
    spark: Any, stream: MemoryStream
) -> None:
    queries = [to_memory(stream.to_df(), f"many_{n}").start() for n in range(12)]
    bad = failing(MemoryStream(spark, "n INT"))
    stream.add_data([2])
    for query in queries:
        within(query.processAllAvailable)
    with pytest.raises(StreamingQueryException):
        within(bad.awaitTermination)
    assert {q.id for q in spark.streams.active} == {q.id for q in queries}
    for number, query in enumerate(queries):
        assert query.exception() is None
        assert spark.table(f"many_{number}").count() == 1


def test_stop_from_inside_a_batch_returns(stream: MemoryStream) -> None:
    stopped: list[bool] = []

    def stop(frame: Any, batch_id: int) -> None:
        query.stop()
        stopped.append(True)

    query = stream.to_df().writeStream.foreachBatch(stop).start()
    stream.add_data([1])
    within(query.awaitTermination)
    assert stopped == [True]
    assert query.exception() is None


def test_stop_of_another_query_from_inside_a_batch_returns(
    spark: Any, stream: MemoryStream
) -> None:
    other = to_memory(MemoryStream(spark, "n INT").to_df()).start()
    batches = Batches(lambda batch_id: other.stop())
    query = stream.to_df().writeStream.foreachBatch(batches).start()
    stream.add_data([1])
    within(query.processAllAvailable)
    assert not other.isActive


class StopsQuery(StreamingQueryListener):
    """Stops the query when it hears of it."""

    def onQueryStarted(self, event: Any) -> None:
        """Too early."""

    def onQueryProgress(self, event: Any) -> None:
        self.spark.streams.get(str(event.progress.id)).stop()

    def onQueryIdle(self, event: Any) -> None:
        """Not heard of."""

    def onQueryTerminated(self, event: Any) -> None:
        """Heard of last."""


def test_stop_from_a_listener_returns(spark: Any, stream: MemoryStream) -> None:
    listener = StopsQuery()
    spark.streams.addListener(listener)
    try:
        query = to_memory(stream.to_df()).start()
        stream.add_data([1])
        within(query.awaitTermination)
    finally:
        within(lambda: spark.streams.removeListener(listener))
    assert query.exception() is None
