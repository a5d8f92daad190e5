"""Tests of null intolerance: which columns can't be null where an expression is not."""

from __future__ import annotations

import pytest

from tests.plan.joined_streams import joined
from unbounded.analyzer import SCALAR_NAMES
from unbounded.analyzer.null_intolerance import _NULL_INTOLERANT, columns_needed


def needed(text: str) -> list[str]:
    condition = joined(f"({text}) IS NOT DISTINCT FROM j", "full").condition
    assert condition is not None
    (expression, _) = condition.arguments  # type: ignore[attr-defined]
    return [column.name for column in columns_needed(expression)]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("k", ["k"]),
        ("upper(substring(k, 1, v))", ["k", "v"]),
        ("cast(v + 1 AS STRING)", ["v"]),
        ("cast(a + INTERVAL 1 HOUR AS STRING)", ["a"]),
        ("cast(aw.end AS STRING)", ["aw"]),
        ("cast(v > length(k) AS STRING)", ["v", "k"]),
        ("concat(k, upper(k))", []),
        ("trim(k)", []),
        ("coalesce(k, 'a')", []),
        ("cast(k IS NULL AS STRING)", []),
        ("cast(round(v) AS STRING)", []),
        ("cast(v = 1 OR v = 2 AS STRING)", []),
    ],
)
def test_columns_below_null_intolerant_functions_are_needed(
    text: str, columns: list[str]
) -> None:
    assert needed(text) == columns


def test_every_name_is_a_function_of_the_analyzer() -> None:
    assert sorted(_NULL_INTOLERANT - set(SCALAR_NAMES)) == []
