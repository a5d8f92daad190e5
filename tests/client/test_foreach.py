from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import StreamingQueryException
from pyspark.serializers import CloudPickleSerializer
from pyspark.sql.connect.session import SparkSession as ConnectSession
from pyspark.sql.connect.streaming.readwriter import DataStreamWriter
from pyspark.taskcontext import TaskContext

from unbounded.testing import MemoryStream

WAIT_S = 20


@pytest.fixture
def stream(spark: Any) -> MemoryStream:
    return MemoryStream(spark, "n INT")


def run(stream: MemoryStream, writer: Any, rows: tuple[int, ...] = (1, 2)) -> Any:
    query = writer.start()
    stream.add_data(rows)
    query.processAllAvailable()
    return query


def test_function_itself_travels(stream: MemoryStream) -> None:
    seen: list[Any] = []
    lock = threading.Lock()  # can't be pickled

    def note(frame: Any, batch_id: int) -> None:
        with lock:
            seen.append((batch_id, sorted(row.n for row in frame.collect())))

    run(stream, stream.to_df().writeStream.foreachBatch(note))
    assert seen == [(0, [1, 2])]


def test_batch_has_the_callers_session(spark: Any, stream: MemoryStream) -> None:
    seen: list[Any] = []

    def note(frame: Any, batch_id: int) -> None:
        seen.append((frame.sparkSession, ConnectSession.getActiveSession()))

    run(stream, stream.to_df().writeStream.foreachBatch(note))
    assert seen == [(spark, spark)]


def test_views_persist_and_writes_work_in_a_batch(
    spark: Any, stream: MemoryStream, tmp_path: Path
) -> None:
    sums: list[int] = []

    def note(frame: Any, batch_id: int) -> None:
        frame.persist()
        frame.createOrReplaceTempView("batch")
        query = frame.sparkSession.sql("SELECT sum(n) AS s FROM batch")
        sums.append(query.collect()[0].s)
        frame.write.mode("append").parquet(str(tmp_path / "out"))
        frame.unpersist()

    run(stream, stream.to_df().writeStream.foreachBatch(note))
    assert sums == [3]
    assert spark.read.parquet(str(tmp_path / "out")).count() == 2


def test_view_of_a_batch_outlives_the_call(spark: Any, stream: MemoryStream) -> None:
    def note(frame: Any, batch_id: int) -> None:
        frame.createOrReplaceTempView("latest")

    run(stream, stream.to_df().writeStream.foreachBatch(note))
    assert spark.table("latest").count() == 2


def test_batch_is_gone_after_the_call(stream: MemoryStream) -> None:
    kept: list[Any] = []
    writer = stream.to_df().writeStream
    run(stream, writer.foreachBatch(lambda frame, batch_id: kept.append(frame)))
    with pytest.raises(Exception, match="DATAFRAME_NOT_FOUND"):
        kept[0].collect()


def test_error_of_the_function_ends_the_query_with_its_traceback(
    stream: MemoryStream,
) -> None:
    def fail(frame: Any, batch_id: int) -> None:
        raise ValueError("mine")

    query = stream.to_df().writeStream.foreachBatch(fail).start()
    stream.add_data([1])
    with pytest.raises(StreamingQueryException) as caught:
        query.awaitTermination(WAIT_S)
    text = str(caught.value)
    assert "FOREACH_BATCH_USER_FUNCTION_ERROR" in text
    assert "in fail" in text
    assert "ValueError: mine" in text
    assert 'foreach.py", line' not in text.split("Traceback")[1].split("test_")[0]


def test_query_may_stop_itself(stream: MemoryStream) -> None:
    queries: list[Any] = []
    may_go = threading.Event()

    def stop(frame: Any, batch_id: int) -> None:
        may_go.wait(WAIT_S)
        queries[0].stop()

    queries.append(stream.to_df().writeStream.foreachBatch(stop).start())
    stream.add_data([1])
    may_go.set()
    assert queries[0].awaitTermination(WAIT_S) is True
    assert queries[0].exception() is None


class Writer:
    """Spark's row writer, noting what it is called with."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def open(self, partition_id: int, epoch_id: int) -> bool:
        self.seen.append(("open", partition_id, epoch_id))
        return True

    def process(self, row: Any) -> None:
        self.seen.append(row.n)

    def close(self, error: Any) -> None:
        self.seen.append(("close", error))


def test_foreach_calls_open_process_and_close(stream: MemoryStream) -> None:
    writer = Writer()
    query = run(stream, stream.to_df().writeStream.foreach(writer), (7,))
    stream.add_data([8])
    query.processAllAvailable()
    assert writer.seen == [
        ("open", 0, 0),
        7,
        ("close", None),
        ("open", 0, 1),
        8,
        ("close", None),
    ]


def test_foreach_of_a_function_gets_rows(stream: MemoryStream) -> None:
    seen: list[int] = []
    run(stream, stream.to_df().writeStream.foreach(lambda row: seen.append(row.n)))
    assert sorted(seen) == [1, 2]


def test_task_context_is_of_the_thread_alone(stream: MemoryStream) -> None:
    seen: list[Any] = []

    def note(row: Any) -> None:
        context = TaskContext.get()
        assert context is not None
        seen.append(context.getLocalProperty("streaming.sql.batchId"))

    run(stream, stream.to_df().writeStream.foreach(note), (1,))
    assert seen == ["0"]
    assert TaskContext.get() is None


def test_error_of_a_row_writer_ends_the_query(stream: MemoryStream) -> None:
    def fail(row: Any) -> None:
        raise KeyError("lost")

    query = stream.to_df().writeStream.foreach(fail).start()
    stream.add_data([1])
    with pytest.raises(StreamingQueryException, match="FOREACH_USER_FUNCTION_ERROR"):
        query.awaitTermination(WAIT_S)


def pickled(writer: Any, function: Any) -> Any:
    """The writer as a client of another process fills it."""
    udf = writer._write_proto.foreach_batch.python_function
    udf.command = CloudPickleSerializer().dumps(function)
    return writer


def test_pickled_function_works_with_a_session_in_its_closure(
    spark: Any, stream: MemoryStream
) -> None:
    def name_view(frame: Any, batch_id: int) -> None:
        spark.range(batch_id + 4).createOrReplaceTempView("from_closure")
        frame.createOrReplaceTempView("from_frame")

    run(stream, pickled(stream.to_df().writeStream, name_view))
    assert spark.table("from_closure").count() == 4
    assert spark.table("from_frame").count() == 2


def test_function_that_can_not_be_unpickled_is_refused_at_start(
    stream: MemoryStream,
) -> None:
    writer = stream.to_df().writeStream
    udf = writer._write_proto.foreach_batch.python_function
    udf.command = b"no pickle"
    with pytest.raises(Exception, match="Streaming Runner initialization failed"):
        writer.start()


def test_remote_session_pickles_as_ever(spark: Any) -> None:
    from pyspark.errors import PySparkPicklingError

    class Remote:
        _client = None

    writer = object.__new__(DataStreamWriter)
    writer._session = Remote()
    lock = threading.Lock()
    with pytest.raises((PySparkPicklingError, TypeError)):
        writer.foreachBatch(lambda frame, batch_id: lock.locked())
