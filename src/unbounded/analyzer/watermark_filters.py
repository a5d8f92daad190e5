"""Watermark filters: what a filter above `withWatermark` leaves out is not seen there.

Spark moves a filter down where it may, below the watermark too if it does not ask
for the event time. This shows in a stream: rows that it leaves out do not move the
watermark. Spark's `PushPredicateThroughNonJoin`.

    Filter(value > 1 and time > t)          Filter(time > t)
    └─ EventTimeWatermark(time)        →    └─ EventTimeWatermark(time)
       └─ Project(value, time)                 └─ Filter(value > 1)
                                                  └─ Project(value, time)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from unbounded.analyzer.conjunctions import is_random, joined, over_input, split
from unbounded.analyzer.context import Context
from unbounded.analyzer.resolved import attributes_in
from unbounded.plan.expressions import AttributeReference, Expression
from unbounded.plan.python_functions import PythonCall
from unbounded.plan.relations import (
    AssignWindows,
    EventTimeWatermark,
    Filter,
    Project,
    Relation,
)
from unbounded.plan.tree import transform_up, walk

__all__ = ["filter_before_watermarks"]

# Nodes that a filter moves through on its way to a watermark.
_PASSED = (Filter, Project, AssignWindows)


def filter_before_watermarks(plan: Relation, context: Context) -> Relation:
    """The same rows, filtered before they are seen by a watermark."""
    filtered: Relation = transform_up(plan, _push)
    return filtered


def _push(node: Any) -> Any:
    if not isinstance(node, Filter) or not _leads_to_watermark(node.child):
        return node
    return _sink(split(node.condition), node.child)


def _leads_to_watermark(node: Relation) -> bool:
    while isinstance(node, _PASSED):
        node = node.child
    return isinstance(node, EventTimeWatermark)


def _sink(conditions: Sequence[Expression], node: Relation) -> Relation:
    """`node` filtered, each condition as far down as it may stand."""
    if not conditions:
        return node
    match node:
        case Filter():
            return _sink([*split(node.condition), *conditions], node.child)
        case Project() if _is_repeatable(node.columns) and _leads_to_watermark(node):
            below = [over_input(c, node.columns) for c in conditions]
            return replace(node, child=_sink(below, node.child))
        case AssignWindows() if _leads_to_watermark(node):
            return _part(conditions, node, node.column)
        case EventTimeWatermark():
            return _part(conditions, node, node.event_time)
    return Filter(node, joined(conditions))


def _part(
    conditions: Sequence[Expression],
    node: AssignWindows | EventTimeWatermark,
    column: AttributeReference,
) -> Relation:
    """Conditions on `column` stand above the node, the others go below it."""
    high: list[Expression] = []
    low: list[Expression] = []
    for condition in conditions:
        used = {a.attribute_id for a in attributes_in([condition])}
        is_high = column.attribute_id in used or not _is_repeatable([condition])
        (high if is_high else low).append(condition)
    node = replace(node, child=_sink(low, node.child))
    return Filter(node, joined(high)) if high else node


def _is_repeatable(expressions: Sequence[Expression]) -> bool:
    return not is_random(expressions) and not any(
        isinstance(node, PythonCall)
        for expression in expressions
        for node in walk(expression)
    )
