"""Tests of the job `orders.py`: what a data engineer writes, and a thousand of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from orders import hourly_revenue
from pyspark.sql import SparkSession

from unbounded.testing import MemoryStream, StreamTest

Order = tuple[int, str, int, datetime]
SCHEMA = "id LONG, shop STRING, cents LONG, time TIMESTAMP"
DAY = datetime(2026, 1, 1)


@pytest.fixture
def t(spark: SparkSession) -> Iterator[StreamTest]:
    with StreamTest(spark) as test:
        yield test


@pytest.fixture
def orders(t: StreamTest) -> MemoryStream:
    """The job under test, started; what is added here it reads."""
    stream = t.memory_stream(SCHEMA)
    t.start(hourly_revenue(stream.to_df()))
    return stream


def close_hours(t: StreamTest, orders: MemoryStream, hour: int = 23) -> None:
    """Let an order that does not count move the watermark past all others."""
    orders.add((-1, "nobody", 1, f"2026-01-02 {hour}:00"))
    t.run_to_here()


def test_nothing_comes_before_the_hour_is_over(
    t: StreamTest, orders: MemoryStream
) -> None:
    orders.add((1, "north", 500, "2026-01-01 10:05"))
    t.run_to_here()
    t.expect_nothing()
    t.expect_watermark("2026-01-01 09:35")


def test_an_hour_comes_once_half_an_hour_has_passed(
    t: StreamTest, orders: MemoryStream
) -> None:
    orders.add((1, "north", 500, "2026-01-01 10:05"))
    orders.add((2, "north", 700, "2026-01-01 10:59"))
    orders.add((3, "south", 300, "2026-01-01 11:30"))
    t.run_to_here()
    t.expect_batch(("2026-01-01 10:00", "north", 2, 1200))


def test_an_order_that_comes_twice_counts_once(
    t: StreamTest, orders: MemoryStream
) -> None:
    orders.add((1, "north", 500, "2026-01-01 10:05"))
    t.run_to_here()
    orders.add((1, "north", 500, "2026-01-01 10:05"))
    t.run_to_here()
    close_hours(t, orders)
    t.expect_rows(("2026-01-01 10:00", "north", 1, 500))


def test_an_order_half_an_hour_late_counts(t: StreamTest, orders: MemoryStream) -> None:
    orders.add((1, "north", 500, "2026-01-01 11:28"))
    t.run_to_here()
    orders.add((2, "north", 100, "2026-01-01 10:59"))
    t.run_to_here()
    t.expect_late_rows(0)
    close_hours(t, orders)
    t.expect_rows(
        ("2026-01-01 10:00", "north", 1, 100), ("2026-01-01 11:00", "north", 1, 500)
    )


def test_a_later_one_is_dropped_and_counted_as_late(
    t: StreamTest, orders: MemoryStream
) -> None:
    orders.add((1, "north", 500, "2026-01-01 12:00"))
    t.run_to_here()
    orders.add((2, "north", 100, "2026-01-01 10:59"))
    t.run_to_here()
    t.expect_late_rows(1)
    close_hours(t, orders)
    t.expect_rows(("2026-01-01 12:00", "north", 1, 500))


def test_refunds_are_no_orders(t: StreamTest, orders: MemoryStream) -> None:
    orders.add((1, "north", -500, "2026-01-01 10:05"), (2, "north", 0, DAY))
    t.run_to_here()
    close_hours(t, orders)
    t.expect_rows()


def test_orders_of_no_shop_are_a_shop(t: StreamTest, orders: MemoryStream) -> None:
    orders.add((1, None, 500, "2026-01-01 10:05"))
    t.run_to_here()
    close_hours(t, orders)
    t.expect_rows({"hour": "2026-01-01 10:00", "shop": None, "orders": 1, "cents": 500})


def test_an_order_before_a_restart_counts_once(
    t: StreamTest, orders: MemoryStream
) -> None:
    orders.add((1, "north", 500, "2026-01-01 10:05"))
    t.run_to_here()
    t.restart()
    orders.add((1, "north", 500, "2026-01-01 10:05"))
    t.run_to_here()
    close_hours(t, orders)
    t.expect_rows(("2026-01-01 10:00", "north", 1, 500))


def test_a_batch_that_was_cut_off_comes_again_as_it_was(
    t: StreamTest, orders: MemoryStream
) -> None:
    orders.add((1, "north", 500, "2026-01-01 10:05"))
    t.run_to_here()
    t.crash_in_next_batch("delivered")
    close_hours(t, orders)
    (first_id, first), (again_id, again) = [d for d in t.deliveries if d[1]]
    assert first_id == again_id
    assert first == again


def test_the_state_of_closed_hours_goes(t: StreamTest, orders: MemoryStream) -> None:
    orders.add(*((n, "north", 1, "2026-01-01 10:00") for n in range(50)))
    t.run_to_here()
    t.expect_state_rows(51)  # 50 orders to know again, one hour
    close_hours(t, orders)
    t.expect_state_rows(2)


# --- a thousand days ----------------------------------------------------------


def test_any_day_is_what_the_orders_add_up_to(
    t: StreamTest, orders: MemoryStream, seed: int
) -> None:
    """Random orders, some twice and some late, in random batches, over crashes."""
    chance = random.Random(seed)
    day = some_orders(chance)
    for batch in in_batches(day, chance):
        orders.add(*batch)
        if chance.random() < 0.1:
            t.crash_in_next_batch(chance.choice(["planned", "delivered"]))
        t.run_to_here()
        if chance.random() < 0.1:
            t.restart()
    close_hours(t, orders)
    t.expect_rows(*added_up(day))


def some_orders(chance: random.Random) -> list[Order]:
    """In the order they come: at most 29 minutes late, some of them twice."""
    made = [
        (
            number,
            chance.choice(["north", "south", "west"]),
            chance.randint(-2, 20) * 100,
            DAY + timedelta(minutes=chance.randint(0, 600)),
        )
        for number in range(chance.randint(0, 16))
    ]
    made += chance.sample(made, len(made) // 4)
    return sorted(made, key=lambda o: o[3] + timedelta(minutes=chance.randint(0, 29)))


def in_batches(day: list[Order], chance: random.Random) -> Iterator[list[Order]]:
    while day:
        size = chance.randint(6, 16)
        yield day[:size]
        day = day[size:]


def added_up(day: list[Order]) -> list[tuple[datetime, str, int, int]]:
    """The same in plain Python."""
    sums: dict[tuple[datetime, str], list[int]] = {}
    for _, shop, cents, time in set(day):
        if cents > 0:
            sums.setdefault((time.replace(minute=0), shop), []).append(cents)
    return [(hour, shop, len(each), sum(each)) for (hour, shop), each in sums.items()]
