"""Events: new people, their auctions and the bids on them, as files in order.

Of fifty events one is a person, three are auctions and forty-six are bids, as in the
Nexmark generator, from which also the numbers below are taken: half of the bids go to
an auction that is hot just now, three in four come from a hot bidder, three in four
auctions are a hot seller's, and the rest is spread over what was new lately and over
a few that are yet to come. Every event has a time of its own, and may come up to a
second late.

Each kind of event has a folder of its own. Files of the same number are of the same
time, and hold what comes then:

    bids/bids-000.parquet          auctions/auctions-000.parquet
    people/people-000.parquet      side/side.parquet
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.nexmark.chance import Chance, Integers

__all__ = ["KINDS", "SIDE_ROWS", "longest_us", "write_events"]

SIDE_ROWS = 10_000
"""Rows of the table beside the stream, whose key is a remainder of an auction's id."""

_SEED = 7
_START_S = 1_772_755_200  # 2026-03-06T00:00:00Z
_ROUND = 50
_AUCTIONS_A_ROUND = 3
_FIRST_ID = 1000
_FIRST_CATEGORY, _CATEGORIES = 10, 5
_HOT_EVERY = 100
_AHEAD = 10
_AUCTIONS_OPEN, _PEOPLE_ACTIVE = 100, 1000

_HOT_CHANNELS = ("Google", "Facebook", "Baidu", "Apple")
_CHANNELS = 10_000
_STATES = ("AZ", "CA", "ID", "OR", "WA", "WY")
_CITIES = (
    "Phoenix",
    "Los Angeles",
    "San Francisco",
    "Boise",
    "Portland",
    "Bend",
    "Redmond",
    "Seattle",
    "Kent",
    "Cheyenne",
)
_FIRST_NAMES = ("Ada", "Bo", "Carla", "Dirk", "Eve", "Femi", "Grace", "Hugo", "Ines")
_LAST_NAMES = ("Archer", "Baker", "Cooper", "Dyer", "Fisher", "Mason", "Smith", "Webb")


def write_events(folder: Path, events: int, files: int, rate: int = 10_000) -> None:
    """So many files of each kind, in the order they come, and the side table.

    `rate` is how many events happen in a second.
    """
    for name in (*KINDS, "side"):
        (folder / name).mkdir(parents=True)
    for number, part in enumerate(np.array_split(_order(events, rate), files)):
        for name in KINDS:
            path = folder / name / f"{name}-{number:03}.parquet"
            pq.write_table(_table(name, part, rate), path)
            os.utime(path, (_START_S + number, _START_S + number))
    pq.write_table(_side(), folder / "side" / "side.parquet")


def longest_us(rate: int) -> int:
    """No auction is open for so long: about two hundred of them begin in that time."""
    return 2 * _AUCTIONS_OPEN * _ROUND * 1_000_000 // (_AUCTIONS_A_ROUND * rate)


def _order(events: int, rate: int) -> Integers:
    """The numbers of all events as they come, each at most a second late."""
    numbers = np.arange(events)
    delays = Chance(_SEED, numbers).below("delay", rate)
    return np.argsort(numbers + delays, kind="stable")


def _table(name: str, numbers: Integers, rate: int) -> pa.Table:
    """Those of the events that are of one kind."""
    first, end, make = KINDS[name]
    place = numbers % _ROUND
    own = numbers[(first <= place) & (place < end)]
    times = _times(_times_us(own, rate))
    return pa.table({"dateTime": times, **make(own, Chance(_SEED, own), rate)})


def _people(numbers: Integers, chance: Chance, rate: int) -> dict[str, pa.Array]:
    card = [chance.digits(f"card {part}", 4) for part in range(4)]
    mail = (chance.letters("user", 7), "@", chance.letters("host", 5), ".com")
    names = chance.one_of("first", _FIRST_NAMES), chance.one_of("last", _LAST_NAMES)
    return {
        "id": pa.array(_last_person(numbers) + _FIRST_ID),
        "name": _joined(*names, by=" "),
        "emailAddress": _joined(*mail),
        "creditCard": _joined(*card, by=" "),
        "city": chance.one_of("city", _CITIES),
        "state": chance.one_of("state", _STATES),
        "extra": chance.letters("person extra", 130),
    }


def _auctions(numbers: Integers, chance: Chance, rate: int) -> dict[str, pa.Array]:
    times = _times_us(numbers, rate)
    initial = _prices(chance, "initial")
    sellers = _someone(numbers, chance, "seller", offset=0)
    return {
        "id": pa.array(_last_auction(numbers) + _FIRST_ID),
        "itemName": chance.letters("item", 20),
        "description": chance.letters("description", 100),
        "initialBid": pa.array(initial),
        "reserve": pa.array(initial + _prices(chance, "reserve")),
        "expires": _times(times + 1 + chance.below("length", longest_us(rate))),
        "seller": pa.array(sellers),
        "category": pa.array(_FIRST_CATEGORY + chance.below("category", _CATEGORIES)),
        "extra": chance.letters("auction extra", 330),
    }


def _bids(numbers: Integers, chance: Chance, rate: int) -> dict[str, pa.Array]:
    last = _last_auction(numbers)
    oldest = np.maximum(last - _AUCTIONS_OPEN, 0)
    auctions = oldest + chance.below("auction", last - oldest + 1 + _AHEAD)
    is_hot = chance.below("hot auction", 2) > 0
    hot = last // _HOT_EVERY * _HOT_EVERY
    channels, urls = _channels(chance)
    return {
        "auction": pa.array(np.where(is_hot, hot, auctions) + _FIRST_ID),
        "bidder": pa.array(_someone(numbers, chance, "bidder", offset=1)),
        "price": pa.array(_prices(chance, "price")),
        "channel": channels,
        "url": urls,
        "extra": chance.letters("bid extra", 68),
    }


def _channels(chance: Chance) -> tuple[pa.Array, pa.Array]:
    """Half of the bids come by four channels, whose pages have no channel's id.

    Of the others one in ten leaves it out.
    """
    numbers = chance.below("channel", _CHANNELS)
    ids = pa.array(numbers).cast(pa.string())
    is_hot = pa.array(chance.below("hot channel", 2) > 0)
    is_told = pa.array(numbers % 10 > 0)
    names = pc.if_else(
        is_hot, chance.one_of("which", _HOT_CHANNELS), _joined("channel-", ids)
    )
    folders = [
        pc.replace_substring(chance.letters(f"folder {part}", 5), " ", "_")
        for part in range(3)
    ]
    pages = _joined("https://www.nexmark.com", *folders, "item.htm?query=1", by="/")
    told = pc.and_(is_told, pc.invert(is_hot))
    urls = pc.if_else(told, _joined(pages, "&channel_id=", ids), pages)
    return names, urls


def _someone(numbers: Integers, chance: Chance, role: str, offset: int) -> Integers:
    """The hot one of now three times in four; `offset` parts sellers from bidders."""
    last = _last_person(numbers)
    active = np.minimum(last + 1, _PEOPLE_ACTIVE)
    usual = last + 1 - active + chance.below(role, active + _AHEAD)
    hot = last // _HOT_EVERY * _HOT_EVERY + offset
    is_hot = chance.below(f"hot {role}", 4) > 0
    return np.where(is_hot, hot, usual) + _FIRST_ID


def _last_person(numbers: Integers) -> Integers:
    return numbers // _ROUND


def _last_auction(numbers: Integers) -> Integers:
    place = np.clip(numbers % _ROUND - 1, -1, _AUCTIONS_A_ROUND - 1)
    return numbers // _ROUND * _AUCTIONS_A_ROUND + place


def _prices(chance: Chance, name: str) -> Integers:
    """Cents, as many of one order of magnitude as of the next."""
    return np.rint(10.0 ** (chance.unit(name) * 6) * 100).astype(np.int64)


def _times_us(numbers: Integers, rate: int) -> Integers:
    return _START_S * 1_000_000 + numbers * (1_000_000 // rate)


def _times(microseconds: Integers) -> pa.Array:
    return pa.array(microseconds, pa.timestamp("us", "UTC"))


def _joined(*parts: pa.Array | str, by: str = "") -> pa.Array:
    return pc.binary_join_element_wise(*parts, by)


def _side() -> pa.Table:
    keys = np.arange(SIDE_ROWS)
    return pa.table({"key": keys, "value": [f"side {key}" for key in keys.tolist()]})


_Make = Callable[[Integers, Chance, int], dict[str, pa.Array]]
KINDS: dict[str, tuple[int, int, _Make]] = {
    "people": (0, 1, _people),
    "auctions": (1, 1 + _AUCTIONS_A_ROUND, _auctions),
    "bids": (1 + _AUCTIONS_A_ROUND, _ROUND, _bids),
}
"""Which of fifty events are of a kind, and what makes its columns."""
