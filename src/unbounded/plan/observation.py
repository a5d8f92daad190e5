"""Observation: metrics over the rows that pass a place of a plan.

`df.observe(name, *metrics)` hands its rows on as they are; what the metrics come to
is told when the rows have passed: of each batch in its progress, of a batch query
with its answer. Spark's `CollectMetrics`.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from unbounded.plan.expressions import Alias, AttributeReference, Expression
from unbounded.plan.relations import Aggregate, Project, Relation, output_of
from unbounded.types import StructType

__all__ = ["CollectMetrics", "Observe", "ObservedMetrics"]


@dataclass(frozen=True, slots=True)
class Observe(Relation):
    """`df.observe(name, *metrics)`, before analysis."""

    child: Relation
    name: str
    metrics: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class CollectMetrics(Relation):
    """The rows of `child`, which `columns` over the aggregate `calls` measure."""

    child: Relation
    name: str
    calls: tuple[Alias, ...]
    columns: tuple[Expression, ...]

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return output_of(self.child)

    def metrics_of(self, rows: Relation) -> Relation:
        """The one row of metrics over `rows`, which have the columns of `child`."""
        return Project(Aggregate(rows, (), self.calls), self.columns)


@dataclass(frozen=True, slots=True)
class ObservedMetrics:
    """What the metrics of one name came to: one row, its columns as `schema` says."""

    name: str
    schema: StructType
    row: pa.Table
