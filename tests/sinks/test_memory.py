from __future__ import annotations

import pyarrow as pa
import pytest

from unbounded.errors import ExecutionError
from unbounded.memory import MemoryBudget
from unbounded.sinks import MemorySink

SCHEMA = pa.schema([("n", pa.int32())])


def rows(*numbers: int) -> pa.Table:
    return pa.table({"n": pa.array(numbers, pa.int32())})


def run(sink: MemorySink, batch_id: int, mode: str, *numbers: int) -> None:
    sink.write(batch_id, rows(*numbers), mode)
    sink.commit(batch_id)


def seen(sink: MemorySink) -> list[int]:
    return sink.snapshot()["n"].to_pylist()


def test_without_batches_the_table_is_empty_and_has_columns() -> None:
    assert MemorySink(SCHEMA).snapshot().schema == SCHEMA


def test_append_and_update_add_rows() -> None:
    sink = MemorySink(SCHEMA)
    run(sink, 0, "append", 1)
    run(sink, 1, "update", 2)
    assert seen(sink) == [1, 2]


def test_complete_replaces_rows() -> None:
    sink = MemorySink(SCHEMA)
    run(sink, 0, "complete", 1)
    run(sink, 1, "complete", 2, 3)
    assert seen(sink) == [2, 3]


def test_rows_do_not_count_before_the_commit() -> None:
    sink = MemorySink(SCHEMA)
    sink.write(0, rows(1), "append")
    assert seen(sink) == []


def test_a_batch_delivered_twice_counts_once() -> None:
    sink = MemorySink(SCHEMA)
    run(sink, 0, "append", 1)
    run(sink, 0, "append", 1)
    assert seen(sink) == [1]


def test_a_snapshot_does_not_change() -> None:
    sink = MemorySink(SCHEMA)
    run(sink, 0, "append", 1)
    before = sink.snapshot()
    run(sink, 1, "append", 2)
    assert before["n"].to_pylist() == [1]


def test_rows_without_room_are_refused_before_they_are_kept() -> None:
    budget = MemoryBudget(1000, 200)
    sink = MemorySink(SCHEMA, budget.account("buffers", "the table t"))
    run(sink, 0, "append", *range(150))
    assert budget.use().buffer_bytes == 600
    with pytest.raises(ExecutionError, match="the table t"):
        sink.write(1, rows(*range(60)), "append")
    assert seen(sink) == list(range(150))
    sink.clear()
    assert budget.use().buffer_bytes == 0


def test_memory_held_in_complete_mode_is_that_of_one_table() -> None:
    budget = MemoryBudget(10_000, 200)
    sink = MemorySink(SCHEMA, budget.account("buffers", "the table t"))
    for batch_id in range(3):
        run(sink, batch_id, "complete", 1, 2, 3)
    assert budget.use().buffer_bytes == 12


def test_table_is_the_same_as_long_as_no_batch_comes() -> None:
    sink = MemorySink(SCHEMA)
    assert sink.snapshot() is sink.snapshot()
    run(sink, 0, "append", 1)
    run(sink, 1, "append", 2)
    first = sink.snapshot()
    assert sink.snapshot() is first
    run(sink, 2, "append")
    assert sink.snapshot() is first
    run(sink, 3, "append", 3)
    assert sink.snapshot() is not first
