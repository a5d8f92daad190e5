"""Batch: one resolved plan run once, as one statement, to an Arrow table.

A streaming query's batches do not come through here: `runtime/` runs those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from unbounded.compiler import CompileContext, compile_query, compile_show_cells
from unbounded.engine import Cursor, align
from unbounded.errors import UnboundedError
from unbounded.plan.relations import (
    LocalRelation,
    Relation,
    SourceScan,
    output_of,
    schema_of,
)
from unbounded.plan.tree import walk
from unbounded.session.shared_state import SharedState
from unbounded.sources import REREAD_CONDITIONS, ReadCare, read_sql
from unbounded.types import StructType, quote_name

__all__ = ["BatchExecution", "Result"]

Compile = Callable[[Relation, Mapping[int, str], CompileContext], str]
OnStart = Callable[[Callable[[], None]], None]
"""Told what stops the statement, before it begins."""


@dataclass(frozen=True, slots=True)
class Result:
    """The rows of a query, their columns as `schema` says."""

    schema: StructType
    table: pa.Table


class BatchExecution:
    """Runs resolved plans without a streaming leaf."""

    def __init__(
        self, shared: SharedState, context: CompileContext, on_start: OnStart
    ) -> None:
        self._shared = shared
        self._context = context
        self._on_start = on_start

    def run(self, plan: Relation) -> Result:
        """All rows.

        Raises:
            ExecutionError: the data, the machine or a cancellation stopped it.
        """
        schema = schema_of(output_of(plan))
        cursor = self._shared.cursor(self._context.time_zone)
        try:
            self._on_start(cursor.interrupt)
            table = self._query(plan, cursor, compile_query)
            if not schema.fields:
                # A table of no columns still has rows; SQL needs a column for that.
                return Result(schema, table.select([]))
            return Result(schema, align(table, schema))
        finally:
            cursor.close()

    def show_cells(self, plan: Relation) -> pa.Table:
        """All rows, each cell as the text that `show` prints.

        Raises:
            ExecutionError: as `run`.
        """
        cursor = self._shared.cursor(self._context.time_zone)
        try:
            self._on_start(cursor.interrupt)
            table = self._query(plan, cursor, compile_show_cells)
            return table if output_of(plan) else table.select([])
        finally:
            cursor.close()

    def _query(self, plan: Relation, cursor: Cursor, compiled: Compile) -> pa.Table:
        """The rows; files are read with more care when a fast reader gives up."""
        *hasty, last = ReadCare
        for care in hasty:
            try:
                return self._query_once(plan, cursor, compiled, care)
            except UnboundedError as error:
                if error.condition not in REREAD_CONDITIONS:
                    raise
        return self._query_once(plan, cursor, compiled, last)

    def _query_once(
        self, plan: Relation, cursor: Cursor, compiled: Compile, care: ReadCare
    ) -> pa.Table:
        inputs = self._inputs(plan, cursor, care)
        return cursor.query(compiled(plan, inputs, self._context))

    def _inputs(
        self, plan: Relation, cursor: Cursor, care: ReadCare
    ) -> Mapping[int, str]:
        inputs: dict[int, str] = {}
        for node in walk(plan):
            if isinstance(node, LocalRelation):
                name = f"local_{node.leaf_id}"
                cursor.register(name, node.table)
                inputs[node.leaf_id] = quote_name(name)
            elif isinstance(node, SourceScan):
                inputs[node.leaf_id] = f"({self._read(node, care)})"
        return inputs

    def _read(self, scan: SourceScan, care: ReadCare) -> str:
        source = scan.source
        return read_sql(
            source.format.lower(),
            schema_of(scan.output),
            source.options,
            source.paths,
            time_zone=self._context.time_zone,
            care=care,
            files=self._shared.files,
            clock=self._shared.clock,
        )
