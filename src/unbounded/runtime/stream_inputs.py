"""Stream inputs: the streams a plan reads, each once.

A DataFrame used twice in a query stands in its plan as two scans. They are one
source, with one place in the offsets, and both get its rows, as in Spark.
"""

from __future__ import annotations

from dataclasses import dataclass

from unbounded.plan.relations import Relation, SourceScan
from unbounded.plan.tree import walk

__all__ = ["StreamInput", "stream_inputs"]


@dataclass(frozen=True, slots=True)
class StreamInput:
    """One stream, by its first scan, and the leaves its rows go to."""

    scan: SourceScan
    leaf_ids: tuple[int, ...]


def stream_inputs(plan: Relation) -> tuple[StreamInput, ...]:
    """The streams of `plan`, in the order of their places in the offsets."""
    found: dict[object, list[SourceScan]] = {}
    for node in walk(plan):
        if isinstance(node, SourceScan) and node.is_streaming:
            # The source too: plan ids of two clients may be the same number.
            key = node.leaf_id if node.plan_id is None else _key(node)
            found.setdefault(key, []).append(node)
    return tuple(
        StreamInput(scans[0], tuple(scan.leaf_id for scan in scans))
        for scans in found.values()
    )


def _key(scan: SourceScan) -> tuple[object, ...]:
    source = scan.source
    options = tuple(sorted(source.options.items()))
    return (scan.plan_id, source.format, source.schema, options, source.paths)
