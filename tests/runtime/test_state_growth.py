from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.streams.steps import SCHEMA, Query, filtered, grouped
from unbounded.conf import RuntimeConf
from unbounded.parser import parse_expression, parse_schema
from unbounded.plan.commands import AvailableNowTrigger, WriteStream
from unbounded.plan.relations import (
    Deduplicate,
    Project,
    Relation,
    Tail,
    UnresolvedDataSource,
    UnresolvedJoin,
    WithWatermark,
)
from unbounded.runtime import QueryDefinition
from unbounded.runtime.emission import emission_of
from unbounded.runtime.state_growth import growing_states
from unbounded.session import Session, SharedState
from unbounded.testing import ManualClock

WINDOW = "window(time, '10 minutes')"


def write(folder: Path, query: Query, output_mode: str) -> WriteStream:
    (folder / "in").mkdir(exist_ok=True)
    source = UnresolvedDataSource(
        "json", parse_schema(SCHEMA), {}, (str(folder / "in"),), is_streaming=True
    )
    return WriteStream(
        query(source),
        "noop",
        output_mode,  # type: ignore[arg-type]
        trigger=AvailableNowTrigger(),
        query_name="counts",
        options={"checkpointlocation": str(folder / "checkpoint")},
    )


def session_of() -> Session:
    shared = SharedState(new_id=lambda: "id", clock=ManualClock())
    return Session(shared, "session", "user", RuntimeConf())


def define(folder: Path, query: Query, output_mode: str) -> QueryDefinition:
    return session_of().streams.define(write(folder, query, output_mode))


def deduplicated(*names: str, delay: str | None, within: bool = False) -> Query:
    def query(source: Relation) -> Relation:
        child = WithWatermark(source, "time", delay) if delay else source
        return Deduplicate(child, names, not names, within)

    return query


def joined_to_itself(condition: str, delay: str | None = "1 hour") -> Query:
    """The stream beside itself, whose time is `at`; both with a watermark or none."""

    def query(source: Relation) -> Relation:
        columns = ("time AS at", "key AS other", "value AS x")
        right: Relation = Project(source, tuple(map(parse_expression, columns)))
        left = source
        if delay:
            left = WithWatermark(source, "time", delay)
            right = WithWatermark(right, "at", delay)
        return UnresolvedJoin(left, right, "inner", parse_expression(condition))

    return query


KEEPS_LEFT = "a join keeps every row of its left side"
KEEPS_RIGHT = "a join keeps every row of its right side"
KEEPS_BOTH = "a join keeps every row of both sides"


@pytest.mark.parametrize(
    ("query", "output_mode", "what"),
    [
        (grouped(["key"], ["count(1)"]), "update", "an aggregation keeps every group"),
        (grouped(["key"], ["count(1)"]), "complete", "output mode complete"),
        (grouped([WINDOW], ["count(1)"]), "update", "an aggregation keeps every group"),
        (
            grouped([WINDOW], ["count(1)"], delay="1 hour"),
            "complete",
            "output mode complete",
        ),
        (
            grouped(["key"], ["count(1)"], delay="1 hour"),
            "update",
            "an aggregation keeps every group",
        ),
        (
            lambda source: Tail(source, 2),
            "update",
            "every row is kept, as the whole table is asked for",
        ),
        (grouped([], ["collect_list(value)"]), "update", "collect_list without groups"),
        (
            grouped([], ["count(1)", "count(DISTINCT key)"]),
            "update",
            "count without groups",
        ),
        (deduplicated("key", delay=None), "append", "a deduplication keeps every key"),
        (deduplicated("key", delay="1 hour"), "append", "a deduplication keeps"),
        (joined_to_itself("key = other"), "append", KEEPS_BOTH),
        (joined_to_itself("time = at", None), "update", KEEPS_BOTH),
        (joined_to_itself("key = other AND time >= at"), "append", KEEPS_RIGHT),
        (joined_to_itself("key = other AND time <= at"), "append", KEEPS_LEFT),
    ],
)
def test_state_that_nothing_leaves_grows(
    tmp_path: Path, query: Query, output_mode: str, what: str
) -> None:
    definition = define(tmp_path, query, output_mode)
    (growing,) = growing_states(definition.plan, emission_of(definition.output_mode))
    assert growing.startswith(what)


@pytest.mark.parametrize(
    ("query", "output_mode"),
    [
        (filtered("value > 1"), "append"),
        (grouped([WINDOW, "key"], ["count(1)"], delay="1 hour"), "append"),
        (grouped([WINDOW, "key"], ["collect_list(value)"], delay="1 hour"), "update"),
        (grouped(["time"], ["count(1)"], delay="1 hour"), "update"),
        (grouped([], ["count(1)", "max(value)", "avg(value)"]), "complete"),
        (deduplicated("key", "time", delay="1 hour"), "append"),
        (deduplicated("key", delay="1 hour", within=True), "append"),
        (joined_to_itself("time = at"), "append"),
        (joined_to_itself("at BETWEEN time AND time + INTERVAL 1 HOUR"), "update"),
    ],
)
def test_state_that_is_bounded_does_not_grow(
    tmp_path: Path, query: Query, output_mode: str
) -> None:
    definition = define(tmp_path, query, output_mode)
    emission = emission_of(definition.output_mode)
    assert growing_states(definition.plan, emission) == []


def test_growing_state_warns_once_a_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    session = session_of()
    for starts in (1, 2):
        command = write(tmp_path, grouped(["key"], ["count(1)"]), "update")
        with caplog.at_level(logging.WARNING, "unbounded"):
            session.streams.start(command).await_termination(10_000)
        warnings = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
        assert len(warnings) == starts
    assert warnings[0].startswith("[STATE_CAN_ONLY_GROW] Query counts keeps a state")
    session.close()


def test_bounded_state_does_not_warn(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    session = session_of()
    query = grouped([WINDOW], ["count(1)"], delay="1 hour")
    with caplog.at_level(logging.WARNING, "unbounded"):
        session.streams.start(write(tmp_path, query, "append")).await_termination(9_000)
    assert not caplog.records
    session.close()
