"""Batch time: what depends on the time of the batch that it is computed in."""

from __future__ import annotations

from unbounded.plan.expressions import FunctionCall
from unbounded.plan.tree import Node, walk

__all__ = ["uses_batch_time"]

_BATCH_TIME_FUNCTIONS = frozenset(
    {"current_date", "current_timestamp", "localtimestamp", "now", "unix_timestamp"}
)


def uses_batch_time(plan: Node) -> bool:
    """Whether a plan asks for the time, and so is compiled anew for each batch.

    Or whether an expression does.
    """
    return any(
        isinstance(node, FunctionCall) and node.name in _BATCH_TIME_FUNCTIONS
        for node in walk(plan)
    )
