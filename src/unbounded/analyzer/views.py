"""Views: plans kept by the session and used again, each time with new ids."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unbounded.analyzer.context import Context
from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    UnresolvedAttribute,
    UnresolvedExtractValue,
    UnresolvedFunction,
    UnresolvedRegex,
    UnresolvedStar,
)
from unbounded.plan.generators import Generate
from unbounded.plan.observation import CollectMetrics
from unbounded.plan.python_functions import (
    EvaluatePython,
    MapBatches,
    NamedArgument,
)
from unbounded.plan.relations import (
    Aggregate,
    AssignWindows,
    Distinct,
    EventTimeWatermark,
    Except,
    Expand,
    Filter,
    Intersect,
    Join,
    Limit,
    LocalRelation,
    Offset,
    OperatorOutput,
    Project,
    Range,
    Relation,
    Repartition,
    Sort,
    SourceScan,
    Tail,
    Union,
)
from unbounded.plan.tree import Node, transform_up

__all__ = ["is_resolved", "with_new_ids"]

_RESOLVED = (
    Aggregate,
    AssignWindows,
    CollectMetrics,
    Distinct,
    EvaluatePython,
    EventTimeWatermark,
    Except,
    Expand,
    Filter,
    Generate,
    Intersect,
    Join,
    Limit,
    LocalRelation,
    MapBatches,
    Offset,
    OperatorOutput,
    Project,
    Range,
    Repartition,
    Sort,
    SourceScan,
    Tail,
    Union,
)
_UNRESOLVED = (
    NamedArgument,
    UnresolvedAttribute,
    UnresolvedExtractValue,
    UnresolvedFunction,
    UnresolvedRegex,
    UnresolvedStar,
)


def is_resolved(plan: Node) -> bool:
    """Whether a plan has been analyzed."""
    match plan:
        case SourceScan() | OperatorOutput():
            return True
        case LocalRelation() | Range():
            return bool(plan.output)
        case MapBatches() if plan.settings is None:
            return False
        case Relation() if not isinstance(plan, _RESOLVED):
            return False
        case Alias() if plan.attribute_id < 0:
            return False
    if isinstance(plan, _UNRESOLVED):
        return False
    return all(is_resolved(child) for child in plan.children())


def with_new_ids(plan: Relation, context: Context) -> Relation:
    """A resolved plan with attribute, leaf and watermark ids of its own."""
    new_ids: dict[int, int] = {}

    def new_id(attribute_id: int) -> int:
        if attribute_id not in new_ids:
            new_ids[attribute_id] = context.new_attribute_id()
        return new_ids[attribute_id]

    def renumber(node: Any) -> Any:
        match node:
            case AttributeReference() | Alias():
                return replace(node, attribute_id=new_id(node.attribute_id))
            case SourceScan() | LocalRelation() | OperatorOutput():
                return replace(node, leaf_id=context.new_leaf_id())
            case EventTimeWatermark():
                return replace(node, node_id=context.new_watermark_id())
        return node

    result: Relation = transform_up(plan, renumber)
    return result
