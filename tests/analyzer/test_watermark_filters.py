"""Where filters stand after analysis: under groups and watermarks, as in Spark."""

from __future__ import annotations

import pytest

from tests.analyzer.queries import expr, resolved, stream
from unbounded.plan.relations import (
    Aggregate,
    EventTimeWatermark,
    Filter,
    Project,
    Relation,
    SetOperation,
    Union,
    UnresolvedAggregate,
    WithWatermark,
)
from unbounded.plan.tree import walk

MARKED = WithWatermark(stream(), "time", "10 minutes")
WINDOW = "window(time, '1 hour') as w"


def grouped(*keys: str, child: Relation = MARKED) -> Relation:
    return UnresolvedAggregate(
        child, "groupby", tuple(map(expr, keys)), (expr("count(1) as n"),)
    )


def where(child: Relation, condition: str) -> Relation:
    return Filter(child, expr(condition))


def stack(plan: Relation) -> list[str]:
    """The nodes of interest, from the top down."""
    kinds = (Aggregate, EventTimeWatermark, Filter, Union)
    return [type(n).__name__ for n in walk(resolved(plan)) if isinstance(n, kinds)]


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("action = 'a'", ["Aggregate", "EventTimeWatermark", "Filter"]),
        ("w.start > '2026-01-01'", ["Aggregate", "Filter", "EventTimeWatermark"]),
        ("n > 1", ["Filter", "Aggregate", "EventTimeWatermark"]),
        ("action = 'a' or n > 1", ["Filter", "Aggregate", "EventTimeWatermark"]),
        ("rand() > 0.5", ["Filter", "Aggregate", "EventTimeWatermark"]),
        (
            "action = 'a' and n > 1",
            ["Filter", "Aggregate", "EventTimeWatermark", "Filter"],
        ),
    ],
)
def test_filter_above_groups_goes_down_with_the_keys_it_asks_for(
    condition: str, wanted: list[str]
) -> None:
    assert stack(where(grouped(WINDOW, "action"), condition)) == wanted


def test_filter_of_a_computed_key_is_computed_below() -> None:
    plan = where(grouped("upper(action) as a"), "a = 'B'")
    assert stack(plan) == ["Aggregate", "EventTimeWatermark", "Filter"]


def test_filter_above_a_global_aggregation_stays() -> None:
    assert stack(where(grouped(), "n > 1")) == [
        "Filter",
        "Aggregate",
        "EventTimeWatermark",
    ]


def test_filter_of_a_session_is_of_the_whole_session() -> None:
    """Spark 4.3 applies it to each row's own span."""
    sessions = grouped("session_window(time, '1 hour') as s", "action")
    filters = stack(where(sessions, "s.start > '2026-01-01' and action = 'a'"))
    assert filters[:2] == ["Filter", "Aggregate"]
    assert filters[-2:] == ["EventTimeWatermark", "Filter"]


def test_filter_above_a_union_goes_into_each_side() -> None:
    both = SetOperation(MARKED, WithWatermark(stream(), "time", "1 hour"), "union")
    assert stack(where(both, "action = 'a'")) == [
        "Union",
        "EventTimeWatermark",
        "Filter",
        "EventTimeWatermark",
        "Filter",
    ]


def test_filter_goes_through_a_select_list() -> None:
    renamed = Project(grouped("action"), (expr("action as a"), expr("n")))
    plan = where(renamed, "a = 'b'")
    assert stack(plan) == ["Aggregate", "EventTimeWatermark", "Filter"]
