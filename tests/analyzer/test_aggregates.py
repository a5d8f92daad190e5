"""Tests of aggregates: what is computed where."""

from __future__ import annotations

import pytest

from tests.analyzer.queries import column, columns, expr, named, resolved, source, sql
from unbounded.errors import AnalysisError
from unbounded.plan.expressions import AggregateCall
from unbounded.plan.relations import (
    Aggregate,
    Filter,
    Project,
    Relation,
    UnresolvedAggregate,
)
from unbounded.plan.tree import walk

TABLE = source("a int, b int, c double")


def shape(plan: Relation) -> list[str]:
    return [type(n).__name__ for n in walk(plan) if isinstance(n, Relation)][:-2]


def grouped(*aggregates: str, child: Relation = TABLE) -> Relation:
    return UnresolvedAggregate(
        child, "groupby", (column("a"),), tuple(expr(a) for a in aggregates)
    )


def test_keys_and_calls_alone_need_no_project() -> None:
    plan = resolved(grouped("count(1)", "sum(b)"))
    assert shape(plan) == ["Aggregate"]
    assert columns(plan) == ["a int", "count(1) bigint not null", "sum(b) bigint"]


def test_aggregate_holds_calls_and_project_what_is_over_them() -> None:
    plan = sql("select sum(b) + 1 as x, a * 2 from t group by a * 2", t=TABLE)
    assert shape(plan) == ["Project", "Aggregate"]
    assert isinstance(plan, Project)
    assert isinstance(plan.child, Aggregate)
    assert all(isinstance(c.child, AggregateCall) for c in plan.child.aggregates)
    assert columns(plan) == ["x bigint", "(a * 2) int"]


def test_call_written_twice_is_computed_once() -> None:
    plan = sql("select sum(b), sum(b) + 1 from t", t=TABLE)
    aggregate = next(n for n in walk(plan) if isinstance(n, Aggregate))
    assert len(aggregate.aggregates) == 1


def test_having_stands_between_aggregate_and_project() -> None:
    text = "select a + 1 from t group by a having max(c) > 1 and sum(b) > 2"
    assert shape(sql(text, t=TABLE)) == ["Project", "Filter", "Aggregate"]


def test_having_may_use_an_alias_of_the_select_list() -> None:
    plan = sql("select a, sum(b) as s from t group by a having s > 1", t=TABLE)
    assert shape(plan) == ["Filter", "Aggregate"]
    assert columns(plan) == ["a int", "s bigint"]


def test_filter_above_a_grouping_may_use_other_aggregates() -> None:
    plan = resolved(Filter(grouped("count(1)"), expr("sum(b) > 1")))
    assert columns(plan) == ["a int", "count(1) bigint not null"]
    assert len([n for n in walk(plan) if isinstance(n, AggregateCall)]) == 2


def test_aggregate_of_an_aggregate_sees_its_output() -> None:
    inner = UnresolvedAggregate(
        TABLE, "groupby", (column("a"),), (named(expr("sum(b)"), "c"),)
    )
    plan = resolved(Project(inner, (expr("max(c)"),)))
    assert columns(plan) == ["max(c) bigint"]
    again = UnresolvedAggregate(inner, "groupby", (column("c"),), (expr("count(1)"),))
    assert columns(resolved(again)) == ["c bigint", "count(1) bigint not null"]


def test_no_keys_is_one_group() -> None:
    plan = resolved(UnresolvedAggregate(TABLE, "groupby", (), (expr("count(1)"),)))
    assert isinstance(plan, Aggregate)
    assert plan.grouping == ()


def test_equal_keys_are_grouped_by_once() -> None:
    keys = (column("a"), column("a"))
    plan = resolved(UnresolvedAggregate(TABLE, "groupby", keys, (expr("count(1)"),)))
    assert columns(plan) == ["a int", "a int", "count(1) bigint not null"]
    aggregate = next(n for n in walk(plan) if isinstance(n, Aggregate))
    assert len(aggregate.grouping) == 1


def test_key_keeps_the_id_of_its_column() -> None:
    plan = resolved(grouped("count(1)"))
    assert isinstance(plan, Aggregate)
    assert plan.grouping[0].attribute_id == 0


def test_column_outside_the_keys_is_refused() -> None:
    with pytest.raises(AnalysisError) as caught:
        resolved(grouped("b + 1"))
    assert caught.value.condition == "MISSING_AGGREGATION"
    assert caught.value.parameters["expression"] == '"b"'


def test_set_of_maps_is_refused() -> None:
    with pytest.raises(AnalysisError) as caught:
        sql("select collect_set(map(a, b)) from t", t=TABLE)
    assert caught.value.condition == "DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE"
