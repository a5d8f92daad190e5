"""Watermark filters: a filter stands as low as it may, below groups and watermarks.

Spark moves a filter down where it may: below a grouping if it asks for keys alone,
below the watermark if it does not ask for the event time, below a join if it asks
for one side. This shows in a stream: groups and rows that it leaves out are not kept,
and rows that it leaves out do not move the watermark. Spark's
`PushPredicateThroughNonJoin` and `PushPredicateThroughJoin`.

    Filter(value > 1 and time > t)          Filter(time > t)
    └─ EventTimeWatermark(time)        →    └─ EventTimeWatermark(time)
       └─ Project(value, time)                 └─ Filter(value > 1)
                                                  └─ Project(value, time)

A filter on a session stays above the grouping that makes sessions of rows. A join
takes a filter into its condition, and moves its condition down, where it may:

    kind           filter above moves to      its condition moves to
    inner, cross   left, right, condition     left, right
    left, anti     left                       right
    semi           left                       left, right
    right          right                      left
    full
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from unbounded.analyzer.context import Context
from unbounded.analyzer.streaming_checks import is_streaming
from unbounded.plan.conjunctions import is_random, joined, over_input, split
from unbounded.plan.event_time import session_position
from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Expression,
    attributes_in,
)
from unbounded.plan.python_functions import PythonCall
from unbounded.plan.relations import (
    Aggregate,
    AssignWindows,
    EventTimeWatermark,
    Filter,
    Join,
    JoinType,
    Project,
    Relation,
    Union,
    output_of,
)
from unbounded.plan.tree import transform_up, walk

__all__ = ["filter_before_watermarks", "push_filters", "sink"]


def filter_before_watermarks(plan: Relation, context: Context) -> Relation:
    """The same rows, filtered before they are seen by a watermark or a grouping."""
    return push_filters(plan)


def push_filters(plan: Relation) -> Relation:
    """The plan with each filter of a stream as far down as it may stand."""
    filtered: Relation = transform_up(plan, _push)
    return filtered


def _push(node: Any) -> Any:
    if isinstance(node, Join) and is_streaming(node):
        return _into_join((), node)
    if not isinstance(node, Filter) or not _leads_down(node.child):
        return node
    return sink(split(node.condition), node.child)


def _leads_down(node: Relation) -> bool:
    """Whether a filter above `node` may have a place further down."""
    match node:
        case Filter() | Project() | AssignWindows():
            return _leads_down(node.child)
        case Union():
            return any(map(_leads_down, node.inputs))
        case Join():
            return is_streaming(node)
    return isinstance(node, EventTimeWatermark | Aggregate)


def sink(conditions: Sequence[Expression], node: Relation) -> Relation:
    """`node` filtered, each condition as far down as it may stand."""
    if not conditions:
        return node
    if not _leads_down(node):
        return Filter(node, joined(conditions))
    match node:
        case Filter():
            return sink([*split(node.condition), *conditions], node.child)
        case Project() if _is_repeatable(node.columns):
            below = [over_input(c, node.columns) for c in conditions]
            return replace(node, child=sink(below, node.child))
        case AssignWindows():
            return _part(conditions, node, node.column)
        case EventTimeWatermark():
            return _part(conditions, node, node.event_time)
        case Aggregate():
            return _below_groups(conditions, node)
        case Join():
            return _into_join(conditions, node)
        case Union() if _is_repeatable(conditions):
            return _into_inputs(conditions, node)
    return Filter(node, joined(conditions))


def _below_groups(conditions: Sequence[Expression], node: Aggregate) -> Relation:
    """Conditions on keys alone stand below the grouping, on what the keys are of."""
    session = session_position(node.grouping)
    keys = [key for place, key in enumerate(node.grouping) if place != session]
    ids = {key.attribute_id for key in keys}
    high: list[Expression] = []
    low: list[Expression] = []
    for condition in conditions:
        used = {a.attribute_id for a in attributes_in([condition])}
        is_low = used and used <= ids and _is_repeatable([condition, *keys])
        (low if is_low else high).append(condition)
    below = [over_input(condition, keys) for condition in low]
    kept: Relation = replace(node, child=sink(below, node.child)) if below else node
    return Filter(kept, joined(high)) if high else kept


def _into_inputs(conditions: Sequence[Expression], node: Union) -> Relation:
    """The conditions on each of the united tables, on its own columns."""
    inputs = []
    for table in node.inputs:
        named = [
            Alias(own, (column.name,), column.attribute_id)
            for own, column in zip(output_of(table), node.output, strict=True)
        ]
        below = [over_input(condition, named) for condition in conditions]
        inputs.append(sink(below, table))
    return replace(node, inputs=tuple(inputs))


_TAKES_FILTERS: frozenset[JoinType] = frozenset({"inner", "cross"})
_PASSES_LEFT: frozenset[JoinType] = frozenset(
    {"inner", "cross", "left", "semi", "anti"}
)
_PASSES_RIGHT: frozenset[JoinType] = frozenset({"inner", "cross", "right"})
_MOVES_LEFT: frozenset[JoinType] = frozenset({"inner", "cross", "semi", "right"})
_MOVES_RIGHT: frozenset[JoinType] = frozenset(
    {"inner", "cross", "semi", "left", "anti"}
)


def _into_join(conditions: Sequence[Expression], node: Join) -> Relation:
    """Conditions on one side stand there, those on both in the join's own."""
    kind = node.join_type
    own = split(node.condition) if node.condition is not None else []
    left, right = output_of(node.left), output_of(node.right)
    rest, lefts = _of_side(conditions, left, kind in _PASSES_LEFT)
    high, rights = _of_side(rest, right, kind in _PASSES_RIGHT)
    own, more = _of_side(own, left, kind in _MOVES_LEFT)
    lefts += more
    own, more = _of_side(own, right, kind in _MOVES_RIGHT)
    rights += more
    if kind in _TAKES_FILTERS:
        own += [c for c in high if _is_repeatable([c])]
        high = [c for c in high if not _is_repeatable([c])]
        kind = "inner" if own else kind
    joining = replace(
        node,
        left=sink(lefts, node.left),
        right=sink(rights, node.right),
        join_type=kind,
        condition=joined(own) if own else None,
    )
    return Filter(joining, joined(high)) if high else joining


def _of_side(
    conditions: Sequence[Expression],
    columns: Sequence[AttributeReference],
    may_move: bool,
) -> tuple[list[Expression], list[Expression]]:
    """The conditions that stay, and those on `columns` alone that move to them."""
    ids = {column.attribute_id for column in columns}
    staying: list[Expression] = []
    moving: list[Expression] = []
    for condition in conditions:
        used = {a.attribute_id for a in attributes_in([condition])}
        moves = may_move and used and used <= ids and _is_repeatable([condition])
        (moving if moves else staying).append(condition)
    return staying, moving


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
    node = replace(node, child=sink(low, node.child))
    return Filter(node, joined(high)) if high else node


def _is_repeatable(expressions: Sequence[Expression]) -> bool:
    return not is_random(expressions) and not any(
        isinstance(node, PythonCall)
        for expression in expressions
        for node in walk(expression)
    )
