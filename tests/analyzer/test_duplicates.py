"""Tests of duplicates: what they are in a plan, and which are refused."""

from __future__ import annotations

import pytest

from tests.analyzer.queries import expr, resolved, source, stream
from unbounded.errors import AnalysisError
from unbounded.plan.relations import (
    Aggregate,
    Deduplicate,
    Distinct,
    Project,
    Relation,
    SetOperation,
    output_of,
)

MAPS = source("k STRING, m MAP<STRING, INT>, l ARRAY<STRUCT<m: MAP<INT, INT>>>")


@pytest.mark.parametrize(
    "plan",
    [Distinct(stream()), SetOperation(stream(), stream(), "union", is_all=False)],
    ids=["distinct", "union"],
)
def test_distinct_of_sql_groups_a_stream_by_all_its_columns(plan: Relation) -> None:
    found = resolved(plan)
    assert isinstance(found, Aggregate)
    assert found.aggregates == ()
    assert found.output == output_of(found.child)


@pytest.mark.parametrize(
    "plan", [Distinct(source("a INT")), Deduplicate(stream(), (), True)]
)
def test_distinct_rows_of_a_table_and_of_a_frame_are_no_groups(plan: Relation) -> None:
    assert isinstance(resolved(plan), Distinct)


@pytest.mark.parametrize(
    "plan",
    [
        Deduplicate(MAPS, (), True),
        Deduplicate(MAPS, ("k", "m")),
        Deduplicate(MAPS, ("l",)),
        Distinct(MAPS),
    ],
)
def test_map_is_no_key(plan: Relation) -> None:
    with pytest.raises(AnalysisError) as refusal:
        resolved(plan)
    condition = "UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE"
    assert refusal.value.condition == condition
    assert refusal.value.message


def test_row_with_a_map_is_kept_by_another_key() -> None:
    (key,) = resolved(Deduplicate(MAPS, ("K",))).keys  # type: ignore[attr-defined]
    assert key.name == "k"


def test_unknown_key_is_named_with_those_there_are() -> None:
    with pytest.raises(AnalysisError) as refusal:
        resolved(Deduplicate(MAPS, ("x",)))
    assert refusal.value.condition == "UNRESOLVED_COLUMN_AMONG_FIELD_NAMES"
    assert refusal.value.parameters["fieldNames"] == "k, m, l"


def test_name_stands_for_all_columns_that_have_it() -> None:
    twice = Project(MAPS, (expr("k"), expr("upper(k) AS k"), expr("l")))
    keys = resolved(Deduplicate(twice, ("K", "k"))).keys  # type: ignore[attr-defined]
    assert [key.name for key in keys] == ["k", "k"]
    assert len({key.attribute_id for key in keys}) == 2
