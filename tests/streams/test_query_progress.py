"""What a query tells of itself while it runs; numbers recorded from Spark 4.3."""

from __future__ import annotations

import json
import queue
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQueryListener

from tests.streams.conftest import WAIT_S, Batches, EventFiles, Gate, within
from unbounded.testing import ManualClock, MemoryStream

DURATIONS = [
    "addBatch",
    "commitOffsets",
    "getBatch",
    "latestOffset",
    "queryPlanning",
    "triggerExecution",
    "walCommit",
]
STARTED = "1970-01-01T00:00:00.000Z"


def windowed(rows: Any) -> Any:
    marked = rows.withWatermark("time", "5 minutes")
    return marked.groupBy(F.window("time", "10 minutes"), "key").count()


def at(minute: int) -> str:
    return f"2026-01-01T{minute // 60:02d}:{minute % 60:02d}:00.000Z"


def documents(query: Any) -> list[dict[str, Any]]:
    return [json.loads(progress.json) for progress in query.recentProgress]


# --- batches --------------------------------------------------------------------


@pytest.fixture
def recorded(spark: Any, events: EventFiles) -> list[dict[str, Any]]:
    """The progress of a windowed count in append mode, a file a batch."""
    for rows in (["1 k", "3 k", "12 k"], ["25 k", "2 k"], ["3 k", "16 k"], ["60 k"]):
        events.add(*rows)
    counts = windowed(events.read(spark, maxFilesPerTrigger=1))
    writer = counts.writeStream.foreachBatch(Batches()).outputMode("append")
    query = writer.trigger(availableNow=True).start()
    within(query.awaitTermination)
    return documents(query)


def test_state_numbers_are_sparks(recorded: list[dict[str, Any]]) -> None:
    names = ("Total", "Updated", "Removed", "DroppedByWatermark")
    operators = [progress["stateOperators"][0] for progress in recorded]
    assert {o["operatorName"] for o in operators} == {"stateStoreSave"}
    assert [tuple(o[f"numRows{name}"] for name in names) for o in operators] == [
        (2, 2, 0, 0),
        (3, 2, 0, 0),
        (1, 2, 2, 0),
        (2, 1, 0, 0),
        (1, 0, 1, 0),
    ]


def test_event_times_are_sparks(recorded: list[dict[str, Any]]) -> None:
    def seen(watermark: str, average: str, most: int, least: int) -> dict[str, str]:
        day = "2026-01-01T"
        times = {"avg": day + average, "max": at(most), "min": at(least)}
        return {**times, "watermark": watermark}

    assert [progress["eventTime"] for progress in recorded] == [
        seen(STARTED, "00:05:20.000Z", 12, 1),
        seen(at(7), "00:13:30.000Z", 25, 2),
        seen(at(20), "00:09:30.000Z", 16, 3),
        seen(at(20), "01:00:00.000Z", 60, 60),
        {"watermark": at(55)},
    ]


def test_rows_and_offsets_are_those_of_the_batch(
    recorded: list[dict[str, Any]], events: EventFiles
) -> None:
    assert [p["numInputRows"] for p in recorded] == [3, 2, 2, 1, 0]
    sources = [progress["sources"][0] for progress in recorded]
    ends = [s["endOffset"]["logOffset"] for s in sources]
    assert ends == [0, 1, 2, 3, 3]
    assert [s["startOffset"] for s in sources] == [
        None,
        *(s["endOffset"] for s in sources[:-1]),
    ]
    assert {s["latestOffset"] for s in sources} == {None}
    assert sources[0]["description"] == f"FileStreamSource[file:{events.folder}]"


def test_durations_have_sparks_names(recorded: list[dict[str, Any]]) -> None:
    assert [sorted(p["durationMs"]) for p in recorded] == [DURATIONS] * 5


def test_batch_ids_count_up_and_runs_share_the_id(
    recorded: list[dict[str, Any]],
) -> None:
    assert [p["batchId"] for p in recorded] == [0, 1, 2, 3, 4]
    assert len({(p["id"], p["runId"]) for p in recorded}) == 1


@pytest.mark.parametrize(
    ("sink", "row_count"),
    [("memory", 2), ("noop", 2), ("foreachBatch", -1), ("json", -1)],
)
def test_sink_tells_its_rows_where_sparks_does(
    stream: MemoryStream, tmp_path: Path, sink: str, row_count: int
) -> None:
    writer = stream.to_df().writeStream.queryName("answer")
    writer = writer.option("checkpointLocation", str(tmp_path / "checkpoint"))
    if sink == "foreachBatch":
        query = writer.foreachBatch(Batches()).start()
    else:
        query = writer.format(sink).option("path", str(tmp_path / "out")).start()
    stream.add_data([1, 2])
    within(query.processAllAvailable)
    batch = next(p for p in documents(query) if p["numInputRows"])
    assert batch["sink"]["numOutputRows"] == row_count


def test_rates_count_by_the_clock(clock: ManualClock, stream: MemoryStream) -> None:
    gate = Batches(lambda batch_id: clock.advance(500))
    tick = (clock.now_ms() // 10_000 + 1) * 10_000
    stream.add_data([1, 2, 3, 4])
    writer = stream.to_df().writeStream.foreachBatch(gate)
    query = writer.trigger(processingTime="10 seconds").start()
    assert clock.await_deadline(tick)
    stream.add_data([5] * 97)
    clock.advance_to(tick)
    assert clock.await_deadline(tick + 10_000)
    rates = [
        (p["inputRowsPerSecond"], p["processedRowsPerSecond"]) for p in documents(query)
    ]
    # The second trigger begins 9.7 s after the first; each batch takes 500 ms.
    assert rates == [(0.0, 8.0), (10.0, 194.0)]


def test_event_time_that_is_not_selected_is_seen(
    spark: Any, events: EventFiles
) -> None:
    events.add("30 a", "10 b")
    marked = events.read(spark).withWatermark("time", "5 minutes")
    counts = marked.select("key").groupBy("key").count()
    query = counts.writeStream.outputMode("update").format("noop")
    query = query.trigger(availableNow=True).start()
    within(query.awaitTermination)
    first, *_ = documents(query)
    assert (first["eventTime"]["max"], first["eventTime"]["min"]) == (at(30), at(10))
    assert first["stateOperators"][0]["numRowsTotal"] == 2


def test_null_event_time_counts_as_1970(spark: Any, clock: ManualClock) -> None:
    stream = MemoryStream(spark, "time TIMESTAMP, key STRING")
    query = windowed(stream.to_df()).writeStream.outputMode("update").format("noop")
    query = query.start()
    stream.add_data([(None, "a")])
    within(query.processAllAvailable)
    assert query.lastProgress["eventTime"] == {
        "avg": STARTED,
        "max": STARTED,
        "min": STARTED,
        "watermark": STARTED,
    }
    assert query.lastProgress["stateOperators"][0]["numRowsTotal"] == 0


# --- no batches -----------------------------------------------------------------


def test_run_that_begins_idle_says_so_once(
    clock: ManualClock, stream: MemoryStream
) -> None:
    query = stream.to_df().groupBy("n").count().writeStream.outputMode("update")
    query = query.format("noop").start()
    for _ in range(3):
        within(query.processAllAvailable)
    (progress,) = documents(query)
    assert (progress["batchId"], progress["numInputRows"]) == (0, 0)
    assert progress["stateOperators"] == []
    assert progress["eventTime"] == {}
    assert progress["sink"]["numOutputRows"] == -1
    assert sorted(progress["durationMs"]) == ["latestOffset", "triggerExecution"]


def test_idle_query_reports_its_state_after_the_interval(
    spark: Any, clock: ManualClock
) -> None:
    stream = MemoryStream(spark, "time TIMESTAMP, key STRING")
    stream.add_data([(None, "a"), (None, "b")])
    query = stream.to_df().withWatermark("time", "1 minute").groupBy("key").count()
    query = query.writeStream.outputMode("update").format("noop").start()
    within(query.processAllAvailable)
    assert len(query.recentProgress) == 1
    clock.advance(9_999)
    within(query.processAllAvailable)
    assert len(query.recentProgress) == 1
    clock.advance(1)
    within(query.processAllAvailable)
    busy, idle = documents(query)
    assert (busy["batchId"], idle["batchId"]) == (0, 1)
    assert idle["sources"][0]["startOffset"] == idle["sources"][0]["endOffset"] == 0
    operator = idle["stateOperators"][0]
    assert (operator["numRowsTotal"], operator["numRowsUpdated"]) == (2, 0)
    assert idle["eventTime"] == {"watermark": STARTED}
    assert idle["sink"]["numOutputRows"] == 0


def test_idle_query_wakes_by_itself_to_report(
    clock: ManualClock, stream: MemoryStream
) -> None:
    stream.add_data([1])
    query = stream.to_df().writeStream.format("noop").start()
    within(query.processAllAvailable)
    for count in (2, 3):
        clock.await_deadline(clock.now_ms() + 10_000)
        clock.advance(10_000)
        assert clock.await_deadline(clock.now_ms() + 10_000)
        assert len(query.recentProgress) == count


class Idleness(StreamingQueryListener):
    """Keeps the times at which queries were told to be idle."""

    def __init__(self) -> None:
        self.told: queue.Queue[str] = queue.Queue()

    def onQueryStarted(self, event: Any) -> None: ...

    def onQueryProgress(self, event: Any) -> None: ...

    def onQueryIdle(self, event: Any) -> None:
        self.told.put(event.timestamp)

    def onQueryTerminated(self, event: Any) -> None:
        self.told.put("terminated")


def test_listener_hears_once_an_interval_that_a_query_is_idle(
    spark: Any, clock: ManualClock, stream: MemoryStream
) -> None:
    listener = Idleness()
    spark.streams.addListener(listener)
    stream.add_data([1])
    query = stream.to_df().writeStream.format("noop").start()
    within(query.processAllAvailable)
    for advance in (9_999, 1, 9_999, 1):
        clock.advance(advance)
        within(query.processAllAvailable)
    query.stop()
    told = [listener.told.get(timeout=WAIT_S) for _ in range(3)]
    spark.streams.removeListener(listener)
    idle = [p["timestamp"] for p in documents(query)[1:]]
    assert told == [*idle, "terminated"]
    assert len(idle) == 2


def test_no_idle_interval_is_no_busy_loop(
    spark: Any, clock: ManualClock, stream: MemoryStream
) -> None:
    spark.conf.set("spark.sql.streaming.noDataProgressEventInterval", "0")
    query = stream.to_df().writeStream.format("noop").start()
    assert clock.await_deadline(clock.now_ms() + 10)
    assert len(query.recentProgress) == 1


def test_source_tells_what_still_waits(spark: Any, events: EventFiles) -> None:
    for minute in ("1 a", "2 a", "3 a"):
        events.add(minute)
    read = events.read(spark, maxFilesPerTrigger=1)
    query = read.writeStream.format("noop").trigger(availableNow=True).start()
    within(query.awaitTermination)
    metrics = [p["sources"][0]["metrics"] for p in documents(query)]
    assert [m["numFilesOutstanding"] for m in metrics] == ["2", "1", "0"]
    sizes = [int(m["numBytesOutstanding"]) for m in metrics]
    assert sizes[0] > sizes[1] > sizes[2] == 0


def test_recent_progress_is_bounded(spark: Any, stream: MemoryStream) -> None:
    spark.conf.set("spark.sql.streaming.numRecentProgressUpdates", "3")
    query = stream.to_df().writeStream.format("noop").start()
    spark.conf.unset("spark.sql.streaming.numRecentProgressUpdates")
    for number in range(5):
        stream.add_data([number])
        within(query.processAllAvailable)
    assert [p["batchId"] for p in documents(query)] == [3, 4]
    assert query.lastProgress["batchId"] == 4


# --- status and plan ------------------------------------------------------------


def status(message: str, has_data: bool, is_active: bool) -> dict[str, Any]:
    return {
        "message": message,
        "isDataAvailable": has_data,
        "isTriggerActive": is_active,
    }


def test_status_says_what_the_query_does(
    clock: ManualClock, stream: MemoryStream
) -> None:
    gate = Gate()
    query = stream.to_df().writeStream.foreachBatch(gate).start()
    assert clock.await_waiters()
    assert query.status == status("Waiting for data to arrive", False, False)
    stream.add_data([1])
    gate.wait_until_entered()
    assert query.status == status("Processing new data", True, True)
    gate.open()
    within(query.processAllAvailable)
    within(query.stop)
    assert query.status == status("Stopped", False, False)


def test_status_between_ticks_waits_for_the_trigger(
    clock: ManualClock, stream: MemoryStream
) -> None:
    stream.add_data([1])
    writer = stream.to_df().writeStream.format("noop")
    query = writer.trigger(processingTime="10 seconds").start()
    assert clock.await_waiters()
    assert query.status == status("Waiting for next trigger", True, False)


def test_status_of_a_batch_without_data_says_so(spark: Any, events: EventFiles) -> None:
    events.add("30 a")
    seen = []
    batches = Batches(lambda batch_id: seen.append(query.status))
    writer = windowed(events.read(spark)).writeStream.outputMode("append")
    query = writer.foreachBatch(batches).start()
    within(query.processAllAvailable)
    assert seen == [
        status("Processing new data", True, True),
        status("No new data but cleaning up state", False, True),
    ]


def test_explain_shows_state_operators_once_there_was_a_batch(
    clock: ManualClock, stream: MemoryStream, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = stream.to_df().groupBy("n").count()
    query = counts.writeStream.outputMode("update").format("noop").start()
    within(query.processAllAvailable)
    query.explain()
    assert capsys.readouterr().out.strip() == "No physical plan. Waiting for data."
    stream.add_data([1])
    within(query.processAllAvailable)
    query.explain()
    plan = capsys.readouterr().out
    assert plan.startswith("== Physical Plan ==")
    assert plan.index("StateStoreSave") < plan.index("StateStoreRestore")


def test_explain_names_the_state_of_sessions(
    spark: Any, events: EventFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    sessions = events.read(spark).groupBy(F.session_window("time", "1 minute"), "key")
    query = sessions.count().writeStream.outputMode("complete").format("noop").start()
    events.add("30 a")
    within(query.processAllAvailable)
    query.explain()
    plan = capsys.readouterr().out
    names = ("SessionWindowStateStoreSave", "SessionWindowStateStoreRestore")
    assert plan.index(names[0]) < plan.index(names[1])
