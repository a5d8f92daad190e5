"""Moments of values that are large beside their differences, cut anywhere."""

from __future__ import annotations

import math
from fractions import Fraction

import pyarrow as pa
import pytest

from tests.operators.aggregation import Aggregation
from unbounded.engine import Cursor

LARGE = [1e6 + n % 7 + n % 5 * (n % 3) for n in range(400)]


def exact(power: int) -> Fraction:
    values = [Fraction(value) for value in LARGE]
    mean = sum(values) / len(values)
    return sum(((value - mean) ** power for value in values), Fraction(0))


SKEWNESS = math.sqrt(len(LARGE)) * float(exact(3)) / float(exact(2)) ** 1.5
KURTOSIS = len(LARGE) * float(exact(4)) / float(exact(2)) ** 2 - 3


@pytest.mark.parametrize("cuts", [[], [1], [1, 2, 399], list(range(0, 400, 13))])
@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("var_pop(x)", float(exact(2)) / len(LARGE)),
        ("skewness(x)", SKEWNESS),
        ("kurtosis(x)", KURTOSIS),
    ],
)
def test_nothing_is_lost_of_values_far_from_zero(
    cursor: Cursor, call: str, value: float, cuts: list[int]
) -> None:
    runs = Aggregation(cursor, pa.table({"x": LARGE}), [], [call])
    ((found,),) = runs.stream(cuts)
    assert found == pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("call", ["skewness(x)", "kurtosis(x)", "corr(x, y)"])
def test_equal_values_have_no_spread_however_they_are_cut(
    cursor: Cursor, call: str
) -> None:
    table = pa.table({"x": [0.1] * 9, "y": [float(n) for n in range(9)]})
    runs = Aggregation(cursor, table, [], [call])
    assert runs.stream([1, 3, 4]) == runs.batch() == [(None,)]
