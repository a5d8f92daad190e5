"""Tests of queries; `tests/golden/parser_plans.txt` holds the shapes of many."""

from __future__ import annotations

import pytest

from tests.parser.rendering import render_plan
from unbounded.errors import AnalysisError, ParseError, UnsupportedError
from unbounded.parser import parse_expression, parse_plan
from unbounded.plan.relations import LocalRelation, Relation, SetOperation


def plan(text: str) -> str:
    parsed = parse_plan(text)
    assert isinstance(parsed, Relation)
    return render_plan(parsed)


def test_clauses_stand_in_the_order_they_act() -> None:
    text = """
        SELECT DISTINCT a, count(*) AS n FROM t WHERE b > 1 GROUP BY a
        HAVING count(*) > 2 ORDER BY n DESC LIMIT 10 OFFSET 5
    """
    assert plan(text) == (
        "Limit count=10\n"
        "  Offset count=5\n"
        "    Sort orders=[n desc nulls last] is_global=True\n"
        "      Distinct\n"
        "        UnresolvedAggregate group_type='groupby' grouping=[a]"
        " aggregates=[a; count(1:int) as n] having=>(count(1:int), 2:int)\n"
        "          Filter condition=>(b, 1:int)\n"
        "            UnresolvedTable name_parts=['t']"
    )


def test_window_function_may_stand_first_in_group_by() -> None:
    text = "SELECT count(*) FROM t GROUP BY window(time, '1 hour'), action"
    assert "grouping=[window(time, '1 hour':string); action]" in plan(text)


def test_arguments_take_the_place_of_their_marks() -> None:
    one, two, three = (parse_expression(n) for n in ("1", "2", "3"))
    text = "SELECT ? FROM t WHERE a = :x AND b = ? LIMIT :x"
    parsed = parse_plan(text, {"x": three}, [one, two])
    assert isinstance(parsed, Relation)
    assert render_plan(parsed) == (
        "Limit count=3\n"
        "  Project columns=[1:int]\n"
        "    Filter condition=and(==(a, 3:int), ==(b, 2:int))\n"
        "      UnresolvedTable name_parts=['t']"
    )


@pytest.mark.parametrize("text, name", [("SELECT :x", "x"), ("SELECT ?", "_7")])
def test_argument_that_was_not_given_is_named(text: str, name: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_plan(text)
    assert caught.value.condition == "UNBOUND_SQL_PARAMETER"
    assert caught.value.parameters["name"] == name


def test_inner_with_hides_the_outer_one() -> None:
    text = "WITH q AS (SELECT 1) SELECT * FROM (WITH q AS (SELECT 2) SELECT * FROM q)"
    assert "2:int" in plan(text)
    assert "1:int" not in plan(text)


def test_name_of_with_is_found_in_any_case() -> None:
    assert "UnresolvedTable" not in plan("WITH q AS (SELECT 1) SELECT * FROM Q")


def test_values_of_one_type_a_column_are_an_arrow_table() -> None:
    rows = parse_plan("VALUES (1, 'a', DATE '2020-01-01'), (2, NULL, NULL)")
    assert isinstance(rows, LocalRelation)
    assert rows.schema is not None
    assert rows.schema.simple_string == "struct<col1:int,col2:string,col3:date>"
    assert [field.nullable for field in rows.schema.fields] == [False, True, True]
    assert rows.table.column("col2").to_pylist() == ["a", None]


def test_values_of_several_types_are_unions_that_find_the_common_one() -> None:
    assert plan("VALUES (1), (2.5)").startswith("ToDF names=['col1']\n  SetOperation")


def test_rows_of_values_must_be_equally_long() -> None:
    with pytest.raises(ParseError) as caught:
        parse_plan("VALUES (1), (1, 2)")
    assert caught.value.condition == "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH"


def test_chain_of_hundreds_of_unions_leans_left() -> None:
    node = parse_plan(" UNION ALL ".join(f"SELECT {n}" for n in range(500)))
    depth = 0
    while isinstance(node, SetOperation):
        node, depth = node.left, depth + 1
    assert depth == 499


@pytest.mark.parametrize(
    "limit, condition",
    [
        ("-1", "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE"),
        ("a", "INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE"),
    ],
)
def test_limit_must_be_a_count(limit: str, condition: str) -> None:
    with pytest.raises(AnalysisError) as caught:
        parse_plan(f"SELECT a FROM t LIMIT {limit}")
    assert caught.value.condition == condition


@pytest.mark.parametrize(
    "text, offset",
    [
        ("SELECT a b c FROM t", 11),
        ("SELECT * frm t", 13),
        ("SELECT FROM t", 13),
        ("SELECT a, FROM t", 10),
        ("SELECT a FROM t WHERE", 21),
        ("SELECT a FROM t GROUP BY", 24),
        ("SELECT a FROM t ORDER BY", 24),
        ("SELECT * FROM t JOIN", 20),
        ("SELECT * FROM t ON a = b", 16),
        ("SELECT * FROM (SELECT 1", 23),
        ("SELECT 1 FROM t u v", 18),
        ("SELECT 1; SELECT 2", 8),
    ],
)
def test_wrong_query_is_refused_where_it_goes_wrong(text: str, offset: int) -> None:
    with pytest.raises(ParseError) as caught:
        parse_plan(text)
    assert caught.value.condition == "PARSE_SYNTAX_ERROR"
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    "text, feature",
    [
        ("SELECT * FROM t LATERAL VIEW explode(a) x AS y", "LATERAL VIEW"),
        ("SELECT * FROM t TABLESAMPLE (10 PERCENT)", "TABLESAMPLE"),
        ("SELECT * FROM t PIVOT (sum(a) FOR b IN (1))", "PIVOT"),
        ("SELECT * FROM t QUALIFY a = 1", "QUALIFY"),
        ("SELECT sum(a) OVER w FROM t WINDOW w AS (ORDER BY b)", "WINDOW"),
        ("WITH RECURSIVE r AS (SELECT 1) SELECT * FROM r", "RECURSIVE"),
        ("SELECT * FROM t VERSION AS OF 1", "time travel"),
        ("SELECT * FROM explode(array(1))", "table function explode"),
        ("SELECT * FROM t WHERE EXISTS (SELECT 1)", "EXISTS"),
    ],
)
def test_clause_we_lack_is_refused_by_name(text: str, feature: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        parse_plan(text)
    assert feature in caught.value.parameters["feature"]
