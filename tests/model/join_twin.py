"""Join twin: a simulated stream joined with itself, batch by batch, in plain Python.

A row is joined with those of its key that are as late as it or up to some minutes
later. Minutes stand for milliseconds: a left row leaves a millisecond after the last
minute in which it can be joined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tests.model.query_simulation import (
    DELAY_MINUTES,
    JOINED_MINUTES,
    WINDOW_MINUTES,
    Row,
)

Batches = Sequence[Sequence[Row]]
Pair = tuple[Row, Row | None]
JoinedRow = tuple[
    int | None, str | None, int | None, int | None, str | None, int | None
]
Count = tuple[int, str | None, int, int | None]
"""Where the window starts, the key, the number of rows and the sum."""


class JoinTwin:
    """Rows of both sides; the right side leaves out rows without a key."""

    def __init__(self) -> None:
        self._left: list[Row] = []
        self._right: list[Row] = []
        self._matched: set[int] = set()
        self._gone: set[int] = set()
        self._latest = [-1, -1]
        self._late = -1
        self.eviction = -1

    def run(self, lefts: Sequence[Row], rights: Sequence[Row]) -> list[Pair]:
        """The pairs of a batch, and left rows that are let go of without one."""
        rights = [row for row in rights if row[1] is not None]
        new_left, new_right = self._on_time(lefts), self._on_time(rights)
        pairs: list[Pair] = []
        for place, left in enumerate([*self._left, *new_left]):
            old = self._right if place >= len(self._left) else []
            found = [right for right in (*old, *new_right) if _joins(left, right)]
            pairs += [(left, right) for right in found]
            self._matched.update([place] * bool(found))
        self._left += new_left
        self._right += new_right
        unmatched = self._let_go()
        self._move_watermark(lefts, rights)
        return [*pairs, *((left, None) for left in unmatched)]

    def _on_time(self, rows: Sequence[Row]) -> list[Row]:
        return [row for row in rows if row[0] is None or row[0] > self._late]

    def _let_go(self) -> list[Row]:
        leaving = {
            place
            for place, (minute, _, _) in enumerate(self._left)
            if minute is not None and minute + JOINED_MINUTES < self.eviction
        }
        unmatched = leaving - self._matched - self._gone
        self._gone |= leaving
        return [self._left[place] for place in sorted(unmatched)]

    def _move_watermark(self, *sides: Sequence[Row]) -> None:
        self._late = self.eviction
        for side, rows in enumerate(sides):
            times = [minute for minute, _, _ in rows if minute is not None]
            self._latest[side] = max([self._latest[side], *times])
        self.eviction = max(self.eviction, min(self._latest) - DELAY_MINUTES)


def _joins(left: Row, right: Row) -> bool:
    if left[0] is None or right[0] is None or left[1] is None:
        return False
    return left[1] == right[1] and left[0] <= right[0] <= left[0] + JOINED_MINUTES


def joined_rows(left: Batches, right: Batches) -> list[list[JoinedRow]]:
    """What a left outer join gives, batch by batch."""
    twin = JoinTwin()
    nothing = (None, None, None)
    return [
        [(*one, *(other or nothing)) for one, other in twin.run(*rows)]
        for rows in zip(left, right, strict=True)
    ]


def joined_counts(left: Batches, right: Batches) -> list[list[Count]]:
    """What an inner join gives, counted in windows of the left time."""
    twin = JoinTwin()
    held: dict[tuple[int, str | None], list[int | None]] = defaultdict(list)
    given = []
    for rows in zip(left, right, strict=True):
        eviction = twin.eviction
        for one, other in twin.run(*rows):
            if other is not None and one[0] is not None:
                start = one[0] // WINDOW_MINUTES * WINDOW_MINUTES
                held[start, one[1]].append(other[2])
        final = []
        for start, key in list(held):
            if start + WINDOW_MINUTES + JOINED_MINUTES < eviction:
                values = held.pop((start, key))
                known = [value for value in values if value is not None]
                total = sum(known) if known else None
                final.append((start, key, len(values), total))
        given.append(final)
    return given
