"""Seen files: which files a file source has taken already.

Spark's `SeenFilesMap`. With a greatest age, files older than the newest seen one
by more than that are forgotten, and no longer taken either: the map stays small
in a folder that is cleaned up by others.
"""

from __future__ import annotations

import os
import re

from unbounded.errors import IllegalArgumentError

__all__ = ["SeenFiles", "duration_ms"]

_UNITS_MS = {
    "us": 0.001,
    "ms": 1.0,
    "s": 1e3,
    "m": 6e4,
    "min": 6e4,
    "h": 3.6e6,
    "d": 8.64e7,
}

_SWEEP_MIN = 1_000


def duration_ms(text: str, option: str = "maxFileAge") -> int:
    """`7d` → 604800000; a bare number is in milliseconds.

    Raises:
        IllegalArgumentError: not a duration of Spark's.
    """
    found = re.fullmatch(r"(\d+)([a-z]*)", text.strip().lower())
    unit = _UNITS_MS.get(found[2] or "ms") if found else None
    if found is None or unit is None:
        raise IllegalArgumentError(
            "INVALID_OPTION_VALUE",
            option=option,
            value=text,
            expected="a duration such as 7d or 12h",
        )
    return int(int(found[1]) * unit)


class SeenFiles:
    """Paths with their times of change.

    Args:
        by_name: files of one name are the same, wherever they lie.
        max_age_ms: None keeps all.
    """

    def __init__(self, by_name: bool, max_age_ms: int | None) -> None:
        self._by_name = by_name
        self._max_age_ms = max_age_ms
        self._times: dict[str, int] = {}
        self._latest_ms = 0
        self._purged_before_ms = 0
        self._sweep_at = _SWEEP_MIN

    def add(self, path: str, time_ms: int) -> None:
        self._times[self._key(path)] = time_ms
        self._latest_ms = max(self._latest_ms, time_ms)

    def is_new(self, path: str, time_ms: int) -> bool:
        """Whether the file was not seen, or is forgotten, and is not too old."""
        if time_ms < self._purged_before_ms:
            return False
        seen_ms = self._times.get(self._key(path))
        return seen_ms is None or seen_ms < self._purged_before_ms

    def purge(self) -> None:
        """Forget what is too old now."""
        if self._max_age_ms is None:
            return
        self._purged_before_ms = max(
            self._purged_before_ms, self._latest_ms - self._max_age_ms
        )
        # Taking them out costs a look at all, so only once there may be many.
        if len(self._times) > self._sweep_at:
            oldest_ms = self._purged_before_ms
            self._times = {p: t for p, t in self._times.items() if t >= oldest_ms}
            self._sweep_at = 2 * len(self._times) + _SWEEP_MIN

    def _key(self, path: str) -> str:
        return os.path.basename(path) if self._by_name else path
