"""Extremes: the least and greatest value, and what is bitwise of all values.

min, max, bool_and, bool_or      value (false is less than true)
bit_and, bit_or, bit_xor         value
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from unbounded.operators.accumulators.form import (
    Accumulator,
    AggregateForm,
    FormRule,
    each,
    first_column,
    partial,
)
from unbounded.operators.merge import greatest, least, where_both
from unbounded.plan.expressions import AggregateCall

__all__ = ["EXTREME_FORMS"]


def _value(name: str, merge: Callable[[pa.Array, pa.Array], pa.Array]) -> FormRule:
    """The buffer is the value itself, of the result's type."""

    def rule(call: AggregateCall) -> AggregateForm:
        value = partial(call, call.name, call.data_type)
        buffer = Accumulator(name, call.data_type, value)
        return AggregateForm((buffer,), each(merge), first_column)

    return rule


EXTREME_FORMS: dict[str, FormRule] = {
    "bit_and": _value("bit_and", where_both(pc.bit_wise_and)),
    "bit_or": _value("bit_or", where_both(pc.bit_wise_or)),
    "bit_xor": _value("bit_xor", where_both(pc.bit_wise_xor)),
    "bool_and": _value("min", least),
    "bool_or": _value("max", greatest),
    "max": _value("max", greatest),
    "min": _value("min", least),
}
