"""Static rows: the rows of one static side of a streaming query, as they are now.

A query asks before each batch whether they may be others than those it has.

    files            those there when the query began, as in Spark, whose DataFrame
                     keeps its listing: one written anew is seen by the next batch,
                     a new one by the next start, one that is gone ends the query
    memory tables    the rows of all batches so far
    current time     the batch's
    user functions   run once, but in each batch if they are not deterministic, or
                     map whole batches and so can't be called deterministic
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import pyarrow as pa

from unbounded.clock import SystemClock
from unbounded.compiler import CompileContext, uses_batch_time
from unbounded.errors import ExecutionError
from unbounded.plan.python_functions import MapBatches, PythonCall
from unbounded.plan.relations import LocalRelation, Relation, SourceScan, output_of
from unbounded.plan.tree import transform_up, walk
from unbounded.session.batch import BatchExecution
from unbounded.session.shared_state import SharedState
from unbounded.sources import STATE_FORMATS, list_files
from unbounded.sources.listing import ListedFile

__all__ = ["StaticRows"]

# More than a tick of the time that local file systems write down.
_TICK_NS = 20_000_000


class StaticRows:
    """One static side, from the start of a query on.

    Raises:
        AnalysisError: there is nothing at a path.
    """

    def __init__(
        self, plan: Relation, shared: SharedState, context: CompileContext
    ) -> None:
        columns = ", ".join(column.name for column in output_of(plan))
        self.account = shared.memory.account("buffers", f"a joined table of {columns}")
        self._plan = plan
        self._shared = shared
        self._context = context
        self._uses_batch_time = uses_batch_time(plan)
        self._is_settled = all(map(_gives_the_same, walk(plan)))
        self._listings = {
            node.leaf_id: _listed(node, shared)
            for node in walk(plan)
            if isinstance(node, SourceScan) and not _is_state(node)
        }
        self._changing = [
            node
            for node in walk(plan)
            if isinstance(node, LocalRelation) and node.current is not None
        ]
        self._tables: dict[int, pa.Table] = {}

    def version(self, timestamp_ms: int) -> Hashable:
        """Equal to that of an earlier batch if the rows are the same.

        Args:
            timestamp_ms: the time of the batch that will read them.

        Raises:
            ExecutionError: a file is gone.
        """
        if not self._is_settled:
            return object()
        # Tables are held, so that no other can have the same identity.
        self._tables = {node.leaf_id: _rows_now(node) for node in self._changing}
        # The disk's times are the machine's, whatever clock a query runs under.
        now_ns = SystemClock().now_ms() * 1_000_000
        files = (
            _state_of(file, now_ns)
            for listed in self._listings.values()
            for file in listed
        )
        return (
            timestamp_ms if self._uses_batch_time else None,
            tuple(map(id, self._tables.values())),
            tuple(files),
        )

    def read(
        self, timestamp_ms: int, on_start: Callable[[Callable[[], None]], None]
    ) -> pa.Table:
        """The rows, their columns called by `column_name`.

        Args:
            on_start: told what stops the statements, before they begin.

        Raises:
            ExecutionError: the data, the machine or a cancellation stopped it.
        """
        context = replace(self._context, current_timestamp_us=timestamp_ms * 1000)
        execution = BatchExecution(self._shared, context, on_start, self._listings)
        rows = execution.run(transform_up(self._plan, self._with_rows)).table
        return rows.rename_columns([c.column_name for c in output_of(self._plan)])

    def _with_rows(self, node: Any) -> Any:
        if not isinstance(node, LocalRelation) or node.current is None:
            return node
        rows = self._tables.get(node.leaf_id)
        assert node.schema is not None, "not resolved"
        table = _rows_now(node) if rows is None else rows
        return replace(node, table=table.rename_columns(list(node.schema.names)))


def _rows_now(node: LocalRelation) -> pa.Table:
    assert node.current is not None, "its rows don't change"
    return node.current()


def _gives_the_same(node: object) -> bool:
    """Whether what a node computes of the same rows is always the same."""
    if isinstance(node, PythonCall):
        return node.function.is_deterministic
    return not isinstance(node, MapBatches)


def _is_state(scan: SourceScan) -> bool:
    return scan.source.format.lower() in STATE_FORMATS


def _listed(scan: SourceScan, shared: SharedState) -> list[ListedFile]:
    source = scan.source
    return list_files(source.options, source.paths, shared.files, shared.clock)


def _state_of(file: ListedFile, now_ns: int) -> Hashable:
    """What differs once a file is written anew.

    One just written may be written again and bear the same time: it equals nothing.
    """
    try:
        status = os.stat(file.path)
    except FileNotFoundError as error:
        raise ExecutionError(
            "FAILED_READ_FILE.FILE_NOT_EXIST", path=f"file:{file.path}"
        ) from error
    if abs(now_ns - status.st_mtime_ns) <= _TICK_NS:
        return object()
    return status.st_ino, status.st_size, status.st_mtime_ns
