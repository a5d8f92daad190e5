"""When batches start, by each trigger; in real query threads, on a manual clock."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import functions as F

from tests.streams.conftest import WAIT_S, Batches, EventFiles, within
from unbounded.runtime.progress import format_timestamp
from unbounded.testing import ManualClock, MemoryStream

TEN_SECONDS = 10_000


def started(frame: Any, batches: Any, **trigger: Any) -> Any:
    writer = frame.writeStream.foreachBatch(batches).outputMode("update")
    return (writer.trigger(**trigger) if trigger else writer).start()


def next_tick(clock: ManualClock) -> int:
    return (clock.now_ms() // TEN_SECONDS + 1) * TEN_SECONDS


def begun_at(query: Any) -> list[str]:
    return [progress["timestamp"] for progress in query.recentProgress]


# --- an interval ----------------------------------------------------------------


def test_first_batch_starts_at_once_and_the_second_at_the_next_multiple(
    clock: ManualClock, stream: MemoryStream
) -> None:
    batches = Batches()
    stream.add_data([1])
    start_ms, tick = clock.now_ms(), next_tick(clock)
    query = started(stream.to_df(), batches, processingTime="10 seconds")
    assert clock.await_deadline(tick)
    assert batches.rows == [["1"]]
    stream.add_data([2])
    clock.advance_to(tick - 1)
    assert clock.await_deadline(tick)
    assert batches.rows == [["1"]]
    clock.advance_to(tick)
    assert clock.await_deadline(tick + TEN_SECONDS)
    assert batches.rows == [["1"], ["2"]]
    assert begun_at(query) == [format_timestamp(start_ms), format_timestamp(tick)]


def test_overrun_starts_the_next_batch_at_once_and_makes_up_no_tick(
    clock: ManualClock, stream: MemoryStream
) -> None:
    def overrun(batch_id: int) -> None:
        if batch_id == 0:
            stream.add_data([2])
            clock.advance(25_000)

    batches = Batches(overrun)
    stream.add_data([1])
    start_ms = clock.now_ms()
    query = started(stream.to_df(), batches, processingTime="10 seconds")
    assert clock.await_deadline(start_ms - 300 + 3 * TEN_SECONDS)
    assert batches.rows == [["1"], ["2"]]
    times = start_ms, start_ms + 25_000
    assert begun_at(query) == [format_timestamp(ms) for ms in times]


def test_batch_without_data_waits_for_its_tick(
    spark: Any, clock: ManualClock, events: EventFiles
) -> None:
    events.add("30 a")
    rows = events.read(spark).withWatermark("time", "0 seconds")
    counts = rows.groupBy(F.window("time", "10 minutes")).count()
    batches = Batches()
    tick = next_tick(clock)
    started(counts, batches, processingTime="10 seconds")
    assert clock.await_deadline(tick)
    assert len(batches.rows) == 1
    clock.advance_to(tick)
    assert clock.await_deadline(tick + TEN_SECONDS)
    assert batches.rows[1:] == [[]]


def test_waiting_for_all_data_moves_no_tick(
    clock: ManualClock, stream: MemoryStream
) -> None:
    batches = Batches()
    tick = next_tick(clock)
    query = started(stream.to_df(), batches, processingTime="10 seconds")
    assert clock.await_deadline(tick)
    stream.add_data([1])
    waiting = threading.Thread(target=query.processAllAvailable, daemon=True)
    waiting.start()
    assert clock.await_deadline(tick)
    assert batches.rows == []
    for later in (tick, tick + TEN_SECONDS):
        clock.advance_to(later)
        assert clock.await_deadline(later + TEN_SECONDS)
    waiting.join(WAIT_S)
    assert not waiting.is_alive()
    assert batches.rows == [["1"]]


# --- none -----------------------------------------------------------------------


def test_default_trigger_wakes_when_data_comes(
    clock: ManualClock, stream: MemoryStream
) -> None:
    batches = Batches()
    started(stream.to_df(), batches)
    assert clock.await_waiters()
    stream.add_data([1])
    batches.wait_for(1)
    assert clock.await_waiters()
    stream.add_data([2])
    batches.wait_for(2)
    assert batches.rows == [["1"], ["2"]]


def test_default_trigger_keeps_to_the_rate_limit(
    spark: Any, events: EventFiles
) -> None:
    for row in ("1 a", "2 b", "3 c"):
        events.add(row)
    batches = Batches()
    query = started(events.read(spark, maxFilesPerTrigger=1).select("key"), batches)
    within(query.processAllAvailable)
    assert batches.rows == [["a"], ["b"], ["c"]]


# --- bounded --------------------------------------------------------------------


def test_once_takes_everything_in_one_batch_and_ends(
    spark: Any, events: EventFiles
) -> None:
    for row in ("1 a", "2 b", "3 c"):
        events.add(row)
    batches = Batches()
    rows = events.read(spark, maxFilesPerTrigger=1).select("key")
    query = started(rows, batches, once=True)
    assert within(query.awaitTermination) is None
    assert batches.rows == [["a", "b", "c"]]
    assert query.status["message"] == "Stopped"


def test_available_now_works_off_what_was_there_within_limits_and_ends(
    spark: Any, events: EventFiles
) -> None:
    for row in ("1 a", "2 b"):
        events.add(row)
    batches = Batches(lambda batch_id: events.add("3 later"))
    rows = events.read(spark, maxFilesPerTrigger=1).select("key")
    query = started(rows, batches, availableNow=True)
    within(query.awaitTermination)
    assert batches.rows == [["a"], ["b"]]
    assert not query.isActive
    assert query.exception() is None


def test_available_now_ends_with_a_batch_that_settles_the_state(
    spark: Any, events: EventFiles, tmp_path: Any
) -> None:
    for row in ("1 a", "25 a", "60 a"):
        events.add(row)
    rows = events.read(spark, maxFilesPerTrigger=1).withWatermark("time", "5 minutes")
    counts = rows.groupBy(F.window("time", "10 minutes")).count().select("count")
    batches = Batches()
    writer = counts.writeStream.foreachBatch(batches).outputMode("append")
    query = writer.trigger(availableNow=True).start()
    within(query.awaitTermination)
    assert batches.rows == [[], [], ["1"], ["1"]]


def test_available_now_with_nothing_new_runs_no_batch(
    spark: Any, events: EventFiles, tmp_path: Any
) -> None:
    events.add("1 a")
    batches = Batches()
    writer = events.read(spark).select("key").writeStream.foreachBatch(batches)
    writer = writer.option("checkpointLocation", str(tmp_path / "checkpoint"))
    for _ in range(2):
        query = writer.trigger(availableNow=True).start()
        within(query.awaitTermination)
    assert batches.rows == [["a"]]
    assert [p["batchId"] for p in query.recentProgress] == [1]


@pytest.mark.parametrize("trigger", [{"once": True}, {"availableNow": True}])
def test_bounded_query_goes_on_from_the_checkpoint(
    spark: Any, events: EventFiles, tmp_path: Any, trigger: dict[str, bool]
) -> None:
    batches = Batches()
    writer = events.read(spark).select("key").writeStream.foreachBatch(batches)
    writer = writer.option("checkpointLocation", str(tmp_path / "checkpoint"))
    for row in ("1 a", "2 b"):
        events.add(row)
        within(writer.trigger(**trigger).start().awaitTermination)
    assert batches.rows == [["a"], ["b"]]


def test_available_now_freezes_the_end_of_each_source(
    spark: Any, events: EventFiles
) -> None:
    other = MemoryStream(spark, "key STRING")
    for row in ("1 a", "2 b", "3 c"):
        events.add(row)
    other.add_data(["x"])

    def more(batch_id: int) -> None:
        events.add(f"{batch_id + 10} later")
        other.add_data(["later"])

    batches = Batches(more)
    rows = events.read(spark, maxFilesPerTrigger=1).select("key")
    query = started(rows.union(other.to_df()), batches, availableNow=True)
    within(query.awaitTermination)
    assert batches.rows == [["a", "x"], ["b"], ["c"]]


def test_available_now_over_several_sources_settles_the_state_last(
    spark: Any, events: EventFiles
) -> None:
    other = MemoryStream(spark, "time TIMESTAMP, key STRING")
    events.add("1 a")
    events.add("60 a")
    other.add_data(
        pa.table({"time": [datetime(2026, 1, 1, 0, 1, tzinfo=UTC)], "key": ["b"]})
    )
    rows = events.read(spark, maxFilesPerTrigger=1).union(other.to_df())
    counts = (
        rows.withWatermark("time", "5 minutes")
        .groupBy(F.window("time", "10 minutes"))
        .count()
        .select("count")
    )
    batches = Batches()
    writer = counts.writeStream.foreachBatch(batches).outputMode("append")
    query = writer.trigger(availableNow=True).start()
    within(query.awaitTermination)
    # The last file closes the first window, in a batch without data.
    assert batches.rows == [[], [], ["2"]]


@pytest.mark.parametrize("trigger", [{"continuous": "1 hour"}, {"realTime": "1 hour"}])
@pytest.mark.parametrize("mode", ["append", "update"])
def test_low_latency_triggers_run_each_row_as_it_comes(
    spark: Any, clock: ManualClock, trigger: dict[str, str], mode: str
) -> None:
    stream = MemoryStream(spark, "n INT")
    batches = Batches()
    writer = stream.to_df().where("n > 0").writeStream.outputMode(mode)
    query = writer.foreachBatch(batches).trigger(**trigger).start()
    for number in (1, 2, 3):
        assert clock.await_waiters()
        stream.add_data([number])
        batches.wait_for(number)
    within(query.stop)
    assert batches.rows == [["1"], ["2"], ["3"]]


def test_low_latency_trigger_goes_on_from_another_triggers_checkpoint(
    spark: Any, events: EventFiles, tmp_path: Any
) -> None:
    batches = Batches()
    writer = events.read(spark).select("key").writeStream.foreachBatch(batches)
    writer = writer.option("checkpointLocation", str(tmp_path / "checkpoint"))
    triggers: list[dict[str, Any]] = [
        {"availableNow": True},
        {"continuous": "1 second"},
        {"realTime": "5 minutes"},
        {"processingTime": "0 seconds"},
    ]
    for number, trigger in enumerate(triggers):
        events.add(f"{number} k{number}")
        query = writer.trigger(**trigger).start()
        batches.wait_for(number + 1)
        within(query.processAllAvailable)
        within(query.stop)
    assert batches.rows == [["k0"], ["k1"], ["k2"], ["k3"]]
