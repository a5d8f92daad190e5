"""Evaluation: one step of a plan done in Python, over a table.

Made when a query starts; its functions are unpickled with the first rows, once,
so what they keep in globals lasts as long as the query, as in a Spark worker.
No lock is held while they run. Between batches the step asks whether to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

import pyarrow as pa

from unbounded.errors import cancellation
from unbounded.plan.expressions import Alias
from unbounded.plan.python_functions import (
    EvaluatePython,
    MapBatches,
)
from unbounded.plan.relations import output_of
from unbounded.types import to_arrow
from unbounded.udf.user_code import CheckCancelled, user_code

__all__ = ["PythonEvaluation"]

ArrayFunction = Callable[[Iterator[pa.RecordBatch]], Iterator[Any]]
"""From all batches to what the function makes of them."""


class PythonEvaluation:
    """Runs the functions of an `EvaluatePython` or a `MapBatches` node."""

    def __init__(self, node: EvaluatePython | MapBatches) -> None:
        assert node.settings is not None, "analyzed"
        self._node = node
        self._settings = node.settings
        self._names = [column.column_name for column in node.output]

    def run(self, rows: pa.Table, is_cancelled: CheckCancelled) -> pa.Table:
        """The node's rows, of those of its child; columns by `column_name`.

        Raises:
            UserFunctionError: a function raised, or gave what it may not give.
            ExecutionError: told to stop between two batches.
        """
        if isinstance(self._node, MapBatches):
            return self._map(self._node, rows, is_cancelled)
        table = rows
        for function, alias in zip(self._functions, self._node.calls, strict=True):
            batches = self._batches(rows, is_cancelled)
            with user_code():
                arrays = list(function(batches))
            table = table.append_column(
                alias.to_attribute().column_name, _chunked(arrays, alias)
            )
        return table

    def _map(
        self, node: MapBatches, rows: pa.Table, is_cancelled: CheckCancelled
    ) -> pa.Table:
        given = rows.rename_columns([c.name for c in _columns_of(node)])
        with user_code():
            made = list(self._map_function(self._batches(given, is_cancelled)))
        columns = [
            pa.chunked_array(
                [batch.column(i).cast(arrow_type) for batch in made], arrow_type
            )
            for i, arrow_type in enumerate(to_arrow(c.data_type) for c in node.output)
        ]
        if not columns:
            # A table of no columns still has rows; SQL needs a column for that.
            row_count = sum(batch.num_rows for batch in made)
            return pa.table({"nothing": pa.nulls(row_count, pa.bool_())})
        return pa.Table.from_arrays(columns, names=self._names)

    @cached_property
    def _functions(self) -> Sequence[ArrayFunction]:
        assert isinstance(self._node, EvaluatePython)
        with user_code():
            # Importing the client takes as long as the rest: only when needed.
            from unbounded.udf.kinds import array_function

            calls = (alias.child for alias in self._node.calls)
            return [array_function(call, self._settings) for call in calls]

    @cached_property
    def _map_function(self) -> ArrayFunction:
        assert isinstance(self._node, MapBatches)
        from unbounded.udf.kinds import batch_function

        return batch_function(self._node.function, self._settings)

    def _batches(
        self, rows: pa.Table, is_cancelled: CheckCancelled
    ) -> Iterator[pa.RecordBatch]:
        size = self._settings.rows_per_batch
        for start in range(0, rows.num_rows, size):
            if is_cancelled():
                raise cancellation()
            yield _as_batch(rows.slice(start, size))
        if is_cancelled():
            raise cancellation()


def _as_batch(rows: pa.Table) -> pa.RecordBatch:
    columns = [
        column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
        for column in rows.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=rows.schema)


def _columns_of(node: MapBatches) -> Sequence[Any]:
    return output_of(node.child)


def _chunked(arrays: Sequence[pa.Array], alias: Alias) -> pa.ChunkedArray:
    """One column of the declared type; zones and names inside are the engine's."""
    arrow_type = to_arrow(alias.data_type)
    return pa.chunked_array([a.cast(arrow_type) for a in arrays], arrow_type)
