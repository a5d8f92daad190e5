"""State growth: which operators of a query keep a state that can only grow.

Asked once when a query starts, to warn: such a query ends some day at the memory
limit, or is stopped before. One row a kind of node; a kind that is not there
keeps no more than it has to.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from unbounded.operators import event_time_key
from unbounded.operators.accumulators import form_of
from unbounded.operators.join_bounds import join_bounds
from unbounded.plan.expressions import WATERMARK_DELAY, AggregateCall
from unbounded.plan.join_condition import split_condition
from unbounded.plan.relations import (
    Aggregate,
    Distinct,
    Except,
    Intersect,
    Join,
    Relation,
    output_of,
)
from unbounded.plan.tree import walk
from unbounded.runtime.emission import Emission
from unbounded.runtime.operator_planning import is_stateful
from unbounded.runtime.retained_plan import Retain, retained_plan

__all__ = ["growing_states", "warn_of_growing_state"]

_LOGGER = logging.getLogger("unbounded")

# The partial aggregates that keep each value, by the names the compiler has.
_KEPT_VALUES = frozenset({"kept_values", "ordered_values"})


def growing_states(plan: Relation, emission: Emission) -> list[str]:
    """For each state that nothing ever leaves, what grows and what to do."""
    found = []
    for node in walk(retained_plan(plan, emission.output_mode)):
        rule = _RULES.get(type(node))
        if rule is not None and isinstance(node, Relation) and is_stateful(node):
            found.append(rule(node, emission.evicts))
    return [text for text in found if text is not None]


def warn_of_growing_state(query: str, plan: Relation, emission: Emission) -> None:
    """Log one warning if the query has such a state."""
    growing = growing_states(plan, emission)
    if growing:
        _LOGGER.warning(
            "[STATE_CAN_ONLY_GROW] Query %s keeps a state that grows until"
            " unbounded.memory.limit ends the query: %s.",
            query,
            "; ".join(growing),
        )


def _aggregate(node: Aggregate, evicts: bool) -> str | None:
    if not node.grouping:
        return _one_group(node)
    if not evicts:
        return "output mode complete keeps every group; use update or append"
    if event_time_key(node.grouping) is None:
        return (
            "an aggregation keeps every group, as none of its keys is an event time"
            " with a watermark; use withWatermark and group by the time or a window"
        )
    return None


def _one_group(node: Aggregate) -> str | None:
    """One group is one row, but a list of values in it may be long."""
    calls = [a.child for a in node.aggregates if isinstance(a.child, AggregateCall)]
    kept = sorted({call.name for call in calls if _keeps_values(call)})
    if not kept:
        return None
    return f"{', '.join(kept)} without groups keeps the values of all rows"


def _keeps_values(call: AggregateCall) -> bool:
    form = form_of(call)
    partials = {accumulator.partial.name for accumulator in form.accumulators}
    return form.distinct is not None or bool(partials & _KEPT_VALUES)


def _distinct(node: Distinct, evicts: bool) -> str | None:
    keys = node.keys or output_of(node.child)
    if node.within_watermark or any(WATERMARK_DELAY in k.metadata for k in keys):
        return None
    return (
        "a deduplication keeps every key, as none of its columns is an event time with"
        " a watermark; use withWatermark and dropDuplicatesWithinWatermark"
    )


def _join(node: Join, evicts: bool) -> str | None:
    if not evicts:
        return "output mode complete keeps every row of a join; use append"
    bounds = join_bounds(node, split_condition(node))
    sides = {"left": bounds.left, "right": bounds.right}
    kept = [side for side, bound in sides.items() if bound is None]
    if not kept:
        return None
    rows = "both sides" if len(kept) == 2 else f"its {kept[0]} side"
    return (
        f"a join keeps every row of {rows}, as nothing says when the last match may"
        " come; use withWatermark on both sides and join by the event time, or ask in"
        " the condition how far apart the times may be"
    )


def _set_operation(node: Intersect | Except, evicts: bool) -> str | None:
    if evicts and any(WATERMARK_DELAY in c.metadata for c in node.output):
        return None
    return (
        "a set operation keeps every row, as none of its columns is an event time with"
        " a watermark; use withWatermark and select the time on both sides"
    )


def _retain(node: Retain, evicts: bool) -> str:
    return (
        "every row is kept, as the whole table is asked for; use append mode, or what"
        " sorts or limits a result in a foreachBatch"
    )


_RULES: Mapping[type, Callable[[Any, bool], str | None]] = {
    Aggregate: _aggregate,
    Distinct: _distinct,
    Except: _set_operation,
    Intersect: _set_operation,
    Join: _join,
    Retain: _retain,
}
