"""Intervals: lengths of time written as text, `1 hour`, `10 minutes 5.5 seconds`.

Delays of watermarks, lengths of windows, triggers, and SQL's INTERVAL literals.
As Spark's `IntervalUtils`: months, days and microseconds are apart, because a
month has no fixed length; a day counts as 24 hours only where one number is asked.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from unbounded.errors import ParseError

__all__ = [
    "Interval",
    "MICROS_PER_DAY",
    "parse_field_interval",
    "parse_interval",
    "parse_interval_us",
]

MICROS_PER_SECOND = 1_000_000
MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND
_LONG_MAX = (1 << 63) - 1

# Unit → (part of the interval, how many of it).
_UNITS: dict[str, tuple[int, int]] = {
    "year": (0, 12),
    "month": (0, 1),
    "week": (1, 7),
    "day": (1, 1),
    "hour": (2, 3_600 * MICROS_PER_SECOND),
    "minute": (2, 60 * MICROS_PER_SECOND),
    "second": (2, MICROS_PER_SECOND),
    "millisecond": (2, 1_000),
    "microsecond": (2, 1),
}
_PREFIX = re.compile(r"\s*interval(?:\s+|(?='))", re.IGNORECASE)
_QUOTED = re.compile(r"'([^']*)'(?:\s*(\w+)(?:\s+to\s+(\w+))?)?\s*", re.IGNORECASE)
_PAIR = re.compile(r"\s*([+-]?)\s*(\d+)?(\.\d*)?\s+([a-z]+)(?=\s|$)", re.IGNORECASE)

_YEAR_TO_MONTH = re.compile(r"([+-]?)(\d+)-(\d+)")
_DAY_TIME_FIELDS = ("day", "hour", "minute", "second")


class Interval(NamedTuple):
    """A length of time in three parts that don't convert into each other."""

    months: int
    days: int
    microseconds: int


def parse_interval(text: str) -> Interval:
    """The interval that `text` writes, with or without the word `interval`.

    Raises:
        ParseError: CANNOT_PARSE_INTERVAL.
    """
    prefix = _PREFIX.match(text)
    body = text[prefix.end() :] if prefix else text
    if prefix and (quoted := _QUOTED.fullmatch(body)):
        value, first, last = quoted.groups()
        if first is not None:
            return parse_field_interval(value, first, last)
        body = value
    return _read_pairs(body, text)


def parse_interval_us(text: str) -> int:
    """The interval in microseconds, a day being 24 hours.

    Raises:
        ParseError: CANNOT_PARSE_INTERVAL; INTERVAL_WITH_MONTHS if it has
            months or years, whose length is not fixed.
    """
    months, days, microseconds = parse_interval(text)
    if months:
        raise ParseError("INTERVAL_WITH_MONTHS", intervalString=text)
    return days * MICROS_PER_DAY + microseconds


def _read_pairs(body: str, text: str) -> Interval:
    parts = [0, 0, 0]
    position = 0
    while match := _PAIR.match(body, position):
        sign, whole, fraction, unit = match.groups()
        part, size = _UNITS.get(_singular(unit), (0, 0))
        has_digits = whole is not None or (fraction is not None and len(fraction) > 1)
        if not size or not has_digits or (fraction and _singular(unit) != "second"):
            raise _not_an_interval(text)
        # Digits past the microsecond are cut, not rounded.
        amount = int(Decimal((whole or "0") + (fraction or "")) * size)
        parts[part] += -amount if sign == "-" else amount
        position = match.end()
    if position == 0 or body[position:].strip():
        raise _not_an_interval(text)
    return _checked(parts, text)


def parse_field_interval(value: str, first: str, last: str | None = None) -> Interval:
    """The interval of SQL's `INTERVAL 'value' first [TO last]`.

    Raises:
        ParseError: CANNOT_PARSE_INTERVAL.
    """
    shown = f"INTERVAL '{value}' {first}" + (f" TO {last}" if last else "")
    if last is None:
        return _read_pairs(f"{value.strip()} {first}", shown)
    first, last = _singular(first), _singular(last)
    if (first, last) == ("year", "month"):
        return _read_year_to_month(value, shown)
    if first in _DAY_TIME_FIELDS and last in _DAY_TIME_FIELDS:
        return _read_day_to_second(value, first, last, shown)
    raise _not_an_interval(shown)


def _read_year_to_month(value: str, shown: str) -> Interval:
    match = _YEAR_TO_MONTH.fullmatch(value.strip())
    if match is None or int(match[3]) > 11:
        raise _not_an_interval(shown)
    months = int(match[2]) * 12 + int(match[3])
    return Interval(-months if match[1] == "-" else months, 0, 0)


def _read_day_to_second(value: str, first: str, last: str, shown: str) -> Interval:
    """`'1 02:03:04.5'` from day to second, and its shorter forms."""
    start, end = _DAY_TIME_FIELDS.index(first), _DAY_TIME_FIELDS.index(last)
    body = value.strip()
    sign = body[:1] if body[:1] in ("+", "-") else ""
    names = _DAY_TIME_FIELDS[start : end + 1]
    numbers = re.split(r"\s+|:", body.removeprefix(sign), maxsplit=len(names) - 1)
    separators = "".join(re.findall(r"\s|:", body.removeprefix(sign)))
    expected = (" " if start == 0 else "") + ":" * (end - max(start, 1))
    if end <= start or len(numbers) != len(names) or separators != expected:
        raise _not_an_interval(shown)
    pairs = " ".join(
        f"{sign}{number} {name}" for number, name in zip(numbers, names, strict=True)
    )
    return _read_pairs(pairs, shown)


def _singular(unit: str) -> str:
    return unit.lower().removesuffix("s")


def _checked(parts: list[int], text: str) -> Interval:
    months, days, microseconds = parts
    in_range = abs(months) < 1 << 31 and abs(days) < 1 << 31
    if not in_range or abs(microseconds) > _LONG_MAX:
        raise _not_an_interval(text)
    return Interval(months, days, microseconds)


def _not_an_interval(text: str) -> ParseError:
    return ParseError("CANNOT_PARSE_INTERVAL", intervalString=text)
