"""Value extremes: the least or greatest of each group's values, as they come and go.

An extreme is merged with what a batch adds. Only where the extreme itself has gone,
and nothing as far out has come, are the group's values walked for the next one.
"""

from __future__ import annotations

from typing import Literal as OneOf

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unbounded.operators.group_values import GroupValues, ValueChanges
from unbounded.operators.merge import greatest, least
from unbounded.operators.ordering import compare
from unbounded.state import KeyedState

__all__ = ["Extreme", "moved_extremes"]

Extreme = OneOf["min", "max"]

Numbers = npt.NDArray[np.int64]

_MERGES = {"min": least, "max": greatest}


def moved_extremes(
    extreme: Extreme,
    old: pa.Array,
    values: GroupValues,
    changes: ValueChanges,
    groups: Numbers,
    state: KeyedState,
) -> pa.Array:
    """The extreme of each of `groups` after the changes; `old` are those before."""
    merge = _MERGES[extreme]
    changed = values.values(changes.slots, state)
    is_there = changes.after > 0
    came = _reduced(extreme, changed, changes.groups, is_there, len(groups))
    went = _reduced(
        extreme, changed, changes.groups, (changes.before > 0) & ~is_there, len(groups)
    )
    found = merge(old, came)
    has_gone = np.asarray(pc.is_valid(went)) & (compare(old, went) == 0)
    is_covered = np.asarray(pc.is_valid(came)) & (compare(found, came) == 0)
    walked = np.flatnonzero(has_gone & ~is_covered)
    if not len(walked):
        return found
    lists = values.lists(groups[walked], state, repeats=False)
    places = np.asarray(pc.list_parent_indices(lists), np.int64)
    all_values = np.ones(len(places), np.bool_)
    next_ones = _reduced(extreme, lists.flatten(), places, all_values, len(walked))
    picked = np.arange(len(groups))
    picked[walked] = len(groups) + np.arange(len(walked))
    return pa.concat_arrays([found, next_ones]).take(pa.array(picked))


def _reduced(
    extreme: Extreme,
    values: pa.Array,
    groups: Numbers,
    is_taken: npt.NDArray[np.bool_],
    count: int,
) -> pa.Array:
    """The extreme of the values taken of each of `count` groups; null of none.

    Neighbours of a group are made one, until each has one value.
    """
    rows = np.flatnonzero(is_taken)
    rows = rows[np.argsort(groups[rows], kind="stable")]
    values, groups = values.take(pa.array(rows)), groups[rows]
    while len(same := np.flatnonzero(groups[1:] == groups[:-1])):
        values, groups = _halved(extreme, values, groups, same)
    places = np.full(count, -1)
    places[groups] = np.arange(len(groups))
    return values.take(pa.array(places, mask=places < 0))


def _halved(
    extreme: Extreme, values: pa.Array, groups: Numbers, same: Numbers
) -> tuple[pa.Array, Numbers]:
    """Every second value of a group made one with the value before it.

    `same` are the places of values whose next one is of the same group.
    """
    is_first = np.append(True, groups[1:] != groups[:-1])
    starts = np.flatnonzero(is_first)
    place = np.arange(len(groups)) - np.repeat(starts, np.diff([*starts, len(groups)]))
    left = same[place[same] % 2 == 0]
    merged = _MERGES[extreme](
        values.take(pa.array(left)), values.take(pa.array(left + 1))
    )
    picked = np.arange(len(groups))
    picked[left] = len(groups) + np.arange(len(left))
    kept = picked[place % 2 == 0]
    return pa.concat_arrays([values, merged]).take(pa.array(kept)), groups[
        place % 2 == 0
    ]
