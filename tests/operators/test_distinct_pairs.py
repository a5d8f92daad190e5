"""Distinct values on a stream: a table of pairs that grows and ends with its groups."""

from __future__ import annotations

import datetime

import pyarrow as pa

from tests.operators.aggregation import Aggregation, Rows
from unbounded.engine import Cursor
from unbounded.operators import Watermarks

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
MINUTE_MS = 60_000
START_MS = int(START.timestamp()) * 1000


def events(*rows: tuple[int, str]) -> pa.Table:
    """Values by minute."""
    times = [START + datetime.timedelta(minutes=minute) for minute, _ in rows]
    return pa.table(
        {
            "time": pa.array(times, pa.timestamp("us", "UTC")),
            "v": pa.array([value for _, value in rows], pa.string()),
        }
    )


def counted(cursor: Cursor) -> Aggregation:
    return Aggregation(
        cursor,
        events(),
        ["window(time, '10 minutes')"],
        ["count(DISTINCT v)", "count(DISTINCT v) FILTER (WHERE v > 'a')"],
        delay="0 seconds",
    )


def counts(rows: Rows) -> list[tuple[int, ...]]:
    return sorted(row[1:] for row in rows)


def until(minute: int) -> Watermarks:
    return Watermarks(START_MS, START_MS + minute * MINUTE_MS)


def test_only_a_group_s_new_values_count(cursor: Cursor) -> None:
    runs = counted(cursor)
    runs.states = runs.new_states()
    runs.process(events((1, "a"), (2, "a"), (11, "a")), until(0))
    changes = runs.process(events((3, "a"), (4, "b")), until(0))
    assert counts(runs.rows(changes.updated())) == [(2, 1)]
    assert counts(runs.rows(changes.snapshot())) == [(1, 0), (2, 1)]
    assert [state.count for state in runs.states] == [2, 3, 1]


def test_pairs_leave_with_their_group(cursor: Cursor) -> None:
    runs = counted(cursor)
    runs.states = runs.new_states()
    runs.process(events((1, "a"), (2, "b"), (11, "c")), until(0)).settle()
    changes = runs.process(events(), until(10))
    assert counts(runs.rows(changes.final())) == [(2, 1)]
    changes.settle()
    assert [state.count for state in runs.states] == [1, 1, 1]


def test_pairs_leave_with_their_group_after_a_restart(cursor: Cursor) -> None:
    runs = counted(cursor)
    runs.states = runs.new_states()
    runs.process(events((1, "a"), (11, "c")), until(0)).settle()
    runs.restart()
    runs.process(events((2, "a"), (2, "d")), until(0)).settle()
    changes = runs.process(events(), until(20))
    assert counts(runs.rows(changes.final())) == [(1, 1), (2, 1)]
    changes.settle()
    assert [state.count for state in runs.states] == [0, 0, 0]


def test_equal_distinct_values_share_a_table(cursor: Cursor) -> None:
    calls = ["count(DISTINCT v)", "collect_set(v)", "approx_count_distinct(v)"]
    runs = Aggregation(cursor, events(), [], calls)
    names = [schema.store_name for schema in runs.operator.state_schemas]
    assert names == ["default", "distinct-0"]


def test_revision_takes_the_former_count_back(cursor: Cursor) -> None:
    runs = Aggregation(cursor, events(), [], ["count(DISTINCT v)", "first(v)"])
    runs.states = runs.new_states()
    runs.process(events((1, "a")), until(0))
    changes = runs.process(events((2, "a"), (3, "b")), until(0))
    revision = changes.revision()
    assert revision.column(1).to_pylist() == [1, 2]
    assert revision.column("__weight").to_pylist() == [-1, 1]
