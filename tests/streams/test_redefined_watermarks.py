"""A watermark above another, which Spark refuses in the first batch that has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.streams.steps import (
    AddFile,
    CheckNewAnswer,
    ExpectFailure,
    Query,
    Start,
    Stop,
    filtered,
    grouped,
    run_steps,
)
from unbounded.plan.relations import Relation, WithWatermark

SEVERAL = "spark.sql.streaming.statefulOperator.allowMultiple"
NO_DATA = "spark.sql.streaming.noDataMicroBatches.enabled"
REDEFINED = "_LEGACY_ERROR_TEMP_3076"


def marked_twice(query: Query) -> Query:
    def marked(source: Relation) -> Relation:
        below = WithWatermark(source, "time", "1 minute")
        return query(WithWatermark(below, "time", "2 minutes"))

    return marked


COUNTS = marked_twice(grouped(["key"], ["count(1)"]))
ROWS = marked_twice(filtered("value > 0"))


@pytest.mark.parametrize("query", [COUNTS, ROWS])
def test_first_batch_is_without_a_watermark_and_the_next_fails(
    tmp_path: Path, query: Query
) -> None:
    world = run_steps(
        tmp_path,
        query,
        "update",
        AddFile("12:00:00 a 1"),
        ExpectFailure(REDEFINED),
        AddFile("12:30:00 a 1"),
        ExpectFailure(REDEFINED),
    )

    assert len(world.deliveries) == 1


def test_query_whose_watermark_does_not_move_goes_on(tmp_path: Path) -> None:
    world = run_steps(
        tmp_path, COUNTS, "update", AddFile(". a 1"), CheckNewAnswer("a 1")
    )

    assert len(world.deliveries) == 1


def test_without_batches_of_no_data_the_next_one_fails_when_planned(
    tmp_path: Path,
) -> None:
    world = run_steps(
        tmp_path,
        COUNTS,
        "update",
        AddFile("12:00:00 a 1"),
        CheckNewAnswer("a 1"),
        AddFile("12:30:00 a 1"),
        ExpectFailure(REDEFINED),
        confs={NO_DATA: "false"},
    )

    assert sorted(path.name for path in tmp_path.glob("checkpoint/offsets/[0-9]*")) == [
        "0",
        "1",
    ]
    assert len(world.deliveries) == 1


def test_one_operator_alone_takes_the_watermark_above(tmp_path: Path) -> None:
    run_steps(
        tmp_path,
        COUNTS,
        "update",
        AddFile("12:00:00 a 1"),
        CheckNewAnswer("a 1"),
        Stop(),
        Start(),
        AddFile("12:30:00 a 1"),
        CheckNewAnswer("a 2"),
        confs={SEVERAL: "false", NO_DATA: "false"},
    )
