"""Spark's order, for values of any type."""

from __future__ import annotations

import datetime
import itertools
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from unbounded.operators.ordering import compare

NAN = float("nan")
DAY = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
PAIR = pa.struct([("a", pa.int32()), ("b", pa.float64())])

# Each ascending.
ORDERS: list[tuple[pa.DataType, list[Any]]] = [
    (pa.int64(), [None, -(2**63), 0, 2**63 - 1]),
    (pa.float64(), [None, float("-inf"), -1.0, 0.0, float("inf"), NAN]),
    (pa.bool_(), [None, False, True]),
    (pa.string(), [None, "", "A", "a", "ä", "日"]),
    (pa.binary(), [None, b"", b"\x00", b"\xff"]),
    (pa.decimal128(5, 2), [None, Decimal("-1.00"), Decimal("0.01")]),
    (pa.timestamp("us", "UTC"), [None, DAY, DAY + datetime.timedelta(1)]),
    (pa.list_(pa.int32()), [None, [], [None], [None, 1], [1], [1, None], [1, 0], [2]]),
    (
        PAIR,
        [
            None,
            {"a": None, "b": NAN},
            {"a": 1, "b": None},
            {"a": 1, "b": 0.5},
            {"a": 1, "b": NAN},
        ],
    ),
    (pa.list_(PAIR), [[], [None], [{"a": 1, "b": 2.0}], [{"a": 1, "b": NAN}]]),
]


@pytest.mark.parametrize(("data_type", "values"), ORDERS, ids=lambda v: str(v)[:20])
def test_values_order_as_in_spark(data_type: pa.DataType, values: list[Any]) -> None:
    pairs = list(itertools.product(range(len(values)), repeat=2))
    left, right = (pa.array([values[p[i]] for p in pairs], data_type) for i in (0, 1))
    signs = compare(left, right).tolist()
    assert signs == [(a > b) - (a < b) for a, b in pairs]


def test_zeros_are_equal() -> None:
    assert compare(pa.array([-0.0]), pa.array([0.0])).tolist() == [0]
