"""Result columns: what stands above the last operator, where it needs no statement.

Most plans only pick and rename an operator's columns, or divide sums by counts for
an average. Over the few rows of a batch a statement takes far longer than that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Cast,
    Expression,
    FunctionCall,
    Literal,
)
from unbounded.plan.relations import OperatorOutput, Project, Relation
from unbounded.types import DoubleType, LongType

__all__ = ["ResultColumns", "result_columns"]


@dataclass(frozen=True, slots=True)
class _Mean:
    """A double by a count; null where the count is 0."""

    total: str
    count: str

    def of(self, table: pa.Table) -> pa.ChunkedArray:
        counts = table.column(self.count)
        has_rows = pc.greater(counts, 0)
        quotient = pc.divide(table.column(self.total), counts.cast(pa.float64()))
        return pc.if_else(has_rows, quotient, pa.scalar(None, pa.float64()))


Source = str | _Mean


@dataclass(frozen=True, slots=True)
class ResultColumns:
    """Columns of an operator's output: picked by name, or means of two of them."""

    columns: tuple[Source, ...]

    def of(self, table: pa.Table, names: Sequence[str]) -> pa.Table:
        """The columns over `table`, called `names`."""
        arrays = [
            table.column(c) if isinstance(c, str) else c.of(table) for c in self.columns
        ]
        return pa.Table.from_arrays(arrays, list(names))


def result_columns(plan: Relation) -> ResultColumns | None:
    """The columns of `plan`, if they are such over an operator's output."""
    found = _columns(plan)
    return (
        None if found is None else ResultColumns(tuple(source for _, source in found))
    )


def _columns(plan: Relation) -> list[tuple[str, Source]] | None:
    """Each column of a plan by its name, which may come twice, and what it is."""
    if isinstance(plan, OperatorOutput):
        return [(c.column_name, c.column_name) for c in plan.output]
    if not isinstance(plan, Project):
        return None
    below = _columns(plan.child)
    if below is None:
        return None
    known = dict(below)
    columns = []
    for column, output in zip(plan.columns, plan.output, strict=True):
        source = column.child if isinstance(column, Alias) else column
        found = _column(source, known)
        if found is None:
            return None
        columns.append((output.column_name, found))
    return columns


def _column(expression: Expression, below: Mapping[str, Source]) -> Source | None:
    if isinstance(expression, AttributeReference):
        return below[expression.column_name]
    return _mean(expression, below)


def _mean(expression: Expression, below: Mapping[str, Source]) -> _Mean | None:
    """`if(count > 0, total / CAST(count AS double), null)`, all of plain columns."""
    match expression:
        case FunctionCall(
            "if",
            (
                FunctionCall("greater", (AttributeReference() as rows, Literal(0))),
                FunctionCall(
                    "divide",
                    (
                        AttributeReference(data_type=DoubleType()) as total,
                        Cast(AttributeReference() as divisor, DoubleType()),
                    ),
                ),
                Literal(None),
            ),
        ) if rows.attribute_id == divisor.attribute_id:
            names = below[total.column_name], below[rows.column_name]
            if all(isinstance(n, str) for n in names) and rows.data_type == LongType():
                return _Mean(str(names[0]), str(names[1]))
    return None
