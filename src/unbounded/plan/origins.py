"""Origins: what columns were called before they were given other names.

A column that a select list only repeats is the same column. What outlives an edit
of a query, such as its state, goes by the name under which it was first read:

    Aggregate [name]                            Aggregate [k]
    └─ Project [k AS name, v]     becomes       └─ Project [k AS k, v]
       └─ SourceScan [k, v]                        └─ SourceScan [k, v]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from unbounded.plan.expressions import Alias, AttributeReference
from unbounded.plan.relations import Aggregate, Project, Relation, Union, output_of
from unbounded.plan.tree import transform_up

__all__ = ["with_origin_names"]


def with_origin_names(plan: Relation) -> Relation:
    """`plan` with each column under its first name; itself if none has another."""
    origins: dict[int, str] = {}
    for node in _upwards(plan):
        for column, source in _repeated(node):
            name = origins.get(source.attribute_id, source.name)
            if name != column.name:
                origins[column.attribute_id] = name
    if not origins:
        return plan

    def rename(node: Any) -> Any:
        if isinstance(node, AttributeReference) and node.attribute_id in origins:
            return replace(node, name=origins[node.attribute_id])
        if isinstance(node, Alias) and node.attribute_id in origins:
            return replace(node, names=(origins[node.attribute_id],))
        return node

    renamed: Relation = transform_up(plan, rename)
    return renamed


def _upwards(plan: Relation) -> Iterator[Relation]:
    """Every relation, children before parents."""
    for child in plan.children():
        if isinstance(child, Relation):
            yield from _upwards(child)
    yield plan


def _repeated(
    node: Relation,
) -> Iterator[tuple[AttributeReference, AttributeReference]]:
    """The columns a node gives, each with the one that it repeats, if it does."""
    match node:
        case Project(columns=columns) | Aggregate(grouping=columns):
            for column in columns:
                match column:
                    case Alias(child=AttributeReference() as source):
                        yield column.to_attribute(), source
        case Union():
            yield from zip(node.output, output_of(node.inputs[0]), strict=True)
