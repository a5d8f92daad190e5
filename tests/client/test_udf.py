"""User functions through the client: in streams, when they fail, by name."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from pyspark.errors import (
    AnalysisException,
    PythonException,
    StreamingQueryException,
    UnsupportedOperationException,
)
from pyspark.sql import functions as F
from pyspark.taskcontext import TaskContext

from unbounded.testing import MemoryStream

WAIT_S = 20


def at(minute: int, second: int = 0) -> datetime:
    return datetime(2024, 1, 1, 0, minute, second)


@pytest.fixture
def stream(spark: Any) -> MemoryStream:
    return MemoryStream(spark, "time TIMESTAMP, key STRING, n LONG")


def run(stream: MemoryStream, frame: Any, mode: str, *batches: Any) -> Any:
    writer = frame.writeStream.format("memory").queryName("out").outputMode(mode)
    query = writer.start()
    for batch in batches:
        stream.add_data(batch)
        query.processAllAvailable()
    return query


def rows(frame: Any) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in frame.collect())


def failing(value: Any) -> Any:
    raise ValueError("mine")


# --- streams ------------------------------------------------------------------


def test_function_in_a_stateless_stream(spark: Any, stream: MemoryStream) -> None:
    tenfold = F.udf(lambda n: n * 10, "long")
    frame = stream.to_df().filter(tenfold("n") > 10).select(tenfold("n").alias("v"))
    query = run(stream, frame, "append", [(at(0), "a", 1), (at(0), "a", 2)])
    assert rows(spark.table("out")) == [(20,)]
    assert query.lastProgress["numInputRows"] == 2


def test_functions_below_and_above_an_aggregation(
    spark: Any, stream: MemoryStream
) -> None:
    upper = F.udf(lambda key: key.upper(), "string", useArrow=False)
    half = F.pandas_udf(lambda n: n / 2, "double")
    frame = (
        stream.to_df()
        .groupBy(upper("key").alias("key"))
        .agg(F.sum(half("n")).alias("total"))
        .select("key", half("total").alias("v"))
    )
    first = [(at(0), "a", 4), (at(0), "A", 4)]
    run(stream, frame, "complete", first, [(at(1), "b", 8), (at(1), "a", 8)])
    assert rows(spark.table("out")) == [("A", 4.0), ("B", 2.0)]


def test_function_makes_the_event_time(spark: Any, stream: MemoryStream) -> None:
    same = F.udf(lambda time: time, "timestamp")
    frame = (
        stream.to_df()
        .withColumn("moment", same("time"))
        .withWatermark("moment", "1 minute")
        .groupBy(F.window("moment", "1 minute"))
        .count()
        .selectExpr("cast(window.start AS string)", "count")
    )
    first = [(at(0, 10), "a", 1), (at(0, 20), "a", 1)]
    query = run(stream, frame, "append", first, [(at(5), "a", 1)], [(at(0), "late", 1)])
    assert rows(spark.table("out")) == [("2024-01-01 00:00:00", 2)]
    measured = [p for p in query.recentProgress if p["numInputRows"]]
    assert [p["numInputRows"] for p in measured] == [2, 1, 1]
    assert measured[0]["eventTime"]["avg"] == "2024-01-01T00:00:15.000Z"
    assert measured[2]["stateOperators"][0]["numRowsDroppedByWatermark"] == 1


def test_function_above_the_watermark_leaves_measures_right(
    spark: Any, stream: MemoryStream
) -> None:
    upper = F.udf(lambda key: key.upper(), "string")
    frame = (
        stream.to_df()
        .withWatermark("time", "1 minute")
        .groupBy(F.window("time", "1 minute"), upper("key").alias("key"))
        .count()
        .selectExpr("key", "count")
    )
    first = [(at(0, 10), "a", 1), (at(0, 30), "A", 1)]
    query = run(stream, frame, "append", first, [(at(5), "b", 1)])
    assert rows(spark.table("out")) == [("A", 2)]
    progress = next(p for p in query.recentProgress if p["numInputRows"])
    assert progress["numInputRows"] == 2
    assert progress["eventTime"]["max"] == "2024-01-01T00:00:30.000Z"


def test_map_in_pandas_in_a_stream(spark: Any, stream: MemoryStream) -> None:
    def repeat(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for frame in frames:
            yield pd.concat([frame, frame])[["key", "n"]]

    frame = stream.to_df().mapInPandas(repeat, "key string, n long")
    query = run(stream, frame, "append", [(at(0), "a", 1)], [(at(0), "b", 2)])
    assert rows(spark.table("out")) == [("a", 1), ("a", 1), ("b", 2), ("b", 2)]
    assert sum(p["numInputRows"] for p in query.recentProgress) == 2


def test_map_in_arrow_below_an_aggregation(spark: Any, stream: MemoryStream) -> None:
    def keep(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield batch.select(["n"])

    frame = stream.to_df().mapInArrow(keep, "n long").groupBy().sum("n")
    run(stream, frame, "complete", [(at(0), "a", 1)], [(at(0), "b", 2)])
    assert rows(spark.table("out")) == [(3,)]


def test_function_in_a_foreach_batch(stream: MemoryStream) -> None:
    seen: list[int] = []
    tenfold = F.udf(lambda n: n * 10, "long")

    def note(frame: Any, batch_id: int) -> None:
        seen.extend(row[0] for row in frame.select(tenfold("n")).collect())

    query = stream.to_df().writeStream.foreachBatch(note).start()
    stream.add_data([(at(0), "a", 7)])
    query.processAllAvailable()
    assert seen == [70]


def test_stream_with_a_function_goes_on_after_a_restart(
    spark: Any, tmp_path: Path
) -> None:
    upper = F.udf(lambda key: key.upper(), "string")
    source = tmp_path / "in"
    source.mkdir()
    frame = spark.readStream.schema("key STRING").json(str(source))
    counts = frame.groupBy(upper("key").alias("key")).count()
    found: list[tuple[Any, ...]] = []

    def once(text: str, name: str) -> None:
        (source / name).write_text(text)
        writer = counts.writeStream.outputMode("update").trigger(availableNow=True)
        writer = writer.option("checkpointLocation", str(tmp_path / "checkpoint"))
        query = writer.foreachBatch(lambda f, i: found.extend(rows(f))).start()
        assert query.awaitTermination(WAIT_S)

    once('{"key": "a"}', "1.json")
    once('{"key": "A"}', "2.json")
    assert found == [("A", 1), ("A", 2)]


def test_error_in_a_function_ends_the_stream_with_its_traceback(
    stream: MemoryStream,
) -> None:
    frame = stream.to_df().select(F.udf(failing, "int")("n"))
    query = frame.writeStream.format("noop").start()
    stream.add_data([(at(0), "a", 1)])
    with pytest.raises(StreamingQueryException) as caught:
        query.awaitTermination(WAIT_S)
    assert "PYTHON_EXCEPTION" in str(caught.value)
    assert "in failing" in str(caught.value)
    assert "ValueError: mine" in str(caught.value)


class Calls:
    """What functions of this module note; those travel by reference."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.begun = threading.Event()
        self.may_go = threading.Event()
        self.queries: list[Any] = []


CALLS = Calls()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    monkeypatch.setitem(globals(), "CALLS", Calls())
    return CALLS


# --- failures -----------------------------------------------------------------


def note_and_wait(n: int) -> int:
    CALLS.seen.append(n)
    CALLS.begun.set()
    CALLS.may_go.wait(WAIT_S)
    return n


def test_interrupted_query_ends_between_batches_of_a_function(
    spark: Any, calls: Calls
) -> None:
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "1")
    frame = spark.range(3).select(F.udf(note_and_wait, "long")("id"))
    errors: list[str] = []

    def collect() -> None:
        try:
            frame.collect()
        except Exception as error:
            errors.append(str(error))

    thread = threading.Thread(target=collect)
    thread.start()
    assert calls.begun.wait(WAIT_S)
    spark.interruptAll()
    calls.may_go.set()
    thread.join(WAIT_S)
    assert calls.seen == [0]
    assert "OPERATION_CANCELED" in errors[0]


def test_error_shows_the_users_frames_alone(spark: Any) -> None:
    frame = spark.range(1).select(F.udf(failing, "int")("id"))
    with pytest.raises(PythonException) as caught:
        frame.collect()
    text = str(caught.value)
    assert "[PYTHON_EXCEPTION]" in text
    assert "SQLSTATE: 38000" in text
    assert text.count('File "') == 1
    assert "in failing" in text


def interrupted(value: Any) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "function, told",
    [
        (lambda n: sys.exit(3), "SystemExit: 3"),
        (lambda n: exit(), "SystemExit"),
        (interrupted, "KeyboardInterrupt"),
    ],
)
def test_function_that_ends_the_process_ends_its_query_alone(
    spark: Any, function: Any, told: str
) -> None:
    with pytest.raises(PythonException, match=told):
        spark.range(1).select(F.udf(function, "int")("id")).collect()
    assert spark.range(1).count() == 1


def start_thread(n: int) -> int:
    thread = threading.Thread(target=CALLS.may_go.wait, args=(WAIT_S,), daemon=True)
    thread.start()
    return n


def test_function_may_leave_threads_behind(spark: Any, calls: Calls) -> None:
    assert rows(spark.range(2).select(F.udf(start_thread, "long")("id"))) == [
        (0,),
        (1,),
    ]
    calls.may_go.set()


def test_function_may_print(spark: Any, capfd: pytest.CaptureFixture[str]) -> None:
    spark.range(1).select(
        F.udf(lambda n: sys.stdout.write("seen"), "int")("id")
    ).collect()
    assert "seen" in capfd.readouterr().out


def query_again(n: int) -> int:
    return int(CALLS.queries[0].range(n).count())


def test_function_may_run_a_query_itself(spark: Any, calls: Calls) -> None:
    calls.queries.append(spark)
    assert rows(spark.range(2).select(F.udf(query_again, "long")("id"))) == [(0,), (1,)]


def test_function_of_another_python_is_refused(spark: Any) -> None:
    call = F.udf(lambda n: n, "long")("id")
    call._expr._function._python_ver = "3.1"
    with pytest.raises(PythonException, match="PYTHON_VERSION_MISMATCH"):
        spark.range(1).select(call).collect()


def test_function_that_can_not_be_unpickled_names_why(spark: Any) -> None:
    call = F.udf(Unreadable(), "long")("id")
    with pytest.raises(PythonException, match="nothing to read"):
        spark.range(1).select(call).collect()


def refuse_to_load() -> None:
    raise ImportError("nothing to read")


class Unreadable:
    __name__ = "unreadable"

    def __call__(self, n: int) -> int:
        return n

    def __reduce__(self) -> Any:
        return refuse_to_load, ()


def test_function_in_a_lambda_is_refused(spark: Any) -> None:
    tenfold = F.udf(lambda n: n * 10, "long")
    frame = spark.range(1).select(F.array("id").alias("a"))
    with pytest.raises((AnalysisException, UnsupportedOperationException)):
        frame.select(F.transform("a", lambda n: tenfold(n))).collect()


# --- the rest -----------------------------------------------------------------


def test_task_context_is_there(spark: Any) -> None:
    where = F.udf(lambda n: TaskContext.get().partitionId(), "int")
    assert rows(spark.range(1).select(where("id"))) == [(0,)]


def test_series_are_in_the_zone_of_the_session(spark: Any) -> None:
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    hour = F.pandas_udf(lambda times: times.dt.hour, "int")
    noon = F.pandas_udf(
        lambda n: pd.Series([pd.Timestamp("2024-01-01 12:00")]), "timestamp"
    )
    frame = spark.sql("SELECT TIMESTAMP'2024-01-01 12:30:00' AS time")
    shown = frame.select(hour("time"), noon("time").cast("string"))
    assert rows(shown) == [(12, "2024-01-01 12:00:00")]


def test_rows_come_in_batches_of_the_set_size(spark: Any) -> None:
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "4")
    size = F.pandas_udf(lambda n: pd.Series([len(n)] * len(n)), "int")
    assert rows(spark.range(10).select(size("id"))) == [(2,)] * 2 + [(4,)] * 8


def test_no_rows_give_no_rows(spark: Any) -> None:
    empty = spark.range(3).filter("id > 5")
    pair = F.udf(lambda n: (n, [n]), "struct<a:long,b:array<long>>")
    assert empty.select(pair("id")).collect() == []
    assert empty.mapInPandas(lambda frames: frames, "id long").collect() == []


def test_show_gives_a_function_no_more_rows_than_it_shows(
    spark: Any, calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    calls.may_go.set()
    spark.range(100).select(F.udf(note_and_wait, "long")("id").alias("v")).show(2)
    assert len(calls.seen) == 3


def test_registered_function_exists_and_is_cloned(spark: Any) -> None:
    spark.udf.register("tenfold", lambda n: n * 10, "long")
    assert spark.catalog.functionExists("tenfold")
    assert not spark.catalog.functionExists("nowhere")


def note_all(parts: Iterator[Any]) -> None:
    CALLS.seen.extend(row.id for row in parts)


def test_rows_of_a_table_reach_foreach_and_foreach_partition(
    spark: Any, calls: Calls
) -> None:
    spark.range(3).foreach(lambda row: note_all(iter([row])))
    spark.range(3).foreachPartition(note_all)
    assert calls.seen == [0, 1, 2, 0, 1, 2]


def test_view_over_a_function_is_read_twice(spark: Any) -> None:
    frame = spark.range(2).select(F.udf(lambda n: n * 10, "long")("id").alias("v"))
    frame.createOrReplaceTempView("tens")
    joined = spark.sql("SELECT a.v FROM tens a JOIN tens b ON a.v = b.v")
    assert rows(joined) == [(0,), (10,)]


def test_checkpoint_keeps_what_a_function_gave(spark: Any, calls: Calls) -> None:
    calls.may_go.set()
    kept = spark.range(2).select(F.udf(note_and_wait, "long")("id")).localCheckpoint()
    kept.collect()
    kept.collect()
    assert sorted(calls.seen) == [0, 1]


def test_plan_shows_what_is_called(
    spark: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    spark.range(1).select(F.udf(failing, "int", useArrow=False)("id")).explain()
    assert "BatchEvalPython [failing(id#0)" in capsys.readouterr().out
