"""Aggregations over aggregations in append mode; batches and numbers are Spark's."""

from __future__ import annotations

import pytest

from tests.streams.steps import (
    Drain,
    Query,
    StreamWorld,
    assert_restarts_change_nothing,
    filtered,
    grouped,
    run_steps,
)
from tests.streams.test_sessions import above, answers, files, numbers
from unbounded.plan.relations import SetOperation

FIVE = "window(time, '5 minutes')"
SMALL = grouped([FIVE, "key"], ["count(1) as n"], delay="10 minutes")
TEN = grouped(["window(window, '10 minutes')"], ["sum(n)", "count(1)"])
HOUR = grouped(["window(window, '1 hour')"], ["sum(`sum(n)`)"])

EVENTS = files(
    "0 a, 3 a, 12 a, 1 b",
    "25 a, 14 a, 1 b",
    "36 a, 2 b, 26 b",
    "70 c, 5 b",
    "130 a",
)


def run(folder: object, query: Query, **options: object) -> StreamWorld:
    return run_steps(folder, query, "append", *EVENTS, Drain(), **options)


def test_windows_of_windows_leave_when_the_watermark_passes_them(tmp_path) -> None:
    """The operator nearest the sink stands first; a batch without rows evicts."""
    world = run(tmp_path, above(TEN, SMALL))
    assert answers(world) == [
        [],
        [],
        ["00:00-00:10 5 2"],
        ["00:10-00:20 2 1"],
        ["00:20-00:30 2 2", "00:30-00:40 1 1"],
        ["01:10-01:20 1 1"],
    ]
    assert numbers(world, 0) == [
        (0, 0, 0, 0),
        (0, 0, 0, 0),
        (1, 2, 1, 0),
        (0, 0, 1, 0),
        (0, 2, 2, 0),
        (0, 1, 1, 0),
    ]
    assert numbers(world, 1) == [
        (3, 3, 0, 0),
        (4, 3, 0, 0),
        (3, 3, 3, 0),
        (4, 1, 0, 1),
        (2, 1, 3, 0),
        (1, 0, 1, 0),
    ]


def test_three_aggregations_follow_one_another(tmp_path) -> None:
    world = run(tmp_path, above(HOUR, above(TEN, SMALL)))
    assert answers(world) == [
        [],
        [],
        [],
        [],
        ["00:00-01:00 10"],
        ["01:00-02:00 1"],
    ]


def test_what_one_watermark_makes_final_is_not_late_above(tmp_path) -> None:
    """One operator alone takes the batch's own watermark for late rows, as Spark."""
    confs = {"spark.sql.streaming.statefulOperator.allowMultiple": "false"}
    several = run(tmp_path / "several", above(TEN, SMALL))
    alone = run(tmp_path / "alone", above(TEN, SMALL), confs=confs)
    assert [n[3] for n in numbers(several, 0)] == [0, 0, 0, 0, 0, 0]
    assert [n[3] for n in numbers(alone, 0)] == [0, 0, 1, 0, 2, 1]


@pytest.mark.parametrize(
    "query",
    [above(TEN, SMALL), above(HOUR, above(TEN, SMALL))],
    ids=["two", "three"],
)
def test_restart_after_each_batch_changes_nothing(tmp_path, query: Query) -> None:
    assert_restarts_change_nothing(tmp_path, query, "append", EVENTS)


def test_aggregations_side_by_side_meet_above(tmp_path) -> None:
    twenty = grouped(
        ["window(time, '20 minutes')"], ["count(1) as n"], delay="10 minutes"
    )
    small = grouped([FIVE], ["count(1) as n"], delay="10 minutes")

    def both(source):
        return SetOperation(small(source), twenty(source), "union")

    hour = grouped(["window(window, '1 hour')"], ["sum(n)"])
    world = run(tmp_path, above(hour, both))
    assert answers(world)[-2:] == [["00:00-01:00 21"], ["01:00-02:00 2"]]
    assert [len(report.operators) for report in world.reports] == [3] * 6


def test_group_that_a_filter_leaves_out_is_not_counted_above(tmp_path) -> None:
    """Filtered groups of the first are not in the second."""
    busy = above(filtered("n > 1"), SMALL)
    world = run(tmp_path, above(TEN, busy))
    assert [row for rows in answers(world) for row in rows] == [
        "00:00-00:10 5 2",
        "00:10-00:20 2 1",
    ]
