"""A streaming aggregation by itself: partials in, changes out, state between."""

from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa
import pytest

from tests.streams.steps import SCHEMA, Query, grouped
from unbounded.conf import RuntimeConf
from unbounded.operators import StreamingAggregate, Watermarks
from unbounded.parser import parse_schema
from unbounded.plan.relations import Aggregate, UnresolvedDataSource
from unbounded.plan.tree import walk
from unbounded.session import Session, SharedState
from unbounded.state import KeyedState
from unbounded.testing import ManualClock

NONE = Watermarks(0, 0)
WINDOWED = grouped(["window(time, '10 minutes')"], ["count(1)"], delay="5 minutes")


@pytest.fixture
def aggregate(tmp_path):
    """The operator of a query's only aggregation."""
    shared = SharedState(new_id=lambda: "id", clock=ManualClock())
    session = Session(shared, "session", "user", RuntimeConf({}))
    source = UnresolvedDataSource(
        "json", parse_schema(SCHEMA), {}, (str(tmp_path),), is_streaming=True
    )

    def make(query: Query, evicts: bool = True) -> StreamingAggregate:
        plan = session.analyze(query(source))
        (node,) = (n for n in walk(plan) if isinstance(n, Aggregate))
        return StreamingAggregate(
            node, 0, 1, 1000, drops_late_rows=evicts, follows_watermark=evicts
        )

    return make


def state_of(operator: StreamingAggregate) -> KeyedState:
    (schema,) = operator.state_schemas
    return KeyedState(
        [field.data_type for field in schema.key_fields],
        [field.data_type for field in schema.value_fields],
    )


def minute(number: int) -> datetime.datetime:
    start = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return start + datetime.timedelta(minutes=number)


def windows(*counts: tuple[int, int]) -> pa.Table:
    """Partial counts of the ten-minute windows that start there."""
    spans = [{"start": minute(m), "end": minute(m + 10)} for m, _ in counts]
    time = pa.timestamp("us", "UTC")
    span_type = pa.struct([("start", time), ("end", time)])
    return pa.table(
        [pa.array(spans, span_type), pa.array([n for _, n in counts], pa.int64())],
        names=["window", "count"],
    )


def keys(**counts: int) -> pa.Table:
    return pa.table({"key": list(counts), "count": list(counts.values())})


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    """Windows by the minute they start at."""
    return sorted(
        tuple(
            (v["start"] - minute(0)).seconds // 60 if isinstance(v, dict) else v
            for v in row.values()
        )
        for row in table.to_pylist()
    )


def watermarks(late: int, eviction: int) -> Watermarks:
    """Of those minutes."""
    return Watermarks(late * 60_000, eviction * 60_000)


def test_touched_keys_are_updated_and_the_snapshot_has_all(aggregate) -> None:
    operator = aggregate(grouped(["key"], ["count(1)"]))
    state = state_of(operator)
    operator.process([keys(a=1, b=2)], [state], NONE)
    changes, metrics = operator.process([keys(a=3)], [state], NONE)
    assert rows(changes.updated()) == [("a", 4)]
    assert rows(changes.snapshot()) == [("a", 4), ("b", 2)]
    assert rows(changes.final()) == []
    assert (metrics.rows_total, metrics.rows_updated) == (2, 1)


def test_key_ends_at_the_watermark_and_leaves_when_settled(aggregate) -> None:
    operator = aggregate(WINDOWED)
    state = state_of(operator)
    operator.process([windows((0, 1), (10, 1))], [state], NONE)
    changes, metrics = operator.process([windows()], [state], watermarks(0, 10))
    assert rows(changes.final()) == [(0, 1)]
    assert metrics.rows_removed == 1
    assert state.count == 2
    changes.settle()
    assert rows(changes.snapshot()) == [(10, 1)]
    changes, _ = operator.process([windows()], [state], watermarks(10, 10))
    assert rows(changes.final()) == []


def test_key_updated_in_the_batch_that_ends_it_is_both(aggregate) -> None:
    operator = aggregate(WINDOWED)
    state = state_of(operator)
    operator.process([windows((0, 1))], [state], NONE)
    changes, metrics = operator.process([windows((0, 2))], [state], watermarks(0, 15))
    assert rows(changes.updated()) == rows(changes.final()) == [(0, 3)]
    assert (metrics.rows_updated, metrics.rows_removed) == (1, 1)
    assert metrics.rows_total == 0


def test_late_key_is_dropped_by_the_watermark_of_the_batch_before(aggregate) -> None:
    operator = aggregate(WINDOWED)
    state = state_of(operator)
    changes, metrics = operator.process(
        [windows((0, 1), (10, 1))], [state], watermarks(10, 20)
    )
    assert metrics.rows_dropped_by_watermark == 1
    assert rows(changes.final()) == [(10, 1)]


def test_revision_retracts_former_rows_and_inserts_the_new(aggregate) -> None:
    operator = aggregate(grouped(["key"], ["count(1)"]))
    state = state_of(operator)
    operator.process([keys(a=1, b=2)], [state], NONE)
    changes, _ = operator.process([keys(b=3, c=4)], [state], NONE)
    assert rows(changes.revision()) == [("b", 2, -1), ("b", 5, 1), ("c", 4, 1)]


def test_complete_result_drops_nothing_and_keeps_all(aggregate) -> None:
    operator = aggregate(WINDOWED, evicts=False)
    state = state_of(operator)
    changes, metrics = operator.process([windows((0, 1))], [state], watermarks(60, 60))
    assert rows(changes.snapshot()) == [(0, 1)]
    assert metrics.rows_dropped_by_watermark == 0
    assert not operator.needs_batch(watermarks(0, 0), 60_000)


def test_batch_is_needed_once_the_watermark_has_moved(aggregate) -> None:
    operator = aggregate(WINDOWED)
    assert operator.needs_batch(watermarks(0, 5), 5 * 60_000 + 1)
    assert not operator.needs_batch(watermarks(0, 5), 5 * 60_000)


def test_recovered_state_ends_as_if_it_had_never_been_away(aggregate) -> None:
    operator = aggregate(WINDOWED)
    state = state_of(operator)
    operator.process([windows((0, 1), (10, 2))], [state], NONE)
    again = aggregate(WINDOWED)
    again.recover([state])
    changes, _ = again.process([windows()], [state], watermarks(0, 10))
    assert rows(changes.final()) == [(0, 1)]


def test_batch_of_no_rows_changes_nothing(aggregate) -> None:
    operator = aggregate(grouped(["key"], ["count(1)"]))
    state = state_of(operator)
    empty = keys(a=1).slice(0, 0)
    changes, metrics = operator.process([empty], [state], NONE)
    assert rows(changes.updated()) == rows(changes.snapshot()) == []
    assert (metrics.rows_total, metrics.rows_updated) == (0, 0)


def test_state_is_named_by_what_it_holds(aggregate) -> None:
    query = grouped(
        ["upper(key) AS k"], ["avg(value) AS m", "sum(value) FILTER (WHERE value > 1)"]
    )
    (schema,) = aggregate(query).state_schemas
    assert [field.name for field in schema.key_fields] == ["upper(key)"]
    assert [field.name for field in schema.value_fields] == [
        "sum(CAST(value AS double))",
        "count(value)",
        "sum(value) FILTER (WHERE greater(value, CAST(1 AS bigint)))",
    ]


@pytest.mark.parametrize(
    ("call", "names"),
    [
        ("sum(CAST(value AS DECIMAL(5, 1)))", ["sum(CAST(value AS decimal(5,1)))"]),
        ("stddev(value)", ["n(CAST(value AS double))", "mean(CAST(value AS double))"]),
        ("first(key)", ["first(key, False)", "value_set(key, False)"]),
        ("any_value(key, true)", ["first(key, True)", "value_set(key, True)"]),
        ("count(DISTINCT value)", ["count(DISTINCT value)"]),
        ("median(value)", ["kept_values(value)"]),
        ("percentile(value, 0.9)", ["kept_values(value)"]),
    ],
)
def test_names_tell_what_is_kept_and_not_how_it_is_called(
    aggregate, call: str, names: list[str]
) -> None:
    schema, *_ = aggregate(grouped(["key"], [f"{call} AS alias"])).state_schemas
    found = [field.name for field in schema.value_fields]
    assert found[: len(names)] == names


def test_pairs_of_distinct_values_are_named_by_value_and_condition(aggregate) -> None:
    call = "sum(DISTINCT value) FILTER (WHERE key IS NULL)"
    _, pairs = aggregate(grouped(["key"], [call])).state_schemas
    assert [field.name for field in pairs.key_fields] == [
        "key",
        "value FILTER (WHERE is_null(key))",
    ]
    assert (pairs.store_name, pairs.value_fields) == ("distinct-0", ())
