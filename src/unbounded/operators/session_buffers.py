"""Session buffers: what a session keeps of its rows, and how two of them join.

A session is kept in the columns of a batch's rows: the buffers of each function, and
for functions of distinct values the list of those values, once for all that take
the same. Buffers join by the function's merge, lists by leaving out what is there
twice. A plan's side of it is `aggregate_layout.py`.

    count(DISTINCT x), sum(y)     kept as   sum(y), kept_values(DISTINCT x)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unbounded.operators.aggregate_layout import AggregateLayout, buffer_field
from unbounded.operators.merge import appended
from unbounded.operators.session_spans import Fold, Numbers
from unbounded.plan.expressions import Alias
from unbounded.plan.relations import Aggregate
from unbounded.state import KeyedState
from unbounded.types import ArrayType, DataType, LongType, StructField, StructType

__all__ = ["SessionBuffers"]


class SessionBuffers:
    """The buffers of the sessions of one aggregation."""

    def __init__(self, layout: AggregateLayout) -> None:
        plan = layout.input_plan
        assert isinstance(plan, Aggregate), "grouped by a session"
        self._layout = layout
        self._columns: tuple[Alias, ...] = plan.aggregates

    @property
    def fields(self) -> tuple[StructField, ...]:
        """The columns, as the state calls them."""
        return tuple(map(buffer_field, self._columns))

    def folded(self, columns: Sequence[pa.Array], sizes: Numbers) -> list[pa.Array]:
        """The buffers of each session, of those of its rows in order of time."""
        found: list[pa.Array] = list(columns)
        fold = Fold(sizes)
        for form in self._layout.forms:
            if form.pairs is None:
                places = self._places(form.first_input, len(form.values))
                chosen = [columns[place] for place in places]
                folded = fold.apply(chosen, form.form.merge)
                for place, column in zip(places, folded, strict=True):
                    found[place] = column
        for place in self._places_of_lists():
            (lists,) = fold.apply([columns[place]], _append)
            found[place] = _without_repeats(lists, self._columns[place].data_type)
        return found

    def results(self, columns: Sequence[pa.Array]) -> list[pa.Array]:
        """What the aggregation's result is made of."""
        found: list[pa.Array] = []
        for form in self._layout.forms:
            first = form.first_input - self._layout.key_count
            if form.pairs is None:
                found += columns[first : first + len(form.values)]
            else:
                assert form.form.summarize is not None
                found += form.form.summarize(columns[first])
        return found

    def _places(self, first_input: int, count: int) -> range:
        first = first_input - self._layout.key_count
        return range(first, first + count)

    def _places_of_lists(self) -> list[int]:
        return [place - self._layout.key_count for place in self._layout.list_places]


def _append(old: Sequence[pa.Array], new: Sequence[pa.Array]) -> list[pa.Array]:
    return [appended(old[0], new[0])]


def _without_repeats(lists: pa.ListArray, kind: DataType) -> pa.ListArray:
    """Each list's values once, in the order in which they come; none where null."""
    assert isinstance(kind, ArrayType)
    parents, values = pc.list_parent_indices(lists).cast(pa.int64()), lists.flatten()
    is_struct = isinstance(kind.element_type, StructType)
    element = kind.element_type
    kinds = (
        [field.data_type for field in element.fields]
        if isinstance(element, StructType)
        else [element]
    )
    seen = KeyedState([LongType(), *kinds], [])
    columns = values.flatten() if is_struct else [values]
    _, is_new = seen.lookup_or_insert([parents, *columns])
    counts = np.bincount(np.asarray(parents)[is_new], minlength=len(lists))
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    kept = values.filter(pa.array(is_new))
    return pa.ListArray.from_arrays(pa.array(offsets), kept, type=lists.type)
