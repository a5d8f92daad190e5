"""Weighted plan: how the weights of revised rows go through a stateless plan.

A revision says of each row whether it now holds or no longer does (`WEIGHT`, see
`operators/operator.py`). What is computed row by row hands that on.
"""

from __future__ import annotations

from dataclasses import replace

from unbounded.operators import WEIGHT
from unbounded.plan.expressions import Alias, AttributeReference, Literal
from unbounded.plan.relations import (
    EventTimeWatermark,
    Join,
    OperatorOutput,
    Project,
    Relation,
    Union,
    output_of,
)
from unbounded.runtime.operator_planning import weight_of
from unbounded.types import LongType

__all__ = ["keeping_weight", "with_weight"]


def with_weight(plan: Relation, weight: AttributeReference) -> Relation:
    """An operator's result with the column of its weights."""
    if isinstance(plan, OperatorOutput):
        return replace(plan, output=(*plan.output, weight))
    assert isinstance(plan, Project), "a result is its output, or computed from it"
    return Project(with_weight(plan.child, weight), (*plan.columns, weight))


def keeping_weight(node: Relation) -> Relation:
    """A stateless node over weighted rows, which hands the weights on."""
    children = [child for child in node.children() if isinstance(child, Relation)]
    weights = [weight_of(child) for child in children]
    weight = next((w for w in weights if w is not None), None)
    if weight is None or weight_of(node) is not None:
        return node
    if isinstance(node, Project):
        return replace(node, columns=(*node.columns, weight))
    if isinstance(node, EventTimeWatermark):
        return replace(node, output=(*node.output, weight))
    if isinstance(node, Join):
        return _joined(node, weight)
    assert isinstance(node, Union), f"{type(node).__name__} loses its rows' weights"
    one = Alias(Literal(1, LongType()), (WEIGHT,), weight.attribute_id)
    inputs = tuple(
        child
        if weight_of(child) is not None
        else Project(child, (*output_of(child), one))
        for child in node.inputs
    )
    return Union(inputs, (*node.output, weight))


def _joined(node: Join, weight: AttributeReference) -> Relation:
    """A join with a table: each row is joined alike when it comes and when it goes."""
    columns = node.output
    width = len(output_of(node.left))
    if node.join_type in ("semi", "anti"):
        return replace(node, output=output_of(node.left))
    if weight_of(node.left) is not None:
        both = (*columns[: width - 1], weight, *columns[width - 1 :])
    else:
        both = (*columns, weight)
    return Project(replace(node, output=both), (*columns, weight))
