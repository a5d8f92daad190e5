"""Watermarks over several inputs and runs; answers recorded from Spark 4.3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import functions as F

from tests.streams.conftest import Batches, EventFiles, within

DAY = "2026-01-01T"


def counted(rows: Any) -> Any:
    windows = rows.groupBy(F.window("time", "10 minutes").alias("w")).count()
    return windows.select(F.date_format("w.start", "HH:mm"), "count")


def progress_of(query: Any) -> list[dict[str, Any]]:
    """Of its batches: a query that begins idle makes one more, of none."""
    told = [json.loads(progress.json) for progress in query.recentProgress]
    return [p for p in told if "addBatch" in p["durationMs"]]


def watermarks_of(query: Any) -> list[str]:
    return [p["eventTime"]["watermark"] for p in progress_of(query)]


@pytest.fixture
def others(tmp_path: Path) -> EventFiles:
    return EventFiles(tmp_path / "others")


def test_lowest_of_two_watermarks_counts_and_waits_for_an_empty_stream(
    spark: Any, events: EventFiles, others: EventFiles
) -> None:
    first = events.read(spark).withWatermark("time", "5 minutes")
    second = others.read(spark).withWatermark("time", "1 minute")
    batches = Batches()
    writer = counted(first.union(second)).writeStream.outputMode("update")
    query = writer.foreachBatch(batches).start()
    for folder, row in (
        (events, "30 a"),
        (others, "1 b"),
        (events, "2 late-for-one"),
        (others, "50 b"),
        (events, "3 late"),
    ):
        folder.add(row)
        within(query.processAllAvailable)
    assert batches.rows == [
        ["00:30 1"],
        ["00:00 1"],
        [],
        ["00:00 2"],
        ["00:50 1"],
        [],
        [],
    ]
    start = "1970-01-01T00:00:00.000Z"
    zero, later = f"{DAY}00:00:00.000Z", f"{DAY}00:25:00.000Z"
    assert watermarks_of(query) == [start, start, zero, zero, zero, later, later]
    dropped = [
        p["stateOperators"][0]["numRowsDroppedByWatermark"] for p in progress_of(query)
    ]
    assert dropped == [0, 0, 0, 0, 0, 0, 1]


def test_highest_of_two_watermarks_counts_if_so_set(
    spark: Any, events: EventFiles, others: EventFiles
) -> None:
    spark.conf.set("spark.sql.streaming.multipleWatermarkPolicy", "MAX")
    first = events.read(spark).withWatermark("time", "5 minutes")
    second = others.read(spark).withWatermark("time", "1 minute")
    batches = Batches()
    writer = counted(first.union(second)).writeStream.outputMode("append")
    query = writer.foreachBatch(batches).start()
    spark.conf.unset("spark.sql.streaming.multipleWatermarkPolicy")
    events.add("1 a", "30 a")
    within(query.processAllAvailable)
    others.add("2 b")
    within(query.processAllAvailable)
    assert batches.rows == [[], ["00:00 1"], []]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("append", [[[], []], [[]], [], [["00:00 2"]]]),
        ("update", [[["00:00 1"], []], [["00:30 1"]], [], [["00:00 2"]]]),
    ],
)
def test_run_goes_on_from_the_watermark_of_the_last(
    spark: Any,
    events: EventFiles,
    tmp_path: Path,
    mode: str,
    expected: list[list[list[str]]],
) -> None:
    """The batch before the late row had the watermark of the first: it is taken."""
    rows = events.read(spark, maxFilesPerTrigger=1).withWatermark("time", "5 minutes")
    checkpoint = str(tmp_path / "checkpoint")
    now, once = {"availableNow": True}, {"once": True}
    found = []
    batches = Batches()
    for row, trigger in (("1 a", now), ("30 a", once), (None, now), ("2 late", now)):
        if row is not None:
            events.add(row)
        before = len(batches.rows)
        writer = counted(rows).writeStream.outputMode(mode).foreachBatch(batches)
        writer = writer.option("checkpointLocation", checkpoint)
        within(writer.trigger(**trigger).start().awaitTermination)
        found.append(batches.rows[before:])
    assert found == expected


@pytest.mark.parametrize("mode", ["complete", "update"])
def test_global_aggregate_of_no_rows_is_a_row(
    spark: Any, events: EventFiles, mode: str
) -> None:
    for rows in ([], ["1 a"], []):
        events.add(*rows)
    totals = events.read(spark, maxFilesPerTrigger=1).agg(F.count("*"), F.max("key"))
    batches = Batches()
    writer = totals.writeStream.outputMode(mode).foreachBatch(batches)
    within(writer.trigger(availableNow=True).start().awaitTermination)
    assert batches.rows == [["0 None"], ["1 a"], ["1 a"]]


def test_time_that_is_null_is_in_no_window_and_never_late(
    spark: Any, events: EventFiles
) -> None:
    events.add("60 a")
    (events.folder / "001.json").write_text('{"key": "none"}\n')
    rows = events.read(spark, maxFilesPerTrigger=1).withWatermark("time", "0 seconds")
    batches = Batches()
    writer = rows.groupBy("time").count().select("count").writeStream
    writer = writer.outputMode("update").foreachBatch(batches)
    query = writer.trigger(availableNow=True).start()
    within(query.awaitTermination)
    assert batches.rows == [["1"], ["1"]]
    totals = [p["stateOperators"][0]["numRowsTotal"] for p in progress_of(query)]
    assert totals == [1, 1]
