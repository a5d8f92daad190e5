"""Limits and offsets over rows that come in batches."""

from __future__ import annotations

import pyarrow as pa
import pytest

from unbounded.operators import StreamingGlobalLimit, Watermarks
from unbounded.plan.expressions import AttributeReference
from unbounded.plan.relations import Limit, Offset, OperatorOutput
from unbounded.state import KeyedState
from unbounded.types import IntegerType

ROWS = OperatorOutput(0, (AttributeReference("a", IntegerType(), True, 1),))


def state_of(operator: StreamingGlobalLimit) -> KeyedState:
    (schema,) = operator.state_schemas
    return KeyedState(
        [field.data_type for field in schema.key_fields],
        [field.data_type for field in schema.value_fields],
    )


@pytest.mark.parametrize(
    ("node", "batches", "kept"),
    [
        (Limit(ROWS, 4), ([0, 1, 2], [3], [], []), [3, 4, 4, 4]),
        (Limit(ROWS, 3), ([0, 1, 2], [], [], []), [3, 3, 3, 3]),
        (Limit(ROWS, 0), ([], [], [], []), [None] * 4),
        (Offset(ROWS, 4), ([], [4], [], [5, 6, 7]), [3, 4, 4, 4]),
        (Offset(ROWS, 0), ([0, 1, 2], [3, 4], [], [5, 6, 7]), [None] * 4),
    ],
)
def test_rows_are_picked_by_their_number_over_all_batches(node, batches, kept) -> None:
    operator = StreamingGlobalLimit(node, 0, 1)
    state = state_of(operator)
    for rows, expected, count in zip(
        ([0, 1, 2], [3, 4], [], [5, 6, 7]), batches, kept, strict=True
    ):
        table = pa.table({"a#1": pa.array(rows, pa.int32())})
        changes, metrics = operator.process([table], [state], Watermarks(0, 0))
        assert changes.final().column(0).to_pylist() == expected
        held = state.gather(0, state.live_slots()).to_pylist()
        assert held == ([] if count is None else [count])
        assert metrics.rows_total == len(held)


def test_state_has_the_schema_that_spark_shows() -> None:
    (schema,) = StreamingGlobalLimit(Limit(ROWS, 1), 0, 1).state_schemas
    fields = (*schema.key_fields, *schema.value_fields)
    found = [(field.name, field.data_type.simple_string) for field in fields]
    assert found == [("key", "void"), ("value", "bigint")]
