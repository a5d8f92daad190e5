"""Tests of interval texts; the accepted and the refused were compared with Spark."""

from __future__ import annotations

import pytest

from unbounded.errors import ParseError
from unbounded.parser import Interval, parse_interval, parse_interval_us

HOUR = 3_600_000_000


@pytest.mark.parametrize(
    "text, expected",
    [
        ("1 hour", (0, 0, HOUR)),
        ("interval 1 hour", (0, 0, HOUR)),
        ("INTERVAL 2 HOURS", (0, 0, 2 * HOUR)),
        ("10 minutes 5 seconds", (0, 0, 605_000_000)),
        ("1.5 seconds", (0, 0, 1_500_000)),
        (".5 seconds", (0, 0, 500_000)),
        ("1. seconds", (0, 0, 1_000_000)),
        ("1.1234567 seconds", (0, 0, 1_123_456)),
        ("0.0000001 seconds", (0, 0, 0)),
        ("-.5 second", (0, 0, -500_000)),
        ("1 day -2 hours", (0, 1, -2 * HOUR)),
        ("- 1 hour", (0, 0, -HOUR)),
        ("+1 hour", (0, 0, HOUR)),
        ("1 week", (0, 7, 0)),
        ("1 month", (1, 0, 0)),
        ("1 year 2 months", (14, 0, 0)),
        ("  1   day ", (0, 1, 0)),
        ("1 Millisecond 1 microseconds", (0, 0, 1_001)),
        ("1 second 1.5 second", (0, 0, 2_500_000)),
        ("interval '1' hour", (0, 0, HOUR)),
        ("interval '1 day'", (0, 1, 0)),
        ("interval '1-2' year to month", (14, 0, 0)),
        ("interval '-1-2' year to month", (-14, 0, 0)),
        ("interval '1 02:03:04.5' day to second", (0, 1, 7_384_500_000)),
        ("interval '02:03' hour to minute", (0, 0, 7_380_000_000)),
        ("interval '-1 02' day to hour", (0, -1, -2 * HOUR)),
    ],
)
def test_interval_is_read_in_three_parts(
    text: str, expected: tuple[int, int, int]
) -> None:
    assert parse_interval(text) == Interval(*expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "abc",
        "hour",
        "1hour",
        "1 h",
        "1 ms",
        "1 fortnight",
        "1 nanosecond",
        "1.5 hours",
        "1 hour 2",
        "1,000 seconds",
        "1_0 second",
        ". seconds",
        "interval",
        "intervals 1 day",
        "'1 hour'",
        "99999999999 days",
        "interval '1-12' year to month",
        "interval '1:2' day to hour",
        "interval '1 2:3' day to second",
        "interval '1' second to day",
    ],
)
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_interval(text)
    assert caught.value.condition == "CANNOT_PARSE_INTERVAL"


def test_day_is_twenty_four_hours_in_microseconds() -> None:
    assert parse_interval_us("1 day 1 second") == 24 * HOUR + 1_000_000


def test_month_has_no_fixed_length() -> None:
    with pytest.raises(ParseError) as caught:
        parse_interval_us("1 month")
    assert caught.value.condition == "INTERVAL_WITH_MONTHS"
