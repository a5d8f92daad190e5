"""Repeatable: whether what is computed of a row is the same in every batch.

A row that is taken back must be the row that was given. So between an operator that
revises its rows and one that takes them back nothing may depend on the time, on
chance, on which rows come together, or on a table that may be another by then.
"""

from __future__ import annotations

from unbounded.analyzer import is_streaming
from unbounded.compiler import uses_batch_time
from unbounded.plan.conjunctions import is_random
from unbounded.plan.expressions import Expression
from unbounded.plan.python_functions import MapBatches, PythonCall
from unbounded.plan.relations import Join, LocalRelation, Relation, SourceScan
from unbounded.plan.tree import walk

__all__ = ["computes_repeatably"]


def computes_repeatably(node: Relation) -> bool:
    """Whether `node` makes of a row what it made of it before."""
    if isinstance(node, MapBatches):
        return False
    if isinstance(node, Join) and not _is_with_same_table(node):
        return False
    computed = [child for child in node.children() if isinstance(child, Expression)]
    return not (
        is_random(computed)
        or any(map(uses_batch_time, computed))
        or any(map(_calls_anew, computed))
    )


def _is_with_same_table(node: Join) -> bool:
    """Whether a stream is joined with a table that is the same in each batch."""
    tables = [side for side in (node.left, node.right) if not is_streaming(side)]
    return bool(tables) and all(map(_stays, tables))


def _stays(table: Relation) -> bool:
    """Files may be written anew, and tables of queries in memory grow."""
    return not uses_batch_time(table) and not any(
        isinstance(node, SourceScan | MapBatches)
        or (isinstance(node, LocalRelation) and node.current is not None)
        or (isinstance(node, PythonCall) and not node.function.is_deterministic)
        for node in walk(table)
    )


def _calls_anew(expression: Expression) -> bool:
    """Whether a user's function is called that may answer otherwise."""
    return any(
        isinstance(node, PythonCall) and not node.function.is_deterministic
        for node in walk(expression)
    )
