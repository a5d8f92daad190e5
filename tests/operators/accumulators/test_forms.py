"""Every aggregate function, family by family: a stream's value is that of a batch.

Random rows, cut at random into batches: nulls, NaN, infinities, ties, values large
beside their differences. A run that starts anew before each batch ends the same.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from tests.operators.aggregation import Aggregation, assert_same
from unbounded.analyzer import AGGREGATE_NAMES
from unbounded.engine import Cursor

SCHEMA = pa.schema(
    [
        ("k", pa.string()),
        ("i", pa.int32()),
        ("n", pa.int64()),
        ("x", pa.float64()),
        ("y", pa.float64()),
        ("d", pa.decimal128(12, 2)),
        ("b", pa.bool_()),
        ("t", pa.timestamp("us", "UTC")),
        ("s", pa.string()),
        ("l", pa.list_(pa.field("element", pa.int32()))),
        ("o", pa.struct([("a", pa.int32()), ("b", pa.float64())])),
        ("g", pa.duration("us")),
    ]
)
_MONTHS = "make_ym_interval(0, i % 100)"
_DAY = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
_NAN, _INF = float("nan"), float("inf")
_POOLS: tuple[tuple[Any, ...], ...] = (
    ("a", "b", None),
    (None, 0, 1, -1, 7, 7, 2**31 - 1),
    (None, 0, 5, -5, 2**40, 123456789012),
    (None, 0.0, -0.0, 0.1, 0.1, -2.5, 1e9, 1e9 + 1, _NAN, _INF, -_INF),
    (None, 1.0, 2.0, 2.5, -4.0, 1e9),
    (None, *map(Decimal, ("0.00", "0.01", "-12.34", "9999999999.99"))),
    (None, True, False),
    (None, _DAY, _DAY + datetime.timedelta(seconds=1), _DAY - datetime.timedelta(1)),
    (None, "", "a", "b", "ä", "日本"),
    (None, [], [1], [1, None], [2, 1], [None]),
    (None, {"a": 1, "b": 0.5}, {"a": 1, "b": None}, {"a": None, "b": _NAN}),
    (None, *map(datetime.timedelta, (0, 1, -1), (0, 5, 86399))),
)
ROW = st.tuples(*map(st.sampled_from, _POOLS))
ROWS = st.lists(ROW, max_size=24)
CUTS = st.lists(st.integers(0, 24), max_size=5)

FAMILIES: dict[str, tuple[str, ...]] = {
    "sums": (
        "count(i)",
        "count(i, s)",
        "count(*)",
        "count_if(b)",
        "sum(i)",
        "sum(n)",
        "sum(y)",
        "sum(d)",
        "sum(g)",
        f"sum({_MONTHS})",
        f"avg({_MONTHS})",
        "try_sum(n)",
        "try_sum(d)",
        "avg(i)",
        "avg(x)",
        "avg(d)",
        "avg(g)",
        "try_avg(d)",
        "try_avg(y)",
        "product(y)",
    ),
    "extremes": (
        *(f"{f}({c})" for f in ("min", "max") for c in "inxdbtslog"),
        f"max({_MONTHS})",
        f"min(struct({_MONTHS}))",
        "bool_and(b)",
        "bool_or(b)",
        "bit_and(i)",
        "bit_or(n)",
        "bit_xor(n)",
    ),
    "moments": (
        *(
            f"{f}({c})"
            for f in ("stddev_pop", "stddev_samp", "var_pop", "var_samp")
            for c in ("x", "y", "i", "d")
        ),
        "skewness(y)",
        "skewness(i)",
        "kurtosis(y)",
        "kurtosis(x)",
    ),
    "pairs": (
        *(
            f"{f}(y, i % 10)"
            for f in (
                "covar_pop",
                "covar_samp",
                "corr",
                "regr_avgx",
                "regr_avgy",
                "regr_count",
                "regr_intercept",
                "regr_r2",
                "regr_slope",
                "regr_sxx",
                "regr_sxy",
                "regr_syy",
            )
        ),
        "covar_pop(x, y)",
        "corr(x, y)",
    ),
    "picks": (
        *(
            f"{f}({c})"
            for f in ("first", "last", "any_value")
            for c in ("i", "s", "l", "o", "b", "g", "x, true", "s, true")
        ),
        *(
            f"{f}({c})"
            for f in ("max_by", "min_by")
            for c in ("s, i", "i, x", "l, d", "o, s", "s, l", "s, o", "s, b", "i, t")
        ),
    ),
    "lists": (
        *(f"collect_list({c})" for c in "ixslogt"),
        f"collect_list({_MONTHS})",
        "collect_list(NULL)",
        *(f"collect_set({c})" for c in "ixsdlogbt"),
        "median(i)",
        "median(x)",
        "mode(i)",
        "mode(s)",
        "mode(x)",
        "mode(o)",
    ),
    "ordered": (
        "mode(i, true)",
        "mode() WITHIN GROUP (ORDER BY s DESC)",
        "median(d)",
        "median(g)",
        f"median({_MONTHS})",
        "percentile(x, 0.25)",
        "percentile(i, array(0, 0.5, 1))",
        "percentile(y, 0.5, abs(i % 3))",
        "percentile(g, 0.5)",
        "percentile_approx(t, 0.5)",
        "percentile_approx(d, array(0.1, 0.9), 100)",
        "percentile_cont(0.4) WITHIN GROUP (ORDER BY i DESC)",
        "percentile_disc(0.4) WITHIN GROUP (ORDER BY x)",
        "listagg(s)",
        "listagg(s, ', ')",
        "listagg(CAST(s AS BINARY))",
        "listagg(DISTINCT s, ',')",
        "listagg(s, ',') WITHIN GROUP (ORDER BY i DESC, b)",
        "listagg(DISTINCT s, ',') WITHIN GROUP (ORDER BY s DESC)",
    ),
    "distinct": (
        *(f"count(DISTINCT {c})" for c in "inxdbtslog"),
        "count(DISTINCT i, s)",
        f"sum(DISTINCT {_MONTHS})",
        "count(DISTINCT x, l, b)",
        *(f"sum(DISTINCT {c})" for c in "inydg"),
        *(f"avg(DISTINCT {c})" for c in "ixdg"),
        "try_sum(DISTINCT n)",
        "try_avg(DISTINCT d)",
        "approx_count_distinct(s)",
        "approx_count_distinct(x)",
        "min(DISTINCT i)",
        "collect_list(DISTINCT i)",
        "var_pop(DISTINCT y)",
        "corr(DISTINCT y, i % 10)",
        "median(DISTINCT i)",
        "product(DISTINCT i)",
        "bit_xor(DISTINCT i)",
        "count_if(DISTINCT b)",
        "sum(i)",
        "count(s)",
    ),
}


def table_of(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(SCHEMA)
    arrays = [
        pa.array(column, field.type)
        for column, field in zip(columns, SCHEMA, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def test_every_function_is_in_a_family() -> None:
    called = {call.split("(")[0] for calls in FAMILIES.values() for call in calls}
    assert called == AGGREGATE_NAMES


@pytest.mark.parametrize("family", FAMILIES)
@given(data=st.data())
def test_stream_equals_batch(cursor: Cursor, family: str, data: st.DataObject) -> None:
    table = table_of(data.draw(ROWS))
    calls = data.draw(
        st.lists(st.sampled_from(FAMILIES[family]), min_size=1, max_size=6, unique=True)
    )
    filtered = [f"{call} FILTER (WHERE i > 0)" for call in calls[:1]]
    keys = data.draw(st.sampled_from([[], ["k"], ["k", "l"], ["o"]]))
    runs = Aggregation(cursor, table, keys, [*calls, *filtered])
    cuts = data.draw(CUTS)
    found = runs.stream(cuts, restarts=data.draw(st.booleans()))
    assert_same(found, runs.batch())
