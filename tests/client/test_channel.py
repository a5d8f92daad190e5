from __future__ import annotations

import os
import threading
import uuid
from typing import Any

import grpc
import pytest
from pyspark.errors import AnalysisException, PySparkAttributeError
from pyspark.sql import SparkSession
from pyspark.sql.connect.session import SparkSession as ConnectSession

import unbounded
from unbounded.connect.channel import InProcessChannel, RpcFailure
from unbounded.connect.status import to_status
from unbounded.errors import AnalysisError


def in_thread(act: Any) -> Any:
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(act()))
    thread.start()
    thread.join(30)
    return results[0]


def test_collect_gives_the_rows(spark: Any) -> None:
    assert [row.id for row in spark.range(3).collect()] == [0, 1, 2]


def test_channel_opens_no_socket(spark: Any) -> None:
    assert isinstance(spark.client._channel, InProcessChannel)


def test_failed_call_is_what_grpc_clients_expect() -> None:
    failure = RpcFailure(to_status(AnalysisError("WRITE_STREAM_NOT_ALLOWED")))
    assert isinstance(failure, grpc.RpcError)
    assert isinstance(failure, grpc.Call)
    assert failure.code() is grpc.StatusCode.INTERNAL
    assert "WRITE_STREAM_NOT_ALLOWED" in failure.details()


def test_request_may_change_after_the_call() -> None:
    from pyspark.sql.connect.proto import ConfigRequest

    seen: list[Any] = []

    class Servicer:
        def unary(self, method: str, request: Any) -> Any:
            seen.append(request)

    call = InProcessChannel(Servicer()).unary_unary("/s/Config")  # type: ignore[arg-type]
    request = ConfigRequest(session_id="before")
    call(request)
    request.session_id = "after"
    assert seen[0].session_id == "before"


def test_get_or_create_gives_the_session(spark: Any) -> None:
    assert SparkSession.builder.getOrCreate() is spark


def test_get_or_create_gives_the_session_in_another_thread(spark: Any) -> None:
    assert in_thread(SparkSession.builder.getOrCreate) is spark


def test_get_or_create_takes_what_programs_write(spark: Any) -> None:
    built = (
        SparkSession.builder.master("local[*]")
        .appName("mine")
        .config("spark.sql.shuffle.partitions", "7")
        .config("spark.executor.memory", "1g")
        .enableHiveSupport()
        .getOrCreate()
    )
    assert built is spark
    assert built.conf.get("spark.sql.shuffle.partitions") == "7"


def test_get_or_create_with_only_an_active_session(
    spark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConnectSession, "_default_session", None)
    assert SparkSession.builder.getOrCreate() is spark


def test_get_or_create_makes_a_session_after_stop(spark: Any) -> None:
    first = spark.newSession()
    ConnectSession._default_session = first
    ConnectSession._active_session.session = first
    first.stop()
    try:
        second = SparkSession.builder.master("local[2]").getOrCreate()
        assert second is not first
        assert second.range(2).count() == 2
        second.stop()
    finally:
        ConnectSession._default_session = spark
        ConnectSession._active_session.session = spark


def test_remote_address_is_in_the_environment(spark: Any) -> None:
    assert os.environ["SPARK_REMOTE"].startswith("sc://unbounded-")


def test_remote_builder_with_master_is_still_refused(spark: Any) -> None:
    builder = SparkSession.builder
    with pytest.raises(Exception, match="CANNOT_CONFIGURE_SPARK_CONNECT_MASTER"):
        builder.remote("sc://elsewhere:15002").master("local")


def test_session_of_an_address_with_an_id_is_that_session(spark: Any) -> None:
    session_id = str(uuid.uuid4())
    address = f"{os.environ['SPARK_REMOTE']}/;session_id={session_id}"
    other = ConnectSession.builder.remote(address).create()
    assert other.session_id == session_id
    assert other.range(1).count() == 1
    other.stop()


def test_stopped_session_refuses_calls(spark: Any) -> None:
    other = spark.newSession()
    other.stop()
    with pytest.raises(Exception, match="NO_ACTIVE_SESSION"):
        other.range(1).collect()


def test_new_session_has_its_own_views(spark: Any) -> None:
    spark.range(1).createOrReplaceTempView("mine")
    other = spark.newSession()
    with pytest.raises(AnalysisException):
        other.table("mine").collect()
    other.stop()


def test_spark_context_answers_what_programs_ask(spark: Any) -> None:
    context = spark.sparkContext
    context.setLogLevel("WARN")
    assert context.version == "4.2.0"
    assert context.applicationId.startswith("local-")


@pytest.mark.parametrize("name", ["parallelize", "broadcast", "someOther"])
def test_spark_context_says_what_to_use_instead(spark: Any, name: str) -> None:
    with pytest.raises(PySparkAttributeError, match=r"needs a JVM.*Use "):
        getattr(spark.sparkContext, name)


@pytest.mark.parametrize("name", ["_jvm", "_jsc", "_jconf", "_jsparkSession"])
def test_jvm_attributes_say_what_to_use_instead(spark: Any, name: str) -> None:
    with pytest.raises(PySparkAttributeError, match=r"needs a JVM.*Use "):
        getattr(spark, name)


def test_import_of_the_package_gives_the_function() -> None:
    from unbounded.connect import server

    assert callable(unbounded.connect)
    assert server.SparkConnectServicer
