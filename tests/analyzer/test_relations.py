"""Tests of DataFrame operations, one relation at a time."""

from __future__ import annotations

import pytest

from tests.analyzer.queries import (
    Catalog,
    call,
    column,
    columns,
    expr,
    named,
    resolved,
    source,
    sql,
    stream,
)
from unbounded.errors import AnalysisError, IllegalArgumentError
from unbounded.plan.expressions import (
    WATERMARK_DELAY,
    SortOrder,
    UnresolvedAttribute,
    UnresolvedRegex,
    UnresolvedStar,
)
from unbounded.plan.relations import (
    CachedRemoteRelation,
    Deduplicate,
    Distinct,
    Drop,
    EventTimeWatermark,
    Filter,
    Join,
    Limit,
    Offset,
    Project,
    Range,
    Relation,
    Repartition,
    SetOperation,
    ShowString,
    Sort,
    SubqueryAlias,
    Tail,
    ToDF,
    UnresolvedAggregate,
    UnresolvedJoin,
    UnresolvedTable,
    WithColumns,
    WithColumnsRenamed,
    WithPlanId,
    WithWatermark,
)
from unbounded.plan.tree import walk

TABLE = source("a int, b string, c double")


def names(plan: Relation) -> list[str]:
    return [c.split(" ")[0] for c in columns(resolved(plan))]


@pytest.mark.parametrize(
    ("plan", "wanted"),
    [
        (Project(TABLE, (UnresolvedStar(),)), ["a", "b", "c"]),
        (Project(TABLE, (UnresolvedRegex("`[ab]`"),)), ["a", "b"]),
        (Project(TABLE, (expr("a + 1"), named(column("b"), "z"))), ["(a", "z"]),
        (WithColumns(TABLE, (named(column("a"), "B"),)), ["a", "B", "c"]),
        (WithColumns(TABLE, (named(column("a"), "d"),)), ["a", "b", "c", "d"]),
        (WithColumnsRenamed(TABLE, (("A", "x"), ("no", "y"))), ["x", "b", "c"]),
        (ToDF(TABLE, ("x", "y", "z")), ["x", "y", "z"]),
        (Drop(TABLE, (), ("B", "no")), ["a", "c"]),
        (Drop(TABLE, (column("b"), column("no"))), ["a", "c"]),
        (Filter(TABLE, expr("a > 1")), ["a", "b", "c"]),
        (Limit(TABLE, 1), ["a", "b", "c"]),
        (Offset(TABLE, 1), ["a", "b", "c"]),
        (Tail(TABLE, 1), ["a", "b", "c"]),
        (Repartition(TABLE), ["a", "b", "c"]),
        (SubqueryAlias(TABLE, "t"), ["a", "b", "c"]),
        (Deduplicate(TABLE, ("a",)), ["a", "b", "c"]),
        (Range(0, 3, 1), ["id"]),
    ],
)
def test_relation_puts_out_its_columns(plan: Relation, wanted: list[str]) -> None:
    assert names(plan) == wanted


def test_range_is_not_null() -> None:
    assert columns(resolved(Range(0, 3, 1))) == ["id bigint not null"]


def test_show_string_keeps_its_resolved_child() -> None:
    shown = resolved(ShowString(Filter(TABLE, expr("a > 1")), 20, 20, False))
    assert isinstance(shown, ShowString)
    assert columns(shown.child) == ["a int", "b string", "c double"]


def test_column_given_twice_is_refused() -> None:
    given = (named(column("a"), "x"), named(column("b"), "X"))
    with pytest.raises(AnalysisError, match="COLUMN_ALREADY_EXISTS"):
        resolved(WithColumns(TABLE, given))


def test_sort_may_use_a_column_not_selected() -> None:
    selected = Project(TABLE, (column("b"),))
    plan = resolved(Sort(selected, (SortOrder(column("a")),)))
    assert columns(plan) == ["b string"]
    assert isinstance(plan, Project)
    assert isinstance(plan.child, Sort)
    assert columns(plan.child) == ["b string", "a int"]


def test_filter_may_use_a_column_not_selected() -> None:
    selected = Limit(Project(TABLE, (column("b"),)), 3)
    assert names(Filter(selected, expr("a > 1"))) == ["b"]


def test_column_below_an_alias_is_not_seen() -> None:
    hidden = SubqueryAlias(Project(TABLE, (column("b"),)), "t")
    with pytest.raises(AnalysisError, match="UNRESOLVED_COLUMN"):
        resolved(Filter(hidden, expr("a > 1")))


def test_sort_of_an_aggregation_may_use_another_aggregate() -> None:
    grouped = UnresolvedAggregate(TABLE, "groupby", (column("a"),), (expr("count(1)"),))
    plan = resolved(Sort(grouped, (SortOrder(expr("max(c)")),)))
    assert columns(plan) == ["a int", "count(1) bigint not null"]


def test_deduplicate_names_its_keys() -> None:
    plan = resolved(Deduplicate(TABLE, ("B",)))
    assert isinstance(plan, Distinct)
    assert [k.name for k in plan.keys] == ["b"]
    with pytest.raises(AnalysisError, match="UNRESOLVED_COLUMN_AMONG_FIELD_NAMES"):
        resolved(Deduplicate(TABLE, ("no",)))


def test_negative_limit_is_refused() -> None:
    with pytest.raises(AnalysisError, match="must"):
        resolved(Limit(TABLE, -1))


# --- plan ids ---------------------------------------------------------------


def test_plan_id_tells_the_sides_of_a_join_apart() -> None:
    left = WithPlanId(source("id int, v int"), 1)
    right = WithPlanId(source("id int, w int"), 2)
    on = call("==", column("id", 1), column("id", 2))
    joined = WithPlanId(UnresolvedJoin(left, right, "left", on), 3)
    plan = resolved(Project(joined, (column("id", 2), column("id", 1))))
    assert [a.attribute_id for a in plan.output] == [2, 0]  # type: ignore[attr-defined]


def test_plan_id_on_both_sides_is_ambiguous() -> None:
    table = WithPlanId(source("id int"), 1)
    on = call("==", column("id", 1), column("id", 1))
    with pytest.raises(AnalysisError, match="AMBIGUOUS_COLUMN_REFERENCE"):
        resolved(UnresolvedJoin(table, table, "inner", on))


def test_plan_id_of_a_node_below_both_sides_is_ambiguous() -> None:
    table = WithPlanId(source("id int"), 1)
    filtered = WithPlanId(Filter(table, expr("id > 1")), 2)
    on = call("==", column("id", 1), column("id", 2))
    with pytest.raises(AnalysisError) as caught:
        resolved(UnresolvedJoin(table, filtered, "inner", on))
    assert caught.value.condition == "AMBIGUOUS_COLUMN_REFERENCE"
    assert caught.value.parameters == {"name": '"id"'}


def test_column_selected_twice_is_one_column_to_name() -> None:
    twice = Project(TABLE, (column("a"), column("a")))
    assert columns(resolved(Project(twice, (column("a"),)))) == ["a int"]


def test_watermark_means_nothing_in_a_batch() -> None:
    plan = resolved(WithWatermark(source("time timestamp"), "time", "1 second"))
    assert not isinstance(plan, EventTimeWatermark)


def test_column_of_another_data_frame_is_refused() -> None:
    table = WithPlanId(source("a int, b int"), 1)
    narrow = WithPlanId(Project(table, (named(expr("a + 1"), "a"),)), 2)
    aliased = SubqueryAlias(narrow, "t")
    with pytest.raises(AnalysisError, match="CANNOT_RESOLVE_DATAFRAME_COLUMN"):
        resolved(Project(aliased, (column("b", 1),)))


def test_plan_id_survives_renames_and_groupings() -> None:
    table = WithPlanId(source("a int, b int"), 1)
    grouped = UnresolvedAggregate(table, "groupby", (column("a"),), (expr("sum(b)"),))
    assert names(Project(grouped, (column("a", 1),))) == ["a"]


# --- joins ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("", ["b int", "k string", "a int", "x int"]),
        ("LEFT", ["b int", "k string", "a int", "x int"]),
        ("RIGHT", ["B bigint", "K string", "a int", "x int"]),
        ("FULL", ["b bigint", "k string", "a int", "x int"]),
        ("LEFT SEMI", ["b int", "k string", "a int"]),
    ],
)
def test_natural_join_is_on_the_columns_of_both_sides(
    kind: str, wanted: list[str]
) -> None:
    views = {
        "t": source("a INT, b INT, k STRING"),
        "u": source("K STRING, x INT, B BIGINT"),
    }

    assert columns(sql(f"SELECT * FROM t NATURAL {kind} JOIN u", **views)) == wanted


def test_natural_join_without_common_columns_joins_all_rows() -> None:
    plan = sql("SELECT * FROM t NATURAL JOIN u", t=source("a INT"), u=source("b INT"))

    joins = [node for node in walk(plan) if isinstance(node, Join)]
    assert [join.condition for join in joins] == [None]


def test_using_keeps_one_key_and_the_other_nameable() -> None:
    left = SubqueryAlias(source("id int, v int"), "l")
    right = SubqueryAlias(source("id int, w int"), "r")
    joined = UnresolvedJoin(left, right, "left", using=("id",))
    assert names(joined) == ["id", "v", "w"]
    other = Project(joined, (UnresolvedAttribute(("r", "id")), column("w")))
    assert names(other) == ["id", "w"]


def test_same_name_on_both_sides_is_ambiguous() -> None:
    joined = UnresolvedJoin(source("id int"), source("id int"), "cross")
    with pytest.raises(AnalysisError, match="AMBIGUOUS_REFERENCE"):
        resolved(Project(joined, (column("id"),)))


# --- set operations ---------------------------------------------------------


def test_union_by_name_reorders_and_fills() -> None:
    left, right = source("a int, b string"), source("B string, c double")
    union = SetOperation(left, right, "union", True, True, True)
    assert columns(resolved(union)) == ["a int", "b string", "c double"]


def test_union_by_name_without_filling_needs_every_column() -> None:
    left, right = source("a int, b string"), source("b string, c double")
    with pytest.raises(AnalysisError, match="UNRESOLVED_COLUMN_AMONG_FIELD_NAMES"):
        resolved(SetOperation(left, right, "union", True, True, False))


def test_union_widens_and_is_null_where_either_is() -> None:
    left, right = source("a int not null"), source("a bigint")
    assert columns(resolved(SetOperation(left, right, "union"))) == ["a bigint"]


# --- views ------------------------------------------------------------------


def test_view_used_twice_has_two_sets_of_ids() -> None:
    plan = sql("select x.a from t x join t y on x.a = y.a", t=resolved(TABLE))
    join = next(n for n in [plan.child] if isinstance(n, Join))  # type: ignore[attr-defined]
    ids = [a.attribute_id for a in join.output]
    assert len(ids) == len(set(ids)) == 6


def test_view_qualifies_its_columns() -> None:
    assert columns(sql("select t.a from t", t=TABLE)) == ["a int"]


def test_unknown_view_is_refused_by_name() -> None:
    with pytest.raises(AnalysisError) as caught:
        resolved(UnresolvedTable(("no",)))
    assert caught.value.condition == "TABLE_OR_VIEW_NOT_FOUND"
    assert caught.value.parameters["relationName"] == "`no`"


def test_cached_relation_is_what_the_server_kept() -> None:
    catalog = Catalog({"7": resolved(TABLE)})
    kept = resolved(CachedRemoteRelation("7"), catalog)
    assert columns(kept) == ["a int", "b string", "c double"]


# --- watermarks -------------------------------------------------------------


def watermarked(delay: str = "10 minutes") -> Relation:
    return WithWatermark(stream(), "time", delay)


def marks(plan: Relation) -> dict[str, int]:
    output = resolved(plan).output  # type: ignore[attr-defined]
    return {
        a.name: a.metadata[WATERMARK_DELAY]
        for a in output
        if WATERMARK_DELAY in a.metadata
    }


def test_watermark_marks_its_column() -> None:
    plan = resolved(watermarked())
    assert isinstance(plan, EventTimeWatermark)
    assert (plan.delay_ms, plan.node_id, plan.event_time.name) == (600_000, 0, "time")
    assert marks(watermarked()) == {"time": 600_000}


def test_watermark_travels_through_renames_and_not_computations() -> None:
    renamed = Project(watermarked(), (named(column("time"), "t"),))
    computed = Project(watermarked(), (named(expr("time + interval 1 day"), "t"),))
    assert marks(renamed) == {"t": 600_000}
    assert marks(computed) == {}


def test_watermark_marks_the_window_of_its_column() -> None:
    grouped = UnresolvedAggregate(
        watermarked(), "groupby", (expr("window(time, '1 hour')"),), (expr("count(1)"),)
    )
    assert marks(grouped) == {"window": 600_000}


def test_second_watermark_takes_the_mark_from_the_first() -> None:
    table = stream("t1 TIMESTAMP, t2 TIMESTAMP")
    first = WithWatermark(table, "t1", "1 second")
    assert marks(WithWatermark(first, "t2", "2 seconds")) == {"t2": 2000}


def test_watermark_needs_a_timestamp_and_a_delay_from_0_on() -> None:
    with pytest.raises(AnalysisError, match="EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE"):
        resolved(WithWatermark(stream(), "action", "1 second"))
    with pytest.raises(IllegalArgumentError, match="negative"):
        resolved(watermarked("-1 second"))
