"""Streams whose whole table is asked for: what Spark refuses, held to the batch law."""

from __future__ import annotations

import pytest

from tests.streams.steps import (
    AddFile,
    AdvanceClock,
    CheckBatches,
    Drain,
    Query,
    Start,
    Step,
    Stop,
    StreamWorld,
    assert_restarts_change_nothing,
    expressions,
    grouped,
    run_steps,
)
from unbounded.parser import parse_expression
from unbounded.plan.expressions import SortOrder
from unbounded.plan.relations import (
    Deduplicate,
    Limit,
    Offset,
    Project,
    Relation,
    SetOperation,
    Sort,
    Tail,
)

FILES = (
    AddFile("10:00:00 b 2", "10:01:00 a 1", "10:02:00 b 2"),
    AddFile("10:03:00 c 0", "10:04:00 a 3"),
    AddFile("10:05:00 d 1", "10:06:00 c 5", "10:07:00 c 6"),
)


def values(query: Query) -> Query:
    return lambda source: Project(query(source), expressions("value"))


def ordered(child: Relation, *orders: str) -> Relation:
    def order(text: str) -> SortOrder:
        name, _, direction = text.partition(" ")
        return SortOrder(parse_expression(name), direction != "desc")

    return Sort(child, tuple(map(order, orders)))


COUNTS = grouped(["key"], ["count(1) AS n"])


def top(count: int) -> Query:
    return lambda source: Limit(ordered(COUNTS(source), "n desc", "key"), count)


def delivered(world: StreamWorld) -> list[list[str]]:
    """What each batch gave, in the order of its rows."""
    return [rows for _, rows in world.deliveries]


def names(world: StreamWorld) -> list[str]:
    return [operator.name for operator in world.reports[0].operators]


def test_complete_mode_gives_all_rows_there_were_in_their_order(tmp_path):
    world = run_steps(
        tmp_path, values(lambda source: source), "complete", *FILES, Drain()
    )
    rows = ["2", "1", "2", "0", "3", "1", "5", "6"]
    assert delivered(world) == [rows[:3], rows[:5], rows]
    assert names(world) == ["retainedRows"]


@pytest.mark.parametrize(
    ("query", "tables"),
    [
        (
            lambda source: ordered(source, "value desc", "key"),
            (["2", "2", "1"], ["3", "2", "2", "1", "0"]),
        ),
        (lambda source: Limit(source, 4), (["2", "1", "2"], ["2", "1", "2", "0"])),
        (lambda source: Offset(source, 2), (["2"], ["2", "0", "3"])),
        (lambda source: Tail(source, 2), (["1", "2"], ["0", "3"])),
        (
            lambda source: Limit(ordered(source, "value", "key"), 2),
            (["1", "2"], ["0", "1"]),
        ),
        (
            lambda source: Offset(ordered(source, "value", "key"), 1),
            (["2", "2"], ["1", "2", "2", "3"]),
        ),
        (
            lambda source: Deduplicate(source, ("value",)),
            (["2", "1"], ["2", "1", "0", "3"]),
        ),
    ],
    ids=["sort", "limit", "offset", "tail", "top", "all but the top", "distinct"],
)
def test_table_of_complete_mode_is_that_of_a_batch(tmp_path, query, tables):
    world = run_steps(tmp_path, values(query), "complete", *FILES[:2], Drain())
    assert delivered(world) == list(tables)


def test_counts_are_sorted_and_cut_without_a_table_beside_their_own(tmp_path):
    world = run_steps(tmp_path, top(2), "complete", *FILES, Drain())
    assert delivered(world) == [["b 2", "a 1"], ["a 2", "b 2"], ["c 3", "a 2"]]
    assert names(world) == ["stateStoreSave"]


def test_update_mode_gives_what_has_come_into_the_top(tmp_path):
    world = run_steps(tmp_path, top(2), "update", *FILES, Drain())
    assert delivered(world) == [["b 2", "a 1"], ["a 2"], ["c 3"]]
    assert names(world) == ["resultDifference", "stateStoreSave"]


def test_batch_that_leaves_the_top_as_it_was_gives_nothing(tmp_path):
    run_steps(
        tmp_path,
        top(1),
        "update",
        AddFile("10:00:00 b 2", "10:00:00 b 2"),
        AddFile("10:00:00 a 2"),
        CheckBatches(["b 2"], []),
    )


def test_limit_over_counts_keeps_the_keys_that_came_first(tmp_path):
    world = run_steps(
        tmp_path, lambda source: Limit(COUNTS(source), 2), "update", *FILES, Drain()
    )
    assert [sorted(rows) for rows in delivered(world)] == [["a 1", "b 2"], ["a 2"], []]


def test_rows_are_sorted_below_a_limit_in_update_mode(tmp_path):
    run_steps(
        tmp_path,
        values(lambda source: Limit(ordered(source, "value desc"), 2)),
        "update",
        *FILES,
        CheckBatches(["2", "2"], ["3"], ["5", "6"]),
    )


def test_last_rows_are_given_in_update_mode_as_they_come(tmp_path):
    run_steps(
        tmp_path,
        values(lambda source: Tail(source, 2)),
        "update",
        *FILES,
        CheckBatches(["1", "2"], ["0", "3"], ["5", "6"]),
    )


def test_groups_that_have_left_their_state_stay_in_the_table(tmp_path):
    windows = grouped(
        ["window(time, '10 minutes')"], ["count(1) AS n"], delay="0 seconds"
    )

    def query(source: Relation) -> Relation:
        return Limit(ordered(windows(source), "n desc", "window"), 1)

    world = run_steps(
        tmp_path,
        query,
        "update",
        AddFile("10:00:00 a 1", "10:01:00 a 1"),
        AddFile("11:00:00 a 1"),
        AddFile("11:01:00 a 1"),
        AddFile("11:02:00 a 1"),
        Drain(),
    )
    assert [row for rows in delivered(world) for row in rows] == [
        "10:00-10:10 2",
        "11:00-11:10 3",
    ]
    assert names(world) == ["resultDifference", "retainedTable", "stateStoreSave"]


def test_value_that_is_another_in_each_batch_does_not_spoil_the_table(tmp_path):
    counts = grouped(["time"], ["count(1) AS n"], delay="0 seconds")

    def query(source: Relation) -> Relation:
        told = Project(counts(source), expressions("n", "unix_millis(now())"))
        return Limit(told, 2)

    world = run_steps(
        tmp_path,
        query,
        "update",
        AddFile("10:00:00 a 1"),
        Drain(),
        AdvanceClock(1000),
        AddFile("10:00:00 a 1", "10:00:01 a 1"),
        AddFile("10:00:01 a 1"),
        Drain(),
    )
    assert [rows for rows in delivered(world) if rows] == [
        ["1 1000000"],
        ["1 1001000", "1 1001000"],
        ["2 1001000"],
    ]


@pytest.mark.parametrize(
    ("output_mode", "batches"),
    [
        ("update", [["1 1", "2 1"], ["2 2"], ["3 1"]]),
        ("complete", [["1 1", "2 1"], ["1 1", "2 2"], ["1 1", "2 2", "3 1"]]),
    ],
)
def test_counts_of_counts_follow_counts_that_change(tmp_path, output_mode, batches):
    of_counts = grouped(["n"], ["count(1)"])
    world = run_steps(
        tmp_path,
        lambda source: of_counts(COUNTS(source)),
        output_mode,
        *FILES,
        Drain(),
    )
    assert [sorted(rows) for rows in delivered(world)] == batches


def test_duplicates_among_counts_go_by_the_counts_there_are(tmp_path):
    def query(source: Relation) -> Relation:
        return Deduplicate(COUNTS(source), ("n",))

    world = run_steps(tmp_path, query, "complete", *FILES, Drain())
    assert delivered(world) == [["b 2", "a 1"], ["b 2", "c 1"], ["b 2", "c 3", "d 1"]]


def test_counts_and_rows_are_one_table(tmp_path):
    def query(source: Relation) -> Relation:
        rows = Project(source, expressions("key", "value AS n"))
        return SetOperation(COUNTS(source), rows, "union")

    world = run_steps(tmp_path, query, "complete", *FILES[:2], Drain())
    assert [sorted(rows) for rows in delivered(world)] == [
        ["a 1", "a 1", "b 2", "b 2", "b 2"],
        ["a 1", "a 2", "a 3", "b 2", "b 2", "b 2", "c 0", "c 1"],
    ]


@pytest.mark.parametrize(
    ("query", "output_mode"),
    [
        (lambda source: source, "complete"),
        (lambda source: Deduplicate(source, ("key",)), "complete"),
        (lambda source: Tail(source, 3), "update"),
        (top(2), "update"),
        (
            lambda source: Limit(
                grouped(["time"], ["count(1)"], delay="1 minute")(source), 3
            ),
            "update",
        ),
    ],
    ids=["rows", "distinct", "last rows", "top", "limit of groups that end"],
)
def test_restart_after_every_batch_gives_the_same_rest(tmp_path, query, output_mode):
    assert_restarts_change_nothing(tmp_path, query, output_mode, FILES)
    steps: list[Step] = [*FILES[:1], Drain(), Stop(), Start(), *FILES[1:], Drain()]
    run_steps(tmp_path / "some", query, output_mode, *steps)
