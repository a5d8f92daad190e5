"""Join filters: what a join asks of its sides, said below it.

A row that can't be in the result need not be kept, and does not move the watermark.
Applied to a query that is accepted as it is written; in Spark's order, after
filters are as low as they may be (`watermark_filters.py`):

    a filter that no row of nulls passes makes an outer join an inner one
        Filter(r.x > 5, left join)                →  inner join, r.x > 5 on the right
    a condition is true for values, not for null
        inner join on l.k = r.k                   →  k IS NOT NULL on both sides
    alternatives have something in common, or each asks something of one side
        l.v > 1 and r.x > 2 or l.v > 3            →  l.v > 1 or l.v > 3 on the left
    what holds for a column holds for its equal
        inner join of l where k = 1, on l.k = r.k →  r.k = 1 on the right

Spark's `EliminateOuterJoin` and `InferFiltersFromConstraints`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from unbounded.analyzer.canonical import canonical
from unbounded.analyzer.disjunctions import part_about, with_common
from unbounded.analyzer.null_intolerance import columns_needed
from unbounded.analyzer.streaming_checks import is_streaming
from unbounded.analyzer.watermark_filters import push_filters, sink
from unbounded.plan.conjunctions import is_random, joined, split
from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Expression,
    FunctionCall,
    attributes_in,
)
from unbounded.plan.python_functions import PythonCall
from unbounded.plan.relations import (
    EventTimeWatermark,
    Filter,
    Join,
    JoinType,
    Project,
    Relation,
    output_of,
)
from unbounded.plan.tree import transform_up, walk
from unbounded.types import BooleanType

__all__ = ["filter_join_inputs"]

_COMPARISONS = frozenset({"equal", "less", "less_or_equal", "greater"}) | {
    "greater_or_equal"
}
_ASKS_LEFT: frozenset[JoinType] = frozenset({"inner", "cross", "semi", "right"})
_ASKS_RIGHT: frozenset[JoinType] = frozenset({"inner", "cross", "semi", "left", "anti"})


def filter_join_inputs(plan: Relation) -> Relation:
    """The same rows, with the rows that joins can't use left out before them."""
    plan = push_filters(transform_up(plan, _simplified))
    filtered: Relation = transform_up(plan, _with_inferred)
    return filtered


# --- outer joins that are none --------------------------------------------------


def _simplified(node: Any) -> Any:
    """A join whose condition says what it can as keys, and is as inner as it may."""
    if isinstance(node, Join) and node.condition is not None and is_streaming(node):
        return replace(node, condition=joined(with_common(node.condition)))
    return _without_outer(node)


def _without_outer(node: Any) -> Any:
    if not isinstance(node, Filter) or not isinstance(node.child, Join):
        return node
    join = node.child
    if not is_streaming(join):
        return node
    kind = join.join_type
    conditions = split(node.condition)
    if kind in ("left", "full") and _rejects_nulls(conditions, output_of(join.right)):
        kind = "inner" if kind == "left" else "right"
    if kind in ("right", "full") and _rejects_nulls(conditions, output_of(join.left)):
        kind = "inner" if kind == "right" else "left"
    return replace(node, child=replace(join, join_type=kind))


def _rejects_nulls(
    conditions: Iterable[Expression], columns: Sequence[AttributeReference]
) -> bool:
    """Whether no row passes in which all `columns` are null."""
    ids = {column.attribute_id for column in columns}
    return any(_fails(condition, ids) for condition in conditions)


def _fails(condition: Expression, null_ids: set[int]) -> bool:
    match condition:
        case FunctionCall(name="or", arguments=sides):
            return all(_fails(side, null_ids) for side in sides)
        case FunctionCall(name="and", arguments=sides):
            return any(_fails(side, null_ids) for side in sides)
        case FunctionCall(name="is_not_null", arguments=(child,)):
            return _is_null(child, null_ids)
    return _is_null(condition, null_ids)


def _is_null(expression: Expression, null_ids: set[int]) -> bool:
    """Whether it is null where those columns are."""
    match expression:
        case FunctionCall(name="in", arguments=(first, *_)):
            expression = first
    return any(a.attribute_id in null_ids for a in columns_needed(expression))


# --- what a condition says of one side ------------------------------------------


def _with_inferred(node: Any) -> Any:
    """A join whose sides are filtered by what follows from all that holds in it."""
    if not isinstance(node, Join) or not is_streaming(node):
        return node
    if node.condition is None:
        return node
    known = {
        "left": list(_known(node.left)),
        "right": list(_known(node.right)),
    }
    own = [c for c in split(node.condition) if _is_repeatable(c)]
    holding = [*known["left"], *known["right"], *own]
    holding += _equalities_applied(holding)
    for condition in list(holding):
        holding += [_is_not_null(a) for a in columns_needed(condition)]
    for side in (node.left, node.right):
        ids = {column.attribute_id for column in output_of(side)}
        holding += [part for c in own if (part := part_about(c, ids)) is not None]
    left, right = node.left, node.right
    if node.join_type in _ASKS_LEFT:
        left = sink(_new(holding, known["left"], left), left)
    if node.join_type in _ASKS_RIGHT:
        right = sink(_new(holding, known["right"], right), right)
    return replace(node, left=left, right=right)


def _new(
    holding: Sequence[Expression], known: Sequence[Expression], side: Relation
) -> list[Expression]:
    """What holds of the side's columns and is not yet known of them."""
    columns = {column.attribute_id: column for column in output_of(side)}
    forms = {_form(condition) for condition in known}
    found: list[Expression] = []
    for condition in holding:
        used = {a.attribute_id for a in attributes_in([condition])}
        if not used or not used <= columns.keys() or _form(condition) in forms:
            continue
        if _is_about_null(condition) and not _may_be_null(condition, columns):
            continue
        forms.add(_form(condition))
        found.append(condition)
    return found


def _form(condition: Expression) -> Expression:
    """The same for conditions that say the same."""

    def plain(node: Any) -> Any:
        if isinstance(node, AttributeReference):
            return replace(node, name="", nullable=True, qualifier=())
        return node

    return canonical(transform_up(condition, plain))


def _is_about_null(condition: Expression) -> bool:
    return isinstance(condition, FunctionCall) and condition.name == "is_not_null"


def _may_be_null(
    condition: Expression, columns: Mapping[int, AttributeReference]
) -> bool:
    (column,) = attributes_in([condition])
    return columns[column.attribute_id].nullable


def _is_not_null(column: AttributeReference) -> Expression:
    return FunctionCall("is_not_null", (column,), BooleanType(), nullable=False)


def _is_repeatable(condition: Expression) -> bool:
    has_call = any(isinstance(node, PythonCall) for node in walk(condition))
    return not has_call and not is_random([condition])


def _known(relation: Relation) -> Iterator[Expression]:
    """What holds of a relation's rows, as far as filters below it say."""
    match relation:
        case Filter():
            yield from (c for c in split(relation.condition) if _is_repeatable(c))
            yield from _known(relation.child)
        case EventTimeWatermark():
            yield from _known(relation.child)
        case Project():
            yield from _renamed(_known(relation.child), relation)
        case Join(join_type="inner") if relation.condition is not None:
            yield from (c for c in split(relation.condition) if _is_repeatable(c))
            yield from _known(relation.left)
            yield from _known(relation.right)


def _renamed(
    conditions: Iterable[Expression], project: Project
) -> Iterator[Expression]:
    """Conditions on the input's columns as those on the columns they become."""
    becomes: dict[int, AttributeReference] = {}
    for column in project.columns:
        if isinstance(column, AttributeReference):
            becomes[column.attribute_id] = column
        elif isinstance(column, Alias) and isinstance(column.child, AttributeReference):
            becomes.setdefault(column.child.attribute_id, column.to_attribute())
    for condition in conditions:
        if all(a.attribute_id in becomes for a in attributes_in([condition])):
            yield _with_columns(condition, becomes)


def _with_columns(
    condition: Expression, becomes: Mapping[int, AttributeReference]
) -> Expression:
    def put_in(node: Any) -> Any:
        if isinstance(node, AttributeReference):
            return becomes.get(node.attribute_id, node)
        return node

    changed: Expression = transform_up(condition, put_in)
    return changed


def _equalities_applied(holding: Sequence[Expression]) -> list[Expression]:
    """Each condition again, with a column for another that equals it."""
    found: list[Expression] = []
    for equality in holding:
        if not isinstance(equality, FunctionCall) or equality.name != "equal":
            continue
        one, other = equality.arguments
        both_columns = isinstance(one, AttributeReference) and isinstance(
            other, AttributeReference
        )
        if not both_columns:
            continue
        assert isinstance(one, AttributeReference)
        assert isinstance(other, AttributeReference)
        for condition in holding:
            if condition is not equality:
                found.append(_with_columns(condition, {one.attribute_id: other}))
                found.append(_with_columns(condition, {other.attribute_id: one}))
    return [condition for condition in found if not _is_trivial(condition)]


def _is_trivial(condition: Expression) -> bool:
    if not isinstance(condition, FunctionCall) or condition.name not in _COMPARISONS:
        return False
    one, other = map(_form, condition.arguments)
    return one == other
