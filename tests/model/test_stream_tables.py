"""The law, batch by batch: after each, the stream's table is the plan's over a prefix.

For plans of several steps that cut, sort, deduplicate and aggregate one input, one
above another. Complete mode gives the plan's rows over all files so far. The other
modes give what is new in them since the last batch; update mode may name again what
is as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.model.stream_queries import ROWS, Action, AddFile, Case, Restart, Trigger
from tests.model.stream_runs import StreamRuns, case_folder
from tests.model.test_stream_equals_batch import Table, row, rows_of
from unbounded.parser import parse_expression
from unbounded.plan.commands import OutputMode
from unbounded.plan.expressions import Alias, SortOrder
from unbounded.plan.relations import (
    Deduplicate,
    Distinct,
    Filter,
    Limit,
    Offset,
    Project,
    Relation,
    Sort,
    Tail,
    UnresolvedAggregate,
    WithColumns,
    WithWatermark,
)

_COLUMNS = ("key", "i", "n", "x", "d", "b", "day")
_TIME = "timestamp_seconds(1767225600 + file * 600 + coalesce(abs(i) % 10, 0) * 60)"


# --- steps --------------------------------------------------------------------


def _named(*names: str) -> tuple[Any, ...]:
    return tuple(parse_expression(name) for name in names)


@dataclass(frozen=True)
class Where:
    """Rows that have a value in the column."""

    column: str

    def over(self, child: Relation, columns: Sequence[str]) -> Relation:
        return Filter(child, parse_expression(f"{self.column} IS NOT NULL"))


@dataclass(frozen=True)
class Pick:
    """Some of the columns."""

    columns: tuple[str, ...]

    def over(self, child: Relation, columns: Sequence[str]) -> Relation:
        return Project(child, _named(*self.columns))


@dataclass(frozen=True)
class First:
    """The first row of each key; all columns if none."""

    keys: tuple[str, ...] = ()

    def over(self, child: Relation, columns: Sequence[str]) -> Relation:
        return Deduplicate(child, self.keys, not self.keys)


@dataclass(frozen=True)
class Different:
    """DISTINCT of SQL."""

    def over(self, child: Relation, columns: Sequence[str]) -> Relation:
        return Distinct(child)


@dataclass(frozen=True)
class Order:
    """Rows by all columns, so that ties are the same row."""

    is_ascending: bool
    nulls_first: bool

    def over(self, child: Relation, columns: Sequence[str]) -> Relation:
        orders = tuple(
            SortOrder(name, self.is_ascending, self.nulls_first)
            for name in _named(*columns)
        )
        return Sort(child, orders)


@dataclass(frozen=True)
class Cut:
    """`limit`, `offset` or `tail`."""

    kind: type[Limit] | type[Offset] | type[Tail]
    count: int

    def over(self, child: Relation, columns: Sequence[str]) -> Relation:
        return self.kind(child, self.count)


@dataclass(frozen=True)
class Count:
    """Groups by the keys: their rows, and the least and the last of a column."""

    keys: tuple[str, ...]
    column: str

    def over(self, child: Relation, columns: Sequence[str]) -> Relation:
        aggregates = tuple(
            Alias(parse_expression(text), (name,))
            for name, text in {
                "rows": "count(1)",
                "least": f"min({self.column})",
                "most": f"max({self.column})",
            }.items()
        )
        return UnresolvedAggregate(child, "groupby", _named(*self.keys), aggregates)


PlanStep = Where | Pick | First | Different | Order | Cut | Count


@dataclass(frozen=True)
class Steps:
    """A query over one input, from the rows up.

    Args:
        is_marked: `time` has a watermark without delay; each file's times are later
            than those of the files before, so nothing is late, and groups end.
    """

    columns: tuple[str, ...]
    steps: tuple[PlanStep, ...]
    is_marked: bool = False
    input_count: int = 1

    def plan(self, sources: Sequence[Relation]) -> Relation:
        (plan,) = sources
        if self.is_marked:
            time = Alias(parse_expression(_TIME), ("time",))
            plan = WithWatermark(WithColumns(plan, (time,)), "time", "0 seconds")
        plan = Project(plan, _named(*self.columns))
        columns = self.columns
        for step in self.steps:
            plan = step.over(plan, columns)
            columns = columns_above(step, columns)
        return plan


def columns_above(step: PlanStep, columns: tuple[str, ...]) -> tuple[str, ...]:
    match step:
        case Pick():
            return step.columns
        case Count():
            return (*step.keys, "rows", "least", "most")
    return columns


# --- how a case is drawn ------------------------------------------------------


@st.composite
def _steps(draw: st.DrawFn, output_mode: OutputMode) -> Steps:
    names = st.lists(st.sampled_from(_COLUMNS), min_size=1, max_size=3, unique=True)
    is_marked = draw(st.booleans())
    columns = (*draw(names), *(("time",) if is_marked else ()))
    first = columns
    steps: list[PlanStep] = []
    is_ordered = True
    for _ in range(draw(st.integers(1, 4))):
        step = draw(_step(columns, is_ordered, output_mode))
        steps.append(step)
        columns = columns_above(step, columns)
        is_ordered = isinstance(step, Order) or (
            is_ordered and not isinstance(step, Count | Different | First)
        )
    if output_mode == "update" and any(isinstance(step, Order) for step in steps):
        if not is_ordered:
            steps.append(Order(True, True))
        steps.append(Cut(Limit, draw(st.integers(1, 4))))
    return Steps(first, tuple(steps), is_marked)


def _step(
    columns: tuple[str, ...], is_ordered: bool, output_mode: OutputMode
) -> st.SearchStrategy[PlanStep]:
    names = st.sampled_from(columns)
    some = st.lists(names, min_size=1, max_size=2, unique=True).map(tuple)
    cuts: list[Any] = [Limit, Offset] + [Tail] * (output_mode != "append")
    kinds: list[st.SearchStrategy[PlanStep]] = [
        st.builds(Where, names),
        st.builds(Pick, some),
        st.just(First()),
    ]
    if is_ordered:
        kinds.append(st.builds(First, some))
        kinds.append(st.builds(Cut, st.sampled_from(cuts), st.integers(0, 5)))
    if output_mode != "append":
        kinds.append(st.just(Different()))
        kinds.append(st.builds(Order, st.booleans(), st.booleans()))
        keys = st.one_of(st.just(()), some)
        counted = tuple(c for c in columns if c not in ("rows", "least", "most"))
        if len(counted) == len(columns):
            kinds.append(st.builds(Count, keys, names))
    return st.one_of(kinds)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    output_mode = draw(st.sampled_from(("complete", "complete", "update", "append")))
    files = st.lists(ROWS, max_size=6).map(tuple)
    action = st.one_of(
        st.builds(AddFile, st.just(0), files),
        st.builds(AddFile, st.just(0), files),
        st.just(Trigger()),
        st.just(Restart()),
    )
    actions: list[Action] = [AddFile(0, draw(files))]
    actions += draw(st.lists(action, max_size=6))
    query = draw(_steps(output_mode))
    return Case(query, output_mode, tuple(actions))  # type: ignore[arg-type]


# --- the law ------------------------------------------------------------------


def check(case: Case) -> None:
    with case_folder() as folder:
        runs = StreamRuns(folder, case)
        runs.run()
        answers = [rows_of(runs.prefix_answer(n)) for n in range(runs.file_count)]
    before: Table = []
    files = iter(answers)
    for table, report in zip(runs.deliveries, runs.reports, strict=True):
        (source,) = report.sources
        is_fed = source.start_offset != source.end_offset
        rows, answer = rows_of(table), next(files) if is_fed else before
        if case.output_mode == "complete":
            assert_rows(rows, answer, is_ordered=isinstance(_last(case), Order))
        else:
            _check_changes(case, rows, Counter(before), Counter(answer))
        before = answer
    assert next(files, None) is None


def _check_changes(
    case: Case, rows: Table, before: Counter[Any], after: Counter[Any]
) -> None:
    new = after - before
    if case.output_mode == "append":
        assert before - after == Counter()
        assert Counter(rows) == new
    else:
        assert Counter(rows) >= new
        assert Counter(rows) <= after


def _last(case: Case) -> PlanStep:
    query: Any = case.query
    step: PlanStep = query.steps[-1]
    return step


def assert_rows(found: Table, expected: Table, is_ordered: bool) -> None:
    if is_ordered:
        assert found == expected
    assert Counter(found) == Counter(expected)


def _of(
    *steps: PlanStep,
    mode: OutputMode,
    files: Sequence[Sequence[Any]],
    is_marked: bool = False,
) -> Case:
    query: Any = Steps(("key", "i", *["time"] * is_marked), steps, is_marked)
    return Case(query, mode, tuple(AddFile(0, tuple(rows)) for rows in files))


A, B, C = (row(key=key, i=i) for key, i in (("a", 1), ("b", 2), ("c", 1)))

CHOSEN = {
    "top of counts": _of(
        Count(("key",), "i"),
        Order(False, False),
        Cut(Limit, 2),
        mode="update",
        files=[(A, B), (B, C), (), (C, C, C)],
    ),
    "counts of the last rows": _of(
        Cut(Tail, 3), Count((), "i"), mode="update", files=[(A, B), (C, A), (B,)]
    ),
    "top of groups that end": _of(
        Count(("time",), "i"),
        Order(False, False),
        Cut(Limit, 2),
        mode="update",
        files=[(A, A, C), (B,), (A,)],
        is_marked=True,
    ),
    "first of each of the ordered": _of(
        Order(True, True), First(("i",)), mode="complete", files=[(C, B), (A,)]
    ),
    "limit of an offset of different rows": _of(
        First(("key",)),
        Cut(Offset, 1),
        Cut(Limit, 1),
        mode="append",
        files=[(A, A), (A, B), (B, C)],
    ),
}


@pytest.mark.parametrize("case", CHOSEN.values(), ids=CHOSEN)
def test_chosen_case_is_right(case):
    check(case)


@settings(max_examples=settings.default.max_examples * 2)
@given(cases())
def test_table_after_each_batch_is_that_of_the_rows_so_far(case):
    check(case)
