"""Hidden columns: a source gives none that the plan does not name.

A source's hidden columns can be named anywhere above it, and mostly are not. What is
left then is the plan as it would be without them: a `Project` of the shown columns
goes too. Spark's `AddMetadataColumns` adds them the other way round.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unbounded.analyzer.context import Context
from unbounded.plan.expressions import AttributeReference
from unbounded.plan.relations import Project, Relation, SourceScan
from unbounded.plan.tree import Node, transform_up
from unbounded.types import HIDDEN_COLUMN

__all__ = ["drop_hidden_columns"]


def drop_hidden_columns(plan: Relation, context: Context) -> Relation:
    """The plan, its sources without the hidden columns that nothing names."""
    named: set[int] = set()
    scans: list[SourceScan] = []
    _collect(plan, named, scans)
    if not any(HIDDEN_COLUMN in a.metadata for scan in scans for a in scan.output):
        return plan

    def narrow(node: Any) -> Any:
        if isinstance(node, SourceScan):
            kept = tuple(
                column
                for column in node.output
                if HIDDEN_COLUMN not in column.metadata or column.attribute_id in named
            )
            return replace(node, output=kept) if kept != node.output else node
        is_over_scan = isinstance(node, Project) and isinstance(node.child, SourceScan)
        return (
            node.child if is_over_scan and node.columns == node.child.output else node
        )

    result: Relation = transform_up(plan, narrow)
    return result


def _collect(node: Node, named: set[int], scans: list[SourceScan]) -> None:
    """What a plan names; a scan's own columns are not named by it."""
    if isinstance(node, SourceScan):
        scans.append(node)
        return
    if isinstance(node, AttributeReference):
        named.add(node.attribute_id)
    for child in node.children():
        _collect(child, named, scans)
