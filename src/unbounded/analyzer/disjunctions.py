"""Disjunctions: what the alternatives of an OR have in common, and ask of one side.

Spark's `BooleanSimplification` and `PushExtraPredicateThroughJoin`:

    (k = j and a) or (k = j and b)      →  k = j and (a or b), which has a key
    (l.v > 1 and r.x > 2) or l.v > 3    →  l.v > 1 or l.v > 3 holds of the left side
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from unbounded.analyzer.canonical import canonical
from unbounded.plan.conjunctions import either, joined, split
from unbounded.plan.expressions import Expression, FunctionCall, attributes_in

__all__ = ["part_about", "with_common"]


def with_common(condition: Expression) -> list[Expression]:
    """The conditions that all must hold, also those that stand in all alternatives."""
    return [part for each in split(condition) for part in _factored(each)]


def _factored(condition: Expression) -> list[Expression]:
    alternatives = [split(each) for each in _alternatives(condition)]
    forms = [{canonical(part) for part in each} for each in alternatives]
    shared = set.intersection(*forms)
    if len(alternatives) == 1 or not shared:
        return [condition]
    common = [part for part in alternatives[0] if canonical(part) in shared]
    rests = [
        [part for part in each if canonical(part) not in shared]
        for each in alternatives
    ]
    if not all(rests):
        return common
    return [*common, either([joined(rest) for rest in rests])]


def _alternatives(condition: Expression) -> list[Expression]:
    if isinstance(condition, FunctionCall) and condition.name == "or":
        return [part for side in condition.arguments for part in _alternatives(side)]
    return [condition]


def part_about(condition: Expression, ids: AbstractSet[int]) -> Expression | None:
    """What a condition asks of the columns `ids` alone; None: nothing."""
    match condition:
        case FunctionCall(name="and"):
            found = [part_about(each, ids) for each in split(condition)]
            parts = [part for part in found if part is not None]
            return joined(parts) if parts else None
        case FunctionCall(name="or"):
            found = [part_about(each, ids) for each in _alternatives(condition)]
            parts = [part for part in found if part is not None]
            return either(parts) if len(parts) == len(found) else None
    used = {column.attribute_id for column in attributes_in([condition])}
    return condition if used and used <= ids else None
