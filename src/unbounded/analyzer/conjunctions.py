"""Conjunctions: conditions taken apart at `and`, and put together again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from unbounded.plan.expressions import Expression, FunctionCall
from unbounded.types import BooleanType

__all__ = ["joined", "split"]


def split(condition: Expression) -> list[Expression]:
    """The conditions that all must hold, left to right."""
    if isinstance(condition, FunctionCall) and condition.name == "and":
        return [part for side in condition.arguments for part in split(side)]
    return [condition]


def joined(conditions: Sequence[Expression]) -> Expression:
    """One condition that holds where all do; there is at least one."""
    return reduce(
        lambda left, right: FunctionCall("and", (left, right), BooleanType()),
        conditions,
    )
