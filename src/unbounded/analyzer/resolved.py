"""Resolved: a resolved relation with what can be named above it.

An `Aggregation` is kept beside it in parts, because a sort or filter directly
above may still ask for other aggregates or for keys not selected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from unbounded.analyzer.names import Scope
from unbounded.errors import UnsupportedError
from unbounded.plan.expressions import Alias, AttributeReference, Expression
from unbounded.plan.observation import CollectMetrics
from unbounded.plan.relations import (
    Aggregate,
    AssignWindows,
    EventTimeWatermark,
    Expand,
    Filter,
    Limit,
    Offset,
    Project,
    Relation,
    Repartition,
    Sort,
    Tail,
    output_of,
)

__all__ = ["Aggregation", "Resolved", "expose", "restore"]


@dataclass(frozen=True, slots=True)
class Aggregation:
    """The parts of an aggregation: `Aggregate`, `Filter`s, `Project`."""

    child: Relation
    input_scope: Scope
    grouping: tuple[Alias, ...]
    calls: tuple[Alias, ...]
    conditions: tuple[Expression, ...]
    columns: tuple[Expression, ...]

    @property
    def expand(self) -> Expand | None:
        """The node that doubles the rows for every grouping set, if it has sets."""
        return self.child if isinstance(self.child, Expand) else None

    @property
    def key_forms(self) -> tuple[Expression, ...]:
        """What each grouping column is where it is written above the aggregation."""
        if self.expand is None:
            return tuple(key.child for key in self.grouping)
        return (*(key.child for key in self.expand.keys), *self.expand.set_columns)

    def relation(self) -> Relation:
        """The parts put together, without a `Project` that changes nothing."""
        relation: Relation = Aggregate(self.child, self.grouping, self.calls)
        for condition in self.conditions:
            relation = Filter(relation, condition)
        if list(self.columns) != list(output_of(relation)):
            relation = Project(relation, self.columns)
        return relation


@dataclass(frozen=True, slots=True)
class Resolved:
    """A resolved relation and what can be named above it."""

    relation: Relation
    scope: Scope
    aggregation: Aggregation | None = None

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return output_of(self.relation)

    def under(self, relation: Relation) -> Resolved:
        """A node above that keeps all columns."""
        return Resolved(relation, self.scope.with_attributes(output_of(relation)))


_KEEPS_ROWS_WHOLE = (
    AssignWindows,
    CollectMetrics,
    Filter,
    Limit,
    Offset,
    Repartition,
    Sort,
    Tail,
)


def expose(relation: Relation, attributes: Sequence[AttributeReference]) -> Relation:
    """The relation with columns from below it that its select list left out.

    Raises:
        UnsupportedError: a node between does not let more columns through.
    """
    ids = {a.attribute_id for a in output_of(relation)}
    missing = [a for a in attributes if a.attribute_id not in ids]
    if not missing:
        return relation
    match relation:
        case Project():
            child = expose(relation.child, missing)
            return Project(child, (*relation.columns, *missing))
        case EventTimeWatermark():
            child = expose(relation.child, missing)
            output = (*relation.output, *missing)
            return replace(relation, child=child, output=output)
    if isinstance(relation, _KEEPS_ROWS_WHOLE):
        return replace(relation, child=expose(relation.child, missing))
    names = ", ".join(a.name for a in missing)
    raise UnsupportedError(
        "UNSUPPORTED_FEATURE",
        feature=f"the columns {names}, which the select list leaves out",
        advice="Select them too, and drop them afterwards.",
    )


def restore(relation: Relation, output: tuple[AttributeReference, ...]) -> Relation:
    """The relation with just the columns of `output` again."""
    ids = [a.attribute_id for a in output_of(relation)]
    if ids == [a.attribute_id for a in output]:
        return relation
    return Project(relation, output)
