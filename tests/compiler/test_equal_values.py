"""Keys that Spark holds equal are one group, shown in one form."""

from __future__ import annotations

import pytest

from tests.compiler.answers import Answers

MINUS = "CAST('-0.0' AS DOUBLE)"


@pytest.mark.parametrize(
    ("left", "right", "shown"),
    [
        (MINUS, "CAST(0 AS DOUBLE)", "0.0"),
        (f"array({MINUS})", "array(CAST(0 AS DOUBLE))", "[0.0]"),
        (f"struct({MINUS} AS x)", "struct(CAST(0 AS DOUBLE) AS x)", "{'x': 0.0}"),
        ("map('a', 1, 'b', 2)", "map('b', 2, 'a', 1)", "[('a', 1), ('b', 2)]"),
    ],
)
def test_equal_keys_are_one_group(
    answers: Answers, left: str, right: str, shown: str
) -> None:
    rows = f"(SELECT {left} AS k UNION ALL SELECT {right})"
    ((key, count),) = answers.rows(f"SELECT k, count(*) FROM {rows} GROUP BY k")
    assert (str(key), count) == (shown, 2)


def test_null_key_stays_null(answers: Answers) -> None:
    rows = f"(SELECT struct({MINUS} AS x) AS k UNION ALL SELECT NULL)"
    found = answers.rows(f"SELECT k FROM {rows} GROUP BY k")
    assert sorted(found, key=str) == [(None,), ({"x": 0.0},)]
