"""Calculations: the queries that look at one event at a time, and at a side table."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pyspark.sql import functions as f
from pyspark.sql.pandas.functions import pandas_udf

from bench.nexmark.events import SIDE_ROWS
from bench.nexmark.views import Views

# Its signatures say that it must be told which kind of function it gets.
_pandas_udf: Any = pandas_udf


def q0(views: Views) -> Any:
    """Bids as they are: what it costs to read and to write."""
    return views.bids.select("auction", "bidder", "price", "dateTime", "extra")


def q1(views: Views) -> Any:
    """Prices in another currency."""
    euros = f.expr("0.908 * price").alias("price")
    return views.bids.select("auction", "bidder", euros, "dateTime", "extra")


def q2(views: Views) -> Any:
    """The bids on some auctions."""
    return views.bids.where("auction % 123 = 0").select("auction", "price")


def q13(views: Views) -> Any:
    """Bids with what a table at rest says of their auction."""
    key = f.col("auction") % SIDE_ROWS == f.col("key")
    columns = ("auction", "bidder", "price", "dateTime", "value")
    return views.bids.join(views.side, key).select(*columns)


def q14(views: Views) -> Any:
    """Dear bids, the time of day they came, and the letters c in their text."""
    part_of_day = f.expr("""
        CASE
            WHEN hour(dateTime) BETWEEN 8 AND 18 THEN 'dayTime'
            WHEN hour(dateTime) <= 6 OR hour(dateTime) >= 20 THEN 'nightTime'
            ELSE 'otherTime'
        END""")
    euros = f.expr("0.908 * price")
    return views.bids.where((euros > 1_000_000) & (euros < 50_000_000)).select(
        "auction",
        "bidder",
        euros.alias("price"),
        part_of_day.alias("bidTimeType"),
        "dateTime",
        "extra",
        _pandas_udf(_count_c, "bigint")("extra").alias("c_counts"),
    )


def q21(views: Views) -> Any:
    """Bids with the number of their channel, which the page tells of most."""
    channel = f.lower("channel")
    told = f.regexp_extract("url", "(&|^)channel_id=([^&]*)", 2)
    number = (
        f.when(channel == "apple", "0")
        .when(channel == "google", "1")
        .when(channel == "facebook", "2")
        .when(channel == "baidu", "3")
        .otherwise(told)
    )
    known = channel.isin("apple", "google", "facebook", "baidu")
    return views.bids.where((told != "") | known).select(
        "auction", "bidder", "price", "channel", number.alias("channel_id")
    )


def q22(views: Views) -> Any:
    """Bids with the folders of their page."""
    folders = [
        f.split_part("url", f.lit("/"), f.lit(place + 3)).alias(f"dir{place}")
        for place in (1, 2, 3)
    ]
    return views.bids.select("auction", "bidder", "price", "channel", *folders)


def _count_c(texts: pd.Series) -> pd.Series:
    return texts.str.count("c")
