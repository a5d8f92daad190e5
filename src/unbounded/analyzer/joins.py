"""Joins: on a condition, or on `using` columns both sides have.

A `using` join keeps one copy of each key, before all other columns: the left's, the
right's in a right join, whichever is there in a full join. The other copy stays
nameable (`b.id`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from unbounded.analyzer.calls import Call, call_scalar
from unbounded.analyzer.context import Context
from unbounded.analyzer.expressions import Place, resolve_condition
from unbounded.analyzer.functions.registry import SCALARS
from unbounded.analyzer.names import (
    PlanOutput,
    Scope,
    ScopeColumn,
    quote_column,
)
from unbounded.analyzer.resolved import Resolved
from unbounded.errors import AnalysisError
from unbounded.plan.expressions import Alias, AttributeReference, Expression
from unbounded.plan.relations import Join, JoinType, Project, UnresolvedJoin

__all__ = ["join"]

_LEFT_MAY_MISS: frozenset[JoinType] = frozenset({"right", "full"})
_RIGHT_MAY_MISS: frozenset[JoinType] = frozenset({"left", "full"})
_LEFT_ONLY: frozenset[JoinType] = frozenset({"semi", "anti"})


def join(
    node: UnresolvedJoin, left: Resolved, right: Resolved, context: Context
) -> Resolved:
    """The resolved join of two resolved relations."""
    using = _common(left, right, context) if node.is_natural else node.using
    pairs = [_pair(name, left, right, context) for name in using]
    both = _both_scopes(left, right)
    condition = _using_condition(pairs, both, context)
    if node.condition is not None:
        place = Place(both, context)
        condition = resolve_condition(node.condition, place, _not_a_condition)
    join_type = node.join_type
    if join_type == "cross" and condition is not None:
        join_type = "inner"
    output = _output(join_type, left, right)
    relation = Join(left.relation, right.relation, join_type, condition, output)
    scope = both.with_attributes(output)
    if join_type in _LEFT_ONLY:
        ids = {a.attribute_id for a in output}
        kept = [c for c in scope.columns if c.attribute.attribute_id in ids]
        scope = replace(scope, columns=tuple(kept))
    resolved = Resolved(relation, scope)
    if not pairs:
        return resolved
    return _merge_keys(resolved, join_type, pairs, context)


def _not_a_condition(sql: str, data_type: str) -> AnalysisError:
    return AnalysisError(
        "JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE", joinCondition=sql, conditionType=data_type
    )


def _both_scopes(left: Resolved, right: Resolved) -> Scope:
    outputs: dict[int, tuple[PlanOutput, ...]] = dict(left.scope.plan_outputs)
    for plan_id, places in right.scope.plan_outputs.items():
        outputs[plan_id] = (*outputs.get(plan_id, ()), *places)
    shown = [
        c
        for side in (left, right)
        for c in side.scope.columns
        if c.attribute.attribute_id in {a.attribute_id for a in side.output}
    ]
    return Scope(tuple(shown), outputs)


def _output(
    join_type: JoinType, left: Resolved, right: Resolved
) -> tuple[AttributeReference, ...]:
    lefts = _nullable(left.output, join_type in _LEFT_MAY_MISS)
    if join_type in _LEFT_ONLY:
        return lefts
    return (*lefts, *_nullable(right.output, join_type in _RIGHT_MAY_MISS))


def _nullable(
    output: Sequence[AttributeReference], may_miss: bool
) -> tuple[AttributeReference, ...]:
    if not may_miss:
        return tuple(output)
    return tuple(replace(a, nullable=True) for a in output)


# --- using ------------------------------------------------------------------

_Pair = tuple[AttributeReference, AttributeReference]


def _common(left: Resolved, right: Resolved, context: Context) -> tuple[str, ...]:
    """The left columns whose names the right side has too."""
    names = [column.name for column in right.scope.visible]
    return tuple(
        column.name
        for column in left.scope.visible
        if any(context.same_name(column.name, name) for name in names)
    )


def _pair(name: str, left: Resolved, right: Resolved, context: Context) -> _Pair:
    return (
        _key(name, "left", left, context),
        _key(name, "right", right, context),
    )


def _key(
    name: str, side: str, resolved: Resolved, context: Context
) -> AttributeReference:
    visible = resolved.scope.visible
    found = [a for a in visible if context.same_name(a.name, name)]
    if not found:
        columns = [quote_column((name,)) for name in sorted(a.name for a in visible)]
        raise AnalysisError(
            "UNRESOLVED_USING_COLUMN_FOR_JOIN",
            colName=quote_column((name,)),
            side=side,
            suggestion=", ".join(columns),
        )
    if len(found) > 1:
        names = ", ".join(quote_column((a.name,)) for a in found)
        raise AnalysisError(
            "AMBIGUOUS_REFERENCE",
            name=quote_column((name,)),
            referenceNames=f"[{names}]",
        )
    return found[0]


def _call(name: str, arguments: Sequence[Expression], context: Context) -> Expression:
    def write() -> tuple[str, tuple[str, ...]]:
        sqls = tuple(getattr(a, "name", "") for a in arguments)
        return f"({' = '.join(sqls)})", sqls

    return call_scalar(Call(name, tuple(arguments), context, write), SCALARS[name])


def _using_condition(
    pairs: Sequence[_Pair], scope: Scope, context: Context
) -> Expression | None:
    condition: Expression | None = None
    for pair in pairs:
        equal = _call("=", pair, context)
        condition = (
            equal if condition is None else _call("and", (condition, equal), context)
        )
    return condition


def _merge_keys(
    resolved: Resolved, join_type: JoinType, pairs: Sequence[_Pair], context: Context
) -> Resolved:
    """The keys first and once, then the rest of the left and of the right."""
    by_id = {a.attribute_id: a for a in resolved.output}
    keys: list[Expression] = []
    for left, right in pairs:
        if join_type == "full":
            sides = (by_id[left.attribute_id], by_id[right.attribute_id])
            merged = _call("coalesce", sides, context)
            keys.append(Alias(merged, (left.name,), context.new_attribute_id()))
        else:
            chosen = right if join_type == "right" else left
            keys.append(by_id[chosen.attribute_id])
    key_ids = {a.attribute_id for pair in pairs for a in pair}
    rest = [a for a in resolved.output if a.attribute_id not in key_ids]
    columns = (*keys, *rest)
    relation = Project(resolved.relation, columns)
    return Resolved(relation, _merged_scope(relation, resolved.scope))


def _merged_scope(relation: Project, below: Scope) -> Scope:
    qualifiers: Mapping[int, tuple[str, ...]] = {
        c.attribute.attribute_id: c.qualifier for c in below.columns
    }
    shown = [
        ScopeColumn(a, qualifiers.get(a.attribute_id, ())) for a in relation.output
    ]
    ids = {a.attribute_id for a in relation.output}
    hidden = [
        replace(c, is_hidden=True)
        for c in below.columns
        if c.attribute.attribute_id not in ids
    ]
    return replace(below, columns=(*shown, *hidden), below=None)
