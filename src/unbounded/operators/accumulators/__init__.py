"""Accumulators: how aggregate functions are kept from batch to batch."""

from unbounded.operators.accumulators.form import (
    Accumulator,
    AggregateForm,
    DistinctValues,
    type_of,
)
from unbounded.operators.accumulators.forms import form_of
from unbounded.operators.accumulators.lists import kept_type

__all__ = [
    "Accumulator",
    "AggregateForm",
    "DistinctValues",
    "form_of",
    "kept_type",
    "type_of",
]
