"""Segments: one DuckDB statement for one stretch of a streaming plan.

A segment runs from a batch's inputs up to the next stateful operator or the
sink. The same statement also yields the batch's measures, so nothing is read
twice: rows in per source, and count, max, min and average of the event time at
each watermark node. An aggregation's groups carry them where they can
(`grouped_segment.py`), and rows that are only computed on (`row_segment.py`); else
they come as one more row at the end, in columns of their own:

    WITH "leaf_0" AS MATERIALIZED (…files of the batch…),
         "watermark_0" AS MATERIALIZED (…up to withWatermark…),
         "rows" AS (…the rest…)
    SELECT *, NULL, … FROM "rows" UNION ALL SELECT NULL, …, <measures>
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from unbounded.compiler.compiler import compile_query
from unbounded.compiler.context import CompileContext
from unbounded.compiler.grouped_segment import compile_grouped
from unbounded.compiler.measures import EventTimeStats, Measures
from unbounded.compiler.row_segment import compile_rows
from unbounded.plan.expressions import AttributeReference
from unbounded.plan.relations import (
    EventTimeWatermark,
    OperatorOutput,
    Project,
    Relation,
    SourceScan,
    output_of,
)
from unbounded.plan.tree import transform_up, walk
from unbounded.types import StructType, duckdb_type, quote_name

__all__ = ["Segment", "compile_segment"]


class Segment(Protocol):
    """A compiled segment, fitted to each batch's inputs.

    Its rows have the columns `output`, called by their `column_name`.
    """

    @property
    def output(self) -> tuple[AttributeReference, ...]: ...

    def statement(self, inputs: Mapping[int, str]) -> str:
        """The SQL that runs the segment over `inputs`, table expressions by leaf."""

    def split(self, table: pa.Table) -> tuple[pa.Table, Measures]:
        """The rows of the statement's result, and its measures."""


@dataclass(frozen=True, slots=True)
class ViewedSegment:
    """Any segment: what is measured is a view, read for the rows and the measures.

    `measured` maps each leaf to the view whose rows are the rows it read.
    """

    body: str
    output: tuple[AttributeReference, ...]
    views: tuple[tuple[str, str], ...]
    measured: Mapping[int, str]
    watermarks: tuple[EventTimeWatermark, ...]

    def statement(self, inputs: Mapping[int, str]) -> str:
        """See `Segment.statement`."""
        ctes = []
        for leaf_id, name in self.measured.items():
            materialized = "MATERIALIZED " if name == _leaf_name(leaf_id) else ""
            body = f"SELECT * FROM {inputs[leaf_id]}"
            ctes.append(f'"{_leaf_name(leaf_id)}" AS {materialized}({body})')
        ctes += [f'"{name}" AS MATERIALIZED ({sql})' for name, sql in self.views]
        if not ctes:
            return self.body
        ctes.append(f'"rows" AS ({self.body})')
        measures = self._measure_columns()
        nulls = ", ".join(f'NULL AS "{name}"' for name, _ in measures)
        blank = ", ".join(
            f"CAST(NULL AS {duckdb_type(c.data_type)}) AS {quote_name(c.column_name)}"
            for c in self.output
        )
        values = ", ".join(f'{sql} AS "{name}"' for name, sql in measures)
        head = ",\n     ".join(ctes)
        separator = ", " if blank else ""
        return (
            f'WITH {head}\nSELECT *, {nulls} FROM "rows"\n'
            f"UNION ALL SELECT {blank}{separator}{values}"
        )

    def split(self, table: pa.Table) -> tuple[pa.Table, Measures]:
        """See `Segment.split`; the measures are the last row."""
        if not self.measured and not self.watermarks:
            return table, Measures({}, {})
        width = len(self.output)
        last = table.slice(table.num_rows - 1)
        values = [last.column(i)[0].as_py() for i in range(width, table.num_columns)]
        rows = table.select(range(width)).slice(0, table.num_rows - 1)
        count = len(self.measured)
        input_rows = dict(zip(self.measured, values[:count], strict=True))
        event_times = {}
        for index, node in enumerate(self.watermarks):
            start = count + 4 * index
            seen, max_ms, min_ms, avg_ms = values[start : start + 4]
            event_times[node.node_id] = EventTimeStats(
                seen, max_ms or 0, min_ms or 0, avg_ms or 0.0
            )
        return rows, Measures(input_rows, event_times)

    def _measure_columns(self) -> Sequence[tuple[str, str]]:
        columns = [
            (f"__rows_{leaf}", f'(SELECT count(*) FROM "{view}")')
            for leaf, view in self.measured.items()
        ]
        for node in self.watermarks:
            time = quote_name(node.event_time.column_name)
            if isinstance(node.event_time.data_type, StructType):
                time += '."end"'
            view = _watermark_name(node.node_id)
            # DuckDB's epoch_ms rounds, and an event is not later than it was.
            millis = f"spark_floor_div(epoch_us({time}), 1000)"
            # A null event time counts as 1970, as in Spark's EventTimeWatermarkExec.
            for measure in ("count", "max", "min", "avg"):
                sql = f'(SELECT {measure}(coalesce({millis}, 0)) FROM "{view}")'
                columns.append((f"__{measure}_{node.node_id}", sql))
        return columns


def compile_segment(
    plan: Relation,
    context: CompileContext,
    inputs: Mapping[int, str],
    first_attribute_id: int,
) -> Segment:
    """Compile `plan`; `inputs` names the leaves that are no streaming source.

    Args:
        first_attribute_id: where the ids of columns made here start.
    """
    grouped = compile_grouped(plan, context, first_attribute_id)
    rows = grouped or compile_rows(plan, context, first_attribute_id)
    return rows or _compile_viewed(plan, context, inputs)


def _compile_viewed(
    plan: Relation, context: CompileContext, inputs: Mapping[int, str]
) -> ViewedSegment:
    """Compile `plan` with its measures in a row of their own.

    A watermark node becomes a view of its own, since its rows are measured. A
    source whose rows reach it one for one is counted there, and read in place.
    """
    names = dict(inputs)
    leaves = [
        n.leaf_id for n in walk(plan) if isinstance(n, SourceScan) and n.is_streaming
    ]
    names.update({leaf: f'"{_leaf_name(leaf)}"' for leaf in leaves})
    measured = {leaf: _leaf_name(leaf) for leaf in sorted(leaves)}
    views: list[tuple[str, str]] = []
    watermarks: list[EventTimeWatermark] = []

    def cut(node: Relation) -> Relation:
        if not isinstance(node, EventTimeWatermark):
            return node
        name = _watermark_name(node.node_id)
        views.append((name, compile_query(node.child, names, context)))
        watermarks.append(node)
        leaf = _leaf_below_projects(node.child)
        if leaf is not None and measured.get(leaf.leaf_id) == _leaf_name(leaf.leaf_id):
            measured[leaf.leaf_id] = name
        view_id = -1 - node.node_id
        names[view_id] = f'"{name}"'
        return OperatorOutput(view_id, output_of(node))

    rest = transform_up(plan, cut)
    body = compile_query(rest, names, context)
    return ViewedSegment(
        body, output_of(rest), tuple(views), measured, tuple(watermarks)
    )


def _leaf_below_projects(node: Relation) -> SourceScan | None:
    while isinstance(node, Project):
        node = node.child
    return node if isinstance(node, SourceScan) and node.is_streaming else None


def _leaf_name(leaf_id: int) -> str:
    return f"leaf_{leaf_id}"


def _watermark_name(node_id: int) -> str:
    return f"watermark_{node_id}"
