"""State columns: what comes out of a stream's state may be null, by its schema.

Spark's `alwaysNullableOutput`: a checkpoint goes on when an edited query changes
what may be null, so no column of a group says that it never is.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from unbounded.analyzer.context import Context
from unbounded.analyzer.streaming_checks import is_streaming
from unbounded.plan.expressions import Alias, AttributeReference
from unbounded.plan.relations import Aggregate, Relation
from unbounded.plan.tree import transform_up, walk

__all__ = ["let_state_be_null"]


def let_state_be_null(plan: Relation, context: Context) -> Relation:
    """The plan, the columns of its streaming aggregations nullable."""
    columns = {
        alias.attribute_id
        for node in walk(plan)
        if isinstance(node, Aggregate) and is_streaming(node)
        for alias in (*node.grouping, *node.aggregates)
    }
    if not columns:
        return plan

    def let_be_null(node: Any) -> Any:
        if isinstance(node, AttributeReference) and node.attribute_id in columns:
            return replace(node, nullable=True)
        if isinstance(node, Alias) and node.attribute_id in columns:
            return replace(node, child=_nullable(node.child))
        return node

    result: Relation = transform_up(plan, let_be_null)
    return result


def _nullable(expression: Any) -> Any:
    """The expression; one that knows of itself, as a literal does, stays."""
    if any(field.name == "nullable" for field in fields(expression)):
        return replace(expression, nullable=True)
    return expression
