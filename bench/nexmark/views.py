"""Views: each kind of event as a table, of a stream or of its files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.nexmark.events import longest_us

__all__ = ["Views", "open_views"]

DELAY = "4 seconds"

_SCHEMAS = {
    "people": """
        dateTime TIMESTAMP, id BIGINT, name STRING, emailAddress STRING,
        creditCard STRING, city STRING, state STRING, extra STRING""",
    "auctions": """
        dateTime TIMESTAMP, id BIGINT, itemName STRING, description STRING,
        initialBid BIGINT, reserve BIGINT, expires TIMESTAMP, seller BIGINT,
        category BIGINT, extra STRING""",
    "bids": """
        dateTime TIMESTAMP, auction BIGINT, bidder BIGINT, price BIGINT,
        channel STRING, url STRING, extra STRING""",
}


@dataclass(frozen=True)
class Views:
    """Data frames of bids, auctions, people, and of the table beside the stream.

    Attributes:
        bids_again: the same bids, for the other side of a join; of one frame used
            twice Spark 4.3 lets no group of a side become final.
        closing: the auctions with the time they close as their event time.
        longest: an interval that no auction is open for.
    """

    bids: Any
    auctions: Any
    people: Any
    bids_again: Any
    closing: Any
    side: Any
    longest: str


def open_views(spark: Any, folder: str, is_stream: bool, rate: int = 10_000) -> Views:
    """The events written to `folder` at this rate; a file a batch where a stream."""
    frames = {name: _read(spark, folder, name, is_stream) for name in _SCHEMAS}
    timely = {name: frames[name].withWatermark("dateTime", DELAY) for name in frames}
    longest_ms = longest_us(rate) // 1000 + 1
    # An auction that closes at once may come after one that is open for longest.
    delay = f"{longest_ms + 4_000} milliseconds"
    return Views(
        bids=timely["bids"],
        auctions=timely["auctions"],
        people=timely["people"],
        bids_again=_read(spark, folder, "bids", is_stream).withWatermark(
            "dateTime", DELAY
        ),
        closing=frames["auctions"].withWatermark("expires", delay),
        side=spark.read.parquet(f"{folder}/side"),
        longest=f"{longest_ms} milliseconds",
    )


def _read(spark: Any, folder: str, name: str, is_stream: bool) -> Any:
    reader = spark.readStream if is_stream else spark.read
    if is_stream:
        reader = reader.option("maxFilesPerTrigger", 1)
    return reader.schema(_SCHEMAS[name]).parquet(f"{folder}/{name}")
