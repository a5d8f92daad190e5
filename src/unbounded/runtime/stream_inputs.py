"""Stream inputs: the streams a plan reads, each once.

A DataFrame used twice in a query stands in its plan as two scans. They are one
source, with one place in the offsets, and both get its rows; but on both sides of a
join they are two, whose offsets may differ. Both as in Spark.
"""

from __future__ import annotations

from dataclasses import dataclass

from unbounded.plan.relations import Join, Relation, SourceScan
from unbounded.plan.tree import Node

__all__ = ["StreamInput", "stream_inputs"]


@dataclass(frozen=True, slots=True)
class StreamInput:
    """One stream, by its first scan, and the leaves its rows go to."""

    scan: SourceScan
    leaf_ids: tuple[int, ...]


def stream_inputs(plan: Relation) -> tuple[StreamInput, ...]:
    """The streams of `plan`, in the order of their places in the offsets."""
    found: dict[object, list[SourceScan]] = {}
    for key, scan in _scans(plan):
        found.setdefault(key, []).append(scan)
    return tuple(
        StreamInput(scans[0], tuple(scan.leaf_id for scan in scans))
        for scans in found.values()
    )


def _scans(node: Node) -> list[tuple[object, SourceScan]]:
    """The streams below a node, left to right; those of one key are one source."""
    if isinstance(node, SourceScan):
        return [(_key(node), node)] if node.is_streaming else []
    parts = [_scans(child) for child in node.children()]
    if isinstance(node, Join) and len(parts) > 1:
        left, right, *others = parts
        known = {key for key, _ in left}
        # What the left reads already is read anew for the right, once.
        place = right[0][1].leaf_id if right else 0
        right = [((k, place) if k in known else k, scan) for k, scan in right]
        parts = [left, right, *others]
    return [scan for part in parts for scan in part]


def _key(scan: SourceScan) -> object:
    if scan.plan_id is None:
        return scan.leaf_id
    # The source too: plan ids of two clients may be the same number.
    source = scan.source
    options = tuple(sorted(source.options.items()))
    return (scan.plan_id, source.format, source.schema, options, source.paths)
