"""Conversions: what user functions are given, and what becomes of their values.

Each kind of value under each type, by each way of declaring a function.
"""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
from pyspark.sql import Row
from pyspark.sql.functions import arrow_udf, expr, pandas_udf, udf

__all__ = ["CONVERSIONS"]

Case = Callable[[Any], Any]

# --- what a function's value becomes ------------------------------------------

VALUES: dict[str, Any] = {
    "none": None,
    "true": True,
    "one": 1,
    "large": 2**40,
    "huge": 2**70,
    "half": 1.5,
    "nan": math.nan,
    "text": "x",
    "digits": "12",
    "bytes": b"b",
    "bytearray": bytearray(b"b"),
    "decimal": decimal.Decimal("1.256"),
    "date": datetime.date(2024, 2, 29),
    "time": datetime.datetime(2024, 2, 29, 12, 30, 1, 5),
    "zoned": datetime.datetime(
        2024, 2, 29, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=5))
    ),
    "list": [1, 2],
    "tuple": (1, 2),
    "mixed": [1, None, "x"],
    "dict": {"a": 1},
    "row": Row(a=1, b=2),
    "turned": Row(b=1, a=2),
    "short": (1,),
    "set": {1},
}
TYPES = (
    "boolean",
    "tinyint",
    "int",
    "bigint",
    "float",
    "double",
    "string",
    "binary",
    "decimal(10,2)",
    "date",
    "timestamp",
    "timestamp_ntz",
    "array<int>",
    "array<string>",
    "map<string,int>",
    "struct<a:int,b:int>",
    "interval day to second",
)


def coercion(value: Any, data_type: str, use_arrow: bool) -> Case:
    """A function that gives one value, declared of one type."""

    def build(spark: Any) -> Any:
        give = udf(lambda n: value, data_type, useArrow=use_arrow)
        return spark.range(0, 1, 1, 1).select(give("id").alias("v"))

    return build


COERCIONS: dict[str, Case] = {
    f"{name} as {data_type}, {'arrow' if use_arrow else 'pickled'}": coercion(
        value, data_type, use_arrow
    )
    for use_arrow in (False, True)
    for data_type in TYPES
    for name, value in VALUES.items()
}

SERIES: dict[str, Callable[[int], Any]] = {
    "ints": lambda n: pd.Series(range(n)),
    "nulls": lambda n: pd.Series([None, *range(n - 1)]),
    "floats": lambda n: pd.Series([1.5] * n),
    "texts": lambda n: pd.Series(["x"] * n),
    "digits": lambda n: pd.Series(["12"] * n),
    "bools": lambda n: pd.Series([True] * n),
    "times": lambda n: pd.Series([pd.Timestamp("2024-02-29 12:30:01")] * n),
    "zoned": lambda n: pd.Series(
        [pd.Timestamp("2024-02-29 12:30", tz="Asia/Tokyo")] * n
    ),
    "dates": lambda n: pd.Series([datetime.date(2024, 2, 29)] * n),
    "decimals": lambda n: pd.Series([decimal.Decimal("1.25")] * n),
    "lists": lambda n: pd.Series([[1, 2]] * n),
    "dicts": lambda n: pd.Series([{"a": 1}] * n),
    "categories": lambda n: pd.Series(["x"] * n, dtype="category"),
    "frame": lambda n: pd.DataFrame({"b": [2] * n, "a": [1] * n}),
    "other frame": lambda n: pd.DataFrame({"c": [2] * n, "a": [1] * n}),
    "array": lambda n: pd.array(range(n)),
    "list": lambda n: [1] * n,
    "number": lambda n: 5,
    "longer": lambda n: pd.Series(range(n + 1)),
    "large": lambda n: pd.Series([2**40] * n),
}


def series_coercion(make: Callable[[int], Any], data_type: str) -> Case:
    """A pandas function that gives a series, declared of one type."""

    def build(spark: Any) -> Any:
        give = pandas_udf(lambda s: make(len(s)), data_type)
        return spark.range(0, 2, 1, 1).select(give("id").alias("v"))

    return build


COERCIONS |= {
    f"{name} as {data_type}, pandas": series_coercion(make, data_type)
    for data_type in (
        "boolean",
        "int",
        "bigint",
        "double",
        "string",
        "decimal(10,2)",
        "date",
        "timestamp",
        "array<int>",
        "map<string,int>",
        "struct<a:int,b:int>",
    )
    for name, make in SERIES.items()
}

# --- what a function is given -------------------------------------------------

INPUTS = (
    "cast(null as int)",
    "true",
    "3",
    "3L",
    "1.5D",
    "cast(1.5 as float)",
    "2.50",
    "'é'",
    "X'00ff'",
    "DATE'2024-02-29'",
    "TIMESTAMP'2024-02-29 12:30:01.000005'",
    "TIMESTAMP_NTZ'2024-02-29 12:30:01'",
    "array(1, 2)",
    "array(DATE'2024-02-29', null)",
    "map('a', 1)",
    "named_struct('a', 1, 'b', array(X'00'))",
    "array(named_struct('a', TIMESTAMP'2024-02-29 12:30:01'))",
    "INTERVAL '1 02:03:04' DAY TO SECOND",
)


def given(text: str, use_arrow: bool) -> Case:
    def build(spark: Any) -> Any:
        show = udf(lambda v: f"{type(v).__name__} {v!r}", "string", useArrow=use_arrow)
        return spark.range(0, 1, 1, 1).select(show(expr(text)).alias("v"))

    return build


def given_series(text: str) -> Case:
    def build(spark: Any) -> Any:
        def show(series: Any) -> pd.Series:
            kind = type(series).__name__
            if isinstance(series, pd.DataFrame):
                told = f"{kind} {list(series.columns)} {series.iloc[0].to_dict()}"
            else:
                value = series.iloc[0]
                told = f"{kind} {series.dtype} {type(value).__name__} {value!r}"
            return pd.Series([told] * len(series))

        return spark.range(0, 1, 1, 1).select(
            pandas_udf(show, "string")(expr(text)).alias("v")
        )

    return build


def given_arrow(text: str) -> Case:
    def build(spark: Any) -> Any:
        def show(array: pa.Array) -> pa.Array:
            return pa.array([f"{array.type} {array[0].as_py()!r}"] * len(array))

        return spark.range(0, 1, 1, 1).select(
            arrow_udf(show, "string")(expr(text)).alias("v")
        )

    return build


INPUT_CASES: dict[str, Case] = {}
for _text in INPUTS:
    INPUT_CASES[f"{_text} to a pickled function"] = given(_text, False)
    INPUT_CASES[f"{_text} to an arrow function"] = given(_text, True)
    INPUT_CASES[f"{_text} to a pandas function"] = given_series(_text)
    INPUT_CASES[f"{_text} to a function of arrays"] = given_arrow(_text)


CONVERSIONS: dict[str, Case] = {**INPUT_CASES, **COERCIONS}
