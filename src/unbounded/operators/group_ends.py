"""Group ends: which groups of an aggregation are late, and which are final.

A group ends at the event time in its key, that of a window at the window's end. It is
late when batch N-1's watermark has reached its end, and final when batch N's has. A
group without an event time never ends.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unbounded.operators.operator import Watermarks
from unbounded.state import ExpiryIndex, KeyedState

__all__ = ["GroupEnds"]

Numbers = npt.NDArray[np.int64]


class GroupEnds:
    """The ends of the groups that are held.

    Args:
        key_position: which column of the key is the event time, if one is.
    """

    def __init__(self, key_position: int | None) -> None:
        self._key_position = key_position
        self._expiry = ExpiryIndex()

    def recover(self, state: KeyedState) -> None:
        """Take up the groups of a recovered state."""
        self._expiry = ExpiryIndex()
        slots = state.live_slots()
        self.add(slots, state.keys(slots))

    def times_us(self, keys: Sequence[pa.Array]) -> Numbers:
        """When each key becomes final, microseconds; a null time never does."""
        never = np.iinfo(np.int64).max
        if self._key_position is None:
            return np.full(len(keys[0]), never)
        column = keys[self._key_position]
        if pa.types.is_struct(column.type):
            column = pc.struct_field(column, "end")
        times = column.cast(pa.int64()).fill_null(never)
        numbers: Numbers = times.to_numpy(zero_copy_only=False)
        return numbers

    def are_late(
        self, keys: Sequence[pa.Array], watermarks: Watermarks
    ) -> npt.NDArray[np.bool_]:
        """Which keys' time is at or before batch N-1's watermark.

        Watermark 12:10, window 12:00-12:10: its end, 12:10, is not after 12:10: late.
        """
        late: npt.NDArray[np.bool_] = (
            self.times_us(keys) <= watermarks.late_events_watermark_ms * 1000
        )
        return late

    def add(self, slots: Numbers, keys: Sequence[pa.Array]) -> None:
        """Note the ends of new groups."""
        if self._key_position is not None:
            self._expiry.add(slots, self.times_us(keys))

    def take_final(self, state: KeyedState, watermarks: Watermarks) -> Numbers:
        """The groups that end by batch N's watermark, in the order of their coming.

        A slot that was given back may be another group's by now.
        """
        watermark_us = watermarks.eviction_watermark_ms * 1000
        slots = self._expiry.pop_until(watermark_us)
        slots = slots[state.is_live(slots)]
        if len(slots):
            slots = slots[self.times_us(state.keys(slots)) <= watermark_us]
        return state.in_order(slots)
