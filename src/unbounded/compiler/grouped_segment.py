"""Grouped segment: a partial aggregation whose groups also carry its measures.

Where every row read reaches a group, one for one, counting the groups' rows
counts the rows read, and the groups' latest event time is the batch's. So the
measures are three or four more aggregates, and nothing is read twice or kept.

    SELECT key, count(*) AS "count.count#5", count(*) AS "rows read#6", …
    FROM (…) GROUP BY key

Rows whose event time is null reach a group of their own, a window of nulls; it
is counted, then dropped. With grouping sets the groups of one set carry them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from unbounded.compiler.compiler import compile_query
from unbounded.compiler.context import CompileContext
from unbounded.compiler.measures import EventTimeStats, Measures
from unbounded.plan.expressions import (
    AggregateCall,
    Alias,
    AttributeReference,
    Cast,
    Expression,
    FunctionCall,
    Literal,
)
from unbounded.plan.relations import (
    Aggregate,
    AssignWindows,
    EventTimeWatermark,
    Expand,
    Project,
    Relation,
    SourceScan,
    output_of,
)
from unbounded.types import DoubleType, IntegerType, LongType, TimestampType

__all__ = ["GroupedSegment", "compile_grouped"]

_LEAF = '"leaf"'


@dataclass(frozen=True, slots=True)
class GroupedSegment:
    """A compiled partial aggregation; see `segments.Segment`."""

    body: str
    output: tuple[AttributeReference, ...]
    leaf_id: int
    watermark_ids: tuple[int, ...]
    null_window: int | None
    counted_set: tuple[int, int] | None

    def statement(self, inputs: Mapping[int, str]) -> str:
        """The SQL that runs the segment over `inputs`."""
        source = inputs[self.leaf_id]
        return f"WITH {_LEAF} AS (SELECT * FROM {source})\n{self.body}"

    def split(self, table: pa.Table) -> tuple[pa.Table, Measures]:
        """The groups, and the measures they carry."""
        width = len(self.output)
        carriers = self._of_counted_set(table)
        row_count = pc.sum(carriers.column(width)).as_py() or 0
        event_times = {}
        for index, node_id in enumerate(self.watermark_ids):
            latest, earliest, total = carriers.columns[width + 1 + 3 * index :][:3]
            event_times[node_id] = EventTimeStats(
                row_count,
                pc.max(latest).as_py() or 0,
                pc.min(earliest).as_py() or 0,
                (pc.sum(total).as_py() or 0.0) / row_count if row_count else 0.0,
            )
        rows = self._without_null_window(table.select(range(width)))
        return rows, Measures({self.leaf_id: row_count}, event_times)

    def _of_counted_set(self, table: pa.Table) -> pa.Table:
        if self.counted_set is None:
            return table
        position, number = self.counted_set
        return table.filter(pc.equal(table.column(position), number))

    def _without_null_window(self, rows: pa.Table) -> pa.Table:
        if self.null_window is None:
            return rows
        starts = pc.struct_field(rows.column(self.null_window), 0)
        return rows.filter(pc.is_valid(starts)) if starts.null_count else rows


def compile_grouped(
    plan: Relation, context: CompileContext, first_attribute_id: int
) -> GroupedSegment | None:
    """The segment, if `plan` is an aggregation whose groups can carry measures.

    They can when from its one streaming source up rows are only computed on,
    not dropped, doubled or mixed; or doubled by the grouping sets alone, whose
    number is then a column of the groups.
    """
    aggregate = plan.child if isinstance(plan, Project) else plan
    if not isinstance(aggregate, Aggregate):
        return None
    if isinstance(plan, Project) and isinstance(aggregate.child, Expand):
        return None
    expand = aggregate.child if isinstance(aggregate.child, Expand) else None
    path = _path_to_source(expand.child if expand else aggregate.child)
    if path is None:
        return None
    watermarks = tuple(n for n in reversed(path) if isinstance(n, EventTimeWatermark))
    windows = [n for n in path if isinstance(n, AssignWindows)]
    if any(_is_struct_time(node) for node in watermarks) or len(windows) > 1:
        return None
    reached = {column.attribute_id for column in output_of(aggregate.child)}
    if any(node.event_time.attribute_id not in reached for node in watermarks):
        return None
    null_window = _window_position(aggregate, windows)
    if windows and null_window is None:
        return None
    calls = [_count_rows(), *(c for n in watermarks for c in _event_times(n))]
    added = tuple(
        Alias(call, ("measure",), first_attribute_id + number)
        for number, call in enumerate(calls)
    )
    measured: Relation = replace(
        aggregate,
        child=_keeping_null_times(aggregate.child),
        aggregates=(*aggregate.aggregates, *added),
    )
    output = plan.output if isinstance(plan, Project) else aggregate.output
    if isinstance(plan, Project):
        columns = (*plan.columns, *(alias.to_attribute() for alias in added))
        measured = Project(measured, columns)
    leaf = path[-1]
    assert isinstance(leaf, SourceScan)
    body = compile_query(measured, {leaf.leaf_id: _LEAF}, context)
    node_ids = tuple(node.node_id for node in watermarks)
    counted_set = _first_set(aggregate, expand) if expand else None
    return GroupedSegment(
        body, output, leaf.leaf_id, node_ids, null_window, counted_set
    )


def _path_to_source(node: Relation) -> list[Relation] | None:
    """The nodes from `node` down to a streaming source, if each keeps every row."""
    path = [node]
    while not isinstance(node, SourceScan):
        if not isinstance(node, Project | EventTimeWatermark | AssignWindows):
            return None
        if isinstance(node, AssignWindows) and node.slide_us != node.duration_us:
            return None
        node = node.child
        path.append(node)
    return path if node.is_streaming else None


def _keeping_null_times(node: Relation) -> Relation:
    if isinstance(node, AssignWindows):
        node = replace(node, keeps_null_times=True)
    return node.map_children(
        lambda c: _keeping_null_times(c) if isinstance(c, Relation) else c
    )


def _window_position(aggregate: Aggregate, windows: list[AssignWindows]) -> int | None:
    """Where the window stands among the grouping columns, in all grouping sets."""
    ids = {node.column.attribute_id for node in windows}
    expand = aggregate.child if isinstance(aggregate.child, Expand) else None
    for position, alias in enumerate(expand.keys if expand else aggregate.grouping):
        column = alias.child
        if isinstance(column, AttributeReference) and column.attribute_id in ids:
            is_in_all = not expand or all(position in each for each in expand.sets)
            return position if is_in_all else None
    return None


def _first_set(aggregate: Aggregate, expand: Expand) -> tuple[int, int]:
    """The grouping column that tells the sets apart, and the first set's number."""
    if expand.position is not None:
        return len(aggregate.grouping) - 1, 0
    return len(expand.keys), expand.grouping_ids()[0]


def _is_struct_time(node: EventTimeWatermark) -> bool:
    return not isinstance(node.event_time.data_type, TimestampType)


def _count_rows() -> AggregateCall:
    return AggregateCall("count", (Literal(1, IntegerType()),), LongType(), False)


def _event_times(node: EventTimeWatermark) -> list[AggregateCall]:
    """Latest, earliest and sum of the event times, milliseconds since 1970.

    A null event time counts as 1970, as in Spark's EventTimeWatermarkExec.
    """
    long, double = LongType(), DoubleType()
    since_1970 = FunctionCall("unix_millis", (node.event_time,), long)
    time: Expression = FunctionCall("coalesce", (since_1970, Literal(0, long)), long)
    return [
        AggregateCall("max", (time,), long),
        AggregateCall("min", (time,), long),
        AggregateCall("sum", (Cast(time, double),), double),
    ]
