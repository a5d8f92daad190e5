"""Windows: what happened in the last seconds, and who was there."""

from __future__ import annotations

from typing import Any

from pyspark.sql import functions as f

from bench.nexmark.views import Views


def q5(views: Views) -> Any:
    """The auctions with the most bids in ten seconds, every two seconds."""
    counts = _counts(views.bids)
    highest = (
        _counts(views.bids_again)
        .groupBy(f.col("window").alias("during"))
        .agg(f.max("num").alias("most"))
    )
    is_hot = f.expr("window = during AND num >= most")
    found = counts.join(highest, is_hot)
    return found.select(
        "auction",
        "num",
        f.col("window.start").alias("starttime"),
        f.col("window.end").alias("endtime"),
    )


def q7(views: Views) -> Any:
    """The highest bid of each ten seconds."""
    window = f.window("dateTime", "10 seconds")
    most = views.bids.groupBy(window).agg(f.max("price").alias("most"))
    last = most.select("most", f.window_time("window").alias("last"))
    is_highest = f.expr(
        "price = most AND dateTime <= last AND dateTime > last - INTERVAL 10 SECONDS"
    )
    columns = ("auction", "bidder", "price", "dateTime", "extra", "last")
    return views.bids.join(last, is_highest).select(*columns)


def q8(views: Views) -> Any:
    """The people who came and had an auction within the same ten seconds."""
    window = f.window("dateTime", "10 seconds")
    people = views.people.select("id", "name", window.alias("window"))
    sellers = views.auctions.select("seller", window.alias("sold"))
    return (
        people.dropDuplicates()
        .join(sellers.dropDuplicates(), f.expr("id = seller AND window = sold"))
        .select("id", "name", "window.start", "window.end")
    )


def q11(views: Views) -> Any:
    """The bids of each visit: as long as a bidder is never away for ten seconds."""
    visit = f.session_window("dateTime", "10 seconds")
    counts = views.bids.groupBy("bidder", visit).agg(f.count("*").alias("bid_count"))
    times = ("session_window.start", "session_window.end")
    return counts.select("bidder", "bid_count", *times)


def q12(views: Views) -> Any:
    """The bids of each bidder in ten seconds of the clock on the wall."""
    seen = views.bids.withColumn("seen", f.current_timestamp())
    window = f.window("seen", "10 seconds")
    counts = seen.groupBy("bidder", window).agg(f.count("*").alias("bid_count"))
    return counts.select("bidder", "bid_count", "window.start", "window.end")


def _counts(bids: Any) -> Any:
    sliding = f.window("dateTime", "10 seconds", "2 seconds")
    return bids.groupBy(sliding, "auction").agg(f.count("*").alias("num"))
