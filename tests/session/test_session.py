from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from unbounded.errors import AnalysisError, ExecutionError
from unbounded.parser import parse_plan
from unbounded.plan.commands import Command, CreateView, Write
from unbounded.plan.relations import (
    LocalRelation,
    Range,
    Relation,
    UnresolvedDataSource,
    UnresolvedTable,
)
from unbounded.session import Session, SharedState
from unbounded.session.catalog import ViewCatalog, Views
from unbounded.types import IntegerType, StructField, StructType

NUMBERS = LocalRelation(
    pa.table({"n": pa.array([1, 2, 3], pa.int32())}),
    StructType((StructField("n", IntegerType()),)),
)


def query(sql: str) -> Relation:
    plan = parse_plan(sql)
    assert isinstance(plan, Relation)
    return plan


def rows(session: Session, sql: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = session.run(query(sql)).table.to_pylist()
    return found


def do(session: Session, sql: str) -> list[dict[str, Any]]:
    plan = parse_plan(sql)
    assert isinstance(plan, Command)
    found: list[dict[str, Any]] = session.run_command(plan).table.to_pylist()
    return found


def test_rows_have_the_types_of_the_schema(session: Session) -> None:
    result = session.run(query("SELECT 1 AS a, sum(id) AS s FROM range(3)"))
    assert result.table.schema.types == [pa.int32(), pa.int64()]
    assert result.schema.simple_string == "struct<a:int,s:bigint>"


def test_table_without_columns_has_rows(session: Session) -> None:
    from unbounded.plan.relations import Project

    assert session.run(Project(Range(0, 4, 1), ())).table.num_rows == 4


def test_view_is_read_by_its_name_in_any_case(session: Session) -> None:
    session.run_command(CreateView("Numbers", NUMBERS))
    assert rows(session, "SELECT max(n) AS m FROM numbers") == [{"m": 3}]


def test_view_may_be_redefined_by_itself(session: Session) -> None:
    session.run_command(CreateView("v", NUMBERS))
    do(session, "CREATE OR REPLACE TEMP VIEW v AS SELECT n FROM v WHERE n > 1")
    do(session, "CREATE OR REPLACE TEMP VIEW v AS SELECT n FROM v WHERE n > 2")
    assert rows(session, "SELECT * FROM v") == [{"n": 3}]


def test_view_of_a_wrong_query_is_refused_at_once(session: Session) -> None:
    with pytest.raises(AnalysisError) as caught:
        do(session, "CREATE TEMP VIEW v AS SELECT nothing FROM range(1)")
    assert caught.value.condition.startswith("UNRESOLVED_COLUMN")


def test_view_is_not_replaced_unasked(session: Session) -> None:
    session.run_command(CreateView("v", NUMBERS, replaces=False))
    with pytest.raises(AnalysisError) as caught:
        session.run_command(CreateView("v", NUMBERS, replaces=False))
    assert caught.value.condition == "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS"


def test_global_view_is_seen_by_other_sessions(
    session: Session, shared: SharedState
) -> None:
    session.run_command(CreateView("g", NUMBERS, is_global=True))
    other = Session(shared, "other", "user", session.conf.copy())
    assert rows(other, "SELECT count(*) AS c FROM global_temp.g") == [{"c": 3}]
    do(session, "DROP VIEW global_temp.g")
    with pytest.raises(AnalysisError):
        rows(other, "SELECT * FROM global_temp.g")


def test_dropping_an_unknown_view_is_an_error_unless_allowed(session: Session) -> None:
    do(session, "DROP VIEW IF EXISTS nothing")
    with pytest.raises(AnalysisError) as caught:
        do(session, "DROP VIEW nothing")
    assert caught.value.condition == "TABLE_OR_VIEW_NOT_FOUND"


def test_show_tables_lists_views_by_pattern(session: Session) -> None:
    session.run_command(CreateView("one", NUMBERS))
    session.run_command(CreateView("two", NUMBERS))
    found = do(session, "SHOW TABLES LIKE 't*'")
    assert [row["tableName"] for row in found] == ["two"]


def test_set_and_reset_change_settings(session: Session) -> None:
    do(session, "SET spark.sql.shuffle.partitions = 7")
    assert session.conf.get("spark.sql.shuffle.partitions") == "7"
    do(session, "RESET")
    assert session.conf.get("spark.sql.shuffle.partitions") == "200"


def test_kept_relation_is_read_until_it_is_forgotten(session: Session) -> None:
    from unbounded.plan.relations import CachedRemoteRelation

    relation_id = session.checkpoint(query("SELECT id FROM range(2)"))
    kept = CachedRemoteRelation(relation_id)
    assert session.run(kept).table.num_rows == 2
    session.catalog.forget(relation_id)
    with pytest.raises(AnalysisError) as caught:
        session.run(kept)
    assert caught.value.condition == "DATAFRAME_NOT_FOUND"


def test_view_of_a_kept_relation_outlives_it(session: Session) -> None:
    from unbounded.plan.relations import CachedRemoteRelation

    session.catalog.keep("k", NUMBERS)
    session.run_command(CreateView("v", CachedRemoteRelation("k")))
    session.catalog.forget("k")
    assert len(rows(session, "SELECT * FROM v")) == 3


@pytest.mark.parametrize("name", ["json", "csv", "parquet"])
def test_rows_written_are_read_back(
    session: Session, tmp_path: Path, name: str
) -> None:
    folder = str(tmp_path / "out")
    write = Write(NUMBERS, name, "error", folder)
    session.run_command(write)
    with pytest.raises(AnalysisError) as caught:
        session.run_command(write)
    assert caught.value.condition == "PATH_ALREADY_EXISTS"
    session.run_command(Write(NUMBERS, name, "append", folder))
    source = UnresolvedDataSource(name, NUMBERS.schema, {}, (folder,))
    assert session.run(source).table.num_rows == 6
    session.run_command(Write(NUMBERS, name, "overwrite", folder))
    session.run_command(Write(NUMBERS, name, "ignore", folder))
    data = [file for file in Path(folder).iterdir() if file.name.startswith("part-")]
    assert len(data) == 1


def test_cancelled_statement_ends(session: Session) -> None:
    slow = "SELECT sum(a.id * b.id) FROM range(1000000) a, range(1000000) b"
    timers: list[threading.Timer] = []

    def cancel_soon(cancel: Callable[[], None]) -> None:
        timers.append(threading.Timer(0.2, cancel))
        timers[0].start()

    with pytest.raises(ExecutionError) as caught:
        session.run(query(slow), cancel_soon)
    assert caught.value.condition == "OPERATION_CANCELED"


def test_persisted_plan_is_known_until_forgotten(session: Session) -> None:
    session.run_command(CreateView("v", NUMBERS))
    plan = UnresolvedTable(("v",))
    session.persist(plan)
    assert session.is_persisted(plan)
    session.unpersist(plan)
    assert not session.is_persisted(plan)


def test_copied_catalog_goes_its_own_way() -> None:
    first = ViewCatalog(Views(), Views())
    first.create("v", NUMBERS)
    second = first.copy()
    second.drop("v")
    assert first.names() == ["v"]
    assert second.names() == []
