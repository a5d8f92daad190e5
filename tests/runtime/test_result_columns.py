"""What stands above the last operator without a statement."""

from __future__ import annotations

import pyarrow as pa

from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Cast,
    Expression,
    FunctionCall,
    Literal,
)
from unbounded.plan.relations import OperatorOutput, Project
from unbounded.runtime.result_columns import result_columns
from unbounded.types import BooleanType, DoubleType, LongType, StringType

KEY = AttributeReference("k", StringType(), True, 0)
SUM = AttributeReference("sum", DoubleType(), True, 1)
COUNT = AttributeReference("count", LongType(), True, 2)
OUTPUT = OperatorOutput(7, (KEY, SUM, COUNT))
TABLE = pa.table({"k#0": ["a", "b"], "sum#1": [6.0, None], "count#2": [4, 0]})


def divided() -> Expression:
    divisor = Cast(COUNT, DoubleType())
    return FunctionCall("divide", (SUM, divisor), DoubleType())


def mean() -> Alias:
    has_rows = FunctionCall("greater", (COUNT, Literal(0, LongType())), BooleanType())
    nothing = Literal(None, DoubleType())
    value = FunctionCall("if", (has_rows, divided(), nothing), DoubleType())
    return Alias(value, ("mean",), 3)


def test_columns_are_picked_and_renamed_through_projects() -> None:
    renamed = Alias(KEY, ("key",), 4)
    plan = Project(Project(OUTPUT, (COUNT, renamed)), (renamed.to_attribute(),))
    found = result_columns(plan)
    assert found is not None
    assert found.of(TABLE, ["key"]).to_pydict() == {"key": ["a", "b"]}


def test_mean_is_the_sum_by_the_count_and_null_of_no_rows() -> None:
    inner = Project(OUTPUT, (KEY, mean()))
    plan = Project(inner, (mean().to_attribute(), KEY))
    found = result_columns(plan)
    assert found is not None
    rows = found.of(TABLE, ["mean", "k"])
    assert rows.to_pydict() == {"mean": [1.5, None], "k": ["a", "b"]}


def test_what_else_is_computed_is_left_to_a_statement() -> None:
    assert result_columns(Project(OUTPUT, (Alias(divided(), ("q",), 5),))) is None


def test_a_column_may_be_picked_twice() -> None:
    found = result_columns(Project(OUTPUT, (KEY, KEY)))
    assert found is not None
    assert found.of(TABLE, ["a", "b"]).to_pydict() == {"a": ["a", "b"], "b": ["a", "b"]}
