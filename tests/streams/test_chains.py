"""Aggregations over aggregations; batches and numbers of append mode are Spark's.

In update and complete mode, which Spark refuses, what a group was is taken back.
"""

from __future__ import annotations

import pytest

from tests.streams.steps import (
    Drain,
    Query,
    StreamWorld,
    assert_restarts_change_nothing,
    expressions,
    filtered,
    grouped,
    run_steps,
)
from tests.streams.test_sessions import above, answers, files, numbers
from unbounded.parser import parse_expression
from unbounded.plan.relations import (
    Deduplicate,
    Project,
    SetOperation,
    UnresolvedJoin,
)

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


# --- update and complete ------------------------------------------------------


COUNTS = grouped(["key"], ["count(1) AS n"])
OF_COUNTS = grouped(["n"], ["count(1)"])
KEYS = files("0 a, 0 b, 0 a", "1 c, 1 a", "2 b, 2 c, 2 d")


@pytest.mark.parametrize(
    ("mode", "batches"),
    [
        ("update", [["1 1", "2 1"], ["1 2", "3 1"], ["1 1", "2 2"]]),
        ("complete", [["1 1", "2 1"], ["1 2", "3 1"], ["1 1", "2 2", "3 1"]]),
    ],
)
def test_counts_of_counts_are_those_of_the_counts_there_are(tmp_path, mode, batches):
    """Of the second batch a goes from 2 to 3, so that no key is left with 2."""
    steps = (s for file in KEYS for s in (file, Drain()))
    world = run_steps(tmp_path, above(OF_COUNTS, COUNTS), mode, *steps)
    assert [sorted(rows) for rows in answers(world)] == batches
    names = [operator.name for operator in world.reports[0].operators]
    assert names == ["revisedAggregate", "stateStoreSave"]


def test_global_aggregate_over_counts_is_given_where_it_changes(tmp_path) -> None:
    total = grouped([], ["max(n)", "avg(n)", "count(DISTINCT n)"])
    steps = (s for file in KEYS for s in (file, Drain()))
    world = run_steps(tmp_path, above(total, COUNTS), "update", *steps)
    assert answers(world) == [["2 1.5 2"], ["3 1.6666666666666667 2"], ["3 2.0 3"]]


def test_windows_of_windows_follow_windows_that_change(tmp_path) -> None:
    """The second row of minute 2 is late: its five minutes are final by then."""
    steps = (s for file in EVENTS for s in (file, Drain()))
    world = run_steps(tmp_path, above(TEN, SMALL), "update", *steps)
    assert [rows for rows in answers(world) if rows] == [
        ["00:00-00:10 3 2", "00:10-00:20 1 1"],
        ["00:00-00:10 4 2", "00:10-00:20 2 1", "00:20-00:30 1 1"],
        ["00:20-00:30 2 2", "00:30-00:40 1 1"],
        ["01:10-01:20 1 1"],
        ["02:10-02:20 1 1"],
    ]
    (outer, inner) = world.reports[-1].operators
    assert (outer.metrics.rows_total, inner.metrics.rows_total) == (1, 1)


@pytest.mark.parametrize(
    ("columns", "batches"),
    [(("n",), [["2"], ["2"], ["3"]]), ((), [["2"], ["3"], ["4"]])],
    ids=["of a column", "of all columns"],
)
def test_different_counts_are_those_that_a_key_still_has(tmp_path, columns, batches):
    def different(child):
        return Deduplicate(child, columns, not columns)

    counted = grouped([], ["count(1)"])
    steps = (s for file in KEYS for s in (file, Drain()))
    query = above(counted, above(different, COUNTS))
    assert answers(run_steps(tmp_path, query, "complete", *steps)) == batches


@pytest.mark.parametrize("mode", ["update", "complete"])
@pytest.mark.parametrize(
    "query",
    [
        above(OF_COUNTS, COUNTS),
        above(grouped(["n"], ["max(key)", "collect_set(key)"]), COUNTS),
        above(grouped([], ["median(n)", "min(n)"]), above(filtered("n > 1"), COUNTS)),
        above(TEN, SMALL),
        above(
            grouped(["window(window, '10 minutes')"], ["max(n)", "collect_set(n)"]),
            SMALL,
        ),
    ],
    ids=["counts", "values", "global", "windows", "values of windows"],
)
def test_restart_after_each_batch_of_revised_rows_changes_nothing(
    tmp_path, query: Query, mode: str
) -> None:
    assert_restarts_change_nothing(tmp_path, query, mode, [*KEYS, *EVENTS])


def test_third_aggregation_takes_back_what_the_second_gave(tmp_path) -> None:
    """Of each count the median of the keys' values, and of those the sum."""
    of_keys = grouped(["key"], ["count(1) AS n", "sum(value) AS v"])
    medians = grouped(["n"], ["median(v) AS m", "max(v) AS most"])
    total = grouped([], ["sum(m)", "collect_set(most)"])
    steps = (s for file in KEYS for s in (file, Drain()))
    query = above(total, above(medians, of_keys))
    world = run_steps(tmp_path, query, "update", *steps)
    # a: 2 rows of 0, b: 1; then a: 3 rows, 1, b, c: 1; then b and c: 2 rows, d: 1.
    assert answers(world) == [["0.0 [0]"], ["1.5 [1]"], ["5.5 [1, 2, 3]"]]


@pytest.mark.parametrize("mode", ["update", "complete"])
def test_counts_are_joined_with_counts_of_them(tmp_path, mode: str) -> None:
    """Each key beside the last of those that have one row less."""

    def query(source):
        of_counts = grouped(["n"], ["max(key) AS last"])(COUNTS(source))
        less = Project(of_counts, expressions("n + 1 AS m", "last"))
        condition = parse_expression("n = m")
        return UnresolvedJoin(COUNTS(source), less, "inner", condition)

    steps = (s for file in KEYS for s in (file, Drain()))
    world = run_steps(tmp_path, query, mode, *steps)
    last = ["a 3 3 c", "b 2 2 d", "c 2 2 d"]
    assert [sorted(rows) for rows in answers(world)] == [["a 2 2 b"], [], last]


@pytest.mark.parametrize("mode", ["update", "complete"])
def test_words_are_counted_and_their_counts_too(tmp_path, mode: str) -> None:
    """A row of a text becomes a row for each of its letters."""

    def letters(source):
        return Project(source, expressions("explode(split(key, '')) AS letter"))

    counts = above(grouped(["letter"], ["count(1) AS n"]), letters)
    steps = (s for f in files("0 abc, 0 a", "1 b, 1 cb") for s in (f, Drain()))
    world = run_steps(tmp_path, above(OF_COUNTS, counts), mode, *steps)
    assert [sorted(rows) for rows in answers(world)] == [["1 2", "2 1"], ["2 2", "3 1"]]
