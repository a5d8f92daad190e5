"""Sessions by themselves: cuts of a table, and the one statement over all of it."""

from __future__ import annotations

import collections
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from tests.operators.aggregation import Aggregation, assert_same
from unbounded.engine import Cursor
from unbounded.operators import WEIGHT, SessionWindowAggregate, Watermarks
from unbounded.plan.relations import Aggregate

START = datetime(2026, 1, 1, tzinfo=UTC)
BY_GAP = "session_window(time, gap)"


class Sessions(Aggregation):
    """An aggregation whose keys hold a session."""

    def new_operator(self) -> Any:
        return SessionWindowAggregate(
            self._node, 0, 99, 1000, evicts=self._evicts, follows_watermark=True
        )

    @property
    def node(self) -> Aggregate:
        return self._node


def events(seed: int, count: int = 60) -> pa.Table:
    """Rows of few keys, ties and nulls among them, with a gap of each row's own."""
    rng = random.Random(seed)
    times = [
        None if rng.random() < 0.05 else START + timedelta(minutes=rng.randint(0, 240))
        for _ in range(count)
    ]
    gaps = [rng.choice(["1 minute", "7 minutes", "30 seconds", "soon"]) for _ in times]
    return pa.table(
        {
            "time": pa.array(times, pa.timestamp("us", "UTC")),
            "gap": gaps,
            "k": [rng.choice(["a", "b", None]) for _ in times],
            "v": pa.array([rng.choice([*range(9), None]) for _ in times], pa.int64()),
            "x": [rng.uniform(-1, 1) for _ in times],
        }
    )


def cuts(seed: int, count: int = 60) -> list[int]:
    rng = random.Random(seed)
    return sorted(rng.sample(range(count), rng.randint(0, 8)))


FUNCTIONS = [
    "count(*)",
    "sum(v)",
    "avg(x)",
    "min(v)",
    "max(k)",
    "stddev(x)",
    "corr(v, x)",
    "count(DISTINCT v)",
    "sum(DISTINCT v)",
    "sort_array(collect_set(v))",
    "sort_array(collect_list(v))",
    "median(v)",
    "bit_xor(v)",
    "sum(v) FILTER (WHERE x > 0)",
]


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("keys", [[BY_GAP, "k"], [BY_GAP], ["k", "v", BY_GAP]])
def test_batches_of_sessions_make_what_one_statement_makes(
    cursor: Cursor, keys: list[str], seed: int, restarts: bool
) -> None:
    runs = Sessions(cursor, events(seed), keys, FUNCTIONS)
    assert_same(runs.stream(cuts(seed), restarts=restarts), runs.batch())


@pytest.mark.parametrize("seed", range(3))
def test_revisions_add_up_to_the_sessions(cursor: Cursor, seed: int) -> None:
    """Every row taken back was there, and none is left that should be gone."""
    runs = Sessions(cursor, events(seed), [BY_GAP, "k"], ["count(*)", "sum(v)"])
    table: collections.Counter[str] = collections.Counter()
    for changes in runs.run(cuts(seed), restarts=True):
        revision = changes.revision().to_pylist()
        for row in revision:
            weight = row.pop(WEIGHT)
            table[repr(row)] += weight
            assert table[repr(row)] >= 0
        snapshot = [repr(row) for row in changes.snapshot().to_pylist()]
        assert sorted(table.elements()) == sorted(snapshot)


@pytest.mark.parametrize("seed", range(3))
def test_final_sessions_and_those_held_are_all(cursor: Cursor, seed: int) -> None:
    """No row is late, so what left and what is held is what one statement makes."""
    table = events(seed).filter(pa.compute.field("time").is_valid()).sort_by("time")
    whole = Sessions(cursor, table, [BY_GAP, "k"], ["count(*)", "max(v)"]).batch()
    runs = Sessions(
        cursor, table, [BY_GAP, "k"], ["count(*)", "max(v)"], delay="1 minute"
    )
    runs.states = runs.new_states()
    gone: list[Any] = []
    late = eviction = 0
    for start in range(0, len(table), 7):
        rows = table.slice(start, 7)
        changes = runs.process(rows, Watermarks(late, eviction))
        gone += runs.rows(changes.final())
        changes.settle()
        last = rows.column("time")[-1].as_py() - timedelta(minutes=1)
        late, eviction = eviction, int(last.timestamp() * 1000)
        runs.restart()
    held = runs.rows(changes.snapshot())
    assert_same(sorted([*gone, *held], key=repr), whole)


def test_nothing_of_untouched_keys_is_written_again(cursor: Cursor) -> None:
    table = events(1)
    runs = Sessions(cursor, table, [BY_GAP, "k"], ["count(*)"])
    *_, _ = runs.run([])
    (state,) = runs.states
    state.take_changes()
    one = table.filter(pa.compute.field("k") == "a").slice(0, 1)
    runs.process(one, Watermarks(0, 0))
    assert len(state.take_changes().upserted) == 1


def test_evicted_key_leaves_nothing_behind(cursor: Cursor) -> None:
    table = events(2).filter(pa.compute.field("time").is_valid())
    runs = Sessions(cursor, table, [BY_GAP, "k"], ["count(*)"], delay="1 minute")
    runs.states = runs.new_states()
    runs.process(table, Watermarks(0, 0)).settle()
    end = int((START + timedelta(days=1)).timestamp() * 1000)
    changes = runs.process(table.slice(0, 0), Watermarks(0, end))
    assert changes.final().num_rows > 0
    changes.settle()
    assert runs.states[0].count == 0
    again = runs.process(table, Watermarks(0, 0))
    assert_same(runs.rows(again.snapshot()), runs.rows(again.updated()))
