"""Columns under the names by which they were first read."""

from __future__ import annotations

from tests.analyzer.queries import expr, resolved, stream
from unbounded.plan.origins import with_origin_names
from unbounded.plan.relations import (
    Aggregate,
    Project,
    Relation,
    SetOperation,
    UnresolvedAggregate,
    output_of,
)
from unbounded.plan.tree import walk


def select(child: Relation, *columns: str) -> Relation:
    return Project(child, tuple(map(expr, columns)))


def count_by(child: Relation, key: str) -> Relation:
    return UnresolvedAggregate(child, "groupby", (expr(key),), (expr("count(1)"),))


def names(plan: Relation) -> list[str]:
    return [column.name for column in output_of(with_origin_names(resolved(plan)))]


def test_column_that_is_repeated_keeps_its_name() -> None:
    renamed = select(stream(), "action as a", "time")
    assert names(select(renamed, "a as b", "time as t")) == ["action", "time"]


def test_column_that_is_computed_has_a_name_of_its_own() -> None:
    assert names(select(stream(), "upper(action) as a")) == ["a"]


def test_columns_that_change_places_are_told_apart() -> None:
    swapped = select(select(stream(), "action", "upper(action) as other"), "other as x")
    assert names(swapped) == ["other"]


def test_key_is_called_as_it_was_read() -> None:
    plan = resolved(count_by(select(stream(), "action as a"), "a"))
    (aggregate,) = (
        n for n in walk(with_origin_names(plan)) if isinstance(n, Aggregate)
    )
    assert [key.child.name for key in aggregate.grouping] == ["action"]


def test_united_columns_are_called_as_the_first_table_calls_them() -> None:
    tables = (select(stream(), "action as a"), select(stream(), "action as b"))
    assert names(SetOperation(*tables, "union")) == ["action"]


def test_plan_without_other_names_is_left_as_it_is() -> None:
    plan = resolved(count_by(stream(), "action"))
    assert with_origin_names(plan) is plan
