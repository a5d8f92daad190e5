"""Datetime templates: fields of a timestamp are those of the session's clock."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from unbounded.compiler.cast_times import cast_time
from unbounded.compiler.datetime_patterns import DatetimePattern, read_pattern
from unbounded.compiler.site import Site, Templates
from unbounded.compiler.sql_text import FAR_US, let, quote_text, try_null
from unbounded.compiler.zones import fixed_offset_us, instant_of, local_of
from unbounded.errors import UnsupportedError
from unbounded.types import (
    DecimalType,
    DoubleType,
    FloatType,
    StringType,
    TimestampType,
)

__all__ = ["DATETIME_TEMPLATES", "written_text"]

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


# --- now --------------------------------------------------------------------


def _local_now(site: Site) -> datetime.datetime:
    us = site.context.current_timestamp_us
    now = _EPOCH + datetime.timedelta(microseconds=us)
    offset = fixed_offset_us(site.context.time_zone)
    if offset is not None:
        return (now + datetime.timedelta(microseconds=offset)).replace(tzinfo=None)
    return now.astimezone(ZoneInfo(site.context.time_zone)).replace(tzinfo=None)


def _current_timestamp(site: Site) -> str:
    return f"make_timestamptz({site.context.current_timestamp_us})"


def _current_date(site: Site) -> str:
    return f"DATE '{_local_now(site).date().isoformat()}'"


def _local_timestamp(site: Site) -> str:
    since = _local_now(site) - _EPOCH.replace(tzinfo=None)
    return f"make_timestamp({since // datetime.timedelta(microseconds=1)})"


def _current_timezone(site: Site) -> str:
    return quote_text(site.context.time_zone)


# --- fields -----------------------------------------------------------------


def _local(site: Site, index: int = 0) -> str:
    """The wall clock of a timestamp argument."""
    if isinstance(site.type(index), TimestampType):
        return local_of(site.args[index], site.context.time_zone)
    return site.args[index]


def _field(name: str, offset: int = 0) -> Callable[[Site], str]:
    def template(site: Site) -> str:
        shift = f" {offset:+d}" if offset else ""
        return f"CAST({name}({_local(site)}){shift} AS INTEGER)"

    return template


def _second_with_fraction(site: Site) -> str:
    return (
        f"CAST(CAST(microsecond({_local(site)}) AS DECIMAL(38,0)) "
        f"* CAST('0.000001' AS DECIMAL(6,6)) AS {site.sql_type})"
    )


# --- dates ------------------------------------------------------------------

_DAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


def _next_day(site: Site) -> str:
    day = site.literal(1)
    if day is None:
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature="next_day with a day that is no constant",
            advice="Name the day as text, as in next_day(d, 'MON').",
        )
    name = str(day).lower()
    numbers = (n for n, d in enumerate(_DAYS, 1) if name in (d[:2], d[:3], d))
    number = next(numbers, None)
    if number is None:
        raised = site.fail("ILLEGAL_DAY_OF_WEEK", string=str(day))
        return f"CASE WHEN {site.args[0]} IS NOT NULL THEN CAST({raised} AS DATE) END"
    return let(
        site.args[0],
        "date",
        lambda d: f"({d} + CAST(7 - (isodow({d}) - {number} + 7) % 7 AS INTEGER))",
    )


_DATE_UNITS: Mapping[str, str] = {
    **dict.fromkeys(("year", "yyyy", "yy"), "year"),
    "quarter": "quarter",
    **dict.fromkeys(("month", "mon", "mm"), "month"),
    "week": "week",
}
_TIME_UNITS: Mapping[str, str] = {
    **_DATE_UNITS,
    **dict.fromkeys(("day", "dd"), "day"),
    "hour": "hour",
    "minute": "minute",
    "second": "second",
    "millisecond": "millisecond",
    "microsecond": "microsecond",
}


def _by_unit(
    site: Site, index: int, units: Mapping[str, str], cut: Callable[[str], str]
) -> str:
    """`cut` for the unit argument, null for one that is not known."""
    unit = site.literal(index)
    null = f"CAST(NULL AS {site.sql_type})"
    if unit is not None:
        known = units.get(str(unit).lower())
        return null if known is None else cut(known)
    cases = " ".join(f"WHEN {quote_text(n)} THEN {cut(u)}" for n, u in units.items())
    return f"CASE lower({site.args[index]}) {cases} END"


def _trunc(site: Site) -> str:
    date = site.args[0]
    return _by_unit(
        site, 1, _DATE_UNITS, lambda u: f"CAST(date_trunc('{u}', {date}) AS DATE)"
    )


def _date_trunc(site: Site) -> str:
    zone = site.context.time_zone
    local = local_of(site.args[1], zone)

    def cut(unit: str) -> str:
        if unit in ("second", "millisecond", "microsecond"):
            size = {"second": 1_000_000, "millisecond": 1000, "microsecond": 1}[unit]
            us = f"epoch_us({site.args[1]})"
            return let(
                us,
                "us",
                lambda n: f"make_timestamptz({n} - ({n} % {size} + {size}) % {size})",
            )
        return instant_of(f"date_trunc('{unit}', {local})", zone)

    return _by_unit(site, 0, _TIME_UNITS, cut)


def _months_between(site: Site) -> str:
    zone = site.context.time_zone

    def between(a: str, b: str) -> str:
        local = ", ".join(local_of(moment, zone) for moment in (a, b))
        seconds = ", ".join(_seconds_of_day(moment, zone) for moment in (a, b))
        return f"spark_months_between({local}, {seconds})"

    later, earlier = site.args[:2]
    months = let(
        later, "later", lambda a: let(earlier, "earlier", lambda b: between(a, b))
    )
    rounds = site.literal(2)
    return months if rounds is False else f"round({months}, 8)"


def _seconds_of_day(moment: str, zone: str) -> str:
    """Seconds since midnight, as many as went by where the clock was changed."""
    midnight = instant_of(f"date_trunc('day', {local_of(moment, zone)})", zone)
    return f"(epoch_us({moment}) - epoch_us({midnight})) // 1000000"


def _make_date(site: Site) -> str:
    attempt = try_null(site.args, lambda *a: f"make_date({', '.join(a)})")
    return _checked(site, attempt, "the date does not exist")


def _checked(site: Site, attempt: str, message: str) -> str:
    if not site.context.ansi:
        return attempt
    present = " AND ".join(f"{a} IS NOT NULL" for a in site.args)
    condition = "DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION"
    raised = site.fail(condition, rangeMessage=message)
    return f"coalesce({attempt}, CASE WHEN {present} THEN {raised} END)"


def _make_timestamp(site: Site) -> str:
    *fields, seconds = site.args[:6]
    local = try_null(
        site.args[:6],
        lambda *a: f"make_timestamp({', '.join(a[:5])}, CAST({a[5]} AS DOUBLE))",
    )
    local = f"CASE WHEN {seconds} <= 60 AND {fields[3]} < 24 THEN {local} END"
    local = _checked(site, local, "the time does not exist")
    if len(site.args) == 7:
        return instant_of(local, _zone(site, 6))
    return instant_of(local, site.context.time_zone)


# --- patterns ---------------------------------------------------------------


def _pattern(site: Site, index: int) -> DatetimePattern:
    text = site.literal(index)
    if text is None:
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature="a datetime pattern that is no constant",
            advice="Write the pattern as a literal text.",
        )
    return read_pattern(str(text))


def written_text(pattern: DatetimePattern, moment: str, local: str, zone: str) -> str:
    """The text of a time; `moment` is its TIMESTAMPTZ, `local` its wall clock."""
    parts = []
    for piece in pattern.pieces:
        if piece.kind == "text":
            parts.append(f"strftime({local}, {quote_text(piece.text)})")
        elif piece.kind == "fraction":
            digits = int(piece.text)
            zeros = f" || '{'0' * (digits - 6)}'" if digits > 6 else ""
            parts.append(f"left(strftime({local}, '%f'), {digits}){zeros}")
        elif piece.kind == "quarter":
            parts.append(f"lpad(CAST(quarter({local}) AS VARCHAR), {piece.text}, '0')")
        elif piece.kind == "offset":
            seconds = f"(epoch_us({local}) - epoch_us({moment})) // 1000000"
            parts.append(_offset_text(seconds, piece.text))
        else:
            parts.append(quote_text(zone))
    return f"concat({', '.join(parts)})" if len(parts) != 1 else parts[0]


def _offset_text(seconds: str, token: str) -> str:
    colon = ":" if token in ("XXX", "xxx", "ZZZZZ") else ""
    zero_is_z = token[0] == "X" or token == "ZZZZZ"
    minutes = f"abs({seconds}) // 60 % 60"
    tail = f"printf('%02d', {minutes})"
    if token in ("X", "x"):
        tail = f"CASE WHEN {minutes} = 0 THEN '' ELSE {tail} END"
    elif colon:
        tail = f"'{colon}' || {tail}"
    sign = f"CASE WHEN {seconds} < 0 THEN '-' ELSE '+' END"
    text = f"{sign} || printf('%02d', abs({seconds}) // 3600) || {tail}"
    return f"CASE WHEN {seconds} = 0 THEN 'Z' ELSE {text} END" if zero_is_z else text


def _date_format(site: Site) -> str:
    pattern = _pattern(site, 1)
    zone = site.context.time_zone
    local = local_of(site.args[0], zone)
    return let(
        site.args[0],
        "moment",
        lambda m: (
            (
                f"CASE WHEN {m} IS NOT NULL THEN "
                f"{written_text(pattern, m, local_of(m, zone), zone)} END"
            )
            if len(pattern.pieces) > 1
            else written_text(pattern, m, local, zone)
        ),
    )


def _read_local(text: str, pattern: DatetimePattern) -> str:
    """What `try_strptime` makes of a text that the pattern matches, else null."""
    formats = pattern.read_formats
    given = text
    if not pattern.has_year:
        given = f"'1970 ' || {text}"
        formats = tuple(f"%Y {f}" for f in formats)
    if pattern.has_zone:
        given = f"regexp_replace({given}, 'Z', '+00:00')"
    listed = ", ".join(quote_text(f) for f in formats)
    parsed = f"try_strptime({given}, {listed if len(formats) == 1 else f'[{listed}]'})"
    if pattern.is_two_digit_year:
        # Java reads 70 as 2070.
        parsed = (
            f"(CASE WHEN year({parsed}) < 2000 THEN {parsed} + to_years(100) "
            f"ELSE {parsed} END)"
        )
    regex = quote_text(pattern.read_regex)
    return f"CASE WHEN regexp_full_match({text}, {regex}) THEN {parsed} END"


def _read(kind: str, *, tries: bool = False) -> Callable[[Site], str]:
    """Text by a pattern as a `date`, a `timestamp` or a `timestamp_ntz`."""

    def template(site: Site) -> str:
        pattern = _pattern(site, 1)

        def value(t: str) -> str:
            attempt = _of_kind(site, kind, _read_local(t, pattern), pattern)
            if tries or not site.context.ansi:
                return attempt
            raised = site.fail(
                "CANNOT_PARSE_TIMESTAMP",
                pattern=str(site.literal(1)),
                free=f"value={t}",
            )
            return f"coalesce({attempt}, CASE WHEN {t} IS NOT NULL THEN {raised} END)"

        return let(site.args[0], "text", value)

    return template


def _of_kind(site: Site, kind: str, read: str, pattern: DatetimePattern) -> str:
    zone = site.context.time_zone
    if kind == "timestamp":
        return read if pattern.has_zone else instant_of(read, zone)
    local = local_of(read, zone) if pattern.has_zone else read
    return f"CAST({local} AS DATE)" if kind == "date" else local


def _unix_timestamp(site: Site) -> str:
    match site.type(0):
        case StringType():
            moment = _read("timestamp")(site)
        case TimestampType():
            moment = site.args[0]
        case kind:
            moment = cast_time(site.args[0], kind, TimestampType(), site.context)
    return f"(epoch_us({moment}) // 1000000)"


def _from_unixtime(site: Site) -> str:
    pattern = _pattern(site, 1)
    zone = site.context.time_zone
    moment = f"make_timestamptz({site.args[0]} * 1000000)"
    return let(
        moment,
        "moment",
        lambda m: (
            f"CASE WHEN {m} IS NOT NULL THEN "
            f"{written_text(pattern, m, local_of(m, zone), zone)} END"
        ),
    )


# --- numbers ----------------------------------------------------------------


def _unix(size: int) -> Callable[[Site], str]:
    """Whole units since 1970, rounded down.

    Division rounds towards 0, so it is of a time moved to long after 1970.
    """

    def template(site: Site) -> str:
        us = f"epoch_us({site.args[0]})"
        if size == 1:
            return us
        return f"(({us} + {FAR_US}) // {size} - {FAR_US // size})"

    return template


def _timestamp_seconds(site: Site) -> str:
    value = site.args[0]
    match site.type(0):
        case DoubleType() | FloatType():
            us = f"trunc(CAST({value} AS DOUBLE) * 1000000)"
        case DecimalType():
            us = f"CAST({value} AS DECIMAL(38,6)) * CAST(1000000 AS DECIMAL(7,0))"
        case _:
            us = f"CAST({value} AS BIGINT) * 1000000"
    return f"make_timestamptz(CAST({us} AS BIGINT))"


def _make_dt_interval(site: Site) -> str:
    days, hours, minutes, seconds = site.args
    us = f"CAST({seconds} * CAST(1000000 AS DECIMAL(7,0)) AS BIGINT)"
    return (
        f"to_microseconds(CAST({days} AS BIGINT) * 86400000000 "
        f"+ CAST({hours} AS BIGINT) * 3600000000 "
        f"+ CAST({minutes} AS BIGINT) * 60000000 + {us})"
    )


# --- zones ------------------------------------------------------------------


def _zone(site: Site, index: int) -> str:
    zone = site.literal(index)
    if zone is None:
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature="a time zone that is no constant",
            advice="Write the zone as a literal text.",
        )
    return str(zone)


def _from_utc(site: Site) -> str:
    local = local_of(site.args[0], _zone(site, 1))
    return f"make_timestamptz(epoch_us({local}))"


def _to_utc(site: Site) -> str:
    local = f"make_timestamp(epoch_us({site.args[0]}))"
    return instant_of(local, _zone(site, 1))


def _convert_timezone(site: Site) -> str:
    moment = instant_of(site.args[2], _zone_or_session(site, 0))
    return local_of(moment, _zone(site, 1))


def _zone_or_session(site: Site, index: int) -> str:
    zone = site.literal(index)
    return site.context.time_zone if zone is None else str(zone)


DATETIME_TEMPLATES: Templates = {
    "current_timestamp": _current_timestamp,
    "current_date": _current_date,
    "localtimestamp": _local_timestamp,
    "current_timezone": _current_timezone,
    "year": _field("year"),
    "quarter": _field("quarter"),
    "month": _field("month"),
    "day": _field("day"),
    "dayofyear": _field("dayofyear"),
    "dayofweek": _field("dayofweek", 1),
    "weekday": _field("isodow", -1),
    "weekofyear": _field("weekofyear"),
    "hour": _field("hour"),
    "minute": _field("minute"),
    "second": _field("second"),
    "second_with_fraction": _second_with_fraction,
    "monthname": "strftime({0}, '%b')",
    "dayname": "strftime({0}, '%a')",
    "date_add": "({0} + CAST({1} AS INTEGER))",
    "date_sub": "({0} - CAST({1} AS INTEGER))",
    "date_diff": "CAST(date_diff('day', {1}, {0}) AS INTEGER)",
    "add_months": "CAST({0} + to_months({1}) AS DATE)",
    "months_between": _months_between,
    "last_day": "last_day({0})",
    "next_day": _next_day,
    "trunc": _trunc,
    "date_trunc": _date_trunc,
    "date_format": _date_format,
    "to_date": _read("date"),
    "to_timestamp": _read("timestamp"),
    "to_timestamp_ntz": _read("timestamp_ntz"),
    "try_to_timestamp": _read("timestamp", tries=True),
    "unix_timestamp": _unix_timestamp,
    "from_unixtime": _from_unixtime,
    "unix_seconds": _unix(1_000_000),
    "unix_millis": _unix(1000),
    "unix_micros": _unix(1),
    "unix_date": "CAST(date_diff('day', DATE '1970-01-01', {0}) AS INTEGER)",
    "date_from_unix_date": "(DATE '1970-01-01' + CAST({0} AS INTEGER))",
    "timestamp_seconds": _timestamp_seconds,
    "timestamp_millis": "make_timestamptz(CAST({0} AS BIGINT) * 1000)",
    "timestamp_micros": "make_timestamptz(CAST({0} AS BIGINT))",
    "make_date": _make_date,
    "make_timestamp": _make_timestamp,
    "make_dt_interval": _make_dt_interval,
    "make_ym_interval": "to_months({0} * 12 + {1})",
    "from_utc_timestamp": _from_utc,
    "to_utc_timestamp": _to_utc,
    "convert_timezone": _convert_timezone,
}
