from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from unbounded.errors import AnalysisError, ExecutionError, IllegalArgumentError
from unbounded.session.shared_state import start_thread
from unbounded.sources.socket import SocketOptions, SocketStreamSource
from unbounded.testing import ManualClock


class Server:
    """A server of lines, for one connection at a time."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def accept(self) -> socket.socket:
        return self._listener.accept()[0]

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with closing(Server()) as server:
        yield server


def source_of(port: int, **options: str) -> SocketStreamSource:
    given = {"host": "127.0.0.1", "port": str(port), **options}
    return SocketStreamSource(SocketOptions.of(given), ManualClock(7_000), start_thread)


def await_offset(source: SocketStreamSource, start: str | None, wanted: str) -> None:
    """Look until so many lines have come; each look follows a wake-up."""
    event = threading.Event()
    while source.latest_offset(start, True) != wanted:
        event.clear()
        source.tell_of_data(event, ManualClock())
        assert event.wait(30)


def lines(source: SocketStreamSource, start: str | None, end: str) -> list[str]:
    table = source.relation(start, end).table
    assert table is not None
    return table["value"].to_pylist()


def test_lines_come_in_their_order_and_blank_ones_too(server: Server) -> None:
    source = source_of(server.port)
    assert source.latest_offset(None, True) == "-1"
    with server.accept() as connection:
        connection.sendall("one\r\n\ngröße\nno end".encode())
        await_offset(source, None, "2")
        assert lines(source, None, "2") == ["one", "", "größe"]
    await_offset(source, "2", "3")
    assert lines(source, "2", "3") == ["no end"]
    source.stop()


def test_what_is_committed_is_forgotten(server: Server) -> None:
    source = source_of(server.port)
    source.latest_offset(None, True)
    with server.accept() as connection:
        connection.sendall(b"a\nb\nc\n")
        await_offset(source, None, "2")
        source.commit("1")
        assert lines(source, None, "2") == ["c"]
    source.stop()


def test_the_time_a_line_came_is_a_column_if_asked_for(server: Server) -> None:
    source = source_of(server.port, includetimestamp="true")
    source.latest_offset(None, True)
    with server.accept() as connection:
        connection.sendall(b"a\n")
        await_offset(source, None, "0")
    table = source.relation(None, "0").table
    assert table is not None
    assert table.column_names == ["value", "timestamp"]
    assert table["timestamp"].cast("int64").to_pylist() == [7_000_000]
    source.stop()


def test_a_restart_counts_on_and_has_no_lines_from_before(server: Server) -> None:
    source = source_of(server.port)
    assert lines(source, "3", "7") == []
    assert source.latest_offset("7", True) == "7"
    with server.accept() as connection:
        connection.sendall(b"new\n")
        await_offset(source, "7", "8")
        assert lines(source, "7", "8") == ["new"]
    source.stop()


def test_nobody_at_the_port_is_named() -> None:
    with closing(Server()) as server:
        port = server.port
    with pytest.raises(ExecutionError) as caught:
        source_of(port).latest_offset(None, True)
    assert caught.value.condition == "SOCKET_NOT_REACHABLE"


def test_stopping_ends_the_thread(server: Server) -> None:
    threads = threading.active_count()
    source = source_of(server.port)
    source.latest_offset(None, True)
    with server.accept():
        source.stop()
        source.stop()
    assert threading.active_count() == threads


@pytest.mark.parametrize(
    ("options", "condition"),
    [
        ({"port": "1"}, "_LEGACY_ERROR_TEMP_1295"),
        ({"host": "h"}, "_LEGACY_ERROR_TEMP_1296"),
        ({"host": "h", "port": "many"}, "INVALID_OPTION_VALUE"),
        (
            {"host": "h", "port": "1", "includetimestamp": "maybe"},
            "_LEGACY_ERROR_TEMP_1297",
        ),
    ],
)
def test_options_that_can_not_be_are_named(
    options: dict[str, str], condition: str
) -> None:
    with pytest.raises((AnalysisError, IllegalArgumentError)) as caught:
        SocketOptions.of(options)
    assert isinstance(caught.value, AnalysisError | IllegalArgumentError)
    assert caught.value.condition == condition
