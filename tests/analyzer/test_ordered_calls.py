"""Aggregates that take an order, and shares of one."""

from __future__ import annotations

import pytest

from tests.analyzer.queries import columns, source, sql
from unbounded.errors import AnalysisError

TABLE = source("a int, b int, s string")


@pytest.mark.parametrize(
    ("call", "column"),
    [
        ("percentile(a, 0.5)", "percentile(a, 0.5, 1) double"),
        ("percentile(a, array(0, 1))", "percentile(a, array(0, 1), 1) array<double>"),
        ("approx_percentile(s, 0.5)", "approx_percentile(s, 0.5, 10000) double"),
        ("percentile_approx(a, 0.5, 9)", "percentile_approx(a, 0.5, 9) int"),
        (
            "percentile_cont(0.5) WITHIN GROUP (ORDER BY a DESC)",
            "percentile_cont(0.5) WITHIN GROUP (ORDER BY a DESC) double",
        ),
        ("listagg(s)", "listagg(s, NULL) string"),
        ("median(a)", "median(a) double"),
    ],
)
def test_column_has_sparks_name_and_type(call: str, column: str) -> None:
    assert columns(sql(f"select {call} from t", t=TABLE)) == [column]


@pytest.mark.parametrize(
    ("call", "condition"),
    [
        (
            "percentile_cont(0.5)",
            "INVALID_WITHIN_GROUP_EXPRESSION.WITHIN_GROUP_MISSING",
        ),
        (
            "percentile_disc(0.5) WITHIN GROUP (ORDER BY a, b)",
            "INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS",
        ),
        (
            "mode(DISTINCT a)",
            "INVALID_WITHIN_GROUP_EXPRESSION.DISTINCT_UNSUPPORTED",
        ),
        (
            "sum(a) WITHIN GROUP (ORDER BY a)",
            "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
        ),
        ("percentile(a, 1.5)", "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE"),
        ("percentile(a, array(0, -1))", "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE"),
        ("percentile_approx(a, b)", "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT"),
    ],
)
def test_call_that_spark_refuses_is_refused(call: str, condition: str) -> None:
    with pytest.raises(AnalysisError) as caught:
        sql(f"select {call} from t", t=TABLE)
    assert caught.value.condition == condition
