"""Stretches of a plan between operators, with what is observed on the way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pyarrow as pa
import pytest

from unbounded.compiler import CompileContext, Segment
from unbounded.engine import Cursor, Database
from unbounded.operators import WEIGHT
from unbounded.plan.expressions import AggregateCall, Alias, AttributeReference
from unbounded.plan.observation import CollectMetrics, ObservedMetrics
from unbounded.plan.relations import OperatorOutput
from unbounded.runtime.segment_chain import SegmentChain
from unbounded.types import LongType

N = AttributeReference("n", LongType(), True, 0)
HOLDS = AttributeReference(WEIGHT, LongType(), False, 1)
SUM = Alias(AggregateCall("sum", (N,), LongType()), ("total",), 2)


@pytest.fixture
def cursor() -> Iterator[Cursor]:
    database = Database.open()
    yield database.cursor()
    database.close()


def observed(cursor: Cursor, *columns: AttributeReference, rows: pa.Table) -> object:
    """The sum that is observed of `rows`, which an operator hands on."""
    leaf = OperatorOutput(0, columns)
    plan = CollectMetrics(leaf, "seen", (SUM,), (SUM.to_attribute(),))
    numbers = count(1)
    chain = SegmentChain(plan, lambda: next(numbers))
    names = {number: f"input_{number}" for number in (0, *chain.leaf_ids)}
    chain.compile(CompileContext("UTC", 0, True), names, 10)

    def run(segment: Segment) -> pa.Table:
        table, _ = segment.split(cursor.query(segment.statement(names)))
        return table.rename_columns([c.column_name for c in segment.output])

    def add(leaf_id: int, table: pa.Table) -> None:
        cursor.register(f"input_{leaf_id}", table)

    add(0, rows.rename_columns([c.column_name for c in columns]))
    found: dict[str, ObservedMetrics] = {}
    assert chain.run(run, add, lambda: False, found).num_rows == rows.num_rows
    return found["seen"].row.to_pylist()[0]["total#2"]


def test_rows_of_an_operator_are_observed(cursor: Cursor) -> None:
    assert observed(cursor, N, rows=pa.table({"n": [1, 2]})) == 3


def test_rows_that_take_others_back_are_not_observed(cursor: Cursor) -> None:
    rows = pa.table({"n": [1, 3], "weight": [-1, 1]})
    assert observed(cursor, N, HOLDS, rows=rows) == 3
