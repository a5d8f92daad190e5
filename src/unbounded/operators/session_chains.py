"""Session chains: which sessions each key has, for the operator that holds them.

The state knows a session by its keys and its start; a row of a batch knows only
the keys. Here a key leads to the first of its sessions, and each session to the
next, in the order of their starts. Everything is by slot, nothing by Python row.

It is not persisted: its owner fills it again at recovery.

Invariants:
    - every session of the state is in the chain of its key, once
    - a key without a session is forgotten
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from unbounded.operators.session_spans import distinct
from unbounded.state import KeyedState
from unbounded.types import DataType

__all__ = ["SessionChains", "Slots"]

Slots = np.ndarray[tuple[int], np.dtype[np.int64]]

_NONE = -1


class SessionChains:
    """Keys to the slots of their sessions.

    A key is called by its *group*, a number that it has as long as it has sessions.
    """

    def __init__(self, key_types: Sequence[DataType]) -> None:
        self._groups = KeyedState(key_types, [])
        self._heads = np.zeros(0, np.int64)
        self._next = np.zeros(0, np.int64)
        self._group_of = np.zeros(0, np.int64)

    def groups(self, keys: Sequence[pa.Array]) -> Slots:
        """The group of each row's keys; new keys get one, without a session yet."""
        groups, is_new = self._groups.lookup_or_insert(keys)
        # It is not stored, so what changed is of no interest to anyone.
        self._groups.take_changes()
        if len(groups):
            self._heads = _with_room(self._heads, int(groups.max()))
            self._heads[groups[is_new]] = _NONE
        return groups

    def sessions(self, groups: Slots) -> tuple[Slots, Slots]:
        """The sessions of some distinct groups, and the group of each."""
        slots, owners = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        current, owner = self._heads[groups], groups
        while True:
            is_there = current != _NONE
            if not is_there.any():
                return np.concatenate(slots), np.concatenate(owners)
            current, owner = current[is_there], owner[is_there]
            slots.append(current)
            owners.append(owner)
            current = self._next[current]

    def groups_of(self, slots: Slots) -> Slots:
        """The groups of some sessions."""
        return self._group_of[slots]

    def relink(self, groups: Slots, slots: Slots, owners: Slots) -> None:
        """Say anew which sessions some distinct groups have.

        `slots` come group by group, those of one by start. A group that is left
        with none is forgotten.
        """
        self._heads[groups] = _NONE
        if len(slots):
            top = int(slots.max())
            self._next = _with_room(self._next, top)
            self._group_of = _with_room(self._group_of, top)
            follows = owners[1:] == owners[:-1]
            self._next[slots] = _NONE
            self._next[slots[:-1][follows]] = slots[1:][follows]
            is_first = np.concatenate([[True], ~follows])
            self._heads[owners[is_first]] = slots[is_first]
            self._group_of[slots] = owners
        self._groups.remove(groups[self._heads[groups] == _NONE])

    def remove(self, slots: Slots) -> None:
        """Take sessions out of their chains."""
        if not len(slots):
            return
        groups = distinct(self._group_of[slots])
        held, owners = self.sessions(groups)
        is_kept = ~np.isin(held, slots)
        held, owners = held[is_kept], owners[is_kept]
        # Those of one group still come by start, since sorting by it is stable.
        order = np.argsort(owners, kind="stable")
        self.relink(groups, held[order], owners[order])


def _with_room(array: Slots, top: int) -> Slots:
    """An array that has a place for `top`, a quarter longer than it must be."""
    if top < len(array):
        return array
    grown = np.zeros(top + 1 + top // 4, np.int64)
    grown[: len(array)] = array
    return grown
