"""Expiry index: the slots whose time has come, at the cost of those alone.

What is added at once is one *run*, sorted by time; runs wait in a heap by their first
time. When the time has come for a run, what is due is cut off in front and the rest
waits again. Small runs are put together as they come, so that there are few.

It is not persisted: its owner fills it again at recovery.

Invariants:
    - a run is sorted, not empty, and in the heap by its first time
    - only runs with something due are touched
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from unbounded.state.arrow_words import Slots
from unbounded.state.slots import distinct, ordered_places

__all__ = ["ExpiryIndex"]

Times = npt.NDArray[np.int64]

_SMALL_ROWS = 4096
_NEVER_US = (1 << 63) - 1


class _Run(NamedTuple):
    """Slots by their times, ascending; `number` tells runs of one time apart."""

    first_us: int
    number: int
    times: Times
    slots: Slots


class ExpiryIndex:
    """Times to slots, taken out in order of time."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []
        self._next_number = 0
        # Runs that came one after the other and are small yet.
        self._small: tuple[Slots, Times] = _nothing()
        self.count = 0

    def add(self, slots: Slots, times_us: Times) -> None:
        """Note that each slot expires when the time reaches its `times_us`.

        A slot may be noted again with another time; both entries stay. The last time
        there is means never.
        """
        comes = times_us != _NEVER_US
        if not comes.all():
            slots, times_us = slots[comes], times_us[comes]
        self.count += len(slots)
        known_slots, known_times = self._small
        if len(known_slots):
            slots = np.concatenate([known_slots, slots])
            times_us = np.concatenate([known_times, times_us])
            self._small = _nothing()
        if len(slots) < _SMALL_ROWS:
            self._small = (slots.copy(), times_us.copy())
        else:
            self._push_sorted(slots, times_us)

    def pop_until(self, time_us: int) -> Slots:
        """Take out the slots with an entry at or before `time_us`; each once.

        Ascending. An entry outlives a slot that is removed, reused or given a
        later time: who does that compares the slot's own time before acting.
        """
        taken = [self._pop_small(time_us)]
        while self._runs and self._runs[0].first_us <= time_us:
            run = heapq.heappop(self._runs)
            due = int(np.searchsorted(run.times, time_us, side="right"))
            taken.append(run.slots[:due])
            if due < len(run.slots):
                self._push(run.slots[due:], run.times[due:])
        slots = np.concatenate(taken)
        self.count -= len(slots)
        return distinct(slots) if len(slots) else slots

    @property
    def memory_bytes(self) -> int:
        """Bytes held by entries."""
        return 16 * self.count

    def _pop_small(self, time_us: int) -> Slots:
        slots, times = self._small
        due = times <= time_us
        self._small = (slots[~due], times[~due])
        return slots[due]

    def _push_sorted(self, slots: Slots, times: Times) -> None:
        first_us = int(times.min())
        if int(times.max()) - first_us < _NEVER_US:
            order = ordered_places(times - first_us)
        else:
            order = np.argsort(times, kind="stable")
        self._push(slots[order], times[order])

    def _push(self, slots: Slots, times: Times) -> None:
        """Let a sorted run wait; a short rest does not hold a long run's memory."""
        if slots.base is not None and 2 * len(slots) < len(slots.base):
            slots, times = slots.copy(), times.copy()
        heapq.heappush(self._runs, _Run(int(times[0]), self._next_number, times, slots))
        self._next_number += 1


def _nothing() -> tuple[Slots, Times]:
    return np.zeros(0, np.int64), np.zeros(0, np.int64)
