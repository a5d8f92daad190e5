"""Reports: statistics of a day, and the last and the highest bids."""

from __future__ import annotations

from typing import Any

from pyspark.sql import Window, functions as f

from bench.nexmark.views import Views

_RANKS = {
    "rank1": "price < 10000",
    "rank2": "price >= 10000 AND price < 1000000",
    "rank3": "price >= 1000000",
}
_BID = ("price", "channel", "url", "dateTime", "extra")


def q15(views: Views) -> Any:
    """Bids, bidders and auctions of a day, also by rank of price."""
    return views.bids.groupBy(_day()).agg(
        *_counted("bids", "*"),
        *_counted("bidders", "DISTINCT bidder"),
        *_counted("auctions", "DISTINCT auction"),
    )


def q16(views: Views) -> Any:
    """Bids, bidders and auctions of a channel and day, also by rank of price."""
    return views.bids.groupBy("channel", _day()).agg(
        f.max(f.date_format("dateTime", "HH:mm")).alias("minute"),
        *_counted("bids", "*"),
        *_counted("bidders", "DISTINCT bidder"),
        *_counted("auctions", "DISTINCT auction"),
    )


def q17(views: Views) -> Any:
    """Bids and prices of an auction and day."""
    return views.bids.groupBy("auction", _day()).agg(
        *_counted("bids", "*"),
        f.min("price").alias("min_price"),
        f.max("price").alias("max_price"),
        f.avg("price").alias("avg_price"),
        f.sum("price").alias("sum_price"),
    )


def q18(views: Views) -> Any:
    """The last bid of each bidder on each auction."""
    last = f.max_by(f.struct(*_BID), "dateTime").alias("last")
    lasts = views.bids.groupBy("auction", "bidder").agg(last)
    return lasts.select("auction", "bidder", "last.*")


def q18_ranked(views: Views) -> Any:
    """The same, by a rank."""
    rows = Window.partitionBy("auction", "bidder").orderBy(f.desc("dateTime"))
    ranked = views.bids.withColumn("rank", f.row_number().over(rows))
    return ranked.where("rank = 1").select("auction", "bidder", *_BID)


def q19(views: Views) -> Any:
    """The ten highest bids on each auction, as a list."""
    bids = f.sort_array(f.collect_list(_by_price()), asc=False)
    return views.bids.groupBy("auction").agg(f.slice(bids, 1, 10).alias("highest"))


def q19_ranked(views: Views) -> Any:
    """The same, by a rank."""
    rows = Window.partitionBy("auction").orderBy(f.desc("bid"))
    bids = views.bids.select("auction", _by_price().alias("bid"))
    highest = bids.withColumn("rank", f.row_number().over(rows)).where("rank <= 10")
    listed = f.sort_array(f.collect_list("bid"), asc=False)
    return highest.groupBy("auction").agg(listed.alias("highest"))


def _day() -> Any:
    return f.date_format("dateTime", "yyyy-MM-dd").alias("day")


def _counted(name: str, what: str) -> list[Any]:
    """How many there are in all, and of each rank of price."""
    ranks = [
        f.expr(f"count({what}) FILTER (WHERE {is_of_rank})").alias(f"{rank}_{name}")
        for rank, is_of_rank in _RANKS.items()
    ]
    return [f.expr(f"count({what})").alias(f"total_{name}"), *ranks]


def _by_price() -> Any:
    """A bid as a value that is the greater the dearer it is; no two are equal."""
    return f.struct("price", "dateTime", "bidder", "channel", "url", "extra")
