"""Distinct pairs: which values each group of an aggregation has had already.

One table of state for the functions over the same distinct values. A row is a
group's key and a value; there is nothing else in it. A batch's lists of values are
looked up in it, and what is new is handed on, so the cost is that of the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unbounded.operators.accumulators import DistinctValues, type_of
from unbounded.operators.state_names import filtered_name, state_name
from unbounded.state import ExpiryIndex, KeyedState
from unbounded.types import StructField

__all__ = ["DistinctPairs", "value_fields"]

Times = Callable[[list[pa.Array]], npt.NDArray[np.int64]]
"""When each group ends, microseconds, of the columns of its key."""


def value_fields(values: DistinctValues) -> tuple[StructField, ...]:
    """The columns of a value, as the state calls them."""
    return tuple(
        StructField(
            filtered_name(state_name(argument), values.filter), type_of(argument), True
        )
        for argument in values.arguments
    )


class DistinctPairs:
    """The pairs of one table.

    Args:
        key_count: how many columns of a pair are the group's key.
        is_struct: whether a value is a struct of several columns.
        end_times: when groups end, where they do.
    """

    def __init__(
        self, key_count: int, is_struct: bool, end_times: Times | None
    ) -> None:
        self._key_count = key_count
        self._is_struct = is_struct
        self._end_times = end_times
        self._expiry = ExpiryIndex()

    def recover(self, state: KeyedState) -> None:
        """Rebuild the expiry index over the recovered slots."""
        self._expiry = ExpiryIndex()
        slots = state.live_slots()
        self._note_ends(slots, state.keys(slots)[: self._key_count])

    def take_new(
        self, keys: Sequence[pa.Array], lists: pa.ListArray, state: KeyedState
    ) -> pa.ListArray:
        """The lists without what their groups have had; now they have had it."""
        parents = pc.list_parent_indices(lists)
        values = lists.flatten()
        columns = values.flatten() if self._is_struct else [values]
        groups = [key.take(parents) for key in keys]
        slots, is_new = state.lookup_or_insert([*groups, *columns])
        self._note_ends(slots[is_new], [key.filter(pa.array(is_new)) for key in groups])
        counts = np.bincount(np.asarray(parents)[is_new], minlength=len(lists))
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        return pa.ListArray.from_arrays(
            pa.array(offsets), values.filter(pa.array(is_new)), type=lists.type
        )

    def evict(self, state: KeyedState, watermark_us: int) -> None:
        """Forget the pairs of groups that have ended."""
        if self._end_times is not None:
            state.remove(self._expiry.pop_until(watermark_us))

    def _note_ends(
        self, slots: npt.NDArray[np.int64], keys: Sequence[pa.Array]
    ) -> None:
        if self._end_times is not None:
            self._expiry.add(slots, self._end_times(list(keys)))
