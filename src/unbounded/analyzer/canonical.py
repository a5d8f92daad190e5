"""Canonical form: expressions that mean the same, made equal.

`group by a + 1` and `select a + 1` are written twice, so their calls have
different node ids; the canonical form has none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unbounded.plan.expressions import Expression, FunctionCall
from unbounded.plan.tree import transform_up

__all__ = ["canonical"]


def canonical(expression: Expression) -> Expression:
    """The expression without node ids."""

    def without_id(node: Any) -> Any:
        return replace(node, node_id=0) if isinstance(node, FunctionCall) else node

    result: Expression = transform_up(expression, without_id)
    return result
