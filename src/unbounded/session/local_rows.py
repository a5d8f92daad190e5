"""Local rows: a plan that only picks columns of a table at hand.

Such a plan needs no statement. `foreachBatch` functions mostly collect the batch
as it is, and for a small batch a statement costs more than all the rest.
"""

from __future__ import annotations

import pyarrow as pa

from unbounded.plan.expressions import Alias, AttributeReference
from unbounded.plan.relations import LocalRelation, Project, Relation, output_of
from unbounded.types import to_arrow

__all__ = ["local_rows"]


def local_rows(plan: Relation) -> pa.Table | None:
    """The rows of a resolved plan, if they lie in a table just as it gives them."""
    found = _picked(plan)
    if found is None:
        return None
    table, places = found
    columns = [table.column(place) for place in places]
    output = output_of(plan)
    exact = (
        column.type == to_arrow(attribute.data_type)
        for column, attribute in zip(columns, output, strict=True)
    )
    if not columns or not all(exact):
        return None
    return pa.Table.from_arrays(columns, [attribute.name for attribute in output])


def _picked(plan: Relation) -> tuple[pa.Table, list[int]] | None:
    """A table, and the place in it of each column of `plan`."""
    if isinstance(plan, LocalRelation):
        return plan.table, list(range(len(plan.output)))
    if not isinstance(plan, Project):
        return None
    below = _picked(plan.child)
    if below is None:
        return None
    table, places = below
    ids = [column.attribute_id for column in output_of(plan.child)]
    chosen = []
    for column in plan.columns:
        source = column.child if isinstance(column, Alias) else column
        if not isinstance(source, AttributeReference):
            return None
        chosen.append(places[ids.index(source.attribute_id)])
    return table, chosen
