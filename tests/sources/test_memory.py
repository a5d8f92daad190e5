from __future__ import annotations

import threading

import pyarrow as pa
import pytest

from unbounded.errors import CheckpointError, ExecutionError
from unbounded.memory import MemoryBudget
from unbounded.parser import parse_schema
from unbounded.sources import MemoryBuffer, MemoryStreamSource
from unbounded.testing import ManualClock


@pytest.fixture
def buffer() -> MemoryBuffer:
    return MemoryBuffer(parse_schema("n INT"))


def numbers(*values: int) -> pa.Table:
    return pa.table({"n": pa.array(values, pa.int64())})


def rows(source: MemoryStreamSource, start: str | None, end: str) -> list[int]:
    table = source.relation(start, end).table
    assert table is not None
    return table["n"].to_pylist()


def test_an_empty_buffer_has_no_offset(buffer: MemoryBuffer) -> None:
    assert MemoryStreamSource(buffer).latest_offset(None, True) is None


def test_rows_between_two_offsets_come_as_often_as_asked(buffer: MemoryBuffer) -> None:
    source = MemoryStreamSource(buffer)
    for value in (1, 2, 3):
        buffer.add(numbers(value))
    assert source.latest_offset(None, True) == "2"
    assert rows(source, "0", "2") == [2, 3]
    assert rows(source, "0", "2") == [2, 3]


def test_rows_are_cast_to_the_schema(buffer: MemoryBuffer) -> None:
    buffer.add(numbers(1))
    table = MemoryStreamSource(buffer).relation(None, "0").table
    assert table is not None
    assert table.schema.field("n").type == pa.int32()


def test_a_second_query_goes_on_after_the_first(buffer: MemoryBuffer) -> None:
    buffer.add(numbers(1))
    MemoryStreamSource(buffer).commit("0")
    buffer.add(numbers(2))
    assert rows(MemoryStreamSource(buffer), "0", "1") == [2]


def test_committed_rows_are_not_given_again(buffer: MemoryBuffer) -> None:
    buffer.add(numbers(1))
    source = MemoryStreamSource(buffer)
    source.commit("0")
    with pytest.raises(CheckpointError) as caught:
        source.relation(None, "0")
    assert caught.value.condition == "SOURCE_OFFSET_UNKNOWN"


def test_adding_rows_wakes_who_waits(buffer: MemoryBuffer) -> None:
    source = MemoryStreamSource(buffer)
    event = threading.Event()
    waiting = threading.Thread(
        target=source.wait_for_data, args=(event, 60_000, ManualClock())
    )
    waiting.start()
    buffer.add(numbers(1))
    # Whether rows come before or after the wait begins, it ends.
    waiting.join(30)
    assert not waiting.is_alive()


def test_available_now_leaves_later_rows(buffer: MemoryBuffer) -> None:
    source = MemoryStreamSource(buffer)
    buffer.add(numbers(1))
    source.prepare_for_available_now()
    buffer.add(numbers(2))
    assert source.latest_offset(None, True) == "0"


def test_rows_for_which_there_is_no_memory_are_refused(buffer: MemoryBuffer) -> None:
    budget = MemoryBudget(1000, 200)
    buffer.account = budget.account("buffers", "a memory stream of n")
    source = MemoryStreamSource(buffer)
    buffer.add(numbers(*range(150)))
    with pytest.raises(ExecutionError, match="a memory stream of n"):
        buffer.add(numbers(*range(60)))
    assert buffer.last_offset == 0
    source.commit("0")
    assert budget.use().buffer_bytes == 0
    assert buffer.add(numbers(*range(60))) == 1


def test_what_waits_behind_the_frozen_end_is_told(buffer: MemoryBuffer) -> None:
    source = MemoryStreamSource(buffer)
    buffer.add(numbers(1))
    source.prepare_for_available_now()
    buffer.add(numbers(2))
    buffer.add(numbers(3))
    assert source.latest_offset(None, True) == "0"
    assert source.metrics("0") == {"offsetsBehindLatest": "2"}
    assert source.metrics(None) == {"offsetsBehindLatest": "3"}


def test_rows_are_kept_until_each_reader_has_committed_them(
    buffer: MemoryBuffer,
) -> None:
    fast, slow = MemoryStreamSource(buffer), MemoryStreamSource(buffer)
    buffer.add(numbers(1))
    fast.commit("0")
    assert slow.relation(None, "0").table.num_rows == 1
    slow.commit("0")
    with pytest.raises(CheckpointError, match="SOURCE_OFFSET_UNKNOWN"):
        MemoryStreamSource(buffer).relation(None, "0")


def test_nothing_is_kept_for_a_reader_that_has_stopped(buffer: MemoryBuffer) -> None:
    stopped, other = MemoryStreamSource(buffer), MemoryStreamSource(buffer)
    buffer.add(numbers(1))
    stopped.stop()
    other.commit("0")
    assert buffer.between(-1, 0) is None
