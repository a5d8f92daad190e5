"""Two accumulators made one."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from unbounded.errors import ExecutionError
from unbounded.operators.merge import added, greatest, least

LATER = datetime(2026, 1, 2, tzinfo=UTC)


def merged(merge, old, new, data_type):
    result = merge(pa.array(old, data_type), pa.array(new, data_type))
    assert result.type == data_type
    return result.to_pylist()


@pytest.mark.parametrize("merge", [added, least, greatest])
def test_null_has_seen_no_value(merge):
    old, new = [None, 2, None], [3, None, None]
    assert merged(merge, old, new, pa.int64()) == [3, 2, None]


def test_sums_add_up():
    assert merged(added, [1, -2], [10, 20], pa.int64()) == [11, 18]


def test_sum_past_its_type_is_an_overflow():
    with pytest.raises(ExecutionError, match="ARITHMETIC_OVERFLOW"):
        merged(added, [2**63 - 1], [1], pa.int64())


def test_decimals_add_in_their_own_type():
    widest = pa.decimal128(38, 2)
    assert merged(added, [Decimal("1.25")], [Decimal("2.50")], widest) == [
        Decimal("3.75")
    ]


def test_decimal_sum_past_its_digits_is_an_overflow():
    most = Decimal("9" * 36 + ".99")
    with pytest.raises(ExecutionError, match="ARITHMETIC_OVERFLOW"):
        merged(added, [most], [most], pa.decimal128(38, 2))


def test_nan_is_the_greatest_value():
    nan = float("nan")
    assert math.isnan(merged(greatest, [1.0], [nan], pa.float64())[0])
    assert math.isnan(merged(greatest, [nan], [math.inf], pa.float64())[0])
    assert merged(least, [nan], [1.0], pa.float64()) == [1.0]


def test_null_beside_nan_leaves_nan():
    nan = float("nan")
    assert math.isnan(merged(least, [None], [nan], pa.float64())[0])


@pytest.mark.parametrize(
    ("merge", "expected"), [(least, [False, False]), (greatest, [True, False])]
)
def test_false_is_less_than_true(merge, expected):
    assert merged(merge, [True, False], [False, False], pa.bool_()) == expected


def test_strings_have_an_order():
    assert merged(least, ["b", "é"], ["a", "z"], pa.string()) == ["a", "z"]
    assert merged(greatest, ["b", "é"], ["a", "z"], pa.string()) == ["b", "é"]


@pytest.mark.parametrize(
    ("data_type", "less", "more"),
    [
        (pa.bool_(), False, True),
        (pa.timestamp("us", "UTC"), datetime(2026, 1, 1, tzinfo=UTC), LATER),
        (pa.timestamp("us"), datetime(2026, 1, 1), datetime(2026, 1, 2)),
        (pa.date32(), date(1969, 12, 31), date(2026, 1, 1)),
        (pa.decimal128(4, 2), Decimal("-0.01"), Decimal("0.00")),
        (pa.string(), "Z", "a"),
        (pa.binary(), b"\x00", b"\xff"),
        (pa.float32(), -1.5, 0.0),
    ],
)
def test_least_and_greatest_of_every_type(data_type, less, more):
    old, new = [less, more, None], [more, None, less]
    assert merged(least, old, new, data_type) == [less, more, less]
    assert merged(greatest, old, new, data_type) == [more, more, less]


def test_typeless_nulls_stay_null():
    assert merged(least, [None], [None], pa.null()) == [None]
