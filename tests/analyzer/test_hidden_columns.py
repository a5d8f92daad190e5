"""What a source hides can be named, and is read only then."""

from __future__ import annotations

import pytest

from tests.analyzer.queries import columns, expr, resolved, source, sql
from unbounded.errors import AnalysisError
from unbounded.plan.relations import (
    Filter,
    Project,
    Relation,
    SourceScan,
    SubqueryAlias,
    UnresolvedAggregate,
)
from unbounded.plan.tree import walk
from unbounded.types import (
    HIDDEN_COLUMN,
    IntegerType,
    StringType,
    StructField,
    StructType,
)

INNER = StructType((StructField("file", StringType(), False),))
SCHEMA = StructType(
    (
        StructField("n", IntegerType()),
        StructField("_metadata", INNER, False, {HIDDEN_COLUMN: True}),
    )
)
FILES = source(SCHEMA)


def read(plan: Relation) -> list[str]:
    """The columns that the plan's source gives."""
    (scan,) = (node for node in walk(plan) if isinstance(node, SourceScan))
    return [column.name for column in scan.output]


def test_a_source_whose_hidden_column_nobody_names_is_as_without_it() -> None:
    assert isinstance(resolved(FILES), SourceScan)
    assert read(resolved(Project(FILES, (expr("*"),)))) == ["n"]


@pytest.mark.parametrize(
    "plan",
    [
        Project(FILES, (expr("_metadata.file"),)),
        Filter(FILES, expr("_metadata.file = 'x'")),
        Project(Project(FILES, (expr("n"),)), (expr("_metadata.file"),)),
        Project(SubqueryAlias(FILES, "t"), (expr("t._metadata.file"),)),
        UnresolvedAggregate(
            FILES, "groupby", (expr("_metadata.file"),), (expr("count(1)"),)
        ),
    ],
)
def test_a_hidden_column_is_read_where_it_is_named(plan: Relation) -> None:
    assert read(resolved(plan)) == ["n", "_metadata"]


def test_a_filter_on_a_hidden_column_does_not_show_it() -> None:
    found = resolved(Filter(FILES, expr("_metadata.file = 'x'")))
    assert columns(found) == ["n int"]


def test_a_hidden_column_is_not_seen_through_a_view() -> None:
    with pytest.raises(AnalysisError):
        sql("SELECT _metadata.file FROM v", v=FILES)
