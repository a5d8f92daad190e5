"""Tables that operators hold: what comes, is taken back, and is told of."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pytest

from unbounded.errors import InternalError
from unbounded.operators import (
    WEIGHT,
    Changes,
    OperatorMetrics,
    ResultDifference,
    RetainedRows,
    RetainedTable,
    StatefulOperator,
    Watermarks,
)
from unbounded.plan.expressions import AttributeReference
from unbounded.plan.relations import OperatorOutput
from unbounded.state import KeyedState
from unbounded.types import IntegerType, LongType, StringType

KEY = AttributeReference("k", StringType(), True, 1)
VALUE = AttributeReference("v", IntegerType(), True, 2)
WEIGHTS = AttributeReference(WEIGHT, LongType(), False, 3)
ROWS = OperatorOutput(0, (KEY, VALUE))
REVISED = OperatorOutput(0, (KEY, WEIGHTS, VALUE))

Rows = Sequence[tuple[str | None, int | None]]


class Held:
    """An operator with its state, fed batch by batch."""

    def __init__(self, operator: StatefulOperator) -> None:
        self.operator = operator
        (schema,) = operator.state_schemas
        self.state = KeyedState(
            [field.data_type for field in schema.key_fields],
            [field.data_type for field in schema.value_fields],
        )

    def process(self, table: pa.Table) -> tuple[Changes, OperatorMetrics]:
        changes, metrics = self.operator.process(
            [table], [self.state], Watermarks(0, 0)
        )
        changes.settle()
        return changes, metrics


def table(rows: Rows) -> pa.Table:
    keys, values = ([row[n] for row in rows] for n in (0, 1))
    return pa.table(
        {"k#1": pa.array(keys, pa.string()), "v#2": pa.array(values, pa.int32())}
    )


def revision(*rows: tuple[int, str, int]) -> pa.Table:
    plain = table([row[1:] for row in rows])
    weights = pa.array([row[0] for row in rows], pa.int64())
    return plain.add_column(1, "__weight#3", weights)


def rows_of(rows: pa.Table) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in rows.to_pylist()]


def test_rows_that_are_never_revised_stay_as_they_came() -> None:
    held = Held(RetainedRows(ROWS, 0, 1))
    held.process(table([("a", 1), ("b", None), ("a", 1)]))
    changes, metrics = held.process(table([(None, 2), ("a", 1)]))
    assert rows_of(changes.snapshot()) == [
        ("a", 1),
        ("b", None),
        ("a", 1),
        (None, 2),
        ("a", 1),
    ]
    assert (metrics.rows_total, metrics.rows_updated) == (5, 2)


def test_batch_without_rows_leaves_the_table() -> None:
    held = Held(RetainedRows(ROWS, 0, 1))
    held.process(table([("a", 1)]))
    changes, _ = held.process(table([]))
    assert rows_of(changes.snapshot()) == [("a", 1)]


def test_row_taken_back_leaves_the_table() -> None:
    held = Held(RetainedTable(REVISED, 0, 1))
    held.process(revision((1, "a", 1), (1, "b", 1)))
    changes, metrics = held.process(revision((-1, "a", 1), (1, "a", 2)))
    assert rows_of(changes.snapshot()) == [("b", 1), ("a", 2)]
    assert (metrics.rows_total, metrics.rows_removed) == (2, 1)


def test_row_is_in_the_table_as_often_as_it_came() -> None:
    held = Held(RetainedTable(REVISED, 0, 1))
    held.process(revision((1, "a", 1), (1, "a", 1), (1, "b", 1)))
    changes, _ = held.process(revision((-1, "a", 1), (2, "c", 1)))
    assert rows_of(changes.snapshot()) == [("a", 1), ("b", 1), ("c", 1), ("c", 1)]


def test_row_that_comes_and_goes_in_one_batch_was_never_there() -> None:
    held = Held(RetainedTable(REVISED, 0, 1))
    changes, metrics = held.process(revision((-1, "a", 1), (1, "b", 1), (1, "a", 1)))
    assert rows_of(changes.snapshot()) == [("b", 1)]
    assert metrics.rows_total == held.state.count == 1


def told(changes: Changes) -> tuple[list[tuple[object, ...]], ...]:
    revised = changes.revision()
    weights = revised.column(WEIGHT).to_pylist()
    rows = rows_of(revised.drop_columns([WEIGHT]))
    gone = [row for row, weight in zip(rows, weights, strict=True) if weight < 0]
    assert weights == sorted(weights), "retractions come first"
    assert rows[len(gone) :] == rows_of(changes.updated())
    return gone, rows[len(gone) :]


def test_what_is_new_in_a_result_and_what_has_gone_is_told() -> None:
    held = Held(ResultDifference(ROWS, 0, 1))
    changes, _ = held.process(table([("b", 1), ("a", 2)]))
    assert told(changes) == ([], [("b", 1), ("a", 2)])
    changes, metrics = held.process(table([("c", 3), ("b", 1)]))
    assert told(changes) == ([("a", 2)], [("c", 3)])
    assert (metrics.rows_total, metrics.rows_updated, metrics.rows_removed) == (2, 1, 1)
    changes, _ = held.process(table([]))
    assert told(changes) == ([("b", 1), ("c", 3)], [])
    assert held.state.count == 0


def test_same_row_is_told_of_as_often_as_it_is_more_or_less() -> None:
    held = Held(ResultDifference(ROWS, 0, 1))
    held.process(table([("a", 1), ("a", 1), ("b", 1)]))
    changes, _ = held.process(table([("b", 1), ("b", 1), ("b", 1), ("a", 1)]))
    assert told(changes) == ([("a", 1)], [("b", 1), ("b", 1)])
    changes, metrics = held.process(table([("a", 1), ("b", 1), ("b", 1), ("b", 1)]))
    assert told(changes) == ([], [])
    assert metrics.rows_updated == 0


@pytest.mark.parametrize(
    "operator", [RetainedRows(ROWS, 0, 1), RetainedTable(REVISED, 0, 1)]
)
def test_rows_that_no_plan_asks_for_are_an_error(operator: StatefulOperator) -> None:
    given = revision((1, "a", 1)) if operator.name == "retainedTable" else table([])
    changes, _ = Held(operator).process(given)
    with pytest.raises(InternalError):
        changes.updated()
