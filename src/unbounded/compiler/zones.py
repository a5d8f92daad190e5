"""Zones: between moments and wall clock times, in the session's time zone.

A timestamp is a TIMESTAMPTZ, a moment; its fields are those of a TIMESTAMP, the
wall clock's. UTC and fixed offsets are computed without the calendar library,
which is several times faster. A wall clock time that occurs twice when clocks
go back means the earlier moment, one that is skipped is moved forward, both as
`java.time` has it.
"""

from __future__ import annotations

import re

from unbounded.compiler.sql_text import let, quote_text

__all__ = ["fixed_offset_us", "instant_of", "local_of"]

_UTC_NAMES = frozenset({"UTC", "GMT", "Z", "UT", "ETC/UTC", "ETC/GMT", "ZULU", "UCT"})
_OFFSET = re.compile(
    r"(?:UTC|GMT|UT)?(?P<sign>[+-])(?P<h>\d{1,2})(?::?(?P<m>\d{2})(?::?(?P<s>\d{2}))?)?"
)


def fixed_offset_us(zone: str) -> int | None:
    """The zone's distance from UTC when it never changes, else None."""
    if zone.upper() in _UTC_NAMES:
        return 0
    match = _OFFSET.fullmatch(zone)
    if match is None:
        return None
    seconds = int(match["h"]) * 3600 + int(match["m"] or 0) * 60 + int(match["s"] or 0)
    return (-seconds if match["sign"] == "-" else seconds) * 1_000_000


def local_of(moment: str, zone: str) -> str:
    """The wall clock time (TIMESTAMP) of a TIMESTAMPTZ."""
    offset = fixed_offset_us(zone)
    if offset is None:
        return f"timezone({quote_text(zone)}, {moment})"
    if offset == 0:
        return f"make_timestamp(epoch_us({moment}))"
    return f"make_timestamp(epoch_us({moment}) + {offset})"


def instant_of(local: str, zone: str) -> str:
    """The moment (TIMESTAMPTZ) of a wall clock TIMESTAMP."""
    offset = fixed_offset_us(zone)
    if offset is None:
        return let(local, "local", lambda t: f"spark_instant({t}, {quote_text(zone)})")
    if offset == 0:
        return f"make_timestamptz(epoch_us({local}))"
    return f"make_timestamptz(epoch_us({local}) - {offset})"
