"""Moments: variance, skewness, covariance and what is made of them.

    stddev*, var*        n, avg, m2
    skewness             n, avg, m2, m3
    kurtosis             n, avg, m2, m3, m4
    covar*               n, xAvg, yAvg, ck
    corr, regr_*         n, xAvg, yAvg, ck, xMk, yMk

`m2` is the sum of the squared distances to the mean, `ck` that of the products of
both sides' distances, `xMk` and `yMk` are the squares of each side. Two groups of
rows merge by Chan's formulas, which lose nothing of values that are large beside
their differences.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unbounded.operators.accumulators.form import (
    Accumulator,
    AggregateForm,
    Arrays,
    FormRule,
    Merge,
    finished_by,
    partial,
)
from unbounded.plan.expressions import AggregateCall
from unbounded.types import DoubleType

__all__ = ["MOMENT_FORMS"]

Doubles = npt.NDArray[np.float64]

_POWERS = {"n": "n", "avg": "mean", "m2": "m2", "m3": "m3", "m4": "m4"}
_PAIRS = {
    "n": "pair_n",
    "xAvg": "xAvg",
    "yAvg": "yAvg",
    "ck": "ck",
    "xMk": "xMk",
    "yMk": "yMk",
}
"""Spark's name of each buffer, and the function that makes it of a batch's rows."""


def _merge_powers(old: Arrays, new: Arrays) -> list[pa.Array]:
    """As Spark's `CentralMomentAgg`."""
    n1, mean1, *powers1 = _doubles(old)
    n2, mean2, *powers2 = _doubles(new)
    n = n1 + n2
    delta = mean2 - mean1
    share = delta / np.where(n == 0, 1, n)
    merged = [n, _mean(mean1, mean2, n1, n2, share)]
    m2, m2_of_new = powers1[0], powers2[0]
    merged.append(m2 + m2_of_new + delta * share * n1 * n2)
    if len(powers1) > 1:
        cubes = share * share * delta * n1 * n2 * (n1 - n2)
        cubes += 3 * share * (n1 * m2_of_new - n2 * m2)
        merged.append(powers1[1] + powers2[1] + cubes)
    if len(powers1) > 2:
        fourths = share**3 * delta * n1 * n2 * (n1 * n1 - n1 * n2 + n2 * n2)
        fourths += 6 * share**2 * (n1 * n1 * m2_of_new + n2 * n2 * m2)
        fourths += 4 * share * (n1 * powers2[1] - n2 * powers1[1])
        merged.append(powers1[2] + powers2[2] + fourths)
    return _one_sided(merged, old, new, n1, n2)


def _merge_pairs(old: Arrays, new: Arrays) -> list[pa.Array]:
    """As Spark's `Covariance` and `Corr`."""
    n1, x1, y1, ck1, *squares1 = _doubles(old)
    n2, x2, y2, ck2, *squares2 = _doubles(new)
    n = n1 + n2
    parts = np.where(n == 0, 1, n)
    x_delta, y_delta = x2 - x1, y2 - y1
    merged = [
        n,
        _mean(x1, x2, n1, n2, x_delta / parts),
        _mean(y1, y2, n1, n2, y_delta / parts),
        ck1 + ck2 + x_delta * (y_delta / parts) * n1 * n2,
    ]
    deltas = (x_delta, y_delta)[: len(squares1)]
    for before, added, delta in zip(squares1, squares2, deltas, strict=True):
        merged.append(before + added + delta * (delta / parts) * n1 * n2)
    return _one_sided(merged, old, new, n1, n2)


def _mean(
    mean1: Doubles, mean2: Doubles, n1: Doubles, n2: Doubles, share: Doubles
) -> Doubles:
    """From the nearer side, so that two equal means stay what they are."""
    return np.where(n2 > n1, mean2 - share * n1, mean1 + share * n2)


def _doubles(arrays: Arrays) -> list[Doubles]:
    return [np.asarray(array.fill_null(0.0)) for array in arrays]


def _one_sided(
    merged: list[Any], old: Arrays, new: Arrays, n1: Doubles, n2: Doubles
) -> list[pa.Array]:
    """Where a side has no values, the other one as it is."""
    conditions = [n2 == 0, n1 == 0]
    sides = zip(merged, _doubles(old), _doubles(new), strict=True)
    return [
        pa.array(np.select(conditions, [before, added], both))
        for both, before, added in sides
    ]


def _form(names: dict[str, str], count: int, merge: Merge) -> FormRule:
    def rule(call: AggregateCall) -> AggregateForm:
        buffers = tuple(
            Accumulator(name, DoubleType(), partial(call, function, DoubleType()))
            for name, function in list(names.items())[:count]
        )
        return AggregateForm(buffers, _quietly(merge), finished_by(call))

    return rule


def _quietly(merge: Merge) -> Merge:
    """Infinities and NaN make NaN, as they do for Spark."""

    def quiet(old: Arrays, new: Arrays) -> list[pa.Array]:
        with np.errstate(invalid="ignore", over="ignore"):
            return merge(old, new)

    return quiet


_SPREAD = _form(_POWERS, 3, _merge_powers)
_COVARIANCE = _form(_PAIRS, 4, _merge_pairs)
_CORRELATION = _form(_PAIRS, 6, _merge_pairs)

MOMENT_FORMS: dict[str, FormRule] = {
    "stddev_pop": _SPREAD,
    "stddev_samp": _SPREAD,
    "var_pop": _SPREAD,
    "var_samp": _SPREAD,
    "skewness": _form(_POWERS, 4, _merge_powers),
    "kurtosis": _form(_POWERS, 5, _merge_powers),
    "covar_pop": _COVARIANCE,
    "covar_samp": _COVARIANCE,
    "corr": _CORRELATION,
    "regr_avgx": _COVARIANCE,
    "regr_avgy": _COVARIANCE,
    "regr_count": _COVARIANCE,
    "regr_intercept": _CORRELATION,
    "regr_r2": _CORRELATION,
    "regr_slope": _CORRELATION,
    "regr_sxx": _CORRELATION,
    "regr_sxy": _CORRELATION,
    "regr_syy": _CORRELATION,
}
