"""Python rows: as few rows and columns as can be reach the user's functions.

Run after the calls are taken out. What nobody asks for is not computed, a filter
that does not need a function's value comes before it, and so does a limit. Each
of these shows: a function may raise on rows that Spark would not give it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from unbounded.analyzer.context import Context
from unbounded.analyzer.streaming_checks import is_streaming
from unbounded.plan.conjunctions import is_random, joined, over_input, split
from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Expression,
    attributes_in,
)
from unbounded.plan.python_functions import EvaluatePython
from unbounded.plan.relations import (
    Aggregate,
    AssignWindows,
    Filter,
    Limit,
    Offset,
    Project,
    Relation,
    Repartition,
    Sort,
    Tail,
    output_of,
)
from unbounded.plan.tree import transform_up, walk

__all__ = ["first_rows", "limit_python_rows"]

# Nodes that hand their input's columns on, by id and not by position.
_HANDS_ON = (Filter, Sort, Limit, Offset, Tail, Repartition, AssignWindows)


def limit_python_rows(plan: Relation, context: Context) -> Relation:
    """The same rows, with less for Python to do."""
    if not any(isinstance(node, EvaluatePython) for node in walk(plan)):
        return plan
    for change in (_push_filter, _push_limit):
        plan = transform_up(plan, change)
    return _prune(plan, None)


def first_rows(plan: Relation, count: int) -> Relation:
    """The first rows of an analyzed plan; no function is given more than those."""
    limited: Relation = _push_limit(Limit(plan, count))
    return limited


# --- filters and limits -------------------------------------------------------


def _push_filter(node: Any) -> Any:
    if not isinstance(node, Filter) or not _leads_to_python(node.child):
        return node
    return _sink(split(node.condition), node.child)


def _leads_to_python(node: Relation) -> bool:
    while isinstance(node, Project):
        node = node.child
    return isinstance(node, EvaluatePython)


def _sink(conditions: Sequence[Expression], node: Relation) -> Relation:
    """`node` filtered, each condition as far down as it may stand."""
    match node:
        case Project() if not is_random(node.columns) and _leads_to_python(node):
            below = [over_input(c, node.columns) for c in conditions]
            return replace(node, child=_sink(below, node.child))
        case EvaluatePython() if _is_deterministic(node):
            ids = {a.attribute_id for a in output_of(node.child)}
            low: list[Expression] = []
            high: list[Expression] = []
            for condition in conditions:
                used = {a.attribute_id for a in attributes_in([condition])}
                is_low = used <= ids and not is_random([condition])
                (low if is_low else high).append(condition)
            if low:
                node = replace(node, child=_sink(low, node.child))
            return Filter(node, joined(high)) if high else node
    return Filter(node, joined(conditions))


def _is_deterministic(node: EvaluatePython) -> bool:
    return all(not getattr(call.child, "call_id", 0) for call in node.calls)


def _push_limit(node: Any) -> Any:
    if not isinstance(node, Limit) or not _leads_to_python(node.child):
        return node
    if is_streaming(node):
        return node

    def put_below(inner: Any) -> Any:
        if isinstance(inner, EvaluatePython):
            return replace(inner, child=Limit(inner.child, node.count))
        return inner

    return replace(node, child=_along_projects(node.child, put_below))


def _along_projects(node: Relation, change: Any) -> Relation:
    if isinstance(node, Project):
        return replace(node, child=_along_projects(node.child, change))
    changed: Relation = change(node)
    return changed


# --- columns ------------------------------------------------------------------


def _prune(node: Relation, needed: set[int] | None) -> Relation:
    """`node` without calls whose value nobody reads; None stands for every column."""
    match node:
        case Project():
            kept = _kept_columns(node.columns, needed)
            return replace(node, child=_prune(node.child, _used(kept)), columns=kept)
        case Aggregate():
            used = _used((*node.grouping, *node.aggregates))
            return replace(node, child=_prune(node.child, used))
        case EvaluatePython():
            return _prune_calls(node, needed)
    if isinstance(node, _HANDS_ON):
        own = [c for c in node.children() if isinstance(c, Expression)]
        below = None if needed is None else needed | _used(own)
        return node.map_children(
            lambda c: _prune(c, below) if isinstance(c, Relation) else c
        )
    return node.map_children(
        lambda c: _prune(c, None) if isinstance(c, Relation) else c
    )


def _used(expressions: Iterable[Expression]) -> set[int]:
    return {a.attribute_id for a in attributes_in(expressions)}


def _kept_columns(
    columns: tuple[Expression, ...], needed: set[int] | None
) -> tuple[Expression, ...]:
    if needed is None:
        return columns
    kept = tuple(c for c in columns if _column_id(c) in needed)
    # A table of no columns has no rows in SQL.
    return kept or columns[:1]


def _column_id(column: Expression) -> int:
    assert isinstance(column, Alias | AttributeReference), "not resolved"
    return column.attribute_id


def _prune_calls(node: EvaluatePython, needed: set[int] | None) -> Relation:
    calls = node.calls
    if needed is not None:
        calls = tuple(c for c in calls if c.attribute_id in needed)
    below = None if needed is None else needed | _used(calls)
    child = _prune(node.child, below)
    return replace(node, child=child, calls=calls) if calls else child
