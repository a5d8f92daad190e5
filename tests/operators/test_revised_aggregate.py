"""Revised aggregate: rows that come and are taken back, batch by batch.

Rows are `key value`; a row with a minus is taken back. Answers are those of all rows
there are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from tests.analyzer.queries import expr, resolved, stream
from unbounded.compiler import CompileContext, compile_query
from unbounded.engine import Cursor, align
from unbounded.errors import ExecutionError
from unbounded.operators import WEIGHT, RevisedAggregate, Watermarks
from unbounded.plan.expressions import AttributeReference
from unbounded.plan.relations import (
    Aggregate,
    OperatorOutput,
    Project,
    Relation,
    UnresolvedAggregate,
    output_of,
    schema_of,
)
from unbounded.state import KeyedState
from unbounded.types import LongType, to_arrow

_INPUT, _RESULT = 7, 8
_CONTEXT = CompileContext()
_WEIGHT = AttributeReference(WEIGHT, LongType(), False, 1000)


class Revised:
    """One aggregation of weighted rows of `k STRING, v <kind>`, fed batch by batch."""

    def __init__(
        self, cursor: Cursor, kind: str, calls: Sequence[str], keys: Sequence[str]
    ) -> None:
        self._cursor = cursor
        written = UnresolvedAggregate(
            stream(f"k STRING, v {kind}"),
            "groupby",
            tuple(map(expr, keys)),
            tuple(map(expr, calls)),
        )
        plan = resolved(written)
        above: list[Project] = []
        while isinstance(plan, Project):
            above.append(plan)
            plan = plan.child
        assert isinstance(plan, Aggregate)
        self._leaf = OperatorOutput(_INPUT, (*output_of(plan.child), _WEIGHT))
        self._aggregate = Aggregate(self._leaf, plan.grouping, plan.aggregates)
        self._above = above
        self.operator = self._new_operator()
        self.states = [self._new_state(s) for s in self.operator.state_schemas]

    def feed(self, *rows: tuple[Any, ...]) -> tuple[list[Any], list[Any]]:
        """The result's rows that are taken back, and those that come."""
        columns = list(zip(*rows, strict=True)) or [(), (), ()]
        names = [column.column_name for column in self._leaf.output]
        types = [to_arrow(column.data_type) for column in self._leaf.output]
        table = pa.table(
            [pa.array(c, t) for c, t in zip(columns, types, strict=True)], names=names
        )
        (plan,) = self.operator.input_plans
        inputs = self._run(plan, _INPUT, table)
        changes, self.metrics = self.operator.process(
            [inputs], self.states, Watermarks(0, 0)
        )
        revision = changes.revision()
        weights = revision.column(WEIGHT).to_pylist()
        old, new = (
            revision.filter(pa.array([w == s for w in weights], pa.bool_()))
            for s in (-1, 1)
        )
        answer = self.rows(old), self.rows(new)
        self.snapshot = self.rows(changes.snapshot())
        changes.settle()
        return answer

    def rows(self, table: pa.Table) -> list[Any]:
        """The result's rows of what the operator's tables hold."""
        plan: Relation = self.operator.result_plan
        for project in reversed(self._above):
            plan = Project(plan, project.columns)
        if WEIGHT in table.column_names:
            table = table.drop_columns([WEIGHT])
        answer = self._run(plan, _RESULT, table)
        rows = zip(*(c.to_pylist() for c in answer.columns), strict=True)
        return sorted(rows, key=repr)

    def restart(self) -> None:
        """A new operator over the rows of the state."""
        states = []
        for schema, old in zip(self.operator.state_schemas, self.states, strict=True):
            state = self._new_state(schema)
            slots = old.live_slots()
            values = [old.gather(i, slots) for i in range(len(schema.value_fields))]
            state.load(old.keys(slots), values, old.sequences(slots))
            state.finish_loading(old.next_sequence)
            states.append(state)
        self.states = states
        self.operator = self._new_operator()
        self.operator.recover(states)

    def _new_operator(self) -> RevisedAggregate:
        return RevisedAggregate(
            self._aggregate,
            _WEIGHT,
            0,
            _RESULT,
            2000,
            drops_late_rows=True,
            follows_watermark=True,
        )

    def _new_state(self, schema: Any) -> KeyedState:
        fields = (schema.key_fields, schema.value_fields)
        return KeyedState(*([field.data_type for field in part] for part in fields))

    def _run(self, plan: Relation, leaf_id: int, table: pa.Table) -> pa.Table:
        self._cursor.register("rows", table)
        sql = compile_query(plan, {leaf_id: '"rows"'}, _CONTEXT)
        output = output_of(plan)
        found = align(self._cursor.query(sql), schema_of(output))
        return found.rename_columns([column.column_name for column in output])


CALLS = [
    "count(1)",
    "count(v)",
    "sum(v)",
    "avg(v)",
    "min(v)",
    "max(v)",
    "count(DISTINCT v)",
    "collect_list(v)",
    "stddev(v)",
    "sum(DISTINCT v)",
    "first(v)",
    "last(v)",
    "max(v) FILTER (WHERE v < 3)",
    "sum(v) FILTER (WHERE v < 3)",
]


@pytest.fixture
def whole(cursor: Cursor) -> Revised:
    return Revised(cursor, "BIGINT", CALLS, ["k"])


def test_group_follows_rows_that_come_and_go(whole: Revised) -> None:
    _, new = whole.feed(("a", 2, 1), ("a", 5, 1), ("a", 5, 1), ("b", None, 1))
    spread = math.sqrt(3)
    assert new == [
        ("a", 3, 3, 12, 4.0, 2, 5, 2, [2, 5, 5], spread, 7, 2, 5, 2, 2),
        ("b", 1, 0, None, None, None, None, 0, [], None, None, None, None, None, None),
    ]
    former = new[0]
    old, new = whole.feed(("a", 5, -1), ("a", 2, -1))
    assert old == [former]
    assert new == [("a", 1, 1, 5, 5.0, 5, 5, 1, [5], None, 5, 5, 5, None, None)]


def test_group_without_rows_leaves(whole: Revised) -> None:
    whole.feed(("a", 2, 1), ("b", 1, 1))
    old, new = whole.feed(("a", 2, -1))
    assert [row[0] for row in old] == ["a"]
    assert new == []
    assert [row[0] for row in whole.snapshot] == ["b"]
    assert whole.metrics.rows_removed == 1
    assert [state.count for state in whole.states] == [1] * len(whole.states)


def test_row_that_comes_and_goes_in_one_batch_is_no_change(whole: Revised) -> None:
    whole.feed(("a", 2, 1))
    assert whole.feed(("a", 7, -1), ("a", 7, 1), ("b", 1, 1), ("b", 1, -1)) == ([], [])
    assert [row[0] for row in whole.snapshot] == ["a"]


def test_global_aggregation_keeps_its_row(cursor: Cursor) -> None:
    total = Revised(cursor, "INT", ["count(1)", "sum(v)", "max(v)", "median(v)"], [])
    assert total.feed() == ([], [(0, None, None, None)])
    assert total.feed((None, 4, 1)) == ([(0, None, None, None)], [(1, 4, 4, 4.0)])
    assert total.feed((None, 4, -1)) == ([(1, 4, 4, 4.0)], [(0, None, None, None)])


def test_float_that_has_gone_leaves_no_trace_in_a_sum(cursor: Cursor) -> None:
    sums = Revised(cursor, "DOUBLE", ["sum(v)", "avg(v)", "max(v)"], ["k"])
    sums.feed(("a", 1e-9, 1), ("a", 1e18, 1), ("a", math.inf, 1))
    _, new = sums.feed(("a", 1e18, -1))
    assert new == [("a", math.inf, math.inf, math.inf)]
    _, new = sums.feed(("a", math.inf, -1))
    assert new == [("a", 1e-9, 1e-9, 1e-9)]
    sums.feed(("a", math.nan, 1))
    _, new = sums.feed(("a", math.nan, -1), ("a", 2e-9, 1))
    assert new == [("a", 1e-9 + 2e-9, (1e-9 + 2e-9) / 2, 2e-9)]


def test_sum_that_has_left_its_type_comes_back_to_it(cursor: Cursor) -> None:
    sums = Revised(cursor, "BIGINT", ["try_sum(v)"], ["k"])
    most = 2**63 - 1
    assert sums.feed(("a", most, 1), ("a", 1, 1))[1] == [("a", None)]
    assert sums.feed(("a", 1, -1))[1] == [("a", most)]


def test_sum_outside_of_its_type_is_an_error(cursor: Cursor) -> None:
    sums = Revised(cursor, "BIGINT", ["sum(v)"], ["k"])
    with pytest.raises(ExecutionError, match="ARITHMETIC_OVERFLOW"):
        sums.feed(("a", 2**63 - 1, 1), ("a", 1, 1))


def test_extreme_is_looked_for_again_only_where_it_has_gone(
    cursor: Cursor, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = Revised(cursor, "INT", ["max(v)"], ["k"])
    (values,) = top.operator._values
    walked: list[int] = []
    lists = values.lists
    monkeypatch.setattr(
        values,
        "lists",
        lambda groups, *rest, **more: (
            walked.append(len(groups)),
            lists(groups, *rest, **more),
        )[1],
    )
    top.feed(*((key, number, 1) for key in "ab" for number in range(5)))
    assert top.feed(("a", 4, -1), ("a", 9, 1), ("b", 1, -1))[1] == [("a", 9)]
    assert walked == []
    assert top.feed(("a", 9, -1), ("b", 4, -1), ("b", 4, 1))[1] == [("a", 3)]
    assert walked == [1]


def test_order_of_values_is_that_in_which_they_came(cursor: Cursor) -> None:
    lists = Revised(cursor, "INT", ["collect_list(v)"], ["k"])
    lists.feed(("a", 3, 1), ("a", 1, 1), ("a", 2, 1))
    lists.feed(("a", 3, -1))
    assert lists.feed(("b", 9, 1), ("a", 3, 1))[1] == [("a", [1, 2, 3]), ("b", [9])]


def test_restart_between_batches_changes_nothing(cursor: Cursor) -> None:
    batches = [
        [("a", 1, 1), ("b", 2, 1), ("a", 3, 1), (None, 4, 1)],
        [("a", 3, -1), ("c", 5, 1), ("b", 2, 1)],
        [("c", 5, -1), ("a", 0, 1), ("a", 1, -1), ("b", 2, -1)],
        [("c", 1, 1), ("a", 7, 1)],
    ]
    answers = []
    for restarts in (False, True):
        runs = Revised(cursor, "BIGINT", CALLS, ["k"])
        answers.append([])
        for batch in batches:
            answers[-1].append((runs.feed(*batch), runs.snapshot))
            if restarts:
                runs.restart()
    assert answers[0] == answers[1]


def test_calls_of_the_same_values_share_one_table_of_them(cursor: Cursor) -> None:
    calls = ["max(v)", "min(v)", "first(v)", "count(DISTINCT v)", "sum(v)", "avg(v)"]
    schemas = Revised(cursor, "INT", calls, ["k"]).operator.state_schemas
    assert [schema.store_name for schema in schemas] == ["default", "values-0"]
    names = [field.metadata["unbounded.name"] for field in schemas[0].value_fields]
    assert names == ["rows", "max", "min", "count", "sum", "count"]


def test_rows_are_the_same_in_whatever_batches_they_come(cursor: Cursor) -> None:
    rows = [(key, number % 7, 1) for number, key in enumerate("abcab" * 20)]
    rows += [(key, value, -1) for key, value, _ in rows[:70:3]]
    answers = []
    for size in (1, 9, len(rows)):
        runs = Revised(
            cursor, "INT", ["max(v)", "mode(v)", "sum(v)", "count(1)"], ["k"]
        )
        for start in range(0, len(rows), size):
            runs.feed(*rows[start : start + size])
        answers.append(runs.snapshot)
    assert answers[0] == answers[1] == answers[2]
