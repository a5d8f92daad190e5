"""Where a plan holds tables, by output mode."""

from __future__ import annotations

import pytest

from tests.analyzer.queries import expr, resolved, source, stream
from unbounded.plan.commands import OutputMode
from unbounded.plan.expressions import SortOrder
from unbounded.plan.relations import (
    Deduplicate,
    Distinct,
    Filter,
    Limit,
    Offset,
    Project,
    Relation,
    SetOperation,
    Sort,
    Tail,
    UnresolvedAggregate,
    WithWatermark,
    output_of,
)
from unbounded.runtime.operator_planning import number_operators
from unbounded.runtime.retained_plan import retained_plan

PLAIN = stream("time TIMESTAMP, k STRING, v INT")
MARKED = WithWatermark(PLAIN, "time", "1 minute")


def counts(child: Relation, *keys: str) -> Relation:
    return UnresolvedAggregate(
        child, "groupby", tuple(map(expr, keys)), (expr("count(1) AS n"),)
    )


def ordered(child: Relation) -> Relation:
    return Sort(child, (SortOrder(expr("n")),))


COUNTS = counts(PLAIN, "k")
ENDING = counts(MARKED, "time")
MARKED_COUNTS = "Aggregate(EventTimeWatermark(Scan))"


def shape(plan: Relation) -> str:
    """`Limit(Snapshot(Aggregate(SourceScan)))`."""
    inputs = [child for child in plan.children() if isinstance(child, Relation)]
    if type(plan).__name__ == "SourceScan":
        return "Scan"
    return f"{type(plan).__name__}({', '.join(map(shape, inputs))})"


@pytest.mark.parametrize(
    ("plan", "output_mode", "expected"),
    [
        (PLAIN, "append", "Scan"),
        (PLAIN, "update", "Scan"),
        (PLAIN, "complete", "Snapshot(Retain(Scan))"),
        (Limit(PLAIN, 1), "append", "Limit(Scan)"),
        (Limit(PLAIN, 1), "complete", "Snapshot(Retain(Limit(Scan)))"),
        (Limit(Limit(PLAIN, 1), 2), "update", "Limit(Scan)"),
        (Limit(COUNTS, 1), "update", "Difference(Limit(Snapshot(Aggregate(Scan))))"),
        (Limit(COUNTS, 1), "complete", "Limit(Snapshot(Aggregate(Scan)))"),
        (Limit(ENDING, 1), "append", "Limit(Aggregate(EventTimeWatermark(Scan)))"),
        (
            Limit(ENDING, 1),
            "update",
            "Difference(Limit(Snapshot(Retain(Aggregate(EventTimeWatermark(Scan))))))",
        ),
        (
            Limit(Filter(ENDING, expr("n > 1")), 1),
            "update",
            "Difference(Limit(Filter(Snapshot(Retain(Aggregate("
            "EventTimeWatermark(Scan)))))))",
        ),
        (Filter(COUNTS, expr("n > 1")), "update", "Filter(Aggregate(Scan))"),
        (
            Limit(ENDING, 1),
            "complete",
            "Limit(Snapshot(Aggregate(EventTimeWatermark(Scan))))",
        ),
        (COUNTS, "update", "Aggregate(Scan)"),
        (COUNTS, "complete", "Snapshot(Aggregate(Scan))"),
        (
            Filter(ordered(COUNTS), expr("n > 1")),
            "complete",
            "Filter(Sort(Snapshot(Aggregate(Scan))))",
        ),
        (
            counts(COUNTS, "n"),
            "update",
            "Aggregate(Aggregate(Scan))",
        ),
        (counts(COUNTS, "n"), "complete", "Snapshot(Aggregate(Aggregate(Scan)))"),
        (
            counts(Project(COUNTS, (expr("n"), expr("now() AS k"))), "k"),
            "update",
            "Difference(Aggregate(Project(Snapshot(Aggregate(Scan)))))",
        ),
        (
            counts(COUNTS, "n + rand()"),
            "update",
            "Difference(Aggregate(Snapshot(Aggregate(Scan))))",
        ),
        (
            counts(COUNTS, "session_window(timestamp_seconds(n), '1 minute')"),
            "update",
            "Difference(Aggregate(Project(Filter(Snapshot(Aggregate(Scan))))))",
        ),
        (counts(ENDING, "time"), "update", f"Aggregate({MARKED_COUNTS})"),
        (
            counts(Limit(ENDING, 1), "n"),
            "update",
            "Aggregate(Difference(Limit(Snapshot(Retain(" + MARKED_COUNTS + ")))))",
        ),
        (
            counts(Limit(ENDING, 1), "time"),
            "update",
            "Difference(Aggregate(Limit(Snapshot(Retain(" + MARKED_COUNTS + ")))))",
        ),
        (Distinct(COUNTS), "update", "Aggregate(Aggregate(Scan))"),
        (Deduplicate(COUNTS, (), True), "update", "Distinct(Aggregate(Scan))"),
        (
            Deduplicate(COUNTS, ("n",)),
            "update",
            "Difference(Distinct(Snapshot(Aggregate(Scan))))",
        ),
        (
            counts(ENDING, "n"),
            "append",
            "Aggregate(Aggregate(EventTimeWatermark(Scan)))",
        ),
        (Deduplicate(PLAIN, ("k",)), "complete", "Snapshot(Retain(Distinct(Scan)))"),
        (
            Deduplicate(COUNTS, ("n",)),
            "complete",
            "Distinct(Snapshot(Aggregate(Scan)))",
        ),
        (
            counts(Deduplicate(PLAIN, ("k",)), "v"),
            "complete",
            "Snapshot(Aggregate(Distinct(Scan)))",
        ),
        (Tail(PLAIN, 1), "update", "Difference(Tail(Snapshot(Retain(Scan))))"),
        (
            Filter(Tail(PLAIN, 1), expr("v > 1")),
            "update",
            "Filter(Difference(Tail(Snapshot(Retain(Scan)))))",
        ),
        (
            counts(Tail(PLAIN, 1), "k"),
            "update",
            "Aggregate(Difference(Tail(Snapshot(Retain(Scan)))))",
        ),
        (
            Offset(Project(PLAIN, (expr("k"),)), 2),
            "append",
            "Offset(Project(Scan))",
        ),
        (
            SetOperation(COUNTS, Project(PLAIN, (expr("k"), expr("1L AS n"))), "union"),
            "complete",
            "Union(Snapshot(Aggregate(Scan)), Snapshot(Retain(Project(Scan))))",
        ),
        (
            SetOperation(COUNTS, Project(PLAIN, (expr("k"), expr("1L AS n"))), "union"),
            "update",
            "Union(Aggregate(Scan), Project(Scan))",
        ),
    ],
)
def test_table_is_held_where_the_mode_or_a_node_asks_for_it(
    plan: Relation, output_mode: OutputMode, expected: str
) -> None:
    before = resolved(plan)
    after = retained_plan(before, output_mode)
    assert shape(after) == expected
    assert output_of(after) == output_of(before)


@pytest.mark.parametrize("output_mode", ["append", "update", "complete"])
def test_table_that_is_no_stream_is_left_as_it_is(output_mode: OutputMode) -> None:
    plan = resolved(Limit(counts(source("k STRING"), "k"), 1))
    assert retained_plan(plan, output_mode) is plan


def test_what_runs_over_a_table_keeps_no_state() -> None:
    plan = retained_plan(resolved(Deduplicate(COUNTS, ("n",))), "complete")
    assert shape(plan) == "Distinct(Snapshot(Aggregate(Scan)))"
    (inner,) = number_operators(plan)
    assert inner == id(plan.child.child)  # type: ignore[attr-defined]
