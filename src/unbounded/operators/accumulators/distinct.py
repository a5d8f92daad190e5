"""Distinct: functions of the values that a group has not had before.

    count(DISTINCT …)            count
    sum, avg(DISTINCT …)         as without
    collect_set                  buf
    approx_count_distinct        count, exact
    any other                    values, over which the function runs as in a batch

The state keeps a table of the pairs of group and value (`distinct_pairs.py`), so a
batch pays for its own values. Functions of one table of pairs share it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from unbounded.errors import ExecutionError
from unbounded.operators.accumulators.form import (
    Accumulator,
    AggregateForm,
    DistinctValues,
    FormRule,
    each,
    finished_by,
    partial,
    type_of,
)
from unbounded.operators.accumulators.lists import kept_type, over_values, values_of
from unbounded.operators.accumulators.sums import (
    avg_form,
    count_form,
    sum_form,
    try_sum_form,
)
from unbounded.operators.merge import appended, null_outside
from unbounded.plan.expressions import AggregateCall
from unbounded.types import (
    ArrayType,
    DayTimeIntervalType,
    YearMonthIntervalType,
    to_arrow,
)

__all__ = ["distinct_form"]

_INTERVALS = (DayTimeIntervalType, YearMonthIntervalType)
_SAME_WITHOUT = frozenset(
    {
        "any_value",
        "bit_and",
        "bit_or",
        "bool_and",
        "bool_or",
        "first",
        "last",
        "max",
        "max_by",
        "min",
        "min_by",
    }
)


def distinct_form(call: AggregateCall, rules: dict[str, FormRule]) -> AggregateForm:
    """The form of a call over distinct values; `rules` are those of all values."""
    if call.name in _SAME_WITHOUT:
        return rules[call.name](replace(call, is_distinct=False))
    call = replace(call, is_distinct=True)
    values = DistinctValues(values_of(call), call.filter)
    if call.name in ("count", "approx_count_distinct"):
        counted = replace(call, name="count", arguments=values.arguments)
        form = count_form(counted)
        return replace(form, distinct=values, summarize=lambda lists: [_counts(lists)])
    if call.name in _SUMS and not isinstance(type_of(call.arguments[0]), _INTERVALS):
        return _summed(call, values)
    return _collected(call, values)


_SUMS: dict[str, FormRule] = {
    "avg": avg_form,
    "sum": sum_form,
    "try_avg": avg_form,
    "try_sum": try_sum_form,
}


def _summed(call: AggregateCall, values: DistinctValues) -> AggregateForm:
    form = _SUMS[call.name](call)
    kind = to_arrow(form.accumulators[0].data_type)
    tries = call.name.startswith("try") or pa.types.is_decimal(kind)
    others = [_SUMMARIES[buffer.name] for buffer in form.accumulators[1:]]

    def summarize(lists: pa.ListArray) -> list[pa.Array]:
        return [_sums(lists, kind, tries), *(of(lists) for of in others)]

    return replace(form, distinct=values, summarize=summarize)


def _collected(call: AggregateCall, values: DistinctValues) -> AggregateForm:
    is_value = call.name in ("collect_list", "collect_set")
    kind = ArrayType(kept_type(values.arguments), not is_value)
    kept = partial(call, "kept_values", kind, *values.arguments)
    buffer = Accumulator("buf" if is_value else "values", kind, kept)
    collected = AggregateCall("collect_set", (), call.data_type)
    finish = finished_by(collected) if is_value else over_values(call)
    return AggregateForm(
        (buffer,), each(appended), finish, values, lambda lists: [_as(lists, kind)]
    )


def _as(lists: pa.ListArray, kind: ArrayType) -> pa.Array:
    return lists.cast(to_arrow(kind))


# --- buffers of lists ---------------------------------------------------------


def _counts(lists: pa.ListArray) -> pa.Array:
    return pc.fill_null(pc.list_value_length(lists), 0).cast(pa.int64())


def _are_empty(lists: pa.ListArray) -> pa.Array:
    return pc.equal(_counts(lists), 0)


_SUMMARIES: dict[str, Callable[[pa.ListArray], pa.Array]] = {
    "count": _counts,
    "isEmpty": _are_empty,
}


def _sums(lists: pa.ListArray, kind: pa.DataType, tries: bool) -> pa.Array:
    """The sum of each list; null of none."""
    wide = kind if pa.types.is_floating(kind) else pa.decimal256(57, _scale(kind))
    values = lists.flatten().cast(wide)
    table = pa.table([pc.list_parent_indices(lists), values], ["list", "value"])
    groups = table.group_by("list", use_threads=False).aggregate([("value", "sum")])
    rows = pa.array(range(len(lists)), pa.int64())
    places = pc.index_in(rows, groups.column("list").combine_chunks().cast(pa.int64()))
    sums = groups.column("value_sum").combine_chunks().take(places)
    return _narrowed(sums, kind, tries)


def _scale(kind: pa.DataType) -> int:
    return kind.scale if pa.types.is_decimal(kind) else 0


def _narrowed(sums: pa.Array, kind: pa.DataType, tries: bool) -> pa.Array:
    if pa.types.is_floating(kind):
        return sums
    try:
        return sums.cast(kind)
    except pa.ArrowInvalid as error:
        if not tries:
            raise ExecutionError(
                "ARITHMETIC_OVERFLOW",
                message=f"a sum leaves the range of {kind}",
                alternative="",
            ) from error
    return null_outside(sums, kind)
