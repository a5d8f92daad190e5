"""Joins: bids with their auctions, auctions with who sells them, and what won."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

from pyspark.sql import Window, functions as f

from bench.nexmark.views import Views

_IN_TIME = "id = auction AND bidTime BETWEEN dateTime AND expires"
_OFFER = ("auction", "bidder", "price", "bidTime", "bidExtra")


def q3(views: Views) -> Any:
    """Who sells in one category and lives in one of three states."""
    auctions = views.auctions.where("category = 10").select("id", "seller")
    people = views.people.where("state IN ('OR', 'ID', 'CA')").select(
        f.col("id").alias("person"), "name", "city", "state"
    )
    sold_by = f.col("seller") == f.col("person")
    return auctions.join(people, sold_by).select("name", "city", "state", "id")


def q4(views: Views) -> Any:
    """The average price that auctions of a category closed with."""
    finals = _finals(views, "category")
    return finals.groupBy("category").agg(f.avg("final").alias("average"))


def q6(views: Views) -> Any:
    """The average price of a seller's last ten auctions."""
    ended = f.sort_array(f.collect_list(f.struct("expires", "final")), asc=False)
    finals = _finals(views, "seller", "expires")
    lasts = finals.groupBy("seller").agg(f.slice(ended, 1, 10).alias("last"))
    prices = [f.coalesce(f.get("last", f.lit(n))["final"], f.lit(0)) for n in range(10)]
    average = (reduce(add, prices) / f.size("last")).alias("average")
    return lasts.select("seller", average)


def q6_ranked(views: Views) -> Any:
    """The same, by a rank."""
    latest = Window.partitionBy("seller").orderBy(f.desc("expires"), f.desc("final"))
    finals = _finals(views, "seller", "expires")
    lasts = finals.withColumn("rank", f.row_number().over(latest)).where("rank <= 10")
    return lasts.groupBy("seller").agg(f.avg("final").alias("average"))


def q9(views: Views) -> Any:
    """Each auction with the bid that won it, once it is closed."""
    bid = f.struct(*_OFFER)
    order = f.struct("price", -f.unix_micros("bidTime"))
    auctions = views.closing
    # Says nothing new, but how long a bid has to wait for its auction.
    is_near = f"bidTime >= expires - INTERVAL {views.longest}"
    offers = auctions.join(_bids(views), f.expr(f"{_IN_TIME} AND {is_near}"))
    won = offers.groupBy(*auctions.columns).agg(f.max_by(bid, order).alias("bid"))
    return won.select(*auctions.columns, "bid.*")


def q9_ranked(views: Views) -> Any:
    """The same, by a rank."""
    rows = Window.partitionBy("id").orderBy(f.desc("price"), "bidTime")
    offers = views.auctions.join(_bids(views), f.expr(_IN_TIME))
    ranked = offers.withColumn("rank", f.row_number().over(rows))
    won = ranked.where("rank = 1")
    return won.select(*views.auctions.columns, *_OFFER)


def q20(views: Views) -> Any:
    """Bids on one category's auctions, with all there is to say about these."""
    auctions = views.auctions.where("category = 10").withColumnsRenamed(
        {"dateTime": "auctionTime", "extra": "auctionExtra"}
    )
    found = views.bids.join(auctions, f.expr("auction = id"))
    return found.drop("id")


def q23(views: Views) -> Any:
    """Bids of people who sell as well, with the person and all their auctions."""
    people = views.people.select(
        *("name", "emailAddress", "creditCard", "city", "state"),
        f.col("id").alias("person"),
        f.col("extra").alias("personExtra"),
    )
    auctions = views.auctions.withColumnsRenamed(
        {"dateTime": "auctionTime", "extra": "auctionExtra"}
    )
    bids = views.bids.drop("auction").withColumnRenamed("extra", "bidExtra")
    theirs = bids.join(people, f.expr("person = bidder"))
    found = theirs.join(auctions.drop("id"), f.expr("seller = bidder"))
    return found.drop("dateTime")


def _bids(views: Views) -> Any:
    """Bids under names of their own."""
    renamed = {"dateTime": "bidTime", "extra": "bidExtra"}
    return views.bids.withColumnsRenamed(renamed).drop("channel", "url")


def _finals(views: Views, *columns: str) -> Any:
    """The highest price that was bid for an auction while it was open."""
    offers = views.auctions.join(_bids(views), f.expr(_IN_TIME))
    return offers.groupBy("id", *columns).agg(f.max("price").alias("final"))
