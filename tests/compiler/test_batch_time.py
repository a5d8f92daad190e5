from __future__ import annotations

import pytest

from tests.analyzer.queries import expr, resolved, source
from unbounded.compiler import uses_batch_time
from unbounded.plan.relations import Filter, Project


@pytest.mark.parametrize(
    ("text", "expected"),
    [("i", False), ("unix_millis(now())", True), ("year(current_date())", True)],
)
def test_plan_that_asks_for_the_time_is_known(text: str, expected: bool) -> None:
    plan = resolved(Project(source("i INT"), (expr(f"{text} AS x"),)))
    assert uses_batch_time(plan) is expected


def test_time_is_found_in_a_condition() -> None:
    later = Filter(source("t TIMESTAMP"), expr("t > current_timestamp()"))
    assert uses_batch_time(resolved(later))
