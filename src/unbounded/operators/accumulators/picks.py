"""Picks: one value of the group's, chosen by its place or by another value.

    first, any_value            first, valueSet
    last                        last, valueSet
    max_by, min_by              valueWithExtremumOrdering, extremumOrdering

Of two batches the earlier one holds the first value. Of equal orderings the later
row wins, as in Spark's `MaxMinBy`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unbounded.operators.accumulators.form import (
    Accumulator,
    AggregateForm,
    Arrays,
    FormRule,
    first_column,
    partial,
    type_of,
)
from unbounded.operators.ordering import compare
from unbounded.plan.expressions import AggregateCall
from unbounded.types import BooleanType

__all__ = ["PICK_FORMS"]

Bools = npt.NDArray[np.bool_]


def _by_place(name: str, *, takes_new: bool) -> FormRule:
    def merge(old: Arrays, new: Arrays) -> list[pa.Array]:
        """The kept side stands unless it has no value."""
        kept, other = (new, old) if takes_new else (old, new)
        is_set = pc.fill_null(kept[1], False)
        return [pc.if_else(is_set, *pair) for pair in zip(kept, other, strict=True)]

    def rule(call: AggregateCall) -> AggregateForm:
        picked = partial(call, name, call.data_type)
        was_set = partial(call, "value_set", BooleanType())
        buffers = (
            Accumulator(name, call.data_type, picked),
            Accumulator("valueSet", BooleanType(), was_set),
        )
        return AggregateForm(buffers, merge, first_column)

    return rule


def _by_order(extreme: str, wins: Callable[[npt.NDArray[np.int8]], Bools]) -> FormRule:
    def merge(old: Arrays, new: Arrays) -> list[pa.Array]:
        no_old = np.asarray(pc.is_null(old[1]))
        has_new = np.asarray(pc.is_valid(new[1]))
        order = compare(new[1], old[1])
        takes_new = pa.array(has_new & (no_old | wins(order)))
        pairs = zip(new, old, strict=True)
        return [pc.if_else(takes_new, *pair) for pair in pairs]

    def rule(call: AggregateCall) -> AggregateForm:
        _, ordering = call.arguments
        value = partial(call, call.name, call.data_type)
        kind = type_of(ordering)
        extremum = partial(call, extreme, kind, ordering)
        buffers = (
            Accumulator("valueWithExtremumOrdering", call.data_type, value),
            Accumulator("extremumOrdering", kind, extremum),
        )
        return AggregateForm(buffers, merge, first_column)

    return rule


PICK_FORMS: dict[str, FormRule] = {
    "any_value": _by_place("first", takes_new=False),
    "first": _by_place("first", takes_new=False),
    "last": _by_place("last", takes_new=True),
    "max_by": _by_order("max", lambda order: order >= 0),
    "min_by": _by_order("min", lambda order: order <= 0),
}
