"""Tests of the SQL that queries are compiled to."""

from __future__ import annotations

from collections.abc import Callable

from tests.compiler.answers import Answers, open_answers
from unbounded.compiler import CompileContext, compile_query

_QUERIES = {
    "a filter and a projection are one level": (
        "SELECT a + 1 AS b FROM VALUES (1, 'x') AS t(a, s) WHERE s = 'x'"
    ),
    "a group by windows is a group by their starts": (
        "SELECT action, window, count(*) AS count FROM VALUES "
        "(TIMESTAMP '2024-01-01 00:00:00', 'x') AS t(time, action) "
        "GROUP BY action, window(time, '1 hour')"
    ),
    "an order and a limit are one level": (
        "SELECT a FROM VALUES (1), (2) AS t(a) ORDER BY a LIMIT 1"
    ),
    "a condition on groups stands outside": (
        "SELECT a, sum(b) AS s FROM VALUES (1, 2) AS t(a, b) GROUP BY a "
        "HAVING sum(b) > 1"
    ),
    "a left join": (
        "SELECT t.a, u.b FROM VALUES (1) AS t(a) LEFT JOIN VALUES (1, 2) AS u(a, b) "
        "ON t.a = u.a"
    ),
    "a division checks its divisor": "SELECT a / b FROM VALUES (1, 2) AS t(a, b)",
    "text as a number": "SELECT CAST(s AS INT) AS n FROM VALUES ('1') AS t(s)",
    "an interval leaves as microseconds": (
        "SELECT t - t AS i FROM VALUES (TIMESTAMP '2024-01-01 00:00:00') AS v(t)"
    ),
}


def _compiled(answers: Answers) -> str:
    parts = []
    for title, query in _QUERIES.items():
        plan = answers.plan(query)
        sql = compile_query(plan, answers.inputs(plan), CompileContext())
        parts.append(f"-- {title}\n-- {query}\n{sql};\n")
    return "\n".join(parts)


def test_queries_become_this_sql(golden: Callable[[str, str], None]) -> None:
    with open_answers() as answers:
        golden("compiler.sql", _compiled(answers))


def test_compiled_text_is_the_same_every_time() -> None:
    with open_answers() as answers:
        assert _compiled(answers) == _compiled(answers)
