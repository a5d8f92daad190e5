from __future__ import annotations

import json
import queue
import threading
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import AnalysisException, StreamingQueryException
from pyspark.errors.exceptions.base import IllegalArgumentException
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQueryListener

from unbounded.testing import MemoryStream

WAIT_S = 20


def start(frame: Any, name: str = "t", mode: str = "append") -> Any:
    writer = frame.writeStream.format("memory").queryName(name).outputMode(mode)
    return writer.start()


def test_rows_added_are_in_the_memory_table(spark: Any) -> None:
    stream = MemoryStream(spark, "n INT")
    query = start(stream.to_df())
    stream.add_data([1, 2])
    query.processAllAvailable()
    assert sorted(row.n for row in spark.table("t").collect()) == [1, 2]


def test_counts_go_on_from_batch_to_batch(spark: Any) -> None:
    stream = MemoryStream(spark, "word STRING")
    counts = stream.to_df().groupBy("word").count()
    query = start(counts, mode="complete")
    stream.add_data(["a", "b"])
    query.processAllAvailable()
    stream.add_data(["a"])
    query.processAllAvailable()
    rows = spark.table("t").collect()
    assert {row.word: row["count"] for row in rows} == {"a": 2, "b": 1}


def test_plan_of_a_stream_has_columns_before_it_starts(
    spark: Any, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    reader = spark.readStream.schema("time TIMESTAMP, action STRING")
    events = reader.json(str(tmp_path / "in"))
    assert events.columns == ["time", "action"]
    assert events.isStreaming


def test_example_of_the_readme(spark: Any, tmp_path: Path) -> None:
    events_folder = tmp_path / "events"
    events_folder.mkdir()
    lines = [
        {"time": "2026-01-01T00:10:00Z", "action": "open"},
        {"time": "2026-01-01T00:20:00Z", "action": "open"},
        {"time": "2026-01-01T01:20:00Z", "action": "close"},
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    (events_folder / "a.json").write_text(text)
    events = (
        spark.readStream.schema("time TIMESTAMP, action STRING")
        .option("maxFilesPerTrigger", 1)
        .json(str(events_folder))
    )
    counts = events.groupBy("action", F.window("time", "1 hour")).count()
    query = (
        counts.writeStream.outputMode("complete")
        .trigger(availableNow=True)
        .option("checkpointLocation", str(tmp_path / "checkpoint"))
        .start(str(tmp_path / "counts"))
    )
    query.awaitTermination()
    rows = spark.read.parquet(str(tmp_path / "counts")).collect()
    assert {(row.action, row["count"]) for row in rows} == {("open", 2), ("close", 1)}


def test_query_is_found_by_id_and_name(spark: Any) -> None:
    query = start(MemoryStream(spark, "n INT").to_df())
    assert spark.streams.get(query.id).runId == query.runId
    assert [active.name for active in spark.streams.active] == ["t"]
    query.stop()
    assert spark.streams.get(query.id) is None
    assert not query.isActive


def test_stopped_query_still_answers(spark: Any) -> None:
    stream = MemoryStream(spark, "n INT")
    query = start(stream.to_df())
    stream.add_data([1])
    query.processAllAvailable()
    query.stop()
    assert query.lastProgress.batchId == 0
    assert query.exception() is None
    assert query.awaitTermination(1) is True


def test_progress_has_what_the_client_requires(spark: Any) -> None:
    stream = MemoryStream(spark, "n INT")
    query = start(stream.to_df().groupBy("n").count(), mode="complete")
    stream.add_data([1, 2])
    query.processAllAvailable()
    progress = query.lastProgress
    assert progress.numInputRows == 2
    assert progress.stateOperators[0].numRowsTotal == 2
    assert progress.sink.numOutputRows == 2
    assert len(query.recentProgress) == 1


def test_explain_shows_state_operators(
    spark: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = MemoryStream(spark, "n INT")
    query = start(stream.to_df().groupBy("n").count(), mode="complete")
    query.explain()
    assert "No physical plan. Waiting for data." in capsys.readouterr().out
    stream.add_data([1])
    query.processAllAvailable()
    query.explain()
    text = capsys.readouterr().out
    assert text.startswith("== Physical Plan ==\n")
    assert "StateStoreSave" in text
    assert "StateStoreRestore" in text


def test_await_termination_gives_up_in_time(spark: Any) -> None:
    spark.streams.resetTerminated()
    query = start(MemoryStream(spark, "n INT").to_df())
    assert query.awaitTermination(0.01) is False
    assert spark.streams.awaitAnyTermination(0.01) is False


def test_await_any_termination_sees_the_end(spark: Any) -> None:
    spark.streams.resetTerminated()
    query = start(MemoryStream(spark, "n INT").to_df())
    query.stop()
    assert spark.streams.awaitAnyTermination(WAIT_S) is True
    spark.streams.resetTerminated()


def test_collect_of_a_stream_is_refused(spark: Any) -> None:
    with pytest.raises(AnalysisException, match="LEGACY_ERROR_TEMP_3102"):
        MemoryStream(spark, "n INT").to_df().collect()


def test_write_stream_of_a_batch_is_refused(spark: Any) -> None:
    with pytest.raises(AnalysisException, match="WRITE_STREAM_NOT_ALLOWED"):
        start(spark.range(3))


def test_unknown_output_mode_is_refused(spark: Any) -> None:
    with pytest.raises(IllegalArgumentException, match=r"STREAMING_OUTPUT_MODE\.INV"):
        start(MemoryStream(spark, "n INT").to_df(), mode="sideways")


def test_complete_mode_without_aggregation_gives_all_rows(spark: Any) -> None:
    stream = MemoryStream(spark, "n INT")
    query = start(stream.to_df(), mode="complete")
    stream.add_data([2])
    query.processAllAvailable()
    stream.add_data([1])
    query.processAllAvailable()
    assert [row.n for row in spark.table("t").collect()] == [2, 1]


def test_file_sink_needs_a_checkpoint(spark: Any, tmp_path: Path) -> None:
    frame = MemoryStream(spark, "n INT").to_df()
    with pytest.raises(AnalysisException, match="LEGACY_ERROR_TEMP_1298"):
        frame.writeStream.format("json").start(str(tmp_path))


def test_name_in_use_is_refused(spark: Any) -> None:
    frame = MemoryStream(spark, "n INT").to_df()
    start(frame)
    with pytest.raises(IllegalArgumentException):
        start(frame)


def test_failed_query_tells_why_everywhere(spark: Any) -> None:
    stream = MemoryStream(spark, "n INT")
    query = start(stream.to_df().select((F.lit(1) / F.col("n")).alias("x")))
    stream.add_data([0])
    with pytest.raises(StreamingQueryException, match="DIVIDE_BY_ZERO"):
        query.awaitTermination(WAIT_S)
    with pytest.raises(StreamingQueryException, match="DIVIDE_BY_ZERO"):
        query.processAllAvailable()
    assert "DIVIDE_BY_ZERO" in str(query.exception())


class Recorder(StreamingQueryListener):
    """Notes events; `act` is done at each progress."""

    def __init__(self, act: Any = lambda event: None) -> None:
        self.events: list[str] = []
        self.act = act
        self.has_ended = threading.Event()

    def onQueryStarted(self, event: Any) -> None:
        self.events.append("started")

    def onQueryProgress(self, event: Any) -> None:
        self.events.append(f"progress {event.progress.batchId}")
        self.act(event)

    def onQueryIdle(self, event: Any) -> None:
        self.events.append("idle")

    def onQueryTerminated(self, event: Any) -> None:
        self.events.append("terminated")
        self.has_ended.set()


def test_listener_sees_a_query_from_start_to_end(spark: Any) -> None:
    listener = Recorder()
    spark.streams.addListener(listener)
    stream = MemoryStream(spark, "n INT")
    query = start(stream.to_df())
    # The start is told before `start` returns.
    assert listener.events == ["started"]
    stream.add_data([1])
    query.processAllAvailable()
    query.stop()
    assert listener.has_ended.wait(WAIT_S)
    spark.streams.removeListener(listener)
    assert listener.events == ["started", "progress 0", "terminated"]


def test_listener_may_run_commands_and_stop_the_query(spark: Any) -> None:
    counts: list[int] = []

    def act(event: Any) -> None:
        counts.append(spark.range(5).count())
        spark.streams.get(str(event.progress.id)).stop()

    listener = Recorder(act)
    spark.streams.addListener(listener)
    stream = MemoryStream(spark, "n INT")
    start(stream.to_df())
    stream.add_data([1])
    assert listener.has_ended.wait(WAIT_S)
    spark.streams.removeListener(listener)
    assert counts == [5]


def test_listener_may_remove_itself(spark: Any) -> None:
    done = threading.Event()

    def act(event: Any) -> None:
        spark.streams.removeListener(listener)
        done.set()

    listener = Recorder(act)
    spark.streams.addListener(listener)
    stream = MemoryStream(spark, "n INT")
    query = start(stream.to_df())
    stream.add_data([1])
    assert done.wait(WAIT_S)
    stream.add_data([2])
    query.processAllAvailable()
    assert listener.events == ["started", "progress 0"]


def test_removal_while_events_flow_does_not_wait_for_itself(spark: Any) -> None:
    # Progress events go on being posted while the listener is removed.
    stream = MemoryStream(spark, "n INT")
    query = start(stream.to_df())
    for number in range(5):
        listener = Recorder()
        spark.streams.addListener(listener)
        stream.add_data([number])
        remover = threading.Thread(
            target=spark.streams.removeListener, args=(listener,), daemon=True
        )
        remover.start()
        query.processAllAvailable()
        remover.join(WAIT_S)
        assert not remover.is_alive()


def test_file_wakes_a_query_over_several_folders(spark: Any, tmp_path: Path) -> None:
    folders = [tmp_path / "left", tmp_path / "right"]
    for folder in folders:
        folder.mkdir()
    # Nobody looks again within this test: what is read, the query was told of.
    spark.conf.set("spark.sql.streaming.pollingDelay", "1h")
    left, right = (spark.readStream.schema("n INT").json(str(f)) for f in folders)
    batches: queue.Queue[list[int]] = queue.Queue()
    query = (
        left.union(right)
        .writeStream.foreachBatch(
            lambda batch, _: batches.put([row.n for row in batch.collect()])
        )
        .start()
    )
    for number, folder in enumerate([*folders, *folders]):
        (tmp_path / "new").write_text(f'{{"n": {number}}}\n')
        (tmp_path / "new").rename(folder / f"{number}.json")
        assert batches.get(timeout=WAIT_S) == [number]
    query.stop()
