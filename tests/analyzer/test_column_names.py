"""Tests of column names: those real Spark gives DataFrame expressions."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.analyzer.queries import call, column, expr, resolved, source
from unbounded.plan.expressions import (
    Cast,
    Expression,
    Literal,
    UnresolvedAttribute,
    UnresolvedExtractValue,
    UnresolvedFunction,
    UnresolvedStar,
)
from unbounded.plan.relations import Project, output_of
from unbounded.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    IntegerType,
    NullType,
    StringType,
    TimestampType,
    YearMonthIntervalType,
)

TABLE = source(
    "a int, b string, c double, ts timestamp, st struct<p:int>, ia array<int>,"
    " m map<string,int>, d date"
)
A = column("a")
INTS = ArrayType(IntegerType(), False)


def lit(value: object, data_type: DataType) -> Literal:
    return Literal(value, data_type)


def item(base: str, key: Literal) -> Expression:
    return UnresolvedExtractValue(column(base), key)


CASES: list[tuple[Expression, str]] = [
    (call("negative", A), "negative(a)"),
    (call("-", A), "(- a)"),
    (call("isNull", A), "(a IS NULL)"),
    (call("not", call("isNull", A)), "(NOT (a IS NULL))"),
    (call("power", A, expr("2")), "POWER(a, 2)"),
    (call("==", A, expr("1")), "(a = 1)"),
    (call("in", A, expr("1"), expr("2")), "(a IN (1, 2))"),
    (call("startsWith", column("b"), expr("'x'")), "startswith(b, x)"),
    (call("when", expr("a > 1"), expr("'x'")), "CASE WHEN (a > 1) THEN x END"),
    (call("count", UnresolvedStar()), "count(1)"),
    (UnresolvedFunction("count", (A, column("b")), True), "count(DISTINCT a, b)"),
    (call("mean", column("c")), "mean(c)"),
    (call("first", A, lit(True, BooleanType())), "first(a)"),
    (Cast(A, StringType()), "a"),
    (Cast(expr("a + 1"), StringType()), "CAST((a + 1) AS STRING)"),
    (call("upper", Cast(A, StringType())), "upper(CAST(a AS STRING))"),
    (item("st", lit("p", StringType())), "st.p"),
    (item("ia", lit(0, IntegerType())), "ia[0]"),
    (item("m", lit("k", StringType())), "m[k]"),
    (UnresolvedAttribute(("st", "p")), "p"),
    (call("upper", UnresolvedAttribute(("st", "p"))), "upper(st.p)"),
    (expr("ts + interval 1 hour"), "ts + INTERVAL '01' HOUR"),
    (expr("d + 1"), "date_add(d, 1)"),
    (expr("window(ts, '1 hour')"), "window"),
    (lit(None, NullType()), "NULL"),
    (lit(1.0, DoubleType()), "1.0"),
    (lit(1e7, DoubleType()), "1.0E7"),
    (lit(1.25e-5, DoubleType()), "1.25E-5"),
    (lit(float("nan"), DoubleType()), "NaN"),
    (lit(True, BooleanType()), "true"),
    (lit(Decimal("1.50"), DecimalType(10, 2)), "1.50"),
    (lit("2020-01-01", DateType()), "DATE '2020-01-01'"),
    (lit(1_500_000, TimestampType()), "TIMESTAMP '1970-01-01 00:00:01.5'"),
    (lit(b"ab", BinaryType()), "X'6162'"),
    (lit((1, 2), INTS), "array(1, 2)"),
    (lit(90_000_000, DayTimeIntervalType()), "INTERVAL '90' SECOND"),
    (lit(3, YearMonthIntervalType()), "INTERVAL '3' MONTH"),
    (lit(24, YearMonthIntervalType()), "INTERVAL '2' YEAR"),
]


@pytest.mark.parametrize(("expression", "name"), CASES, ids=[c[1] for c in CASES])
def test_expression_is_named_as_in_spark(expression: Expression, name: str) -> None:
    (attribute,) = output_of(resolved(Project(TABLE, (expression,))))
    assert attribute.name == name


def test_name_is_spelt_as_in_the_query() -> None:
    plan = resolved(Project(TABLE, (column("B"), call("upper", column("B")))))
    assert [a.name for a in output_of(plan)] == ["B", "upper(B)"]
