"""Stream queries: random streaming queries, rows and cuts into batches.

A `Case` is drawn by Hypothesis: what is computed, over which files, and how the
runs of the query go. A case is of one of the `FAMILIES`, so that each is drawn as
often as the others.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal as OneOf

import pyarrow as pa
from hypothesis import strategies as st

from tests.model.stream_expressions import KINDS, aggregates, expressions
from unbounded.parser import parse_expression
from unbounded.plan.commands import OutputMode
from unbounded.plan.expressions import Alias, Expression, KeySet, SortOrder
from unbounded.plan.relations import (
    Deduplicate,
    Filter,
    GroupType,
    JoinType,
    Limit,
    LocalRelation,
    Project,
    Relation,
    SetOperation,
    Sort,
    UnresolvedAggregate,
    UnresolvedJoin,
    WithColumns,
    WithWatermark,
)

SCHEMA = (
    "file INT, pos INT, time TIMESTAMP, key STRING, i INT, n BIGINT, x DOUBLE,"
    " d DECIMAL(12,2), b BOOLEAN, day DATE"
)

Row = tuple[Any, ...]
"""The values of a row but its file's number and its position in that."""

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def _at(**since: float) -> datetime.datetime:
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    return start + datetime.timedelta(**since)


_TIMES = (
    *(_at(minutes=m) for m in (0, 1, 4, 9, 10, 11, 19, 25, 30, 44, 60, 75, 200)),
    _at(minutes=10, microseconds=-1),
    _at(minutes=20, milliseconds=1),
    _at(days=2),
    EPOCH + datetime.timedelta(days=1),
    EPOCH - datetime.timedelta(milliseconds=500),
    None,
)
_POOLS: tuple[tuple[Any, ...], ...] = (
    _TIMES,
    (None, "", "a", "b", "A", "ä", "日本", "a ", "🙂", "long " * 20),
    (None, 0, 1, -1, 2, 3, 7, -50, 100),
    (None, 0, 1, -1, 5, 2**40, -(2**40), 123456789012),
    (None, 0.0, -0.0, 1.5, -1.5, 0.25, 1e10, *map(float, ("nan", "inf", "-inf"))),
    (None, *map(Decimal, ("0.00", "0.01", "-0.01", "12.34", "9999999999.99"))),
    (None, True, False),
    (None, datetime.date(2026, 1, 1), datetime.date(1969, 12, 31)),
)
ROWS = st.tuples(*map(st.sampled_from, _POOLS))

_WINDOWS = (
    "window(time, '10 minutes')",
    "window(time, '10 minutes', '5 minutes')",
    "window(time, '1 hour', '20 minutes', '5 minutes')",
    "window(time, '1 day')",
)
_SESSIONS = (
    "session_window(time, '10 minutes')",
    "session_window(time, CASE WHEN i > 1 THEN '1 hour' ELSE '2 minutes' END)",
)
_OUTER_WINDOWS = (
    "window(k0, '1 hour')",
    "window(window_time(k0), '30 minutes')",
    "window(k0, '1 hour', '20 minutes')",
)
_OUTER_AGGREGATES = ("count(1)", "sum(rows)", "max(rows)", "min(k0)", "count(a0)")
_DELAYS = (("0 seconds", 0), ("1 minute", 60_000), ("1 hour", 3_600_000))
_TABLE = LocalRelation(
    pa.table(
        {
            "tj": ["a", "a", "b", "", "日本", "none", None, None],
            "tw": pa.array([0, 1, 1, None, -1, 5, 2, None], pa.int32()),
        }
    )
)
_ON = (
    "key = tj",
    "key <=> tj",
    "i = tw",
    "key = tj AND i = tw",
    "key <=> tj AND i = tw",
    "upper(key) = upper(tj) AND (i > tw OR n = 5)",
    "key = tj AND b",
    "key = tj AND tw > 0",
    "n + 1 = tw * 2",
    "i > tw",
    "key = tj OR i = tw",
    "x = tw",
)
_HAVING = ("rows > 1", "rows % 2 = 1", "a0 IS NOT NULL", "rows < 0")


# --- what a case says ---------------------------------------------------------


@dataclass(frozen=True)
class Watermark:
    """`withWatermark("time", text)` on each input, or over all of them.

    It stands below the filters and columns made of the rows, or above them.
    """

    text: str
    delay_ms: int
    is_above: bool


@dataclass(frozen=True)
class Deduplication:
    """`dropDuplicates(names)` below the aggregation.

    `rows` selects the columns and drops rows that are equal; `within` forgets a row
    when the watermark's delay has passed.
    """

    kind: OneOf["rows", "keys", "within"]
    names: tuple[str, ...]

    def over(self, rows: Relation) -> Relation:
        if self.kind == "rows":
            columns = tuple(parse_expression(name) for name in self.names)
            return Deduplicate(Project(rows, columns), (), all_columns=True)
        is_within = self.kind == "within"
        return Deduplicate(rows, self.names, within_watermark=is_within)


@dataclass(frozen=True)
class TableJoin:
    """A join of rows with a table of keys, numbers and a null, some of them twice."""

    kind: JoinType
    condition: str
    is_table_left: bool = False

    def over(self, rows: Relation) -> Relation:
        sides = (_TABLE, rows) if self.is_table_left else (rows, _TABLE)
        return UnresolvedJoin(*sides, self.kind, parse_expression(self.condition))


@dataclass(frozen=True)
class Query:
    """A streaming query over one input, two, or one united with itself.

    Args:
        event_time: the grouping expression that carries the watermark.
        grouping: how the keys group; `sets` are those of `grouping_sets`, as places
            among the event time and the keys.
        order: sort directions and a limit, above the aggregation.
        outer: a window over those of the aggregation, and what is computed of it.
    """

    inputs: tuple[int, ...] = (0,)
    conditions: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    table: TableJoin | None = None
    watermarks: tuple[Watermark, ...] = ()
    deduplication: Deduplication | None = None
    is_aggregate: bool = False
    event_time: str | None = None
    keys: tuple[str, ...] = ()
    grouping: GroupType = "groupby"
    sets: tuple[tuple[int, ...], ...] = ()
    aggregates: tuple[str, ...] = ()
    having: str | None = None
    order: tuple[str, int] | None = None
    outer: tuple[str, ...] = ()

    @property
    def is_by_session(self) -> bool:
        return (self.event_time or "").startswith("session")

    @property
    def has_sets(self) -> bool:
        return self.grouping != "groupby"

    @property
    def key_count(self) -> int:
        """How many of the first columns make a row's key."""
        count = len(self.keys) + (self.event_time is not None)
        return count + self.has_sets * (1 + (self.event_time is not None))

    @property
    def is_left_out(self) -> int | None:
        """The column that says whether a grouping set leaves the event time out."""
        has_it = self.has_sets and self.event_time is not None
        return self.key_count - 1 if has_it else None

    @property
    def input_count(self) -> int:
        return len(set(self.inputs))

    def united(self, sources: Sequence[Relation]) -> Relation:
        """The rows of all branches."""
        parts = [self.part(number, sources) for number in range(len(self.inputs))]
        united = parts[0]
        for part in parts[1:]:
            united = SetOperation(united, part, "union")
        return united

    def rows(self, sources: Sequence[Relation]) -> Relation:
        """What is computed of the inputs, up to the aggregation."""
        rows = self.united(sources)
        return self.deduplication.over(rows) if self.deduplication else rows

    def part(
        self, number: int, sources: Sequence[Relation], *, is_marked: bool = True
    ) -> Relation:
        """One branch of the union; without its upper watermark if not marked."""
        relation = sources[self.inputs[number]]
        mark = self.watermarks[number] if self.watermarks else None
        if mark is not None and not mark.is_above:
            relation = WithWatermark(relation, "time", mark.text)
        for condition in self.conditions:
            relation = Filter(relation, parse_expression(condition))
        if self.columns:
            relation = WithColumns(relation, _named(self.columns, "c"))
        if self.table is not None:
            relation = self.table.over(relation)
        if is_marked and mark is not None and mark.is_above:
            relation = WithWatermark(relation, "time", mark.text)
        return relation

    def result(self, rows: Relation, event_time: str | None) -> Relation:
        """The aggregation of `rows` and what stands above it."""
        if not self.is_aggregate:
            return rows
        times = () if event_time is None else (event_time,)
        keys = _named((*times, *self.keys), "k")
        texts = {"rows": "count(1)"}
        if self.has_sets:
            left_out = {"left_out": f"grouping({event_time})"} if times else {}
            texts = {"number": "grouping_id()", **left_out, **texts}
        aggregated = tuple(Alias(parse_expression(t), (n,)) for n, t in texts.items())
        aggregated += _named(self.aggregates, "a")
        sets = tuple(KeySet(tuple(keys[place] for place in one)) for one in self.sets)
        plan: Relation = UnresolvedAggregate(
            rows, self.grouping, keys, aggregated, sets=sets
        )
        if self.having is not None:
            plan = Filter(plan, parse_expression(self.having))
        if self.outer:
            window, *calls = self.outer
            return UnresolvedAggregate(
                plan, "groupby", _named((window,), "o"), _named(calls, "b")
            )
        if self.order is None:
            return plan
        direction, limit = self.order
        names = [f"k{i}" for i in range(len(keys))]
        names += ["number"] if self.has_sets else []
        orders = [parse_expression(name) for name in (*names, "rows")]
        plan = Sort(plan, tuple(_sort_order(e, direction) for e in orders))
        return Limit(plan, limit)

    def plan(self, sources: Sequence[Relation]) -> Relation:
        return self.result(self.rows(sources), self.event_time)


@dataclass(frozen=True)
class AddFile:
    input: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Trigger:
    """One trigger of the run."""


@dataclass(frozen=True)
class Restart:
    """The run ends, and the next goes on from the checkpoint."""


Action = AddFile | Trigger | Restart


@dataclass(frozen=True)
class Case:
    query: Query
    output_mode: OutputMode
    actions: tuple[Action, ...]
    policy: str = "min"
    time_zone: str = "UTC"

    @property
    def ends_rows(self) -> bool:
        """Whether the watermark ends groups, or lets go of rows."""
        if self.query.deduplication is not None:
            return True
        return self.query.is_aggregate and self.output_mode != "complete"

    @property
    def is_late_dropped(self) -> bool:
        """Whether groups behind the watermark are dropped.

        Sessions drop late rows in complete mode too, as in Spark.
        """
        return bool(
            (self.output_mode != "complete" or self.query.is_by_session)
            and self.query.watermarks
            and self.query.event_time is not None
        )


def _named(texts: Sequence[str], prefix: str) -> tuple[Alias, ...]:
    return tuple(
        Alias(parse_expression(text), (f"{prefix}{number}",))
        for number, text in enumerate(texts)
    )


def _sort_order(child: Expression, direction: str) -> Expression:
    is_ascending, nulls_first = direction.startswith("asc"), direction.endswith("first")
    return SortOrder(child, is_ascending, nulls_first)


# --- how a case is drawn ------------------------------------------------------


@st.composite
def _key_texts(draw: st.DrawFn) -> str:
    kinds = [kind for kind in KINDS if kind != "timestamp"]
    return draw(expressions(draw(st.sampled_from(kinds)), 1))


@st.composite
def _rows(draw: st.DrawFn, *, must_end: bool) -> Query:
    """What is read and computed row by row."""
    inputs = draw(st.sampled_from(((0,), (0,), (0,), (0, 1), (0, 0))))
    conditions = draw(st.lists(expressions("bool"), max_size=2))
    columns = draw(st.lists(expressions("any"), max_size=2))
    watermarks: tuple[Watermark, ...] = ()
    if must_end or draw(st.booleans()):
        is_above = draw(st.booleans())
        marks = [draw(st.sampled_from(_DELAYS)) for _ in inputs]
        watermarks = tuple(Watermark(text, ms, is_above) for text, ms in marks)
    return Query(inputs, tuple(conditions), tuple(columns), watermarks=watermarks)


@st.composite
def _grouped(
    draw: st.DrawFn, rows: Query, output_mode: OutputMode, family: str
) -> Query:
    must_end = output_mode == "append"
    times = (*_WINDOWS, "time") if must_end else (*_WINDOWS, "time", None, None)
    order = None
    if output_mode == "complete" and draw(st.integers(0, 3)) == 0:
        directions = ("asc first", "asc last", "desc first", "desc last")
        order = draw(st.tuples(st.sampled_from(directions), st.integers(0, 5)))
    event_time = draw(st.sampled_from(times))
    # Elsewhere the order of a group's rows is not that in which they came.
    is_ordered = rows.inputs == (0,) and family not in ("sessions", "tables")
    calls = draw(st.lists(aggregates(is_ordered), min_size=1, max_size=4))
    return replace(
        rows,
        is_aggregate=True,
        event_time=event_time,
        keys=tuple(draw(st.lists(_key_texts(), max_size=2))),
        aggregates=tuple(calls),
        having=draw(st.sampled_from((None, None, None, *_HAVING))),
        order=order,
    )


@st.composite
def _in_sessions(draw: st.DrawFn, grouped: Query) -> Query:
    return replace(grouped, event_time=draw(st.sampled_from(_SESSIONS)))


@st.composite
def _chained(draw: st.DrawFn, grouped: Query) -> Query:
    windows = _OUTER_WINDOWS
    if grouped.event_time == "time":
        windows = tuple(text for text in windows if "window_time" not in text)
    calls = draw(st.lists(st.sampled_from(_OUTER_AGGREGATES), min_size=1, max_size=3))
    return replace(grouped, outer=(draw(st.sampled_from(windows)), *calls))


@st.composite
def _in_sets(draw: st.DrawFn, grouped: Query) -> Query:
    count = len(grouped.keys) + (grouped.event_time is not None)
    grouping = draw(st.sampled_from(("rollup", "cube", "grouping_sets")))
    sets: tuple[tuple[int, ...], ...] = ()
    if grouping == "grouping_sets":
        one = st.lists(st.integers(0, count - 1), unique=True).map(tuple)
        sets = tuple(draw(st.lists(one if count else st.just(()), min_size=1)))
    return replace(grouped, grouping=grouping, sets=sets)


@st.composite
def _deduplicated(draw: st.DrawFn, rows: Query) -> Query:
    kinds = ["rows"]
    if rows.inputs != (0, 0):
        kinds += ["keys", "within"] if rows.watermarks else ["keys"]
    names = ["time", "key", "i", "n", "x", "d", "b", "day"]
    names += [f"c{number}" for number in range(len(rows.columns))]
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    kind: Any = draw(st.sampled_from(kinds))
    return replace(rows, deduplication=Deduplication(kind, tuple(chosen)))


@st.composite
def _joined(draw: st.DrawFn, rows: Query) -> Query:
    """A row without a key does not move a watermark below a join that drops it."""
    is_marked_below = any(not mark.is_above for mark in rows.watermarks)
    kinds: list[tuple[JoinType, bool]] = [("left", False), ("anti", False)]
    kinds += [("right", True)]
    if not is_marked_below:
        kinds += [("inner", False), ("semi", False), ("inner", True)]
    kind, is_table_left = draw(st.sampled_from(kinds))
    return replace(
        rows, table=TableJoin(kind, draw(st.sampled_from(_ON)), is_table_left)
    )


@st.composite
def _queries(draw: st.DrawFn, family: str, output_mode: OutputMode) -> Query:
    """A query of that family that streams accept in that mode."""
    is_aggregate = family not in ("rows", "duplicates", "tables") or (
        family != "rows" and (output_mode == "complete" or draw(st.booleans()))
    )
    rows = draw(_rows(must_end=is_aggregate and output_mode == "append"))
    if family == "duplicates":
        rows = draw(_deduplicated(rows))
        if rows.deduplication and rows.deduplication.kind == "rows":
            return rows
    if family == "tables":
        rows = draw(_joined(rows))
    if not is_aggregate:
        return rows
    grouped = draw(_grouped(rows, output_mode, family))
    above = {"sets": _in_sets, "sessions": _in_sessions, "chains": _chained}
    return draw(above[family](grouped)) if family in above else grouped


FAMILIES: dict[str, tuple[OutputMode, ...]] = {
    "rows": ("update", "append"),
    "groups": ("complete", "update", "append"),
    "sets": ("complete", "update", "append"),
    "duplicates": ("complete", "update", "append"),
    "tables": ("complete", "update", "append"),
    "sessions": ("complete", "update", "append"),
    "chains": ("append",),
}
"""Kinds of queries, and the modes in which streams accept them."""


@st.composite
def cases(draw: st.DrawFn, family: str) -> Case:
    """A query, and its runs; something to read comes first."""
    output_mode = draw(st.sampled_from(FAMILIES[family]))
    query = draw(_queries(family, output_mode))
    if not query.is_aggregate and output_mode == "complete":
        output_mode = "append"
    files = st.lists(ROWS, max_size=6).map(tuple)
    inputs = st.integers(0, query.input_count - 1)
    action = st.one_of(
        st.builds(AddFile, inputs, files),
        st.builds(AddFile, inputs, files),
        st.just(Trigger()),
        st.just(Restart()),
    )
    actions: list[Action] = [AddFile(0, draw(files))]
    actions += draw(st.lists(action, max_size=8))
    return Case(
        query,
        output_mode,
        tuple(actions),
        draw(st.sampled_from(("min", "max"))),
        draw(st.sampled_from(("UTC", "UTC", "America/New_York", "Asia/Kolkata"))),
    )
