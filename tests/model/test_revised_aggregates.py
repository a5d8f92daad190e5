"""The law for aggregations over aggregations, in update and complete mode.

A random aggregation gives columns of the names and types of its rows, so that the
next one may compute anything of them; filters and unions stand between. After each
batch the stream's table is the plan's over the files so far: complete mode gives it
all, update mode each row that is another than before. A row that has gone is not
taken back by update mode.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import given, settings, strategies as st

from tests.model.stream_expressions import aggregates, expressions
from tests.model.stream_queries import EPOCH, Action, AddFile, Case, Restart, Trigger
from tests.model.stream_runs import StreamRuns, case_folder
from tests.model.test_stream_equals_batch import Table, assert_same, rows_of
from unbounded.parser import parse_expression
from unbounded.plan.expressions import Alias
from unbounded.plan.relations import (
    Distinct,
    Filter,
    Project,
    Relation,
    SetOperation,
    UnresolvedAggregate,
    WithColumns,
    WithWatermark,
)

_TIME = "timestamp_seconds(1767225600 + file * 600 + coalesce(abs(i) % 10, 0) * 60)"

# What an aggregation computes for the columns of the next one, type by type.
_COLUMNS = {
    "time": ("max(time)", "min(time)"),
    "key": ("max(key)", "min(upper(key))"),
    "i": ("CAST(count(1) AS INT)", "max(i)", "CAST(count(DISTINCT key) AS INT)"),
    "n": ("sum(n)", "count(b)", "count(DISTINCT i)", "min(n)"),
    "x": ("sum(x)", "avg(n)", "max(x)", "CAST(sum(i) AS DOUBLE)"),
    "d": ("max(d)", "min(d)"),
    "b": ("bool_or(b)", "count(1) % 2 = 0", "max(x) > 1"),
    "day": ("max(day)", "min(day)"),
}
_KEYS = ("key", "i", "i % 3", "b", "day", "d", "x", "n", "struct(i, b)")
_INNER_KEYS = ("key", "b", "i % 3", "struct(key, b)")

# Few values, so that groups meet again, and extremes go as often as they come.
_POOLS: tuple[tuple[Any, ...], ...] = (
    tuple(EPOCH + datetime.timedelta(days=20_000, minutes=m) for m in (0, 9, 30, 75)),
    (None, "a", "b"),
    (None, 1, 2, 4),
    (None, 3, -5, 2**40),
    (None, 1.5, -0.25, 1e10, math.nan, math.inf),
    (None, Decimal("0.01"), Decimal("-7.50"), Decimal("12.34")),
    (None, True, False),
    (None, datetime.date(2026, 1, 1), datetime.date(1969, 12, 31)),
)
_ROWS = st.tuples(*map(st.sampled_from, _POOLS))


@dataclass(frozen=True)
class Step:
    """What stands between an aggregation and the next: a filter, a union, or both."""

    condition: str | None = None
    with_rows: bool = False
    is_distinct: bool = False

    def over(self, child: Relation, rows: Relation) -> Relation:
        if self.with_rows:
            columns = tuple(parse_expression(name) for name in _COLUMNS)
            pair = (Project(side, columns) for side in (child, rows))
            child = SetOperation(*pair, "union")
        if self.condition is not None:
            child = Filter(child, parse_expression(self.condition))
        return Distinct(child) if self.is_distinct else child


@dataclass(frozen=True)
class Level:
    """An aggregation that the next one reads, and what stands between them."""

    keys: tuple[str, ...]
    columns: tuple[str, ...]
    step: Step = Step()

    def over(self, child: Relation, rows: Relation, is_marked: bool) -> Relation:
        keys = _named(self.keys, "k")
        if is_marked:
            keys = (
                Alias(parse_expression("window(time, '10 minutes')"), ("w",)),
                *keys,
            )
        columns = tuple(
            Alias(parse_expression(text), (name,))
            for name, text in zip(_COLUMNS, self.columns, strict=True)
        )
        plan: Relation = UnresolvedAggregate(child, "groupby", keys, columns)
        if is_marked:
            names = [name for name in _COLUMNS if name != "time"]
            chosen = ["w AS w", "window_time(w) AS time", *names]
            plan = Project(plan, tuple(parse_expression(text) for text in chosen))
        return self.step.over(plan, rows)


@dataclass(frozen=True)
class Chain:
    """Levels over one input, and the last aggregation over them.

    Args:
        is_marked: `time` has a watermark without delay, and all group by windows of
            it. Each file's times are later than those of the files before, so nothing
            is late, and groups end.
    """

    levels: tuple[Level, ...]
    keys: tuple[str, ...]
    calls: tuple[str, ...]
    is_marked: bool = False
    input_count: int = 1

    def plan(self, sources: Sequence[Relation]) -> Relation:
        (rows,) = sources
        if self.is_marked:
            time = Alias(parse_expression(_TIME), ("time",))
            rows = WithWatermark(WithColumns(rows, (time,)), "time", "0 seconds")
        plan = rows
        for level in self.levels:
            plan = level.over(plan, rows, self.is_marked)
        keys = _named(self.keys, "o")
        if self.is_marked:
            window = "window(w, '1 hour')" if self.levels else "window(time, '1 hour')"
            keys = (Alias(parse_expression(window), ("o",)), *keys)
        return UnresolvedAggregate(plan, "groupby", keys, _named(self.calls, "a"))

    @property
    def key_count(self) -> int:
        return len(self.keys) + self.is_marked


def _named(texts: Sequence[str], prefix: str) -> tuple[Alias, ...]:
    return tuple(
        Alias(parse_expression(text), (f"{prefix}{number}",))
        for number, text in enumerate(texts)
    )


# --- how a case is drawn ------------------------------------------------------


@st.composite
def _levels(draw: st.DrawFn, is_marked: bool) -> Level:
    keys = draw(st.lists(st.sampled_from(_INNER_KEYS), max_size=2, unique=True))
    columns = tuple(draw(st.sampled_from(texts)) for texts in _COLUMNS.values())
    condition = draw(st.none() | expressions("bool"))
    step = Step(
        condition,
        with_rows=not is_marked and draw(st.integers(0, 3)) == 0,
        is_distinct=draw(st.integers(0, 3)) == 0,
    )
    return Level(tuple(keys), columns, step)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    is_marked = draw(st.booleans())
    depth = 1 if is_marked else draw(st.integers(1, 2))
    levels = tuple(draw(_levels(is_marked)) for _ in range(depth))
    keys = draw(st.lists(st.sampled_from(_KEYS), max_size=2, unique=True))
    calls = draw(st.lists(aggregates(False), min_size=3, max_size=8))
    chain: Any = Chain(levels, tuple(keys), tuple(calls), is_marked)
    files = st.lists(_ROWS, min_size=1, max_size=8).map(tuple)
    action = st.one_of(
        st.builds(AddFile, st.just(0), files),
        st.builds(AddFile, st.just(0), files),
        st.just(Trigger()),
        st.just(Restart()),
    )
    actions: list[Action] = [AddFile(0, draw(files))]
    actions += draw(st.lists(action, min_size=3, max_size=8))
    mode: Any = draw(st.sampled_from(("update", "complete")))
    return Case(chain, mode, tuple(actions))


# --- the law ------------------------------------------------------------------


def check(case: Case) -> None:
    with case_folder() as folder:
        runs = StreamRuns(folder, case)
        runs.run()
        answers = [rows_of(runs.prefix_answer(n)) for n in range(runs.file_count)]
    answer: Table = []
    files = iter(answers)
    table: dict[Any, Any] = {}
    for given_rows, report in zip(runs.deliveries, runs.reports, strict=True):
        source = report.sources[0]
        if source.start_offset != source.end_offset:
            answer = next(files)
        table = _upserted(case, table, rows_of(given_rows))
        still = {row[: _width(case)] for row in answer}
        held = [row for key, row in table.items() if key in still]
        assert_same(held, answer)
        if case.output_mode == "complete":
            assert_same(list(table.values()), answer)
    assert next(files, None) is None


def _width(case: Case) -> int:
    chain: Any = case.query
    width: int = chain.key_count
    return width


def _upserted(case: Case, table: dict[Any, Any], rows: Table) -> dict[Any, Any]:
    new = {row[: _width(case)]: row for row in rows}
    assert len(new) == len(rows), "one row a key"
    return new if case.output_mode == "complete" else {**table, **new}


@settings(max_examples=settings.default.max_examples * 3 // 5)
@given(cases())
def test_table_after_each_batch_is_that_of_the_rows_so_far(case):
    check(case)
