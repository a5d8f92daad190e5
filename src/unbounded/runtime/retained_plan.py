"""Retained plan: where a streaming plan reads tables instead of changes.

Most of a plan takes each batch's rows alone. What has no incremental form (a sort,
a limit over counts that change) is computed anew each batch, over tables that an
operator below it holds. Complete mode asks for a table too. This decides, for an
output mode, where a table is held and where it is turned into changes again:

    update    Limit(Sort(Aggregate)) →
              Difference(Limit(Sort(Snapshot(Aggregate))))
    complete  Project(Scan) → Snapshot(Retain(Project(Scan)))

An aggregation that lets go of nothing holds its table itself. No operator knows
the output mode, and the stream's law holds in each: the table is that of the same
plan run as a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unbounded.analyzer import is_streaming
from unbounded.operators import event_time_key
from unbounded.plan.commands import OutputMode
from unbounded.plan.event_time import session_position
from unbounded.plan.expressions import WATERMARK_DELAY, AttributeReference
from unbounded.plan.generators import Generate
from unbounded.plan.observation import CollectMetrics
from unbounded.plan.python_functions import EvaluatePython, MapBatches
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
    Project,
    Relation,
    Repartition,
    Sort,
    SourceScan,
    Tail,
    Union,
    output_of,
)
from unbounded.runtime.repeatable import computes_repeatably

__all__ = ["Difference", "Retain", "Snapshot", "reads_changes", "retained_plan"]

Rewriting = Callable[[Relation], Relation]

# Nodes that take rows as they come, also those that were given before.
_STATELESS = (
    AssignWindows,
    CollectMetrics,
    EvaluatePython,
    EventTimeWatermark,
    Expand,
    Filter,
    Generate,
    MapBatches,
    Project,
    Repartition,
    SourceScan,
    Union,
)


@dataclass(frozen=True, slots=True)
class _OverRows(Relation):
    """A node with the columns of its child."""

    child: Relation

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return output_of(self.child)


@dataclass(frozen=True, slots=True)
class Retain(_OverRows):
    """The rows of `child`, held: an operator with all of them as its table."""


@dataclass(frozen=True, slots=True)
class Snapshot(_OverRows):
    """The whole table of the operators right below; what is above runs over it."""


@dataclass(frozen=True, slots=True)
class Difference(_OverRows):
    """The changes of `child`, a table that is computed anew each batch."""


def retained_plan(plan: Relation, output_mode: OutputMode) -> Relation:
    """The same result, with tables where `output_mode` and the nodes need them.

    >>> retained_plan(Sort(Aggregate(...)), "complete")
    Sort(Snapshot(Aggregate(...)))
    """
    rewrite = _Rewrite(output_mode)
    if output_mode == "complete":
        return rewrite.as_table(plan)
    return rewrite.as_changes(plan)


def reads_changes(plan: Relation) -> bool:
    """Whether `plan` takes rows batch by batch, and not a whole table."""
    match plan:
        case Snapshot():
            return False
        case Difference():
            return True
        case SourceScan():
            return plan.is_streaming
    return any(reads_changes(child) for child in _inputs(plan))


def _inputs(node: Relation) -> list[Relation]:
    return [child for child in node.children() if isinstance(child, Relation)]


class _Rewrite:
    """One plan in one output mode."""

    def __init__(self, output_mode: OutputMode) -> None:
        self._is_append = output_mode == "append"
        self._is_complete = output_mode == "complete"

    def as_changes(self, node: Relation) -> Relation:
        """`node` giving each batch's changes."""
        if not is_streaming(node):
            return node
        if self._needs_table(node):
            return Difference(self.as_table(node))
        return _over(_merged_limits(node), self.as_changes)

    def as_table(self, node: Relation) -> Relation:
        """`node` giving its whole table each batch.

        Rows that are revised are held right above the operator that gives them:
        what is computed of them need not be the same when they are taken back.
        """
        if not is_streaming(node):
            return node
        if isinstance(node, Aggregate) and not self._needs_table(node):
            changes = _over(node, self.as_changes)
            return Snapshot(changes if self._holds_table(node) else Retain(changes))
        if self._is_revised(node):
            return _over(node, self.as_table)
        return Snapshot(Retain(self.as_changes(node)))

    def _needs_table(self, node: Relation) -> bool:
        """Whether a batch's rows alone do not tell what changes in the result."""
        if self._is_append or not is_streaming(node):
            return False
        if isinstance(node, Sort | Tail):
            return True
        if _is_stateless(node):
            return False
        if isinstance(node, Intersect | Except) and not all(
            map(is_streaming, _inputs(node))
        ):
            return True
        if self._takes_revised(node):
            return False
        return any(self._is_revised(child) for child in _inputs(node))

    def _takes_revised(self, node: Relation) -> bool:
        """Whether its operator takes revised rows, and lets go of none too early.

        One that lets go of what a watermark has passed needs an input that does.
        """
        match node:
            case Aggregate() if session_position(node.grouping) is None:
                keys = tuple(alias.to_attribute() for alias in node.grouping)
            case Distinct(keys=(), within_watermark=False):
                keys = node.output
            case Intersect() | Except():
                keys = node.output
            case _:
                return False
        if not self._comes_back_as_given(node):
            return False
        lets_go = not self._is_complete and any(map(_is_timed, keys))
        return not lets_go or all(map(self._is_final_in_time, _inputs(node)))

    def _comes_back_as_given(self, node: Relation) -> bool:
        """Whether what is computed of a row that is taken back is what it was."""
        return computes_repeatably(node) and all(
            self._comes_back_as_given(child)
            for child in _inputs(node)
            if _is_stateless(child) and self._is_revised(child)
        )

    def _is_final_in_time(self, node: Relation) -> bool:
        """Whether rows that a watermark has passed are not taken back any more."""
        if not self._is_revised(node):
            return True
        if _is_stateless(node):
            return all(map(self._is_final_in_time, _inputs(node)))
        ends = isinstance(node, Aggregate | Distinct | Except | Intersect)
        has_end = ends and any(map(_is_timed, output_of(node)))
        return has_end and not self._needs_table(node)

    def _is_revised(self, node: Relation) -> bool:
        """Whether rows that `node` has given may be taken back."""
        if self._is_append or not is_streaming(node):
            return False
        if _is_stateless(node):
            return any(self._is_revised(child) for child in _inputs(node))
        if isinstance(node, Aggregate | Except) or self._needs_table(node):
            return True
        return isinstance(node, Distinct | Intersect) and any(
            map(self._is_revised, _inputs(node))
        )

    def _holds_table(self, node: Aggregate) -> bool:
        """Whether its operator has all of its result: final groups may be let go of."""
        return self._is_complete or event_time_key(node.grouping) is None


def _is_stateless(node: Relation) -> bool:
    """Whether each row is taken alone, with a table that is no stream at most."""
    if isinstance(node, Join):
        return not all(map(is_streaming, (node.left, node.right)))
    return isinstance(node, _STATELESS)


def _over(node: Relation, rewrite: Rewriting) -> Relation:
    return node.map_children(
        lambda child: rewrite(child) if isinstance(child, Relation) else child
    )


def _is_timed(column: AttributeReference) -> bool:
    return WATERMARK_DELAY in column.metadata


def _merged_limits(node: Relation) -> Relation:
    """Adjacent limits as one, as by Spark, so that one number is kept."""
    while isinstance(node, Limit) and isinstance(node.child, Limit):
        node = Limit(node.child.child, min(node.count, node.child.count))
    return node
