"""`unbounded queries`: what runs on a server, over its port."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql.connect.proto import base_pb2

from tests.cli.conftest import Command
from unbounded.cli.queries import follow, table_of
from unbounded.clock import SystemClock
from unbounded.connect.grpc_server import GrpcServer, ServerOptions
from unbounded.connect.server import SparkConnectServicer
from unbounded.parser import parse_expression, parse_schema
from unbounded.plan.commands import WriteStream
from unbounded.plan.relations import UnresolvedAggregate, UnresolvedDataSource
from unbounded.runtime import StreamingQuery
from unbounded.session import SharedState

TOKEN = "open-sesame"


@pytest.fixture(params=[None, TOKEN], ids=["open", "token"])
def server(
    request: pytest.FixtureRequest,
) -> Iterator[tuple[SparkConnectServicer, tuple[str, ...]]]:
    """A server, and the words that name it."""
    servicer = SparkConnectServicer(SharedState(new_id=uuid.uuid4), {})
    token = request.param
    server = GrpcServer(servicer, ServerOptions(port=0, token=token), SystemClock())
    where = f"sc://localhost:{server.start()}"
    yield servicer, (where,) if token is None else (where, "--token", token)
    server.stop()
    servicer.close()


@pytest.fixture
def address(server: tuple[SparkConnectServicer, tuple[str, ...]]) -> tuple[str, ...]:
    return server[1]


@pytest.fixture
def query(
    server: tuple[SparkConnectServicer, tuple[str, ...]], written: Path
) -> StreamingQuery:
    """A query of some client's, that has read what there is."""
    request = base_pb2.ConfigRequest(session_id=str(uuid.uuid4()))
    session = server[0].holders.get(request).session
    schema = parse_schema("time TIMESTAMP, key STRING")
    paths = (str(written / "in"),)
    source = UnresolvedDataSource("json", schema, {}, paths, is_streaming=True)
    keys = (parse_expression("key"),)
    counts = UnresolvedAggregate(
        source, "groupby", keys, (parse_expression("count(1)"),)
    )
    query = session.streams.start(
        WriteStream(counts, "noop", "update", query_name="counts")
    )
    query.process_all_available()
    return query


def test_running_query_is_a_row(
    cli: Command, query: StreamingQuery, address: tuple[str, ...]
) -> None:
    done = cli("queries", *address)
    assert (done.code, done.err) == (0, "")
    ((headings, row),) = done.tables
    shown = dict(zip(headings, row, strict=True))
    assert (shown["name"], shown["id"]) == ("counts", query.id)
    assert (shown["batch"], shown["state rows"]) == ("0", "2")
    assert (shown["behind"], shown["watermark"]) == ("0", "-")


def test_query_that_ended_is_shown_on_request(
    cli: Command, query: StreamingQuery, address: tuple[str, ...]
) -> None:
    query.stop()
    assert cli("queries", *address, "--json").out == ""
    found = map(
        json.loads, cli("queries", *address, "--json", "--all").out.splitlines()
    )
    (shown,) = (q for q in found if q["runId"] == query.run_id)
    assert (shown["isActive"], shown["status"]["message"]) == (False, "Stopped")
    assert shown["lastProgress"]["stateOperators"][0]["numRowsTotal"] == 2


def test_call_without_the_token_is_refused(
    cli: Command, address: tuple[str, ...]
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


def test_table_is_followed_until_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    looks = iter([[], []])

    def fetch() -> list[dict[str, Any]]:
        found = next(looks, None)
        if found is None:
            raise KeyboardInterrupt
        return found

    assert follow(fetch, "here", 0.001) == 0
    assert "here: 0 queries" in capsys.readouterr().out
