"""Pairs: two streams to be joined, a file of each a batch.

The left side's columns are `lt, lk, l`, the right side's `rt, rk, r`: a time, a key
and the row's number on its side.
"""

from __future__ import annotations

import datetime
from typing import Any

from tests.spark.streams import Input

_TEN_O_CLOCK = datetime.datetime(2026, 3, 6, 10)

NEAR = "lk = rk AND rt BETWEEN lt - INTERVAL 5 MINUTES AND lt + INTERVAL 5 MINUTES"


def clock(minute: float) -> str:
    """So many minutes after ten o'clock."""
    return f"{(_TEN_O_CLOCK + datetime.timedelta(minutes=minute)).isoformat()}Z"


class Side:
    """One stream; rows are given as `minute key, minute key`, a null as `-`."""

    def __init__(self, folder: str, name: str, letter: str, key: str) -> None:
        self.input = Input(folder, name)
        self._names = f"{letter}t", f"{letter}k", letter
        self._key = key
        self._count = 0

    def add(self, text: str) -> None:
        self.input.add(*(self._row(part) for part in text.split(",") if part.strip()))

    def _row(self, text: str) -> dict[str, Any]:
        minute, key = text.split()
        self._count += 1
        values = (
            None if minute == "-" else clock(float(minute)),
            None if key == "-" else key if self._key == "STRING" else int(key),
            self._count,
        )
        return dict(zip(self._names, values, strict=True))

    def read(self, spark: Any, delay: str | None, **options: Any) -> Any:
        time, key, number = self._names
        schema = f"{time} TIMESTAMP, {key} {self._key}, {number} INT"
        frame = self.input.read(spark, schema, **options)
        return frame if delay is None else frame.withWatermark(time, delay)


class Pair:
    """Two sides, and the files that come for them together."""

    def __init__(
        self, spark: Any, folder: str, name: str = "pair", key: str = "STRING"
    ) -> None:
        self._spark = spark
        self._left = Side(folder, f"{name}-left", "l", key)
        self._right = Side(folder, f"{name}-right", "r", key)

    def add(self, left: str = "", right: str = "") -> None:
        """A file for each side; one without rows where nothing is given."""
        self._left.add(left)
        self._right.add(right)

    def add_left(self, left: str) -> None:
        self._left.add(left)

    def add_right(self, right: str) -> None:
        self._right.add(right)

    def left(self, delay: str | None = "10 minutes", **options: Any) -> Any:
        return self._left.read(self._spark, delay, **options)

    def right(self, delay: str | None = "10 minutes", **options: Any) -> Any:
        return self._right.read(self._spark, delay, **options)
