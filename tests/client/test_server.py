"""The official client and a server in another process: what works in one works here."""

from __future__ import annotations

import json
import os
import runpy
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql.connect.proto import base_pb2, base_pb2_grpc
from pyspark.sql.connect.session import SparkSession as ConnectSession
from pyspark.sql.streaming import StreamingQueryListener

from tests.client.server_process import TIMEOUT_S, Server, client, output_of, serving
from tests.spark.rows import difference, is_same, plain
from tests.spark.spark_process import program_file, recorded


@pytest.fixture(scope="module")
def process() -> Iterator[Server]:
    with serving("-c", "spark.sql.session.timeZone=UTC") as process:
        yield process


@pytest.fixture
def spark(process: Server) -> Iterator[Any]:
    session: Any = ConnectSession(connection=process.address)
    yield session
    session.stop()


@pytest.fixture
def numbers(spark: Any, tmp_path: Path) -> Any:
    """A stream of the numbers 1 and 2, a file each."""
    for number in (1, 2):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{number}.json").write_text(f'{{"n": {number}}}')
    reader = spark.readStream.schema("n INT").option("maxFilesPerTrigger", 1)
    return reader.json(str(tmp_path / "in"))


def test_rows_go_both_ways(spark: Any) -> None:
    frame = spark.createDataFrame([(1, "a"), (2, None)], "n INT, s STRING")
    assert [tuple(row) for row in frame.orderBy("n").collect()] == [(1, "a"), (2, None)]
    assert frame.schema.simpleString() == "struct<n:int,s:string>"


def test_settings_of_the_command_line_are_every_sessions(spark: Any) -> None:
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"


def test_large_result_comes_in_several_messages(spark: Any) -> None:
    assert spark.range(5_000_000).toArrow().num_rows == 5_000_000


def test_long_error_arrives_whole(spark: Any) -> None:
    name = "é" * 20_000
    with pytest.raises(AnalysisException) as caught:
        spark.table(name).count()
    assert caught.value.getCondition() == "TABLE_OR_VIEW_NOT_FOUND"
    assert name in str(caught.value)


def test_function_of_foreach_batch_arrives_pickled(
    numbers: Any, tmp_path: Path
) -> None:
    seen, out = str(tmp_path / "seen"), str(tmp_path / "out")

    def note(frame: Any, batch_id: int) -> None:
        from pyspark.sql import SparkSession

        assert SparkSession.builder.getOrCreate() is frame.sparkSession
        frame.write.mode("append").parquet(out)
        with open(seen, "a") as file:
            print(json.dumps([batch_id, os.getpid()]), file=file)

    query = numbers.writeStream.foreachBatch(note).start()
    query.processAllAvailable()
    query.stop()
    lines = [json.loads(line) for line in Path(seen).read_text().splitlines()]
    assert [batch_id for batch_id, _ in lines] == [0, 1]
    assert os.getpid() not in {pid for _, pid in lines}
    rows = numbers.sparkSession.read.parquet(out).collect()
    assert sorted(row.n for row in rows) == [1, 2]


def test_writer_of_foreach_arrives_pickled(numbers: Any, tmp_path: Path) -> None:
    folder = str(tmp_path)

    class Writer:
        def open(self, partition_id: int, epoch_id: int) -> bool:
            self.file = open(f"{folder}/epoch-{epoch_id}", "a")  # noqa: SIM115
            return True

        def process(self, row: Any) -> None:
            print(row.n, file=self.file)

        def close(self, error: Exception | None) -> None:
            self.file.close()

    query = numbers.writeStream.foreach(Writer()).start()
    query.processAllAvailable()
    query.stop()
    epochs = sorted(path.name for path in tmp_path.glob("epoch-*"))
    assert epochs == ["epoch-0", "epoch-1"]
    texts = [(tmp_path / epoch).read_text() for epoch in epochs]
    assert sorted(texts) == ["1\n", "2\n"]


def test_error_of_a_function_names_its_lines(numbers: Any) -> None:
    def fail(frame: Any, batch_id: int) -> None:
        raise ValueError("mine")

    query = numbers.writeStream.foreachBatch(fail).start()
    with pytest.raises(PySparkException, match="ValueError: mine"):
        query.awaitTermination()


def test_listener_hears_of_a_query_and_goes(spark: Any, numbers: Any) -> None:
    heard: list[str] = []
    is_over = threading.Event()

    class Listener(StreamingQueryListener):
        def onQueryStarted(self, event: Any) -> None:
            heard.append("started")

        def onQueryProgress(self, event: Any) -> None:
            heard.append(f"batch {event.progress.batchId}")

        def onQueryIdle(self, event: Any) -> None:
            pass

        def onQueryTerminated(self, event: Any) -> None:
            heard.append("terminated")
            is_over.set()

    listener = Listener()
    spark.streams.addListener(listener)
    query = numbers.writeStream.format("noop").start()
    query.processAllAvailable()
    query.stop()
    assert is_over.wait(TIMEOUT_S)
    spark.streams.removeListener(listener)
    assert heard == ["started", "batch 0", "batch 1", "terminated"]


@pytest.mark.parametrize("program", ["listener_events", "observe_batch"])
def test_program_answers_over_the_wire_as_recorded_from_spark(
    program: str, spark: Any, tmp_path: Path
) -> None:
    expected = recorded(program)
    run = runpy.run_path(str(program_file(program)))["run"]
    found = plain(run(spark, str(tmp_path)))
    assert is_same(expected, found), difference(expected, found)


def test_interrupt_frees_a_client_that_waits(spark: Any, numbers: Any) -> None:
    query = numbers.writeStream.format("noop").start()
    query.processAllAvailable()
    errors: list[PySparkException] = []

    def wait() -> None:
        spark.addTag("mine")
        try:
            query.awaitTermination()
        except PySparkException as error:
            errors.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    # Until the thread's call has arrived there is nothing to interrupt.
    asked = (spark.interruptTag("mine") for _ in range(10_000))
    assert next(filter(None, asked))
    thread.join(TIMEOUT_S)
    assert [error.getCondition() for error in errors] == ["OPERATION_CANCELED"]
    assert query.isActive


def test_broken_stream_is_taken_up_after_the_last_response(process: Server) -> None:
    channel = grpc.insecure_channel(f"localhost:{process.port}")
    stub = base_pb2_grpc.SparkConnectServiceStub(channel)
    ids = {"session_id": str(uuid.uuid4()), "operation_id": str(uuid.uuid4())}
    request = base_pb2.ExecutePlanRequest(**ids)
    request.plan.root.range.end = 3
    request.plan.root.range.step = 1
    option = request.request_options.add()
    option.reattach_options.reattachable = True
    responses = stub.ExecutePlan(request, timeout=TIMEOUT_S)
    first = next(responses)
    responses.cancel()
    again = base_pb2.ReattachExecuteRequest(last_response_id=first.response_id, **ids)
    rest = list(stub.ReattachExecute(again, timeout=TIMEOUT_S))
    assert first.HasField("arrow_batch")
    assert rest[-1].HasField("result_complete")
    assert first.response_id not in {response.response_id for response in rest}


def test_request_of_an_earlier_servers_session_is_refused(process: Server) -> None:
    channel = grpc.insecure_channel(f"localhost:{process.port}")
    stub = base_pb2_grpc.SparkConnectServiceStub(channel)
    request = base_pb2.ConfigRequest(
        session_id=str(uuid.uuid4()),
        client_observed_server_side_session_id=str(uuid.uuid4()),
    )
    with pytest.raises(grpc.RpcError, match="SESSION_CHANGED"):
        stub.Config(request, timeout=TIMEOUT_S)


def test_session_id_that_is_no_uuid_is_refused(process: Server) -> None:
    channel = grpc.insecure_channel(f"localhost:{process.port}")
    stub = base_pb2_grpc.SparkConnectServiceStub(channel)
    with pytest.raises(grpc.RpcError, match=r"INVALID_HANDLE\.FORMAT"):
        stub.Config(base_pb2.ConfigRequest(session_id="mine"), timeout=TIMEOUT_S)


# --- the main job, its client a process of its own ---------------------------

JOB = """
import sys
from pyspark.sql import SparkSession
from pyspark.sql.functions import window

spark = SparkSession.builder.remote(sys.argv[1]).appName("counts").getOrCreate()
folder = sys.argv[2]
events = (
    spark.readStream.schema("time TIMESTAMP, action STRING")
    .option("maxFilesPerTrigger", 1)
    .json(f"{folder}/events")
)
counts = events.groupBy("action", window("time", "1 hour")).count()
query = (
    counts.writeStream.outputMode("complete")
    .trigger(availableNow=True)
    .option("checkpointLocation", f"{folder}/checkpoint")
    .start(f"{folder}/counts")
)
query.awaitTermination()
rows = spark.read.parquet(f"{folder}/counts").collect()
print(sorted((row.action, row.window.start.hour, row["count"]) for row in rows))
spark.stop()
"""


def write_events(folder: Path, *names: str) -> None:
    (folder / "events").mkdir(exist_ok=True)
    for name in names:
        lines = [
            f'{{"time": "2026-01-01T0{hour}:30:00Z", "action": "{action}"}}\n'
            for hour, action in ((1, "open"), (1, "close"), (2, "open"))
        ]
        (folder / "events" / f"{name}.json").write_text("".join(lines))


def test_main_job_goes_on_over_the_wire(process: Server, tmp_path: Path) -> None:
    write_events(tmp_path, "a", "b")
    first = client(tmp_path, JOB, process.address, str(tmp_path), TZ="UTC")
    assert output_of(first) == (
        0,
        "[('close', 1, 2), ('open', 1, 2), ('open', 2, 2)]\n",
        "",
    )
    write_events(tmp_path, "c")
    second = client(tmp_path, JOB, process.address, str(tmp_path), TZ="UTC")
    assert output_of(second) == (
        0,
        "[('close', 1, 3), ('open', 1, 3), ('open', 2, 3)]\n",
        "",
    )
