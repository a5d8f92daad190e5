"""Listing options: which files of a folder count, by name and by time of change."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from unbounded.conf import is_time_zone
from unbounded.errors import AnalysisError, IllegalArgumentError
from unbounded.sources.options import boolean_option
from unbounded.sources.path_patterns import absolute_paths, name_matcher

__all__ = ["ListingOptions"]

_TIME = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})"
    r"(?:[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?\s*(\S+)?)?)?)?"
)
_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ListingOptions:
    """What the options of a reader say of files, before any is opened.

    `after_us` and `before_us` are exclusive, in microseconds since 1970. Below
    `base_path`, names of folders are columns.
    """

    is_recursive: bool = False
    matches_name: Callable[[str], bool] | None = None
    after_us: int | None = None
    before_us: int | None = None
    base_path: str | None = None

    @classmethod
    def of(cls, options: Mapping[str, str], time_zone: str) -> ListingOptions:
        """Those of a reader; `time_zone` is the session's.

        Raises:
            AnalysisError: a time can't be read.
            IllegalArgumentError: another option has no meaning.
        """
        pattern, base = options.get("pathglobfilter"), options.get("basepath")
        zone = options.get("timezone", time_zone)
        return cls(
            boolean_option(options, "recursivefilelookup", False),
            None if pattern is None else name_matcher(pattern),
            _time_us(options, "modifiedafter", zone),
            _time_us(options, "modifiedbefore", zone),
            absolute_paths([base])[0] if base is not None else None,
        )

    def check_base_path(self, paths: Iterable[str]) -> None:
        """Refuse a base path that is no folder above all these paths.

        Raises:
            IllegalArgumentError: it is none.
        """
        base = self.base_path
        if base is None:
            return
        is_above = all(f"{path}/".startswith(f"{base.rstrip('/')}/") for path in paths)
        if not (is_above and os.path.isdir(base)):
            raise IllegalArgumentError(
                "INVALID_OPTION_VALUE",
                option="basePath",
                value=base,
                expected="a folder that all paths lie in",
            )

    def takes(self, name: str, modification_time_ms: int) -> bool:
        """Whether a file counts."""
        if self.matches_name is not None and not self.matches_name(name):
            return False
        time_us = modification_time_ms * 1000
        if self.after_us is not None and time_us <= self.after_us:
            return False
        return self.before_us is None or time_us < self.before_us


def _time_us(options: Mapping[str, str], key: str, zone: str) -> int | None:
    text = options.get(key)
    if text is None:
        return None
    found = _TIME.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        moment = _moment([int(part or 0) for part in found.groups()[:6]])
        moment = moment.replace(tzinfo=_zone(found[8] or zone))
    except ValueError as error:
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1294", option=key, timestamp=text
        ) from error
    fraction = int((found[7] or "").ljust(6, "0")[:6])
    return (moment - _EPOCH) // timedelta(microseconds=1) + fraction


def _moment(parts: Sequence[int]) -> datetime:
    year, month, day, hour, minute, second = parts
    return datetime(year, month or 1, day or 1, hour, minute, second, tzinfo=UTC)


def _zone(name: str) -> tzinfo:
    if name in {"Z", "UTC", "GMT"}:
        return UTC
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        minutes = 60 * int(offset[2]) + int(offset[3] or 0)
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    if not is_time_zone(name):
        raise IllegalArgumentError("INVALID_TIMEZONE", timeZone=name)
    return ZoneInfo(name)
