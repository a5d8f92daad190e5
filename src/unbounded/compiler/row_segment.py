"""Row segment: rows that are only computed on are measured where they come out.

Where every row read reaches the output, one for one, and the event times with it,
the result tells what was read: nothing is kept or read twice. A filter is a column
that says of each row whether it stays, where nothing is computed above it that could
fail on a row that does not.

    SELECT "time" AS "time#0", upper("key") AS "up#5", "key" IS NOT NULL AS "stays#6"
    FROM input
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unbounded.compiler.compiler import compile_query
from unbounded.compiler.context import CompileContext
from unbounded.compiler.measures import EventTimeStats, Measures
from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Expression,
    FunctionCall,
    Literal,
)
from unbounded.plan.relations import (
    EventTimeWatermark,
    Filter,
    Project,
    Relation,
    SourceScan,
    output_of,
)
from unbounded.types import TimestampType

__all__ = ["RowSegment", "compile_rows"]

_LEAF = '"leaf"'
_COMPARISONS = frozenset(
    {
        "equal",
        "greater",
        "greater_or_equal",
        "is_not_null",
        "is_null",
        "less",
        "less_or_equal",
        "null_safe_equal",
    }
)


@dataclass(frozen=True, slots=True)
class RowSegment:
    """Compiled projections of one source; see `segments.Segment`.

    `times` are of each watermark node its id, the output column that holds its event
    time, and the first of `filter_count` columns behind the output, which say whether
    rows stay, that is of a filter below it. Filters stand from the sink down.
    """

    body: str
    output: tuple[AttributeReference, ...]
    leaf_id: int
    times: tuple[tuple[int, int, int], ...]
    filter_count: int

    def statement(self, inputs: Mapping[int, str]) -> str:
        """The SQL that runs the segment over `inputs`."""
        return f"WITH {_LEAF} AS (SELECT * FROM {inputs[self.leaf_id]})\n{self.body}"

    def split(self, table: pa.Table) -> tuple[pa.Table, Measures]:
        """The rows, and what they tell."""
        width = len(self.output)
        rows = table.select(range(width))
        filters = table.columns[width:]
        event_times = {
            node_id: _stats(_staying(rows.select([column]), filters[below:]).column(0))
            for node_id, column, below in self.times
        }
        measures = Measures({self.leaf_id: table.num_rows}, event_times)
        return _staying(rows, filters), measures


def compile_rows(
    plan: Relation, context: CompileContext, first_attribute_id: int
) -> RowSegment | None:
    """The segment, if `plan` only computes on the rows of one streaming source.

    Args:
        first_attribute_id: where the ids of columns made here start.
    """
    path = [plan]
    while isinstance(path[-1], Project | EventTimeWatermark | Filter):
        path.append(path[-1].child)
    leaf = path[-1]
    if not isinstance(leaf, SourceScan) or not leaf.is_streaming:
        return None
    if not _computes_nothing_above_filters(path):
        return None
    times = []
    for place, node in enumerate(path):
        if isinstance(node, EventTimeWatermark):
            column = _position_above(path[: place + 1], node.event_time)
            if column is None:
                return None
            above = sum(isinstance(each, Filter) for each in path[:place])
            times.append((node.node_id, column, above))
    filters = [node for node in path if isinstance(node, Filter)]
    whole = _with_filters_as_columns(path, first_attribute_id) if filters else plan
    body = compile_query(whole, {leaf.leaf_id: _LEAF}, context)
    return RowSegment(body, output_of(plan), leaf.leaf_id, tuple(times), len(filters))


def _computes_nothing_above_filters(path: list[Relation]) -> bool:
    """What a filter keeps from a computation may be what it would fail on."""
    lowest = max((n for n, e in enumerate(path) if isinstance(e, Filter)), default=0)
    projects = (node for node in path[:lowest] if isinstance(node, Project))
    columns = [column for node in projects for column in node.columns]
    if any(_renamed(column)[0] is None for column in columns):
        return False
    filters = [node for node in path if isinstance(node, Filter)]
    # Two conditions are both computed of each row: the upper one must not fail.
    return len(filters) < 2 or all(_never_fails(f.condition) for f in filters[:-1])


def _never_fails(condition: Expression) -> bool:
    """Whether it only compares columns with each other and with constants."""
    if isinstance(condition, FunctionCall) and condition.name in _COMPARISONS:
        simple = (AttributeReference, Literal)
        return all(isinstance(a, simple) for a in condition.arguments)
    return False


def _with_filters_as_columns(path: list[Relation], first_attribute_id: int) -> Relation:
    """The plan without its filters, and at the end a column for each, the top first."""
    *nodes, plan = path
    flags: list[Alias] = []
    for node in reversed(nodes):
        handed_on = tuple(flag.to_attribute() for flag in flags)
        if isinstance(node, Filter):
            number = first_attribute_id + len(flags)
            flag = Alias(node.condition, ("stays",), number)
            columns = tuple(c for c in output_of(plan) if c not in handed_on)
            plan = Project(plan, (*columns, flag, *handed_on))
            flags.insert(0, flag)
        elif isinstance(node, Project):
            plan = Project(plan, (*node.columns, *handed_on))
        else:
            assert isinstance(node, EventTimeWatermark), "on the path"
            plan = replace(node, child=plan, output=(*node.output, *handed_on))
    return plan


def _staying(rows: pa.Table, filters: Sequence[pa.ChunkedArray]) -> pa.Table:
    """The rows that stay by all of some filters; null is no."""
    for flags in filters:
        if flags.null_count or not pc.all(flags).as_py():
            stays = np.logical_and.reduce([_flags(each) for each in filters])
            return rows.filter(pa.array(stays))
    return rows


def _flags(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    return np.asarray(column.fill_null(False).to_numpy())


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
