from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from unbounded.errors import ExecutionError
from unbounded.memory import MemoryBudget
from unbounded.operators import OperatorMetrics
from unbounded.runtime.batch_memory import BatchMemory
from unbounded.testing import ManualClock


class FakeStore:
    """A state that holds so much in memory until it moves out."""

    def __init__(self, memory: BatchMemory, held: int, can_move: bool) -> None:
        self._account = memory.state_account("stateStoreSave")
        self._held = held
        self._can_move = can_move
        self.note_memory()

    def note_memory(self) -> None:
        self._account.note(self._held)

    @property
    def has_moved_out(self) -> bool:
        return not self._held

    def move_out(self) -> bool:
        moves, self._can_move = self._can_move, False
        if moves:
            self._held = 0
            self.note_memory()
        return moves


class FakeEngine:
    """Holds as many bytes as it was asked times."""

    def __init__(self) -> None:
        self.asked = 0

    def set_memory_limit(self, limit_bytes: int) -> bool:
        return True

    def memory_bytes(self) -> int:
        self.asked += 1
        return self.asked


def rows(count: int) -> pa.Table:
    return pa.table({"n": pa.array(range(count), pa.int64())})


def memory_of(limit: int, *, gives_all: bool = False) -> BatchMemory:
    budget = MemoryBudget(limit, 0)
    return BatchMemory(budget, ManualClock(), "counts", gives_all=gives_all)


ACTS: dict[str, Callable[[BatchMemory, Any], None]] = {
    "inputs": lambda memory, store: memory.begin_batch([rows(500)], store),
    "result": lambda memory, store: memory.check_batch(rows(500), 0, store),
}


@pytest.mark.parametrize("act", ACTS)
def test_state_makes_room_for_rows_where_it_can(act: str) -> None:
    memory = memory_of(10_000)
    ACTS[act](memory, FakeStore(memory, 8_000, can_move=True))


@pytest.mark.parametrize("act", ACTS)
def test_rows_beside_state_that_stays_are_refused(act: str) -> None:
    memory = memory_of(10_000)
    with pytest.raises(ExecutionError) as caught:
        ACTS[act](memory, FakeStore(memory, 8_000, can_move=False))
    assert "the state" not in str(caught.value)
    assert "stateStoreSave of query counts: 7.8 KiB" in str(caught.value)


def test_rows_that_fit_leave_the_state_in_memory() -> None:
    memory = memory_of(20_000)
    store: Any = FakeStore(memory, 8_000, can_move=True)
    memory.begin_batch([rows(500)], store)
    memory.check_batch(rows(500), 0, store)
    assert store.move_out()


def test_rows_that_lie_in_files_need_no_room() -> None:
    memory = memory_of(10_000)
    table = rows(2_000)
    memory.check_batch(table, table.nbytes, None)
    with pytest.raises(ExecutionError):
        memory.check_batch(table, 0, None)


def test_state_that_moves_to_files_is_told_once(caplog) -> None:
    memory = memory_of(10_000)
    store: Any = FakeStore(memory, 8_000, can_move=True)
    memory.check_batch(rows(500), 0, store)
    memory.check_batch(rows(500), 0, store)
    assert caplog.text.count("STATE_MOVED_TO_FILES") == 1


def test_whole_result_is_expected_to_be_as_large_as_the_last() -> None:
    memory = memory_of(10_000, gives_all=True)
    memory.check_batch(rows(1_000), 0, None)
    memory.end_batch()
    memory.begin_batch([], None)
    with pytest.raises(ExecutionError):
        memory.begin_batch([rows(500)], None)


def test_numbers_of_the_whole_engine_are_added_to_each_operator() -> None:
    memory = memory_of(10_000)
    FakeStore(memory, 8_000, can_move=False)
    store = FakeStore(memory, 1_000, can_move=False)
    memory.check_batch(rows(100), 0, None)
    metrics = OperatorMetrics(custom={"own": 1})
    memory.describe([metrics])
    assert metrics.custom == {
        "own": 1,
        "memoryLimitBytes": 10_000,
        "memoryStateBytes": 1_000,
        "memoryBufferBytes": 800,
        "memoryEngineBytes": 0,
    }
    del store


def test_engine_is_asked_at_most_once_a_second() -> None:
    clock, engine = ManualClock(), FakeEngine()
    budget = MemoryBudget(10_000, 0)
    budget.attach_engine(engine)
    memory = BatchMemory(budget, clock, "counts", gives_all=False)
    seen = []
    for _ in range(4):
        metrics = OperatorMetrics()
        memory.describe([metrics])
        seen.append(metrics.custom["memoryEngineBytes"])
        clock.advance(400)
    assert seen == [1, 1, 1, 2]
