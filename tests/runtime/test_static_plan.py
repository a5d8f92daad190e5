"""Where a plan is cut at the tables that its streams are joined with."""

from __future__ import annotations

import pytest

from tests.analyzer.queries import expr, resolved, source, stream
from unbounded.plan.relations import (
    Join,
    JoinType,
    OperatorOutput,
    Relation,
    SetOperation,
    UnresolvedJoin,
    output_of,
)
from unbounded.plan.table_lookup import TableLookup
from unbounded.runtime.plan_ids import PlanIds
from unbounded.runtime.static_plan import StaticSide, cut_static_sides

ORDERS = stream("k STRING, v INT")
NAMES = source("k STRING, name STRING")


def cut(plan: Relation) -> tuple[Relation, tuple[StaticSide, ...]]:
    found = resolved(plan)
    return cut_static_sides(found, PlanIds(found))


def shape(plan: Relation) -> str:
    """`Join(TableLookup(Scan), leaf)`."""
    if isinstance(plan, OperatorOutput):
        return "leaf"
    if type(plan).__name__ == "SourceScan":
        return "Scan"
    inputs = [child for child in plan.children() if isinstance(child, Relation)]
    return f"{type(plan).__name__}({', '.join(map(shape, inputs))})"


def on(condition: str, kind: JoinType = "inner") -> Relation:
    named = (("k", "j"), ("name", "name"))
    table = source(", ".join(f"{new} STRING" for _, new in named))
    return UnresolvedJoin(ORDERS, table, kind, expr(condition))


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (on("k = j"), "Join(TableLookup(Scan), leaf)"),
        (on("k <=> j", "left"), "Join(TableLookup(Scan), leaf)"),
        (on("upper(k) = j AND v > 1", "anti"), "Join(TableLookup(Scan), leaf)"),
        (on("k > j", "semi"), "Join(Scan, leaf)"),
        (on("k = j OR v = 1"), "Join(Scan, leaf)"),
        (on("k = j", "full"), "Join(Scan, leaf)"),
        (on("k = j", "right"), "Join(Scan, leaf)"),
    ],
)
def test_rows_are_looked_up_where_only_those_with_equal_keys_count(
    plan: Relation, expected: str
) -> None:
    assert shape(cut(plan)[0]) == expected


def test_table_on_the_left_is_looked_up_in_a_right_join() -> None:
    table = source("j STRING")
    plan, sides = cut(UnresolvedJoin(table, ORDERS, "right", expr("k = j")))
    assert shape(plan) == "Join(leaf, TableLookup(Scan))"
    assert isinstance(plan, Join)
    assert isinstance(plan.right, TableLookup)
    assert plan.right.table_leaf_id == sides[0].leaf_id


def test_whole_of_what_reads_no_stream_is_one_side() -> None:
    tables = UnresolvedJoin(source("j STRING"), source("i STRING"), "left", expr("i=j"))
    plan, sides = cut(UnresolvedJoin(ORDERS, tables, "inner", expr("k = j")))
    assert shape(plan) == "Join(TableLookup(Scan), leaf)"
    assert [shape(side.plan) for side in sides] == ["Project(Join(Scan, Scan))"]


def test_each_table_is_a_side_of_its_own() -> None:
    once = UnresolvedJoin(ORDERS, source("j STRING"), "inner", expr("k = j"))
    twice = UnresolvedJoin(once, source("i INT"), "left", expr("v > i"))
    plan, sides = cut(twice)
    assert shape(plan) == "Join(Join(TableLookup(Scan), leaf), leaf)"
    assert [side.key is not None for side in sides] == [True, False]
    assert len({side.leaf_id for side in sides}) == 2


def test_join_keeps_its_columns() -> None:
    before = resolved(on("k = j", "left"))
    after, (side,) = cut(on("k = j", "left"))
    assert [c.name for c in output_of(after)] == [c.name for c in output_of(before)]
    assert [c.name for c in output_of(side.plan)] == ["j", "name", "key"]


def test_table_of_a_set_operation_is_read_whole() -> None:
    plan, (side,) = cut(SetOperation(ORDERS, source("k STRING, v INT"), "except"))
    assert shape(plan) == "Except(Scan, leaf)"
    assert side.key is None


def test_plan_of_streams_alone_stays_as_it_is() -> None:
    plan, sides = cut(SetOperation(ORDERS, ORDERS, "union"))
    assert not sides
    assert shape(plan) == "Union(Scan, Scan)"
