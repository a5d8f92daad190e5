"""Who is answered by a server, and what of others is out of reach."""

from __future__ import annotations

import os
import select
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from pyspark.errors import PySparkException
from pyspark.sql.connect.proto import base_pb2, base_pb2_grpc
from pyspark.sql.connect.session import SparkSession as ConnectSession

from tests.client.server_process import TIMEOUT_S, Server, client, output_of, serving
from unbounded.connect.client import active_session

TLS = Path(__file__).parent / "tls"


@pytest.fixture(scope="module")
def process() -> Iterator[Server]:
    with serving("--max-message-mib", "1") as process:
        yield process


@pytest.fixture
def spark(process: Server) -> Iterator[Any]:
    session: Any = ConnectSession(connection=process.address)
    yield session
    session.stop()


# --- tokens and TLS ---------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    file = tmp_path_factory.mktemp("token") / "token"
    file.write_text("right-token\n")
    with serving("--token-file", str(file)) as process:
        yield process


def session_with(server: Server, parameters: str) -> Any:
    return ConnectSession(connection=f"sc://localhost:{server.port}/{parameters}")


def test_right_token_is_answered(guarded: Server) -> None:
    session = session_with(guarded, ";token=right-token")
    assert session.range(3).count() == 3
    session.stop()


@pytest.mark.parametrize(
    "parameters", ["", ";token=wrong-token", ";token=right-toke", ";token=right-token2"]
)
def test_wrong_or_missing_token_is_refused_at_once(
    guarded: Server, parameters: str
) -> None:
    session = session_with(guarded, parameters)
    with pytest.raises(PySparkException, match="AUTHENTICATION_FAILED") as caught:
        session.range(3).count()
    assert caught.value.getGrpcStatusCode() == grpc.StatusCode.UNAUTHENTICATED
    session.client.close()


@pytest.mark.parametrize(
    "header", ["right-token", "bearer right-token", "Bearer  ", ""]
)
def test_header_of_another_form_is_refused(guarded: Server, header: str) -> None:
    stub = base_pb2_grpc.SparkConnectServiceStub(
        grpc.insecure_channel(f"localhost:{guarded.port}")
    )
    request = base_pb2.ConfigRequest(session_id=str(uuid.uuid4()))
    with pytest.raises(grpc.RpcError) as caught:
        stub.Config(request, metadata=[("authorization", header)], timeout=TIMEOUT_S)
    assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize("method", ["ExecutePlan", "ReattachExecute", "AddArtifacts"])
def test_calls_of_every_kind_are_refused_without_the_token(
    guarded: Server, method: str
) -> None:
    stub = base_pb2_grpc.SparkConnectServiceStub(
        grpc.insecure_channel(f"localhost:{guarded.port}")
    )
    kinds: dict[str, Any] = {
        "ExecutePlan": base_pb2.ExecutePlanRequest(),
        "ReattachExecute": base_pb2.ReattachExecuteRequest(),
        "AddArtifacts": iter([base_pb2.AddArtifactsRequest()]),
    }
    call = getattr(stub, method)
    with pytest.raises(grpc.RpcError) as caught:
        list(call(kinds[method], timeout=TIMEOUT_S))
    assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED


COUNT = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
print(spark.range(3).count())
spark.stop()
"""


def test_token_may_come_from_the_variable_of_spark(
    guarded: Server, tmp_path: Path
) -> None:
    address = f"sc://localhost:{guarded.port}"
    variables = {"SPARK_CONNECT_AUTHENTICATE_TOKEN": "right-token"}
    done = output_of(client(tmp_path, COUNT, address, **variables))
    assert done == (0, "3\n", "")


def test_token_and_tls_go_to_any_host(tmp_path: Path) -> None:
    pair = ["--tls-cert", str(TLS / "localhost.pem"), "--tls-key"]
    roots = {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(TLS / "localhost.pem")}
    with serving(
        *pair, str(TLS / "localhost.key"), "--host", "0.0.0.0", "--token", "word"
    ) as server:
        assert server.address.endswith("/;use_ssl=true;token=…")
        address = f"sc://127.0.0.1:{server.port}/;use_ssl=true;token=word"
        done = output_of(client(tmp_path, COUNT, address, **roots))
        assert done == (0, "3\n", "")
        assert server.end(signal.SIGTERM) == (0, "")


# --- one session and another's ----------------------------------------------


@pytest.fixture
def other(process: Server) -> Iterator[Any]:
    session: Any = ConnectSession(connection=process.address)
    yield session
    session.stop()


def test_views_and_settings_are_a_sessions_own(spark: Any, other: Any) -> None:
    spark.range(3).createOrReplaceTempView("mine")
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    with pytest.raises(PySparkException, match="TABLE_OR_VIEW_NOT_FOUND"):
        other.table("mine").count()
    assert other.conf.get("spark.sql.session.timeZone") != "Asia/Tokyo"


def test_queries_are_a_sessions_own(spark: Any, other: Any, tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text('{"n": 1}')
    rows = spark.readStream.schema("n INT").json(str(tmp_path))
    query = rows.writeStream.format("memory").queryName("mine").start()
    query.processAllAvailable()
    assert other.streams.active == []
    assert other.streams.get(query.id) is None
    # What the other session would have, had it learned the ids.
    stolen = type(query)(other, query.id, query.runId, "mine")
    with pytest.raises(PySparkException, match="STREAMING_QUERY_NOT_FOUND"):
        stolen.stop()
    with pytest.raises(PySparkException, match="TABLE_OR_VIEW_NOT_FOUND"):
        other.table("mine").count()
    assert query.isActive


def test_kept_relations_are_a_sessions_own(spark: Any, other: Any) -> None:
    with active_session(spark):
        kept = spark.range(3).localCheckpoint()
    stolen = other._create_remote_dataframe(kept._plan._relation_id)
    with pytest.raises(PySparkException):
        stolen.count()
    assert kept.count() == 3


def test_artifacts_are_a_sessions_own(spark: Any, other: Any) -> None:
    digest = spark.client.cache_artifact(b"secret")
    assert spark.client._artifact_manager.is_cached_artifact(digest)
    assert not other.client._artifact_manager.is_cached_artifact(digest)


def test_function_by_reference_does_not_come_over_the_wire(
    spark: Any, tmp_path: Path
) -> None:
    rows = spark.readStream.schema("n INT").json(str(tmp_path))
    writer = rows.writeStream.foreachBatch(print)
    for number in range(3):
        command = f"unbounded:function:{number}".encode()
        writer._write_proto.foreach_batch.python_function.command = command
        with pytest.raises(PySparkException, match="RUNNER_INITIALIZATION"):
            writer.start()


class Rival:
    """Calls that name another's session or operation, as the protocol lets one."""

    def __init__(self, server: Server) -> None:
        channel = grpc.insecure_channel(f"localhost:{server.port}")
        self.stub = base_pb2_grpc.SparkConnectServiceStub(channel)

    def operations(self, session_id: str, user_id: str) -> set[str]:
        request = base_pb2.GetStatusRequest(session_id=session_id)
        request.user_context.user_id = user_id
        request.operation_status.SetInParent()
        answer = self.stub.GetStatus(request, timeout=TIMEOUT_S)
        return {status.operation_id for status in answer.operation_statuses}

    def begin(self, session_id: str, user_id: str) -> str:
        """Run three rows, and leave the operation behind."""
        request = base_pb2.ExecutePlanRequest(
            session_id=session_id, operation_id=str(uuid.uuid4())
        )
        request.user_context.user_id = user_id
        request.plan.root.range.end = 3
        request.plan.root.range.step = 1
        option = request.request_options.add()
        option.reattach_options.reattachable = True
        list(self.stub.ExecutePlan(request, timeout=TIMEOUT_S))
        return request.operation_id


@pytest.mark.parametrize(
    ("same_session", "user_id"), [(True, "mallory"), (False, "alice"), (True, "")]
)
def test_operations_are_a_users_own_session_alone(
    process: Server, same_session: bool, user_id: str
) -> None:
    rival = Rival(process)
    session_id = str(uuid.uuid4())
    operation_id = rival.begin(session_id, "alice")
    rivals_id = session_id if same_session else str(uuid.uuid4())
    named = {"session_id": rivals_id, "operation_id": operation_id}
    reattach = base_pb2.ReattachExecuteRequest(**named)
    reattach.user_context.user_id = user_id
    with pytest.raises(grpc.RpcError, match="OPERATION_NOT_FOUND"):
        list(rival.stub.ReattachExecute(reattach, timeout=TIMEOUT_S))
    release = base_pb2.ReleaseExecuteRequest(**named)
    release.user_context.user_id = user_id
    release.release_all.SetInParent()
    rival.stub.ReleaseExecute(release, timeout=TIMEOUT_S)
    assert operation_id not in rival.operations(rivals_id, user_id)
    assert rival.operations(session_id, "alice") == {operation_id}


def test_another_users_session_is_not_released_or_replaced(process: Server) -> None:
    rival = Rival(process)
    session_id = str(uuid.uuid4())
    operation_id = rival.begin(session_id, "alice")
    release = base_pb2.ReleaseSessionRequest(session_id=session_id)
    release.user_context.user_id = "mallory"
    rival.stub.ReleaseSession(release, timeout=TIMEOUT_S)
    clone = base_pb2.CloneSessionRequest(
        session_id=str(uuid.uuid4()), new_session_id=session_id
    )
    clone.user_context.user_id = "alice"
    with pytest.raises(grpc.RpcError, match="ALREADY_EXISTS"):
        rival.stub.CloneSession(clone, timeout=TIMEOUT_S)
    assert rival.operations(session_id, "alice") == {operation_id}


# --- sizes and endings ------------------------------------------------------


def test_request_over_the_limit_is_refused_at_once(spark: Any) -> None:
    with pytest.raises(PySparkException) as caught:
        spark.sql(f"SELECT '{'x' * 2**20}'")
    assert caught.value.getGrpcStatusCode() == grpc.StatusCode.RESOURCE_EXHAUSTED


WAITING = """
import os, sys
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
spark = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
rows = spark.readStream.schema("n INT").json(os.getcwd())
query = rows.writeStream.format("noop").start()
query.processAllAvailable()
print("ready", flush=True)
try:
    query.awaitTermination()
except PySparkException as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)]
)
def test_server_that_ends_frees_its_clients(
    tmp_path: Path, number: int, code: int
) -> None:
    with serving() as server:
        waiting = client(tmp_path, WAITING, server.address)
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "ready\n"
        assert server.end(number) == (code, "")
        status, rest, stderr = output_of(waiting)
    assert (status, stderr) == (0, "")
    assert "[INVALID_HANDLE.SESSION_CHANGED] The server was shut down" in rest


def test_server_that_ends_stops_queries_and_leaves_them_resumable(
    tmp_path: Path,
) -> None:
    source, checkpoint = str(tmp_path / "in"), str(tmp_path / "checkpoint")
    (tmp_path / "in").mkdir()

    def start(session: Any) -> Any:
        rows = session.readStream.schema("n INT").json(source)
        writer = rows.writeStream.option("checkpointLocation", checkpoint)
        query = writer.format("parquet").start(str(tmp_path / "out"))
        query.processAllAvailable()
        return query

    (tmp_path / "in" / "1.json").write_text('{"n": 1}')
    with serving() as server:
        session: Any = ConnectSession(connection=server.address)
        first_id = start(session).id
        assert server.end(signal.SIGTERM) == (0, "")
        session.client.close()
    (tmp_path / "in" / "2.json").write_text('{"n": 2}')
    with serving() as server:
        session = ConnectSession(connection=server.address)
        assert start(session).id == first_id
        rows = session.read.parquet(str(tmp_path / "out")).collect()
        session.stop()
    assert sorted(row.n for row in rows) == [1, 2]


LEAVING = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
pipe = sys.argv[2]
def tell(frame, batch_id):
    with open(pipe, "w") as file:
        file.write(str(batch_id))
rows = spark.readStream.schema("n INT").json(sys.argv[3])
query = rows.writeStream.foreachBatch(tell).start()
print("ready", flush=True)
query.awaitTermination()
"""


def test_query_outlives_the_client_that_started_it(
    process: Server, tmp_path: Path
) -> None:
    pipe, source = tmp_path / "pipe", tmp_path / "in"
    os.mkfifo(pipe)
    source.mkdir()
    gone = client(tmp_path, LEAVING, process.address, str(pipe), str(source))
    assert gone.stdout is not None
    assert gone.stdout.readline() == "ready\n"
    gone.kill()
    gone.communicate()
    ear = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    (source / "1.json").write_text('{"n": 1}')
    assert select.select([ear], [], [], TIMEOUT_S)[0] == [ear]
    assert os.read(ear, 8) == b"0"
    os.close(ear)
