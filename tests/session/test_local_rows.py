"""Plans whose rows are at hand."""

from __future__ import annotations

import pyarrow as pa

from unbounded.plan.expressions import Alias, AttributeReference, Cast, Literal
from unbounded.plan.relations import Filter, LocalRelation, Project
from unbounded.session.local_rows import local_rows
from unbounded.types import BooleanType, IntegerType, LongType, StringType

TABLE = pa.table({"n": pa.array([1, 2], pa.int64()), "s": ["a", "b"]})
N = AttributeReference("n", LongType(), True, 0)
S = AttributeReference("s", StringType(), True, 1)
ROWS = LocalRelation(TABLE, None, (N, S), 0)


def test_table_is_given_as_it_is() -> None:
    assert local_rows(ROWS) == TABLE


def test_columns_are_picked_and_renamed_through_projects() -> None:
    renamed = Alias(N, ("m",), 2)
    plan = Project(Project(ROWS, (S, renamed)), (renamed.to_attribute(), S, S))
    rows = local_rows(plan)
    assert rows is not None
    assert rows.column_names == ["m", "s", "s"]
    assert rows.column(0).to_pylist() == [1, 2]
    assert rows.column(2).to_pylist() == ["a", "b"]


def test_what_is_computed_or_filtered_is_not_at_hand() -> None:
    computed = Alias(Cast(N, StringType()), ("t",), 2)
    assert local_rows(Project(ROWS, (computed,))) is None
    assert local_rows(Filter(ROWS, Literal(True, BooleanType()))) is None


def test_column_of_another_type_than_it_is_said_to_have_is_not_at_hand() -> None:
    narrow = AttributeReference("n", IntegerType(), True, 0)
    assert local_rows(LocalRelation(TABLE, None, (narrow, S), 0)) is None


def test_table_of_no_columns_is_left_to_a_statement() -> None:
    assert local_rows(Project(ROWS, ())) is None
