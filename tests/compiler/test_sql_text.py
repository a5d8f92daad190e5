from __future__ import annotations

from unbounded.compiler.sql_text import fail, let, quote_text, try_null


def _twice(sql: str) -> str:
    return let(sql, "x", lambda x: f"({x} + {x})")


def test_short_argument_is_repeated() -> None:
    assert _twice('"a#0"') == '("a#0" + "a#0")'


def test_long_argument_is_bound_once() -> None:
    sql = " + ".join(['"column#0"'] * 20)
    assert _twice(sql).count(sql) == 1


def test_text_grows_with_the_nesting_and_no_faster() -> None:
    sql = '"a#0"'
    for _ in range(40):
        sql = _twice(sql)
    assert len(sql) < 40 * 200


def test_nested_lets_compute_the_same_as_repetition(answers) -> None:
    sql = "1"
    for _ in range(10):
        sql = _twice(sql)
    assert answers.cursor.query(f"SELECT {sql} AS v").to_pylist() == [{"v": 1024}]


def test_random_argument_is_computed_once(answers) -> None:
    sql = let("random()", "x", lambda x: f"({x} = {x})")
    assert answers.cursor.query(f"SELECT {sql} AS v").to_pylist() == [{"v": True}]


def test_try_does_not_catch_the_failure_of_an_argument() -> None:
    text = try_null(("error('A|0')", "1"), lambda a, b: f"{a} + {b}")
    assert "TRY(error" not in text
    assert text.startswith("list_transform([error('A|0')]")


def test_quote_ends_nowhere_inside() -> None:
    assert quote_text("it's") == "'it''s'"


def test_tag_holds_plain_values_numbers_and_one_free_text() -> None:
    sql = fail("A", 7, numbers={"index": '"i#0"'}, free='value="v#1"', kind="INT")
    assert sql == ("""error(concat('A|7|kind=INT|index=', "i#0", '||value=', "v#1"))""")
