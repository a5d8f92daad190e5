"""Show string: a table as `DataFrame.show` prints it.

The compiler turns cells into text in SQL (Spark's `ToPrettyString`), and
`table_text` lays them out. A console sink's batches take the same way.
"""

from __future__ import annotations

import pyarrow as pa

from unbounded.analyzer import first_rows
from unbounded.plan.expressions import AttributeReference
from unbounded.plan.relations import (
    LocalRelation,
    Relation,
    ShowString,
    output_of,
)
from unbounded.session.batch import BatchExecution, Result
from unbounded.table_text import render_table
from unbounded.types import StringType, StructField, StructType

__all__ = ["SHOW_STRING_SCHEMA", "show_plan", "show_table"]

SHOW_STRING_SCHEMA = StructType((StructField("show_string", StringType(), False),))


def show_plan(
    shown: ShowString, resolved: Relation, execution: BatchExecution
) -> Result:
    """The one row with one string that `df.show` fetches."""
    text = _show(
        resolved, execution, shown.row_count, shown.truncate, shown.is_vertical
    )
    table = pa.table({"show_string": pa.array([text], pa.string())})
    return Result(SHOW_STRING_SCHEMA, table, execution.observed)


def show_table(
    table: pa.Table,
    schema: StructType,
    execution: BatchExecution,
    row_count: int,
    truncate: int,
) -> str:
    """The text of rows that are here already."""
    output = tuple(
        AttributeReference(field.name, field.data_type, field.nullable, number)
        for number, field in enumerate(schema.fields)
    )
    relation = LocalRelation(table, schema, output, leaf_id=0)
    return _show(relation, execution, row_count, truncate, is_vertical=False)


def _show(
    resolved: Relation,
    execution: BatchExecution,
    row_count: int,
    truncate: int,
    is_vertical: bool,
) -> str:
    row_count = max(row_count, 0)
    # One row more than is shown, to know whether there are more.
    cells = execution.show_cells(first_rows(resolved, row_count + 1))
    columns = [column.to_pylist()[:row_count] for column in cells.columns]
    count = min(cells.num_rows, row_count)
    rows = list(zip(*columns, strict=True)) if columns else [()] * count
    names = [column.name for column in output_of(resolved)]
    has_more = cells.num_rows > row_count
    return render_table(names, rows, truncate, is_vertical, has_more)
