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

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Bools", "Fold", "Numbers", "SessionSpans", "distinct", "find_sessions"]

Numbers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
MergeRows = Callable[[list[pa.Array], list[pa.Array]], list[pa.Array]]
"""Buffers of earlier rows and of later ones, side by side, made one."""
Round = tuple[pa.Array, ...]

_LONG_MAX = (1 << 63) - 1


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
    order = _order(groups, starts, ends)
    groups, starts, ends = groups[order], starts[order], ends[order]
    if not len(order):
        return SessionSpans(order, order, order, starts, ends)
    is_group = np.ones(len(order), np.bool_)
    is_group[1:] = groups[1:] != groups[:-1]
    last_ends = _greatest_so_far(np.cumsum(is_group), ends)
    is_first = is_group
    is_first[1:] |= starts[1:] > last_ends[:-1]
    firsts = np.flatnonzero(is_first)
    # No later session of a group ends before an earlier one does.
    lasts = np.append(firsts[1:], len(order)) - 1
    return SessionSpans(
        order, np.cumsum(is_first) - 1, firsts, starts[firsts], last_ends[lasts]
    )


def _order(groups: Numbers, starts: Numbers, ends: Numbers) -> Numbers:
    """By group, start and end. One number for the first two is sorted twice as fast."""
    if len(groups):
        least = int(starts.min())
        width = int(starts.max()) - least + 1
        if width * (int(groups.max()) + 1) < _LONG_MAX:
            keys = groups * width + (starts - least)
            order = np.argsort(keys, kind="stable")
            keys, ends_in_order = keys[order], ends[order]
            is_tie = keys[1:] == keys[:-1]
            if not (is_tie & (ends_in_order[1:] < ends_in_order[:-1])).any():
                return order
    return np.lexsort((ends, starts, groups))


def _greatest_so_far(group_numbers: Numbers, values: Numbers) -> Numbers:
    """The greatest value up to each row, within its group; groups are in order."""
    least = int(values.min())
    width = int(values.max()) - least + 1
    if width * (int(group_numbers[-1]) + 1) < _LONG_MAX:
        # A later group's least is above an earlier one's greatest.
        floors = group_numbers * width
        climbing = np.maximum.accumulate(floors + (values - least))
        greatest: Numbers = climbing - floors + least
        return greatest
    distinct, ranks = np.unique(values, return_inverse=True)
    return distinct[_greatest_so_far(group_numbers, ranks)]


def distinct(numbers: Numbers) -> Numbers:
    """The different numbers, in order."""
    ordered = np.sort(numbers)
    is_new = np.ones(len(ordered), np.bool_)
    is_new[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_new]


class Fold:
    """How the rows of sessions become one row each; made once for all buffers.

    Args:
        sizes: how many rows each session has, one at least.
    """

    def __init__(self, sizes: Numbers) -> None:
        is_alone = sizes == 1
        firsts = np.cumsum(sizes) - sizes
        self._alone = pa.array(firsts[is_alone])
        self._together = pa.array(np.flatnonzero(np.repeat(~is_alone, sizes)))
        self._rounds = list(_rounds(sizes[~is_alone]))
        # Sessions of several rows come first there, so each is found by its rank.
        back = np.empty(len(sizes), np.int64)
        count = len(sizes) - int(is_alone.sum())
        back[~is_alone] = np.arange(count)
        back[is_alone] = np.arange(count, len(sizes))
        self._back = pa.array(back)

    def apply(self, columns: Sequence[pa.Array], merge: MergeRows) -> list[pa.Array]:
        """The buffers of each session, of the buffers of one function by row."""
        if not self._rounds:
            return list(columns)
        rows = _taken(columns, self._together)
        for lefts, rights, alone, back in self._rounds:
            merged = merge(_taken(rows, lefts), _taken(rows, rights))
            rows = _joined(merged, _taken(rows, alone), back)
        return _joined(rows, _taken(columns, self._alone), self._back)


def _rounds(sizes: Numbers) -> Iterator[Round]:
    """Pairs of neighbours, those left without one, and the order of what comes out."""
    while (sizes > 1).any():
        firsts = np.cumsum(sizes) - sizes
        places = np.arange(int(sizes.sum())) - np.repeat(firsts, sizes)
        lefts = np.flatnonzero(places % 2 == 0)
        has_right = places[lefts] + 1 < np.repeat(sizes, (sizes + 1) // 2)
        pairs = lefts[has_right]
        back = np.empty(len(lefts), np.int64)
        back[has_right] = np.arange(len(pairs))
        back[~has_right] = np.arange(len(pairs), len(lefts))
        parts = (pairs, pairs + 1, lefts[~has_right], back)
        yield tuple(map(pa.array, parts))
        sizes = (sizes + 1) // 2


def _joined(
    ups: Sequence[pa.Array], downs: Sequence[pa.Array], order: pa.Array
) -> list[pa.Array]:
    return [
        pa.concat_arrays([up.cast(down.type), down]).take(order)
        for up, down in zip(ups, downs, strict=True)
    ]


def _taken(columns: Sequence[pa.Array], places: pa.Array) -> list[pa.Array]:
    return [column.take(places) for column in columns]
