"""`unbounded queries`: what runs on a server, over its port."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import unbounded
from tests.cli.conftest import Command
from unbounded.cli.queries import table_of
from unbounded.clock import SystemClock
from unbounded.connect.embedded import offer
from unbounded.connect.grpc_server import GrpcServer, ServerOptions
from unbounded.connect.server import SparkConnectServicer
from unbounded.testing import MemoryStream

TOKEN = "open-sesame"


@pytest.fixture(scope="module")
def servicer() -> Iterator[SparkConnectServicer]:
    yield offer({})
    unbounded.close()


@pytest.fixture(scope="module")
def spark(servicer: SparkConnectServicer) -> Any:
    return unbounded.connect()


@pytest.fixture(params=[None, TOKEN], ids=["open", "token"])
def address(
    request: pytest.FixtureRequest, spark: Any, servicer: SparkConnectServicer
) -> Iterator[tuple[str, ...]]:
    """The words that name a server of this process's sessions."""
    token = request.param
    server = GrpcServer(servicer, ServerOptions(port=0, token=token), SystemClock())
    where = f"sc://localhost:{server.start()}"
    yield (where,) if token is None else (where, "--token", token)
    for query in spark.streams.active:
        query.stop()
    server.stop()


def counted(spark: Any) -> Any:
    stream = MemoryStream(spark, "n INT")
    counts = stream.to_df().groupBy("n").count().writeStream.outputMode("update")
    query = counts.queryName("counts").format("noop").start()
    stream.add_data([1, 2, 2])
    query.processAllAvailable()
    return query


def test_running_query_is_a_row(
    cli: Command, spark: Any, address: tuple[str, ...]
) -> None:
    query = counted(spark)
    done = cli("queries", *address)
    assert (done.code, done.err) == (0, "")
    ((headings, row),) = done.tables
    shown = dict(zip(headings, row, strict=True))
    assert (shown["name"], shown["id"]) == ("counts", query.id)
    assert (shown["status"], shown["state rows"]) == ("Waiting for data to arrive", "2")
    assert (shown["behind"], shown["watermark"]) == ("0", "-")


def test_query_that_ended_is_shown_on_request(
    cli: Command, spark: Any, address: tuple[str, ...]
) -> None:
    query = counted(spark)
    query.stop()
    assert cli("queries", *address, "--json").out == ""
    found = map(
        json.loads, cli("queries", *address, "--json", "--all").out.splitlines()
    )
    (shown,) = (q for q in found if q["runId"] == query.runId)
    assert (shown["isActive"], shown["status"]["message"]) == (False, "Stopped")
    assert shown["lastProgress"]["stateOperators"][0]["numRowsTotal"] == 2


def test_call_without_the_token_is_refused(
    cli: Command, spark: Any, address: tuple[str, ...]
) -> None:
    where, *token = address
    if token:
        done = cli("queries", where, "--token", "wrong")
        assert (done.code, done.out) == (2, "")
        assert "SERVER_UNREACHABLE" in done.err


@pytest.mark.parametrize(
    ("where", "condition"),
    [("sc://localhost:1", "SERVER_UNREACHABLE"), ("localhost", "INVALID_CONNECT_URL")],
)
def test_place_without_a_server_is_refused(
    cli: Command, where: str, condition: str
) -> None:
    done = cli("queries", where)
    assert (done.code, done.out) == (2, "")
    assert f"[{condition}]" in done.err


def test_query_that_did_nothing_yet_is_a_row() -> None:
    status = {"message": "Initializing sources"}
    query = {"id": "1", "name": None, "status": status, "lastProgress": None}
    table = table_of([query], "here")
    assert table.title == "here: 1 query"
    assert table.rows == [("-", "Initializing sources", *["-"] * 7, "1")]
