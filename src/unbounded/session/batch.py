"""Batch: one resolved plan run once, to an Arrow table.

A plan is one statement, or several with the user's Python functions and what is
observed between them.

A streaming query's batches do not come through here: `runtime/` runs those.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import pyarrow as pa

from unbounded.compiler import (
    CompileContext,
    Step,
    compile_query,
    compile_show_cells,
    cut_steps,
)
from unbounded.engine import Cursor, align
from unbounded.errors import UnboundedError
from unbounded.plan.observation import CollectMetrics, ObservedMetrics
from unbounded.plan.python_functions import EvaluatePython, MapBatches
from unbounded.plan.relations import (
    LocalRelation,
    OperatorOutput,
    Relation,
    SourceScan,
    UnresolvedDataSource,
    output_of,
    schema_of,
)
from unbounded.plan.tree import walk
from unbounded.session.local_rows import local_rows
from unbounded.session.shared_state import SharedState
from unbounded.sinks import finish_writes
from unbounded.sources import (
    REREAD_CONDITIONS,
    STATE_FORMATS,
    ReadCare,
    SourceRelation,
    read_relation,
)
from unbounded.sources.listing import ListedFile
from unbounded.sources.path_patterns import absolute_paths
from unbounded.types import StructType, quote_name
from unbounded.udf import PythonEvaluation

__all__ = ["BatchExecution", "Result", "source_paths"]

Compile = Callable[[Relation, Mapping[int, str], CompileContext], str]
OnStart = Callable[[Callable[[], None]], None]
"""Told what stops the statement, before it begins."""


@dataclass(frozen=True, slots=True)
class Result:
    """The rows of a query, their columns as `schema` says, and what was observed."""

    schema: StructType
    table: pa.Table
    observed: tuple[ObservedMetrics, ...] = ()


class BatchExecution:
    """Runs resolved plans without a streaming leaf.

    Args:
        listings: the files of a leaf, where they were listed before.
    """

    def __init__(
        self,
        shared: SharedState,
        context: CompileContext,
        on_start: OnStart,
        listings: Mapping[int, Sequence[ListedFile]] | None = None,
    ) -> None:
        self._shared = shared
        self._context = context
        self._on_start = on_start
        self._listings = listings or {}
        self._is_cancelled = threading.Event()
        self._states: list[tuple[UnresolvedDataSource, pa.Table]] = []
        self._observed: dict[str, ObservedMetrics] = {}

    def run(self, plan: Relation) -> Result:
        """All rows.

        Raises:
            ExecutionError: the data, the machine or a cancellation stopped it.
        """
        schema = schema_of(output_of(plan))
        rows = local_rows(plan)
        if rows is not None:
            return Result(schema, align(rows, schema))
        cursor = self._shared.cursor(self._context.time_zone)
        try:
            table = self._run(plan, cursor, compile_query)
            if not schema.fields:
                # A table of no columns still has rows; SQL needs a column for that.
                return Result(schema, table.select([]), self.observed)
            return Result(schema, align(table, schema), self.observed)
        finally:
            cursor.close()

    @property
    def observed(self) -> tuple[ObservedMetrics, ...]:
        """What was observed of the plans run so far."""
        return tuple(self._observed.values())

    def show_cells(self, plan: Relation) -> pa.Table:
        """All rows, each cell as the text that `show` prints.

        Raises:
            ExecutionError: as `run`.
        """
        cursor = self._shared.cursor(self._context.time_zone)
        try:
            table = self._run(plan, cursor, compile_show_cells)
            return table if output_of(plan) else table.select([])
        finally:
            cursor.close()

    def _run(self, plan: Relation, cursor: Cursor, compiled: Compile) -> pa.Table:
        """The rows, each step made between two statements."""

        def cancel() -> None:
            self._is_cancelled.set()
            cursor.interrupt()

        self._on_start(cancel)
        leaf_ids = count(1 + max(_leaf_ids(plan), default=-1))
        steps, rest = cut_steps(plan, lambda: next(leaf_ids))
        for step in steps:
            rows = self._aligned(step.input_plan, cursor)
            if isinstance(step.node, EvaluatePython | MapBatches):
                evaluation = PythonEvaluation(step.node)
                rows = evaluation.run(rows, self._is_cancelled.is_set)
            cursor.register(_step_name(step.leaf_id), rows)
            if isinstance(step.node, CollectMetrics):
                self._observe(step.node, step, cursor)
        return self._query(rest, cursor, compiled)

    def _observe(self, node: CollectMetrics, step: Step, cursor: Cursor) -> None:
        plan = node.metrics_of(step.output)
        row = self._aligned(plan, cursor)
        schema = schema_of(output_of(plan))
        self._observed[node.name] = ObservedMetrics(node.name, schema, row)

    def _aligned(self, plan: Relation, cursor: Cursor) -> pa.Table:
        """The rows as the statements above and Python read them."""
        output = output_of(plan)
        rows = self._query(plan, cursor, compile_query)
        return align(rows, schema_of(output)).rename_columns(
            [column.column_name for column in output]
        )

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
                cursor.register(name, _with_a_column(node.table))
                inputs[node.leaf_id] = quote_name(name)
            elif isinstance(node, OperatorOutput):
                inputs[node.leaf_id] = quote_name(_step_name(node.leaf_id))
            elif isinstance(node, SourceScan) and _is_state(node):
                name = f"state_{node.leaf_id}"
                cursor.register(name, self._read_state(node))
                inputs[node.leaf_id] = quote_name(name)
            elif isinstance(node, SourceScan):
                relation = self._read(node, care)
                if relation.table is None:
                    inputs[node.leaf_id] = f"({relation.sql})"
                    continue
                name = f"files_{node.leaf_id}"
                cursor.register(name, _with_a_column(relation.table))
                inputs[node.leaf_id] = quote_name(name)
        return inputs

    def _read_state(self, scan: SourceScan) -> pa.Table:
        """Read once, as its query may be running: a join with itself fits then."""
        source = scan.source
        for known, table in self._states:
            if known == source:
                return table
        state = STATE_FORMATS[source.format.lower()]
        table = state.table(source.options, source.paths, self._shared.files)
        self._states.append((source, table))
        return table

    def _read(self, scan: SourceScan, care: ReadCare) -> SourceRelation:
        source = scan.source
        for path in source_paths(scan):
            finish_writes(self._shared.files, path)
        return read_relation(
            source.format.lower(),
            schema_of(scan.output),
            source.options,
            source.paths,
            time_zone=self._context.time_zone,
            care=care,
            files=self._shared.files,
            clock=self._shared.clock,
            listed=self._listings.get(scan.leaf_id),
        )


def source_paths(scan: SourceScan) -> tuple[str, ...]:
    """The absolute paths a source was given, as arguments and as an option."""
    option = scan.source.options.get("path")
    return absolute_paths((*scan.source.paths, *([] if option is None else [option])))


def _with_a_column(table: pa.Table) -> pa.Table:
    """The table, or one of as many rows that DuckDB takes: it wants a column."""
    if table.num_columns:
        return table
    return pa.table({"nothing": pa.nulls(table.num_rows, pa.bool_())})


def _is_state(scan: SourceScan) -> bool:
    return scan.source.format.lower() in STATE_FORMATS


def _leaf_ids(plan: Relation) -> Iterator[int]:
    return (
        node.leaf_id
        for node in walk(plan)
        if isinstance(node, SourceScan | LocalRelation)
    )


def _step_name(leaf_id: int) -> str:
    return f"step_{leaf_id}"
