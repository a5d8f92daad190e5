"""Row segment: rows that are only computed on are measured where they come out.

Where every row read reaches the output, one for one, and the event times with it,
the result tells what was read: nothing is kept or read twice.

    SELECT "time" AS "time#0", upper("key") AS "up#5" FROM input
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from unbounded.compiler.compiler import compile_query
from unbounded.compiler.context import CompileContext
from unbounded.compiler.measures import EventTimeStats, Measures
from unbounded.plan.expressions import Alias, AttributeReference, Expression
from unbounded.plan.relations import (
    EventTimeWatermark,
    Project,
    Relation,
    SourceScan,
    output_of,
)
from unbounded.types import TimestampType

__all__ = ["RowSegment", "compile_rows"]

_LEAF = '"leaf"'


@dataclass(frozen=True, slots=True)
class RowSegment:
    """Compiled projections of one source; see `segments.Segment`.

    `event_times` are pairs of a watermark node's id and the output column that
    holds its event time.
    """

    body: str
    output: tuple[AttributeReference, ...]
    leaf_id: int
    event_times: tuple[tuple[int, int], ...]

    def statement(self, inputs: Mapping[int, str]) -> str:
        """The SQL that runs the segment over `inputs`."""
        return f"WITH {_LEAF} AS (SELECT * FROM {inputs[self.leaf_id]})\n{self.body}"

    def split(self, table: pa.Table) -> tuple[pa.Table, Measures]:
        """The rows, and what they tell."""
        event_times = {
            node_id: _stats(table.column(column))
            for node_id, column in self.event_times
        }
        return table, Measures({self.leaf_id: table.num_rows}, event_times)


def compile_rows(plan: Relation, context: CompileContext) -> RowSegment | None:
    """The segment, if `plan` only computes on the rows of one streaming source."""
    path = [plan]
    while isinstance(path[-1], Project | EventTimeWatermark):
        path.append(path[-1].child)
    leaf = path[-1]
    if not isinstance(leaf, SourceScan) or not leaf.is_streaming:
        return None
    event_times = []
    for place, node in enumerate(path):
        if isinstance(node, EventTimeWatermark):
            column = _position_above(path[: place + 1], node.event_time)
            if column is None:
                return None
            event_times.append((node.node_id, column))
    body = compile_query(plan, {leaf.leaf_id: _LEAF}, context)
    return RowSegment(body, output_of(plan), leaf.leaf_id, tuple(event_times))


def _position_above(path: list[Relation], event_time: AttributeReference) -> int | None:
    """Where the output of `path`, from above, holds an event time unchanged."""
    if not isinstance(event_time.data_type, TimestampType):
        return None
    ids = {event_time.attribute_id}
    for node in reversed(path):
        if isinstance(node, Project):
            ids = {to for source, to in map(_renamed, node.columns) if source in ids}
    output = output_of(path[0])
    positions = [n for n, c in enumerate(output) if c.attribute_id in ids]
    return positions[0] if positions else None


def _renamed(column: Expression) -> tuple[int | None, int]:
    """The column that a projected one repeats, if it does, and its own id."""
    match column:
        case AttributeReference():
            return column.attribute_id, column.attribute_id
        case Alias(child=AttributeReference() as source):
            return source.attribute_id, column.attribute_id
    assert isinstance(column, Alias), "not resolved"
    return None, column.attribute_id


def _stats(times: pa.ChunkedArray) -> EventTimeStats:
    """Of milliseconds since 1970; a null counts as 1970, as by Spark."""
    if not len(times):
        return EventTimeStats(0, 0, 0, 0.0)
    millis = np.asarray(times.cast(pa.int64()).fill_null(0)) // 1000
    return EventTimeStats(
        len(millis), int(millis.max()), int(millis.min()), float(millis.mean())
    )
