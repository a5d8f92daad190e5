"""Tables kept from batch to batch, and the rows of them that a batch is handed."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from unbounded.compiler import CompileContext
from unbounded.errors import ExecutionError
from unbounded.memory import MemoryBudget
from unbounded.plan.expressions import AttributeReference
from unbounded.plan.relations import Range, Relation
from unbounded.runtime import static_tables
from unbounded.runtime.static_plan import StaticSide
from unbounded.runtime.static_tables import StaticTables
from unbounded.types import LongType

KEY = AttributeReference("key", LongType(), True, 9)
KEYED = StaticSide(7, Range(0, 1, 1), KEY)
UNKEYED = StaticSide(7, Range(0, 1, 1), None)


class Rows:
    """A static side whose rows and version a test sets."""

    def __init__(self, *keys: int | None) -> None:
        self.set(*keys)
        self.number = 0
        self.reads = 0
        self.budget = MemoryBudget(100 << 20, 1 << 20)
        self.account = self.budget.account("buffers", "a joined table")

    def set(self, *keys: int | None) -> None:
        names = [f"n{key}" for key in keys]
        self.table = pa.table({"name#1": names, "key#9": pa.array(keys, pa.int64())})

    def version(self, timestamp_ms: int) -> object:
        return self.number

    def read(
        self, timestamp_ms: int, on_start: Callable[[Callable[[], None]], None]
    ) -> pa.Table:
        self.reads += 1
        return self.table


class Batches:
    """What batches are handed of one table."""

    def __init__(self, rows: Rows, side: StaticSide = KEYED) -> None:
        self.given: list[list[str]] = []

        def opened(plan: Relation, context: CompileContext) -> Rows:
            return rows

        self.tables = StaticTables([side], opened, CompileContext())

    def add(self, leaf_id: int, rows: pa.Table) -> None:
        assert leaf_id == 7
        self.given.append(rows["name#1"].to_pylist())

    def run(self, *keys: int | None) -> None:
        self.tables.refresh(0)
        self.tables.add_inputs(self.add)
        if 7 in self.tables.looked_up():
            wanted = pa.chunked_array([pa.array(keys, pa.int64())])
            self.tables.look_up(7, wanted, self.add)


@pytest.fixture
def looks_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small tables are looked up as large ones are."""
    monkeypatch.setattr(static_tables, "_LOOKED_UP_ROWS_MIN", 0)
    monkeypatch.setattr(static_tables, "_TABLE_ROWS_PER_ROW_MIN", 1)


def test_rows_are_read_once_and_handed_over_once() -> None:
    rows = Rows(1, 2)
    batches = Batches(rows)
    batches.run(1)
    batches.run(2)
    assert rows.reads == 1
    assert batches.given == [["n1", "n2"]]


def test_rows_that_changed_are_read_again() -> None:
    rows = Rows(1)
    batches = Batches(rows)
    batches.run(1)
    rows.set(3)
    rows.number += 1
    batches.run(1)
    assert batches.given == [["n1"], ["n3"]]


def test_version_that_equals_nothing_reads_each_time() -> None:
    rows = Rows(1)
    batches = Batches(rows, UNKEYED)
    for _ in range(3):
        rows.number = object()  # type: ignore[assignment]
        batches.run()
    assert rows.reads == 3


@pytest.mark.usefixtures("looks_up")
def test_batch_is_handed_the_rows_of_its_keys_alone() -> None:
    batches = Batches(Rows(5, 3, 8, 5, None, 1))
    batches.run(5, 5, None, 9)
    batches.run(1, 3)
    batches.run(2)
    assert batches.given == [["n5", "n5"], ["n1", "n3"], []]


@pytest.mark.usefixtures("looks_up")
def test_batch_of_many_keys_is_handed_all_rows_once() -> None:
    batches = Batches(Rows(2, 1, None))
    batches.run(*range(9))
    batches.run(*range(9))
    batches.run(1)
    batches.run(*range(9))
    assert batches.given == [["n1", "n2"], ["n1"], ["n1", "n2"]]


def test_table_without_keys_is_never_looked_up(looks_up: None) -> None:
    batches = Batches(Rows(1, 2), UNKEYED)
    batches.run()
    assert not batches.tables.looked_up()


def test_table_that_grows_is_looked_up_from_then_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(static_tables, "_LOOKED_UP_ROWS_MIN", 3)
    rows = Rows(1)
    batches = Batches(rows)
    batches.run(1)
    assert not batches.tables.looked_up()
    rows.set(*range(20))
    rows.number += 1
    batches.run(1, 2)
    assert batches.tables.looked_up() == {7}
    assert batches.given == [["n1"], ["n1", "n2"]]


@pytest.mark.usefixtures("looks_up")
def test_what_is_kept_is_counted() -> None:
    rows = Rows(*range(1000))
    batches = Batches(rows)
    batches.run(1)
    kept = rows.table.drop_columns(["key#9"]).nbytes
    assert rows.account.held_bytes >= kept + 8 * 1000


def test_table_that_finds_no_room_ends_the_query() -> None:
    rows = Rows(*range(1000))
    rest = rows.budget.account("state", "the rest")
    rest.note(98 << 20)
    rows.table = pa.table({"name#1": ["x" * 1000] * 5000, "key#9": range(5000)})
    with pytest.raises(ExecutionError) as refused:
        Batches(rows).run(1)
    assert refused.value.condition == "UNABLE_TO_ACQUIRE_MEMORY"


def test_rows_are_let_go_of_at_the_end() -> None:
    rows = Rows(1, 2)
    batches = Batches(rows)
    batches.run(1)
    batches.tables.close()
    assert rows.account.held_bytes == 0
    assert batches.tables.leaf_ids == ()


def test_reading_is_stopped_from_outside() -> None:
    stopped: list[str] = []

    class Slow(Rows):
        def read(
            self, timestamp_ms: int, on_start: Callable[[Callable[[], None]], None]
        ) -> pa.Table:
            on_start(lambda: stopped.append("stopped"))
            batches.tables.cancel()
            return self.table

    batches = Batches(Slow(1))
    batches.tables.cancel()
    assert not stopped
    batches.run(1)
    assert stopped == ["stopped"]
