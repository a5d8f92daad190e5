"""Conjunctions: conditions taken apart at `and`, put together and moved down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Expression,
    FunctionCall,
)
from unbounded.plan.tree import transform_up, walk
from unbounded.types import BooleanType

__all__ = [
    "either",
    "is_random",
    "joined",
    "over_input",
    "split",
]

_RANDOM = frozenset({"rand", "randn", "uuid", "shuffle", "monotonically_increasing_id"})


def split(condition: Expression) -> list[Expression]:
    """The conditions that all must hold, left to right.

    >>> split(a and not (b or not c))
    [a, not b, c]
    """
    match condition:
        case FunctionCall(name="and", arguments=sides):
            return [part for side in sides for part in split(side)]
        case FunctionCall(name="not", arguments=(FunctionCall() as denied,)):
            if denied.name == "or":
                return [part for side in denied.arguments for part in split(_not(side))]
            if denied.name == "not":
                return split(denied.arguments[0])
    return [condition]


def _not(condition: Expression) -> Expression:
    return FunctionCall("not", (condition,), BooleanType())


def either(conditions: Sequence[Expression]) -> Expression:
    """One condition that holds where one of them does; there is at least one."""
    return reduce(
        lambda left, right: FunctionCall("or", (left, right), BooleanType()),
        conditions,
    )


def joined(conditions: Sequence[Expression]) -> Expression:
    """One condition that holds where all do; there is at least one."""
    return reduce(
        lambda left, right: FunctionCall("and", (left, right), BooleanType()),
        conditions,
    )


def is_random(expressions: Iterable[Expression]) -> bool:
    """Whether one of them has another value each time it is computed."""
    return any(
        isinstance(node, FunctionCall) and node.name in _RANDOM
        for expression in expressions
        for node in walk(expression)
    )


def over_input(condition: Expression, columns: Sequence[Expression]) -> Expression:
    """A condition on a select list's columns, as one on the list's input."""
    children = {c.attribute_id: c.child for c in columns if isinstance(c, Alias)}

    def put_in(node: Any) -> Any:
        if isinstance(node, AttributeReference):
            return children.get(node.attribute_id, node)
        return node

    rewritten: Expression = transform_up(condition, put_in)
    return rewritten
