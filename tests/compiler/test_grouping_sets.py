"""Grouping sets: the rows of each set; expectations recorded from Spark 4.3."""

from __future__ import annotations

import pytest

from unbounded.compiler import CompileContext, compile_query

TABLE = """(SELECT * FROM VALUES ('x', 'p', 1, 10), ('x', 'q', 2, 20),
('y', 'p', 3, 30), (NULL, 'p', 4, 40), ('y', NULL, 5, 50) AS t(a, b, c, v))"""
WINDOWED = f"(SELECT TIMESTAMP '2026-01-01 00:03:00' AS time, a FROM {TABLE})"
EVENTS = """(SELECT make_timestamp(2026, 1, 1, 0, m, 0) AS time, a, v FROM VALUES
(1, 'x', 1), (3, 'y', 2), (12, 'x', 3), (30, 'y', 4) AS t(m, a, v))"""
NONE = f"(SELECT * FROM {TABLE} WHERE c > 9)"


CASES = {
    "rollup": (
        f"SELECT a, b, sum(v), grouping(a), grouping_id() FROM {TABLE}"
        " GROUP BY ROLLUP(a, b)",
        """. . 150 1 3|. . 40 0 1|. p 40 0 0|x . 30 0 1|x p 10 0 0|x q 20 0 0
        |y . 50 0 0|y . 80 0 1|y p 30 0 0""",
    ),
    "cube": (
        f"SELECT a, b, count(*), grouping_id(a, b) FROM {TABLE} GROUP BY CUBE(a, b)",
        """. . 1 1|. . 1 2|. . 5 3|. p 1 0|. p 3 2|. q 1 2|x . 2 1|x p 1 0|x q 1 0
        |y . 1 0|y . 2 1|y p 1 0""",
    ),
    "sets alike": (
        f"SELECT a, count(*) FROM {TABLE} GROUP BY GROUPING SETS (a, a)",
        ". 1|. 1|x 2|x 2|y 2|y 2",
    ),
    "key in an aggregate": (
        f"SELECT c, sum(c), max(c + 1) FROM {TABLE} GROUP BY ROLLUP(c)",
        ". 15 6|1 1 2|2 2 3|3 3 4|4 4 5|5 5 6",
    ),
    "grouping in an aggregate": (
        f"SELECT a, sum(grouping(a)) FROM {TABLE} GROUP BY ROLLUP(a)",
        ". 0|. 5|x 0|y 0",
    ),
    "key that no set has": (
        f"SELECT a, b, count(*) FROM {TABLE} GROUP BY a, b GROUPING SETS ((a))",
        ". . 1|x . 2|y . 2",
    ),
    "key not selected": (
        f"SELECT a, b, count(*) FROM {TABLE} GROUP BY a, b GROUPING SETS ((a), (c))",
        ". . 1|. . 1|. . 1|. . 1|. . 1|. . 1|x . 2|y . 2",
    ),
    "mixed": (
        f"SELECT a, b, c, count(*), grouping_id() FROM {TABLE}"
        " WHERE c < 3 GROUP BY a, ROLLUP(b, c)",
        "x . . 2 3|x p . 1 1|x p 1 1 0|x q . 1 1|x q 2 1 0",
    ),
    "distinct and filter": (
        "SELECT a, count(DISTINCT b), count(DISTINCT c), sum(v) FILTER (WHERE b = 'p')"
        f" FROM {TABLE} GROUP BY ROLLUP(a)",
        ". 1 1 40|. 2 5 80|x 2 2 10|y 1 2 30",
    ),
    "having": (
        f"SELECT a, b, sum(v) FROM {TABLE} GROUP BY ROLLUP(a, b)"
        " HAVING grouping_id() = 1 AND sum(v) > 30",
        ". . 40|y . 80",
    ),
    "computed key": (
        f"SELECT c % 2 AS d, grouping(c % 2), count(*) FROM {TABLE} GROUP BY CUBE(1)",
        ". 1 5|0 0 2|1 0 3",
    ),
    "no rows": (f"SELECT a, count(*) FROM {NONE} GROUP BY ROLLUP(a)", ""),
    "no keys and no rows": (
        f"SELECT count(*), grouping_id() FROM {NONE} GROUP BY GROUPING SETS (())",
        "0 0",
    ),
    "no keys": (f"SELECT count(*) FROM {TABLE} GROUP BY GROUPING SETS (())", "5"),
    "window left out": (
        "SELECT window.start IS NULL, window IS NULL, a, count(*)"
        f" FROM {WINDOWED} GROUP BY ROLLUP(window(time, '10 minutes'), a)",
        """False False . 1|False False . 5|False False x 2|False False y 2
        |True True . 5""",
    ),
    "sessions of each set": (
        f"SELECT date_format(session_window.start, 'mm'), a, sum(v) FROM {EVENTS}"
        " GROUP BY session_window(time, '10 minutes'), ROLLUP(a)",
        "01 . 6|01 x 1|03 y 2|12 x 3|30 . 4|30 y 4",
    ),
    "sliding windows": (
        "SELECT count(*), grouping(window) FROM"
        f" {WINDOWED} GROUP BY ROLLUP(window(time, '10 minutes', '5 minutes'))",
        "10 1|5 0|5 0",
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_groups_are_those_of_spark(answers, text, expected):
    rows = [
        " ".join("." if value is None else str(value) for value in row)
        for row in answers.rows(text)
    ]
    assert sorted(rows) == sorted(r.strip() for r in expected.split("|") if r)


def test_rows_are_read_once_for_all_sets(answers):
    text = f"SELECT a, b, count(*) FROM {TABLE} GROUP BY CUBE(a, b)"
    plan = answers.plan(text)
    sql = compile_query(plan, answers.inputs(plan), CompileContext())
    assert "GROUPING SETS" in sql
    assert sql.count("leaf_") == 1
