"""Session spans: which of some spans of one key touch, and what they make together.

Pure and vectorised: spans are sorted by group, start and end, then cut where one
starts after every end before it. Their buffers are folded in halves, two rows that
stand side by side in a session at a time, so that a function that looks at the
order of values sees them by time.

    rows of a session   a b c d e   ->   ab cd e   ->   abcd e   ->   abcde

A span touches the next where its end is the next one's start, as in Spark's
`MergingSessionsIterator`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Bools", "Numbers", "SessionSpans", "find_sessions", "fold"]

Numbers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
MergeRows = Callable[[list[pa.Array], list[pa.Array]], list[pa.Array]]
"""Buffers of earlier rows and of later ones, side by side, made one."""


@dataclass(frozen=True, slots=True)
class SessionSpans:
    """Spans in order, and the sessions that they make.

    `order` sorts the rows; all else is of rows so sorted. A session is called by
    its number; `firsts` are the places of each one's first row.
    """

    order: Numbers
    numbers: Numbers
    firsts: Numbers
    starts: Numbers
    ends: Numbers

    @property
    def sizes(self) -> Numbers:
        """How many rows each session has."""
        return np.diff(np.append(self.firsts, len(self.order)))


def find_sessions(groups: Numbers, starts: Numbers, ends: Numbers) -> SessionSpans:
    """The sessions of spans `[start, end)`; rows that tie stay in their order."""
    order = np.lexsort((ends, starts, groups))
    groups, starts, ends = groups[order], starts[order], ends[order]
    if not len(order):
        return SessionSpans(order, order, order, starts, ends)
    last_ends = _greatest_so_far(groups, ends)
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = (groups[1:] != groups[:-1]) | (starts[1:] > last_ends[:-1])
    firsts = np.flatnonzero(is_first)
    # No later session of a group ends before an earlier one does.
    lasts = np.append(firsts[1:], len(order)) - 1
    return SessionSpans(
        order, np.cumsum(is_first) - 1, firsts, starts[firsts], last_ends[lasts]
    )


def _greatest_so_far(groups: Numbers, values: Numbers) -> Numbers:
    """The greatest value up to each row, within its group; `groups` are sorted."""
    distinct, ranks = np.unique(values, return_inverse=True)
    group_numbers = np.cumsum(np.append(0, groups[1:] != groups[:-1]))
    # A later group's least is above an earlier one's greatest.
    climbing = np.maximum.accumulate(group_numbers * len(distinct) + ranks)
    greatest: Numbers = distinct[climbing % len(distinct)]
    return greatest


def fold(
    columns: Sequence[pa.Array], sizes: Numbers, merge: MergeRows
) -> list[pa.Array]:
    """One row for each session, of the rows of all of them in order.

    Args:
        columns: the buffers of one function, by row.
        sizes: how many rows each session has, one at least.
    """
    rows = list(columns)
    while (sizes > 1).any():
        firsts = np.cumsum(sizes) - sizes
        places = np.arange(int(sizes.sum())) - np.repeat(firsts, sizes)
        is_left = places % 2 == 0
        lefts = np.flatnonzero(is_left)
        has_right = places[lefts] + 1 < np.repeat(sizes, sizes)[lefts]
        pairs = lefts[has_right]
        merged = merge(_taken(rows, pairs), _taken(rows, pairs + 1))
        alone = _taken(rows, lefts[~has_right])
        # Rows that were merged come first there, so each is found again by rank.
        back = np.empty(len(lefts), np.int64)
        back[has_right] = np.arange(len(pairs))
        back[~has_right] = np.arange(len(pairs), len(lefts))
        rows = [
            pa.concat_arrays([one.cast(other.type), other]).take(pa.array(back))
            for one, other in zip(merged, alone, strict=True)
        ]
        sizes = (sizes + 1) // 2
    return rows


def _taken(columns: Sequence[pa.Array], places: Numbers) -> list[pa.Array]:
    indices = pa.array(places)
    return [column.take(indices) for column in columns]
