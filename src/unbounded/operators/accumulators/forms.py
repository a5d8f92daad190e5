"""Forms: the one table of how each aggregate function is kept on a stream.

Functions without a row of their own keep the list of their values, so a stream
takes every aggregate function that a batch has.
"""

from __future__ import annotations

from unbounded.operators.accumulators.distinct import distinct_form
from unbounded.operators.accumulators.extremes import EXTREME_FORMS
from unbounded.operators.accumulators.form import AggregateForm, FormRule
from unbounded.operators.accumulators.lists import collected_form, values_form
from unbounded.operators.accumulators.moments import MOMENT_FORMS
from unbounded.operators.accumulators.picks import PICK_FORMS
from unbounded.operators.accumulators.sums import (
    avg_form,
    count_form,
    product_form,
    sum_form,
    try_sum_form,
)
from unbounded.plan.expressions import AggregateCall

__all__ = ["form_of"]

_FORMS: dict[str, FormRule] = {
    **EXTREME_FORMS,
    **MOMENT_FORMS,
    **PICK_FORMS,
    "avg": avg_form,
    "collect_list": collected_form,
    "count": count_form,
    "count_if": count_form,
    "product": product_form,
    "sum": sum_form,
    "try_avg": avg_form,
    "try_sum": try_sum_form,
}

_ALWAYS_DISTINCT = frozenset({"approx_count_distinct", "collect_set"})


def form_of(call: AggregateCall) -> AggregateForm:
    """The form in which `call` is kept."""
    if call.is_distinct or call.name in _ALWAYS_DISTINCT:
        return distinct_form(call, _FORMS)
    return _FORMS.get(call.name, values_form)(call)
