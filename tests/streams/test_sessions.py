"""Session windows as a stream; batches and numbers of append and complete are Spark's.

Rows are at minutes; the gap is five minutes, the watermark's delay ten.
"""

from __future__ import annotations

import pytest

from tests.streams.steps import (
    AddFile,
    CheckBatches,
    Drain,
    ExpectFailure,
    Query,
    Start,
    Stop,
    StreamWorld,
    assert_restarts_change_nothing,
    grouped,
    run_steps,
)
from unbounded.plan.relations import Relation

SUMS = ["count(1)", "sum(value)"]
FIVE = "session_window(time, '5 minutes')"
MARKED = grouped([FIVE, "key"], SUMS, delay="10 minutes")
PLAIN = grouped([FIVE, "key"], SUMS)


def files(*texts: str) -> list[AddFile]:
    """A file for each text: rows `minute key`, the minute being the value too."""
    made = []
    for text in texts:
        rows = []
        for row in text.split(", ") if text else []:
            minute, key = row.split()
            hours, minutes = divmod(int(minute), 60)
            rows.append(f"{hours:02}:{minutes:02}:00 {key} {minute}")
        made.append(AddFile(*rows))
    return made


EVENTS = files(
    "0 a, 3 a, 20 a, 1 b",
    "8 a, 30 a, 1 b, 1 b",
    "14 a, 12 a, 50 c",
    "2 b, 2 b, 3 b, 47 a",
    "100 a",
    "101 a",
)


def run(folder: object, query: Query, mode: str, *events: AddFile) -> StreamWorld:
    steps = (s for file in events for s in (file, Drain()))
    return run_steps(folder, query, mode, *steps)


def numbers(world: StreamWorld, operator: int = 0) -> list[tuple[int, ...]]:
    """Of each batch: sessions held, those of touched keys, removed, late spans."""
    metrics = [report.operators[operator].metrics for report in world.reports]
    return [
        (m.rows_total, m.rows_updated, m.rows_removed, m.rows_dropped_by_watermark)
        for m in metrics
    ]


def answers(world: StreamWorld) -> list[list[str]]:
    return [sorted(rows) for _, rows in world.deliveries]


def test_append_gives_a_session_once_when_the_watermark_passes_it(tmp_path) -> None:
    world = run_steps(tmp_path, MARKED, "append", *EVENTS, Drain())
    assert answers(world) == [
        [],
        ["00:01-00:06 b 3 3"],
        ["00:00-00:19 a 5 37"],
        ["00:20-00:25 a 1 20", "00:30-00:35 a 1 30"],
        [],
        ["00:47-00:52 a 1 47", "00:50-00:55 c 1 50"],
        [],
    ]


def test_numbers_are_of_the_sessions_of_touched_keys(tmp_path) -> None:
    world = run_steps(tmp_path, MARKED, "append", *EVENTS, Drain())
    assert numbers(world) == [
        (3, 3, 0, 0),
        (3, 4, 1, 0),
        (3, 4, 1, 0),
        (2, 3, 2, 2),
        (3, 2, 0, 0),
        (1, 2, 2, 0),
        (1, 0, 0, 0),
    ]


def test_complete_keeps_every_session_and_drops_late_rows(tmp_path) -> None:
    world = run_steps(tmp_path, MARKED, "complete", *EVENTS, Drain())
    assert numbers(world) == [
        (3, 3, 0, 0),
        (4, 4, 0, 0),
        (5, 4, 0, 0),
        (6, 4, 0, 2),
        (7, 5, 0, 0),
        (7, 5, 0, 0),
    ]
    assert answers(world)[-1] == [
        "00:00-00:19 a 5 37",
        "00:01-00:06 b 3 3",
        "00:20-00:25 a 1 20",
        "00:30-00:35 a 1 30",
        "00:47-00:52 a 1 47",
        "00:50-00:55 c 1 50",
        "01:40-01:46 a 2 201",
    ]


def test_session_that_bridges_two_absorbs_the_later_one(tmp_path) -> None:
    world = run(tmp_path, PLAIN, "complete", *files("0 a, 8 a", "4 a"))
    assert answers(world) == [
        ["00:00-00:05 a 1 0", "00:08-00:13 a 1 8"],
        ["00:00-00:13 a 3 12"],
    ]
    assert numbers(world) == [(2, 2, 0, 0), (1, 1, 1, 0)]


def test_session_that_begins_sooner_takes_the_place_of_the_old_one(tmp_path) -> None:
    world = run(tmp_path, PLAIN, "complete", *files("10 a", "7 a"))
    assert answers(world)[-1] == ["00:07-00:15 a 2 17"]
    assert numbers(world)[-1] == (1, 1, 1, 0)


def test_update_gives_the_sessions_that_changed(tmp_path) -> None:
    world = run(tmp_path, PLAIN, "update", *files("0 a, 20 a, 1 b", "3 a"))
    assert answers(world) == [
        ["00:00-00:05 a 1 0", "00:01-00:06 b 1 1", "00:20-00:25 a 1 20"],
        ["00:00-00:08 a 2 3"],
    ]


def test_late_row_is_dropped_even_where_its_session_is_open(tmp_path) -> None:
    """The watermark of the third batch's rows is at 20, the row's own end at 19."""
    world = run_steps(
        tmp_path,
        MARKED,
        "append",
        *files("10 a, 14 a, 18 a, 30 a", "31 b", "14 a, 60 b", "61 b"),
        Drain(),
    )
    assert numbers(world)[2][3] == 1
    assert "00:10-00:23 a 3 42" in [row for rows in answers(world) for row in rows]


def test_null_key_has_sessions_of_its_own(tmp_path) -> None:
    world = run(tmp_path, PLAIN, "complete", *files("0 ., 3 a", "2 ."))
    assert answers(world)[-1] == ["00:00-00:07 . 2 2", "00:03-00:08 a 1 3"]


def test_row_without_a_time_is_in_no_session(tmp_path) -> None:
    rows = (AddFile(". a 5", "00:01:00 a 1"),)
    assert answers(run(tmp_path, PLAIN, "complete", *rows)) == [["00:01-00:06 a 1 1"]]


def test_sessions_may_be_the_only_key(tmp_path) -> None:
    query = grouped([FIVE], SUMS, delay="10 minutes")
    world = run(tmp_path, query, "append", *files("0 a, 3 b, 20 a", "40 a"))
    assert [row for rows in answers(world) for row in rows] == [
        "00:00-00:08 2 3",
        "00:20-00:25 1 20",
    ]


def test_gap_may_be_of_each_row(tmp_path) -> None:
    gap = "CASE WHEN value > 10 THEN '1 minute' WHEN value > 5 THEN '0 seconds' END"
    query = grouped(
        [f"session_window(time, coalesce({gap}, '4 minutes'))", "key"], SUMS
    )
    world = run(tmp_path, query, "complete", *files("0 a, 20 a, 7 a", "3 a, 21 a"))
    assert answers(world)[-1] == ["00:00-00:07 a 2 3", "00:20-00:22 a 2 41"]


def test_every_function_is_of_the_whole_session(tmp_path) -> None:
    calls = [
        "first(value)",
        "last(value)",
        "collect_list(value)",
        "count(DISTINCT value % 3)",
        "sum(DISTINCT value % 3)",
        "avg(value)",
        "max_by(key, value)",
        "var_pop(value)",
    ]
    query = grouped([FIVE, "key"], calls)
    world = run(tmp_path, query, "complete", *files("8 a, 0 a", "4 a, 6 a"))
    assert answers(world)[-1] == ["00:00-00:13 a 0 8 [0, 4, 6, 8] 3 3 4.5 a 8.75"]


def test_restart_after_each_batch_changes_nothing(tmp_path) -> None:
    for mode in ("append", "update", "complete"):
        assert_restarts_change_nothing(tmp_path / mode, MARKED, mode, EVENTS)


def test_restart_knows_sessions_by_their_keys(tmp_path) -> None:
    other = grouped([FIVE, "value"], SUMS)
    run_steps(
        tmp_path,
        PLAIN,
        "complete",
        *EVENTS[:1],
        CheckBatches(["00:00-00:08 a 2 3", "00:20-00:25 a 1 20", "00:01-00:06 b 1 1"]),
        Stop(),
        ExpectFailure("STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE", other),
        Start(PLAIN),
        *files("4 a"),
        CheckBatches(["00:00-00:09 a 3 7", "00:20-00:25 a 1 20", "00:01-00:06 b 1 1"]),
    )


def above(upper: Query, lower: Query) -> Query:
    return lambda source: upper(lower(source))


def windowed(source: Relation) -> Relation:
    return grouped(
        ["window(session_window, '30 minutes')"], ["sum(`count(1)`)", "count(1)"]
    )(source)


def test_windows_of_sessions_get_each_session_once(tmp_path) -> None:
    """The operator nearest the sink is reported first, as by Spark."""
    world = run_steps(tmp_path, above(windowed, MARKED), "append", *EVENTS, Drain())
    assert answers(world) == [
        [],
        [],
        [],
        ["00:00-00:30 9 3"],
        [],
        ["00:30-01:00 3 3"],
        [],
    ]
    assert numbers(world) == [
        (0, 0, 0, 0),
        (1, 1, 0, 0),
        (1, 1, 0, 0),
        (1, 2, 1, 0),
        (1, 0, 0, 0),
        (0, 1, 1, 0),
        (0, 0, 0, 0),
    ]


def test_sessions_of_sessions_are_those_of_their_last_moments(tmp_path) -> None:
    upper = grouped(
        ["session_window(session_window, '10 minutes')", "key"], ["sum(`count(1)`)"]
    )
    world = run_steps(tmp_path, above(upper, MARKED), "append", *EVENTS, Drain())
    assert [row for rows in answers(world) for row in rows] == [
        "00:05-00:15 b 3",
        "00:18-00:44 a 7",
        "00:51-01:01 a 1",
        "00:54-01:04 c 1",
    ]


def test_chain_with_sessions_goes_on_after_each_batch(tmp_path) -> None:
    assert_restarts_change_nothing(tmp_path, above(windowed, MARKED), "append", EVENTS)


@pytest.mark.parametrize("mode", ["update", "complete"])
def test_windows_of_sessions_that_are_revised_count_each_once(tmp_path, mode) -> None:
    """The bridge at minute 7 makes one session of two."""
    query = above(windowed, grouped([FIVE, "key"], SUMS))
    steps = (s for f in files("2 a, 12 a", "7 a", "40 b") for s in (f, Drain()))
    world = run_steps(tmp_path, query, mode, *steps)
    new = {"update": [], "complete": ["00:00-00:30 3 1"]}
    assert answers(world) == [
        ["00:00-00:30 2 2"],
        ["00:00-00:30 3 1"],
        [*new[mode], "00:30-01:00 1 1"],
    ]
