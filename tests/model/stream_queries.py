"""Stream queries: random streaming queries, rows and cuts into batches.

A `Case` is drawn by Hypothesis: what is computed, over which files, and how the
runs of the query go. `TEMPLATES` is the language of expressions; a hole such as
`{int}` takes any expression of that type. Doubles are fractions of two, so that
sums are exact in any order.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from unbounded.parser import parse_expression
from unbounded.plan.commands import OutputMode
from unbounded.plan.expressions import Alias, Expression, SortOrder
from unbounded.plan.relations import (
    Filter,
    Limit,
    Relation,
    SetOperation,
    Sort,
    UnresolvedAggregate,
    WithColumns,
    WithWatermark,
)

SCHEMA = (
    "file INT, time TIMESTAMP, key STRING, i INT, n BIGINT, x DOUBLE,"
    " d DECIMAL(12,2), b BOOLEAN, day DATE"
)

Row = tuple[Any, ...]
"""The values of a row but the first, the number of its file."""

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
    (None, "", "a", "b", "A", "ä", "日本", "a ", "🙂"),
    (None, 0, 1, -1, 2, 3, 7, -50, 100),
    (None, 0, 1, -1, 5, 2**40, -(2**40), 123456789012),
    (None, 0.0, -0.0, 1.5, -1.5, 0.25, 1e10, *map(float, ("nan", "inf", "-inf"))),
    (None, *map(Decimal, ("0.00", "0.01", "-0.01", "12.34", "9999999999.99"))),
    (None, True, False),
    (None, datetime.date(2026, 1, 1), datetime.date(1969, 12, 31)),
)
ROWS = st.tuples(*map(st.sampled_from, _POOLS))

TEMPLATES: dict[str, tuple[str, ...]] = {
    "int": (
        "i",
        "i + 1",
        "{int} % 5",
        "abs({int})",
        "length({string})",
        "CAST(b AS INT)",
        "coalesce({int}, 0)",
        "CASE WHEN {bool} THEN {int} ELSE 3 END",
        "month({date})",
    ),
    "bigint": ("n", "{bigint} + 1", "CAST({int} AS BIGINT) * 1000", "n % 3"),
    "double": ("x", "{double} * 2", "CAST({int} AS DOUBLE)", "n / 4", "-({double})"),
    "decimal": ("d", "d + 1.5", "d * 2", "CAST({int} AS DECIMAL(5,1))", "abs(d)"),
    "string": (
        "key",
        "upper({string})",
        "concat({string}, '-', coalesce(key, '?'))",
        "substring({string}, 1, 1)",
        "trim({string})",
        "CAST({int} AS STRING)",
        "CASE WHEN {bool} THEN {string} END",
    ),
    "bool": (
        "b",
        "{int} > 0",
        "{double} > 0.5",
        "isnan({double})",
        "{string} = 'a'",
        "{string} LIKE 'a%'",
        "{string} IS NULL",
        "NOT {bool}",
        "({bool} AND {bool})",
        "({bool} OR {bool})",
        "{int} IN (1, 2)",
        "{bigint} <=> {int}",
        "{timestamp} > TIMESTAMP '2026-01-01 00:20:00Z'",
        "{date} IS NOT NULL",
    ),
    "timestamp": ("time", "time + INTERVAL 1 HOUR", "date_trunc('HOUR', time)"),
    "date": ("day", "date_add({date}, 1)", "CAST(time AS DATE)"),
}
_NUMBERS = ("int", "bigint", "double", "decimal")
_ANY = tuple(TEMPLATES)

_AGGREGATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("count({})", _ANY),
    ("sum({})", _NUMBERS),
    ("avg({})", _NUMBERS),
    ("min({})", _ANY),
    ("max({})", _ANY),
    ("count_if({})", ("bool",)),
    ("bool_and({})", ("bool",)),
    ("bool_or({})", ("bool",)),
    ("bit_xor({})", ("int", "bigint")),
    ("collect_set({})", _ANY),
    ("count(DISTINCT {})", _ANY),
    ("median({})", ("int", "bigint", "decimal")),
    ("mode({})", _ANY),
    ("percentile_approx({}, array(0.1, 0.5))", (*_NUMBERS, "timestamp", "date")),
    ("sum(DISTINCT {})", ("int", "bigint", "decimal")),
)
_WINDOWS = (
    "window(time, '10 minutes')",
    "window(time, '10 minutes', '5 minutes')",
    "window(time, '1 hour', '20 minutes', '5 minutes')",
    "window(time, '1 day')",
)
_DELAYS = (("0 seconds", 0), ("1 minute", 60_000), ("1 hour", 3_600_000))
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
class Query:
    """A streaming query over one input, two, or one united with itself.

    Args:
        event_time: the grouping expression that carries the watermark.
        order: sort directions and a limit, above the aggregation.
    """

    inputs: tuple[int, ...] = (0,)
    conditions: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    watermarks: tuple[Watermark, ...] = ()
    is_aggregate: bool = False
    event_time: str | None = None
    keys: tuple[str, ...] = ()
    aggregates: tuple[str, ...] = ()
    having: str | None = None
    order: tuple[str, int] | None = None

    @property
    def key_count(self) -> int:
        return len(self.keys) + (self.event_time is not None)

    @property
    def input_count(self) -> int:
        return len(set(self.inputs))

    def rows(self, sources: Sequence[Relation]) -> Relation:
        """What is computed of the inputs, up to the aggregation."""
        parts = [self.part(number, sources) for number in range(len(self.inputs))]
        united = parts[0]
        for part in parts[1:]:
            united = SetOperation(united, part, "union")
        return united

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
        if is_marked and mark is not None and mark.is_above:
            relation = WithWatermark(relation, "time", mark.text)
        return relation

    def result(self, rows: Relation, event_time: str | None) -> Relation:
        """The aggregation of `rows` and what stands above it."""
        if not self.is_aggregate:
            return rows
        times = () if event_time is None else (event_time,)
        keys = _named((*times, *self.keys), "k")
        aggregates = (Alias(parse_expression("count(1)"), ("rows",)),)
        aggregates += _named(self.aggregates, "a")
        plan: Relation = UnresolvedAggregate(rows, "groupby", keys, aggregates)
        if self.having is not None:
            plan = Filter(plan, parse_expression(self.having))
        if self.order is None:
            return plan
        direction, limit = self.order
        names = [f"k{i}" for i in range(len(keys))]
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
    def is_late_dropped(self) -> bool:
        """Whether rows behind the watermark are dropped, and windows end."""
        return bool(
            self.output_mode != "complete"
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
def expressions(draw: st.DrawFn, kind: str, depth: int = 2) -> str:
    """An expression of that type."""
    templates = [t for t in TEMPLATES[kind] if depth or "{" not in t]
    text = draw(st.sampled_from(templates))
    return re.sub(
        r"\{(\w+)\}", lambda hole: draw(expressions(hole[1], depth - 1)), text
    )


@st.composite
def _aggregate_texts(draw: st.DrawFn) -> str:
    template, kinds = draw(st.sampled_from(_AGGREGATES))
    text = template.format(draw(expressions(draw(st.sampled_from(kinds)), 1)))
    if draw(st.integers(0, 4)) == 0:
        text += f" FILTER (WHERE {draw(expressions('bool', 1))})"
    return text


@st.composite
def _key_texts(draw: st.DrawFn) -> str:
    kinds = [kind for kind in _ANY if kind != "timestamp"]
    return draw(expressions(draw(st.sampled_from(kinds)), 1))


@st.composite
def queries(draw: st.DrawFn, output_mode: OutputMode) -> Query:
    """A query that streams accept in that mode."""
    inputs = draw(st.sampled_from(((0,), (0,), (0,), (0, 1), (0, 0))))
    conditions = draw(st.lists(expressions("bool"), max_size=2))
    kinds = draw(st.lists(st.sampled_from(_ANY), max_size=2))
    columns = [draw(expressions(kind)) for kind in kinds]
    is_aggregate = output_mode == "complete" or draw(st.integers(0, 3)) > 0
    must_end = is_aggregate and output_mode == "append"
    watermarks: tuple[Watermark, ...] = ()
    if must_end or draw(st.booleans()):
        is_above = draw(st.booleans())
        marks = [draw(st.sampled_from(_DELAYS)) for _ in inputs]
        watermarks = tuple(Watermark(text, ms, is_above) for text, ms in marks)
    rows = Query(inputs, tuple(conditions), tuple(columns), watermarks)
    return draw(_aggregated(rows, output_mode)) if is_aggregate else rows


@st.composite
def _aggregated(draw: st.DrawFn, rows: Query, output_mode: OutputMode) -> Query:
    must_end = output_mode == "append"
    times = (*_WINDOWS, "time") if must_end else (*_WINDOWS, "time", None, None)
    order = None
    if output_mode == "complete" and draw(st.integers(0, 3)) == 0:
        directions = ("asc first", "asc last", "desc first", "desc last")
        order = draw(st.tuples(st.sampled_from(directions), st.integers(0, 5)))
    aggregates = draw(st.lists(_aggregate_texts(), min_size=1, max_size=4))
    return Query(
        rows.inputs,
        rows.conditions,
        rows.columns,
        rows.watermarks,
        is_aggregate=True,
        event_time=draw(st.sampled_from(times)),
        keys=tuple(draw(st.lists(_key_texts(), max_size=2))),
        aggregates=tuple(aggregates),
        having=draw(st.sampled_from((None, None, None, *_HAVING))),
        order=order,
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A query, and its runs; something to read comes first."""
    output_mode = draw(st.sampled_from(("complete", "update", "append")))
    query = draw(queries(output_mode))
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
