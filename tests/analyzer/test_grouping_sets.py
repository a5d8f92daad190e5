"""Grouping sets: which sets a grouping has, and who may ask about them."""

from __future__ import annotations

import pytest

from tests.analyzer.queries import column, columns, expr, resolved, source, sql
from unbounded.errors import AnalysisError, UnboundedError, UnsupportedError
from unbounded.plan.expressions import WATERMARK_DELAY, KeySet
from unbounded.plan.relations import (
    Expand,
    Relation,
    UnresolvedAggregate,
    WithWatermark,
    output_of,
)
from unbounded.plan.tree import walk

TABLE = source("a string, b string, c int, v bigint")


def expand_of(plan: Relation) -> Expand:
    return next(node for node in walk(plan) if isinstance(node, Expand))


def sets_of(grouping: str) -> list[str]:
    """The sets by the names of their keys, as `a b`."""
    expand = expand_of(sql(f"SELECT count(*) FROM t GROUP BY {grouping}", t=TABLE))
    return [" ".join(expand.keys[i].name for i in each) for each in expand.sets]


def condition_of(text: str) -> str:
    with pytest.raises(UnboundedError) as caught:
        sql(text, t=TABLE)
    return caught.value.condition


@pytest.mark.parametrize(
    ("grouping", "sets"),
    [
        ("ROLLUP(a, b)", ["a b", "a", ""]),
        ("a, b WITH ROLLUP", ["a b", "a", ""]),
        ("CUBE(a, b)", ["a b", "a", "b", ""]),
        ("a, b WITH CUBE", ["a b", "a", "b", ""]),
        ("ROLLUP((a, b), c)", ["a b c", "a b", ""]),
        ("a, ROLLUP(b, c)", ["a b c", "a b", "a"]),
        ("ROLLUP(a), CUBE(b)", ["a b", "a", "b", ""]),
        ("GROUPING SETS ((a, b), a, ())", ["a b", "a", ""]),
        ("a, b GROUPING SETS ((a), (b))", ["a", "b"]),
        ("GROUPING SETS (ROLLUP(a, b), CUBE(b), (a))", ["a b", "a", "", "b", "", "a"]),
        ("GROUPING SETS (GROUPING SETS ((a, b), b), ROLLUP(a))", ["a b", "b", "a", ""]),
        ("ROLLUP(a, a)", ["a", "a", ""]),
    ],
)
def test_grouping_has_these_sets(grouping: str, sets: list[str]) -> None:
    assert sets_of(grouping) == sets


def test_positions_and_aliases_stand_for_items_inside_of_sets() -> None:
    plan = sql("SELECT upper(a) AS u, b FROM t GROUP BY ROLLUP(u, 2)", t=TABLE)
    assert [key.name for key in expand_of(plan).keys] == ["u", "b"]


def test_sets_alike_are_told_apart_by_their_position() -> None:
    plan = sql("SELECT a FROM t GROUP BY GROUPING SETS (a, a)", t=TABLE)
    assert expand_of(plan).position is not None
    assert columns(plan) == ["a string"]


def test_key_is_nullable_where_a_set_leaves_it_out() -> None:
    table = source("ignored int")
    keys = "(SELECT 1 AS k, 2 AS l FROM t)"
    plan = sql(f"SELECT k, l + 1 AS m FROM {keys} GROUP BY k, ROLLUP(l)", t=table)
    assert columns(plan) == ["k int not null", "m int"]


def test_coalesce_of_a_key_left_out_is_not_null() -> None:
    keys = "(SELECT 1 AS k FROM t)"
    plan = sql(f"SELECT coalesce(k, 0) AS k FROM {keys} GROUP BY ROLLUP(k)", t=TABLE)
    assert columns(plan) == ["k int not null"]


def test_columns_of_the_dataframe_call_are_its_keys() -> None:
    keys = (column("a"), column("b"))
    sets = (KeySet(keys), KeySet((column("a"),)))
    count = (expr("count(1)"),)
    grouped = UnresolvedAggregate(TABLE, "grouping_sets", keys, count, sets=sets)
    assert columns(resolved(grouped)) == [
        "a string",
        "b string",
        "count(1) bigint not null",
    ]


def test_watermark_stays_on_a_key_of_the_sets() -> None:
    stream = WithWatermark(
        source("time timestamp, a string", is_streaming=True), "time", "1 minute"
    )
    keys = (expr("window(time, '1 hour')"), column("a"))
    plan = resolved(UnresolvedAggregate(stream, "rollup", keys, (expr("count(1)"),)))
    window, *_ = output_of(plan)
    assert window.nullable
    assert WATERMARK_DELAY in window.metadata


# --- grouping() and grouping_id() -------------------------------------------


def test_names_and_types_of_grouping_calls_are_sparks() -> None:
    text = "SELECT grouping(a), grouping_id(), grouping_id(a, b), grouping__id FROM t"
    assert columns(sql(f"{text} GROUP BY CUBE(a, b)", t=TABLE)) == [
        "grouping(a) tinyint not null",
        "grouping_id() bigint not null",
        "grouping_id(a, b) bigint not null",
        "grouping__id bigint not null",
    ]


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("SELECT grouping(a) FROM t", "UNSUPPORTED_GROUPING_EXPRESSION"),
        ("SELECT grouping(a) FROM t GROUP BY a", "UNSUPPORTED_GROUPING_EXPRESSION"),
        ("SELECT a FROM t WHERE grouping(a) = 1", "UNSUPPORTED_GROUPING_EXPRESSION"),
        ("SELECT grouping(b) FROM t GROUP BY ROLLUP(a)", "GROUPING_COLUMN_MISMATCH"),
        (
            "SELECT grouping_id(b, a) FROM t GROUP BY ROLLUP(a, b)",
            "GROUPING_ID_COLUMN_MISMATCH",
        ),
        (
            "SELECT grouping(a, b) FROM t GROUP BY ROLLUP(a, b)",
            "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
        ),
        ("SELECT c FROM t GROUP BY ROLLUP(a)", "MISSING_AGGREGATION"),
        ("SELECT a FROM t GROUP BY ROLLUP(5)", "GROUP_BY_POS_OUT_OF_RANGE"),
        ("SELECT a FROM t GROUP BY ROLLUP()", "UNRESOLVED_ROUTINE"),
        ("SELECT a FROM t GROUP BY a WITH TOTALS", "PARSE_SYNTAX_ERROR"),
    ],
)
def test_what_spark_refuses_is_refused_by_its_name(text: str, condition: str) -> None:
    assert condition_of(text) == condition


def test_more_keys_than_the_number_has_bits_are_refused() -> None:
    keys = ", ".join(f"c + {n}" for n in range(65))
    text = f"SELECT count(*) FROM t GROUP BY ROLLUP({keys})"
    assert condition_of(text) == "GROUPING_SIZE_LIMIT_EXCEEDED"


def test_cube_of_too_many_keys_is_refused_by_name() -> None:
    keys = ", ".join(f"c + {n}" for n in range(40))
    with pytest.raises(UnsupportedError, match="grouping sets"):
        sql(f"SELECT count(*) FROM t GROUP BY CUBE({keys})", t=TABLE)


def test_session_that_a_set_leaves_out_is_refused_by_name() -> None:
    table = source("time timestamp, a string")
    text = "SELECT count(*) FROM t GROUP BY {}"
    session = "session_window(time, '1 hour')"
    with pytest.raises(UnsupportedError, match="session window"):
        sql(text.format(f"CUBE({session}, a)"), t=table)
    assert sql(text.format(f"{session}, CUBE(a)"), t=table)


def test_pivot_is_refused_by_name() -> None:
    plan = UnresolvedAggregate(TABLE, "pivot", (column("a"),), (expr("count(1)"),))
    with pytest.raises(UnsupportedError, match="pivot"):
        resolved(plan)


def test_having_and_sort_ask_about_the_sets_below_them() -> None:
    text = "SELECT a, b FROM t GROUP BY ROLLUP(a, b)"
    plan = sql(f"{text} HAVING grouping(b) = 0 ORDER BY grouping(a), a", t=TABLE)
    assert columns(plan) == ["a string", "b string"]


def test_mismatch_names_both_lists_of_columns() -> None:
    with pytest.raises(AnalysisError) as caught:
        sql("SELECT grouping_id(b) FROM t GROUP BY ROLLUP(a, b)", t=TABLE)
    assert caught.value.parameters == {
        "groupingIdColumn": "b",
        "groupByColumns": "a,b",
    }
