from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from unbounded.engine import Cursor, Database, EngineSettings
from unbounded.errors import ExecutionError, InternalError
from unbounded.memory import MemoryBudget


@pytest.fixture
def cursor():
    database = Database.open(EngineSettings(threads=1))
    cursor = database.cursor()
    yield cursor
    cursor.close()
    database.close()


def test_query_returns_an_arrow_table(cursor: Cursor) -> None:
    table = cursor.query("SELECT 1 AS a, 'x' AS b")
    assert table.to_pylist() == [{"a": 1, "b": "x"}]


def test_string_columns_are_plain_strings(cursor: Cursor) -> None:
    cursor.execute("SET produce_arrow_string_view = true")
    assert cursor.query("SELECT 'x' AS a").schema.field("a").type == pa.string()


def test_registered_table_is_seen_by_its_cursor_alone() -> None:
    database = Database.open()
    one, other = database.cursor(), database.cursor()
    one.register("input", pa.table({"a": [1]}))
    other.register("input", pa.table({"a": [2]}))
    assert one.query("SELECT a FROM input").to_pylist() == [{"a": 1}]
    assert other.query("SELECT a FROM input").to_pylist() == [{"a": 2}]
    database.close()


def test_same_statement_reads_the_table_registered_last(cursor: Cursor) -> None:
    for value in (1, 2, 3):
        cursor.register("input", pa.table({"a": [value]}))
        assert cursor.query("SELECT a FROM input").to_pylist() == [{"a": value}]


def test_unregistered_table_is_gone(cursor: Cursor) -> None:
    cursor.register("input", pa.table({"a": [1]}))
    cursor.unregister("input")
    cursor.unregister("never registered")
    with pytest.raises(InternalError):
        cursor.query("SELECT a FROM input")


def test_batches_hold_all_rows_in_order(cursor: Cursor) -> None:
    batches = list(cursor.query_batches("SELECT range AS n FROM range(5000)", 1000))
    numbers = [n for batch in batches for n in batch.column(0).to_pylist()]
    assert numbers == list(range(5000))
    assert max(batch.num_rows for batch in batches) <= 1000


def test_time_zone_belongs_to_the_cursor() -> None:
    database = Database.open()
    one, other = database.cursor(), database.cursor()
    one.set_time_zone("Asia/Tokyo")
    sql = "SELECT CAST(make_timestamptz(0) AS VARCHAR) AS t"
    assert one.query(sql).to_pylist() == [{"t": "1970-01-01 09:00:00+09"}]
    assert other.query(sql).to_pylist() == [{"t": "1970-01-01 00:00:00+00"}]
    database.close()


def test_python_variables_are_not_tables(cursor: Cursor) -> None:
    secret = pa.table({"a": [1]})
    assert secret.num_rows == 1
    with pytest.raises(InternalError):
        cursor.query("SELECT * FROM secret")


@pytest.mark.parametrize(
    ("sql", "condition"),
    [
        ("SELECT x + 1 FROM (VALUES (2147483647)) t(x)", "ARITHMETIC_OVERFLOW"),
        ("SELECT CAST(x AS INTEGER) FROM (VALUES ('a')) t(x)", "CAST_FAILED"),
        ("SELECT error('DIVIDE_BY_ZERO|7')", "DIVIDE_BY_ZERO"),
        ("SELECT * FROM read_parquet('/nowhere/at/all')", "ENGINE_FILE_FAILED"),
        ("SELECT strptime('x', '%Y')", "INVALID_DATA"),
    ],
)
def test_engine_error_becomes_ours_by_its_type(
    cursor: Cursor, sql: str, condition: str
) -> None:
    with pytest.raises(ExecutionError) as caught:
        cursor.query(sql)
    assert caught.value.condition == condition
    assert caught.value.message
    assert caught.value.__cause__ is not None


def test_error_in_a_later_batch_is_translated(cursor: Cursor) -> None:
    sql = "SELECT CASE WHEN range = 90000 THEN error('DIVIDE_BY_ZERO|0') ELSE 1 END"
    with pytest.raises(ExecutionError, match="DIVIDE_BY_ZERO"):
        list(cursor.query_batches(f"{sql} FROM range(100000)", 1000))


def test_tag_parameters_reach_the_error(cursor: Cursor) -> None:
    tag = "CAST_INVALID_INPUT|3|sourceType=STRING|targetType=INT||expression=a||b=c"
    with pytest.raises(ExecutionError) as caught:
        cursor.query(f"SELECT error('{tag}')")
    assert caught.value.parameters["sourceType"] == "STRING"
    assert caught.value.parameters["expression"] == "a||b=c"


def test_interrupt_ends_the_running_statement(cursor: Cursor) -> None:
    timer = threading.Timer(0.05, cursor.interrupt)
    timer.start()
    with pytest.raises(ExecutionError, match="OPERATION_CANCELED"):
        cursor.query("SELECT sum(sin(range)) FROM range(100000000000)")
    timer.join()
    assert cursor.query("SELECT 1 AS a").to_pylist() == [{"a": 1}]


def test_memory_limit_is_a_named_error(tmp_path) -> None:
    settings = EngineSettings(memory_limit_bytes=30_000_000, threads=1)
    database = Database.open(settings)
    cursor = database.cursor()
    cursor.execute("SET max_temp_directory_size = '0B'")
    with pytest.raises(ExecutionError, match="UNABLE_TO_ACQUIRE_MEMORY"):
        cursor.query("SELECT list(range) FROM range(50000000)")
    database.close()


@pytest.fixture
def budget() -> MemoryBudget:
    return MemoryBudget(256 << 20, 64 << 20)


@pytest.fixture
def limited(budget: MemoryBudget, tmp_path: Path) -> Iterator[Database]:
    settings = EngineSettings(threads=1, temp_folder=f"{tmp_path}/spill")
    database = Database.open(settings, budget)
    yield database
    database.close()


def memory_limit_of(database: Database) -> str:
    table = database.cursor().query("SELECT current_setting('memory_limit') AS a")
    return str(table.column(0)[0].as_py())


def test_engine_is_opened_with_what_the_budget_leaves(limited: Database) -> None:
    assert memory_limit_of(limited) == "256.0 MiB"


def test_engine_gives_way_to_state_and_gets_room_back(
    limited: Database, budget: MemoryBudget
) -> None:
    account = budget.account("state", "counts")
    account.grow_to(128 << 20)
    assert memory_limit_of(limited) == "128.0 MiB"
    account.close()
    budget.settle()
    assert memory_limit_of(limited) == "256.0 MiB"


def test_memory_of_the_engine_is_counted(
    limited: Database, budget: MemoryBudget
) -> None:
    limited.cursor().execute("CREATE TABLE t AS SELECT range AS a FROM range(1000000)")
    assert budget.use().engine_bytes > 1_000_000


def test_engine_that_needs_more_than_is_left_says_who_holds_the_rest(
    limited: Database, budget: MemoryBudget
) -> None:
    account = budget.account("state", "the state of counts")
    account.grow_to(180 << 20)
    cursor = limited.cursor()
    cursor.execute("SET max_temp_directory_size = '0B'")
    with pytest.raises(ExecutionError) as caught:
        cursor.query("SELECT list(range) FROM range(50000000)")
    assert caught.value.condition == "UNABLE_TO_ACQUIRE_MEMORY"
    assert "the state of counts: 180.0 MiB" in str(caught.value)


def test_engine_that_cannot_shrink_refuses_and_keeps_its_limit(
    limited: Database, budget: MemoryBudget
) -> None:
    cursor = limited.cursor()
    cursor.execute("SET max_temp_directory_size = '0B'")
    cursor.execute("CREATE TABLE t AS SELECT random() AS a FROM range(15000000)")
    account = budget.account("state", "counts")
    with pytest.raises(ExecutionError) as caught:
        account.grow_to(190 << 20)
    assert "the engine can't make room" in str(caught.value)
    assert memory_limit_of(limited) == "256.0 MiB"


def test_what_does_not_fit_goes_to_a_temporary_folder_of_the_engine_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    databases = [Database.open() for _ in range(2)]
    sql = "SELECT current_setting('temp_directory') AS a"
    folders = [d.cursor().query(sql).column(0)[0].as_py() for d in databases]
    for database in databases:
        database.close()
    assert len(set(folders)) == 2
    assert all(folder.startswith(f"{tmp_path}/unbounded-") for folder in folders)


def test_spilled_rows_leave_nothing_when_the_engine_closes(tmp_path: Path) -> None:
    folder = tmp_path / "spill"
    settings = EngineSettings(1, 64 << 20, str(folder))
    database = Database.open(settings)
    cursor = database.cursor()
    cursor.execute("CREATE TABLE t AS SELECT random() AS a FROM range(15000000)")
    assert any(folder.iterdir())
    cursor.close()
    database.close()
    assert not folder.exists()
