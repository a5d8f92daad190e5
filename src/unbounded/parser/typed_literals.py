"""Typed literals: `DATE '…'`, `TIMESTAMP '…'`, `INTERVAL …`, `X'…'`.

A timestamp without a zone means the session's, which the parser does not know:
it becomes a cast of its text. What holds its zone becomes a value at once.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from unbounded.errors import ParseError
from unbounded.parser.intervals import MICROS_PER_DAY, Interval, parse_interval
from unbounded.parser.literals import read_string
from unbounded.plan.expressions import Cast, Expression, Literal
from unbounded.types import (
    BinaryType,
    DateType,
    DayTimeIntervalType,
    StringType,
    TimestampNTZType,
    TimestampType,
    YearMonthIntervalType,
)

__all__ = ["read_text_literal"]

_TYPED = re.compile(r"(?P<kind>[A-Za-z_]*)\s*(?P<value>['\"].*['\"])", re.DOTALL)
_DATE = re.compile(r"([+-]?\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T].*)?)?)?")
_TIMESTAMP = re.compile(
    r"(?P<date>[+-]?\d{4,7}(?:-\d{1,2}(?:-\d{1,2})?)?)"
    r"(?:[ T](?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})"
    r"(?:\.(?P<fraction>\d{0,9}))?)?\s*(?P<zone>\S+)?)?"
)
_OFFSET = re.compile(
    r"(?:UTC|GMT|UT)?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?"
)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None)
_MICROSECOND = datetime.timedelta(microseconds=1)


def read_text_literal(text: str) -> Expression:
    """The literal that a quoted text writes, with the word before it if any.

    Raises:
        ParseError: the value can't be one of its type, or the interval can't
            be read.
    """
    if text[0] in "'\"":
        return Literal(read_string(text), StringType())
    if text[:8].upper() == "INTERVAL":
        return _read_interval(text)
    match = _TYPED.fullmatch(text)
    assert match is not None, text
    kind = match["kind"].upper()
    if kind == "R":
        return Literal(read_string(text), StringType())
    value = read_string(match["value"])
    literal = _READERS[kind](value)
    if literal is None:
        raise ParseError(
            "INVALID_TYPED_LITERAL", valueType=f'"{kind}"', value=f"'{value}'"
        )
    return literal


def _read_interval(text: str) -> Expression:
    # In `INTERVAL '1' DAY '2' HOUR` the quotes add nothing.
    is_list = text.count("'") > 2
    interval = parse_interval(text.replace("'", " ") if is_list else text)
    if not interval.months:
        return Literal(_microseconds(interval), DayTimeIntervalType())
    if interval.days or interval.microseconds:
        raise ParseError("MIXED_INTERVAL", intervalString=text)
    return Literal(interval.months, YearMonthIntervalType())


def _microseconds(interval: Interval) -> int:
    return interval.days * MICROS_PER_DAY + interval.microseconds


def _read_binary(value: str) -> Expression | None:
    padded = value if len(value) % 2 == 0 else "0" + value
    try:
        return Literal(bytes.fromhex(padded), BinaryType())
    except ValueError:
        return None


def _read_date(value: str) -> Expression | None:
    match = _DATE.fullmatch(value.strip())
    day = match and _date_of(match[0])
    return Literal(day, DateType()) if day else None


def _date_of(text: str) -> datetime.date | None:
    match = _DATE.fullmatch(text)
    assert match is not None
    year, month, day = (int(part or 1) for part in match.groups())
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _read_timestamp(value: str) -> Expression | None:
    parts = _local_time(value)
    if parts is None:
        return None
    local, zone = parts
    if zone is None:
        return Cast(Literal(value, StringType()), TimestampType())
    offset = _offset_at(zone, local)
    if offset is None:
        return None
    return Literal((local - offset - _EPOCH) // _MICROSECOND, TimestampType())


def _read_timestamp_ntz(value: str) -> Expression | None:
    parts = _local_time(value)
    if parts is None:
        return None
    return Literal((parts[0] - _EPOCH) // _MICROSECOND, TimestampNTZType())


def _local_time(value: str) -> tuple[datetime.datetime, str | None] | None:
    match = _TIMESTAMP.fullmatch(value.strip())
    day = match and _date_of(match["date"])
    if not match or not day:
        return None
    hour, minute, second = (int(match[n] or 0) for n in ("hour", "minute", "second"))
    # Digits past the microsecond are cut, not rounded.
    microsecond = int((match["fraction"] or "").ljust(6, "0")[:6])
    try:
        time = datetime.time(hour, minute, second, microsecond)
    except ValueError:
        return None
    return datetime.datetime.combine(day, time), match["zone"]


def _offset_at(zone: str, local: datetime.datetime) -> datetime.timedelta | None:
    if zone.upper() in ("Z", "UTC", "GMT"):
        return datetime.timedelta(0)
    if match := _OFFSET.fullmatch(zone):
        offset = datetime.timedelta(
            hours=int(match["hours"]), minutes=int(match["minutes"] or 0)
        )
        return -offset if match["sign"] == "-" else offset
    try:
        return local.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return None


_READERS: dict[str, Callable[[str], Expression | None]] = {
    "X": _read_binary,
    "DATE": _read_date,
    "TIMESTAMP": _read_timestamp,
    "TIMESTAMP_LTZ": _read_timestamp,
    "TIMESTAMP_NTZ": _read_timestamp_ntz,
}
