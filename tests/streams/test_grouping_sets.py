"""Grouping sets of streams, batch by batch; expectations recorded from Spark 4.3."""

from __future__ import annotations

from typing import Any

import pytest

from tests.streams.steps import (
    AddFile,
    CheckBatches,
    CheckNewAnswer,
    CheckState,
    ExpectFailure,
    Query,
    Start,
    Stop,
    run_steps,
)
from unbounded.errors import AnalysisError
from unbounded.parser import parse_plan
from unbounded.plan.relations import Relation, UnresolvedTable, WithWatermark
from unbounded.plan.tree import transform_down


def query(text: str, *, delay: str | None = "5 minutes") -> Query:
    """A query of SQL over the stream, called `events`."""

    def over(source: Relation) -> Relation:
        events = WithWatermark(source, "time", delay) if delay else source

        def put_in(node: Any) -> Any:
            return events if isinstance(node, UnresolvedTable) else node

        plan: Relation = transform_down(parse_plan(text), put_in)
        return plan

    return over


WINDOW = "window(time, '10 minutes')"
WINDOWED = f"""SELECT window, key, sum(value), grouping_id() FROM events
GROUP BY ROLLUP({WINDOW}, key)"""
IN_EVERY_SET = WINDOWED.replace(f"ROLLUP({WINDOW}, key)", f"{WINDOW}, ROLLUP(key)")
TOTALS = "SELECT key, sum(value), grouping_id() FROM events GROUP BY ROLLUP(key)"

# One file a batch, as it was put before real Spark.
FILES = (
    AddFile("00:01:00 x 1", "00:02:00 y 2", ". z 3"),
    AddFile("00:12:00 x 4", "00:25:00 x 5"),
    AddFile("00:02:00 x 6", "00:27:00 y 7"),
    AddFile("00:50:00 y 8"),
)
ENDED_AT_20 = (
    *("00:00-00:10 x 7 0", "00:00-00:10 y 2 0", "00:00-00:10 . 9 1"),
    *("00:10-00:20 x 4 0", "00:10-00:20 . 4 1"),
)
ENDED_AT_45 = ("00:20-00:30 x 5 0", "00:20-00:30 y 7 0", "00:20-00:30 . 12 1")


@pytest.mark.parametrize(("text", "left"), [(WINDOWED, 3), (IN_EVERY_SET, 2)])
def test_append_mode_gives_windows_that_end_and_never_a_total_of_all(
    tmp_path, text, left
):
    run_steps(
        tmp_path,
        query(text),
        "append",
        *FILES,
        CheckBatches([], [], ENDED_AT_20, [], ENDED_AT_45),
        CheckState(total=left, updated=0, removed=3),
    )


def test_update_mode_gives_every_set_that_a_row_touches(tmp_path):
    first, second, third = "00:00-00:10", "00:10-00:20", "00:20-00:30"
    run_steps(
        tmp_path,
        query(WINDOWED),
        "update",
        *FILES,
        CheckBatches(
            [". . 3 3", f"{first} x 1 0", f"{first} y 2 0", f"{first} . 3 1"],
            [
                *(". . 12 3", f"{second} x 4 0", f"{second} . 4 1"),
                *(f"{third} x 5 0", f"{third} . 5 1"),
            ],
            [
                *(". . 25 3", f"{first} x 7 0", f"{first} . 9 1"),
                *(f"{third} y 7 0", f"{third} . 12 1"),
            ],
            [". . 33 3", "00:50-01:00 y 8 0", "00:50-01:00 . 8 1"],
            [],
        ),
        CheckState(total=3, updated=0, removed=3),
    )


def test_event_time_itself_ends_as_a_key_of_a_cube(tmp_path):
    run_steps(
        tmp_path,
        query(
            "SELECT date_format(time, 'mm') AS m, key, sum(value) FROM events"
            " GROUP BY CUBE(time, key)"
        ),
        "append",
        *FILES,
        CheckBatches(
            [],
            [],
            [
                *("01 x 1", "01 . 1", "12 x 4", "12 . 4"),
                *("02 x 6", "02 y 2", "02 . 8"),
            ],
            [],
            ["25 x 5", "25 . 5", "27 y 7", "27 . 7"],
        ),
        CheckState(total=8, updated=0, removed=4),
    )


def test_sessions_are_those_of_the_rows_of_each_set(tmp_path):
    run_steps(
        tmp_path,
        query(
            "SELECT session_window, key, sum(value), grouping_id() FROM events"
            " GROUP BY session_window(time, '10 minutes'), ROLLUP(key)"
        ),
        "append",
        *FILES,
        CheckBatches(
            [],
            [],
            ["00:02-00:12 y 2 0"],
            ["00:01-00:22 x 11 0", "00:01-00:22 . 13 1"],
            ["00:25-00:35 x 5 0", "00:27-00:37 y 7 0", "00:25-00:37 . 12 1"],
        ),
    )


def test_null_key_and_the_total_of_all_keys_stay_apart_over_a_restart(tmp_path):
    run_steps(
        tmp_path,
        query(TOTALS, delay=None),
        "complete",
        AddFile(". x 1", ". . 2"),
        CheckNewAnswer("x 1 0", ". 2 0", ". 3 1"),
        Stop(),
        Start(),
        AddFile(". x 4"),
        CheckNewAnswer("x 5 0", ". 2 0", ". 7 1"),
    )


def test_sets_alike_are_kept_apart(tmp_path):
    run_steps(
        tmp_path,
        query("SELECT key, sum(value) FROM events GROUP BY GROUPING SETS (key, key)"),
        "update",
        AddFile(". x 1"),
        CheckNewAnswer("x 1", "x 1"),
        AddFile(". x 2"),
        CheckNewAnswer("x 3", "x 3"),
        CheckState(total=2, updated=2),
    )


def test_sets_over_counts_that_are_revised_take_them_back(tmp_path):
    """What Spark refuses unless the check of correctness is off."""
    counts = "SELECT key, count(*) AS n FROM events GROUP BY key"
    run_steps(
        tmp_path,
        query(
            f"SELECT n, key, count(*), grouping_id() FROM ({counts})"
            " GROUP BY ROLLUP(n, key)",
            delay=None,
        ),
        "complete",
        AddFile(". x 1", ". y 1", ". x 1"),
        CheckNewAnswer("2 x 1 0", "1 y 1 0", "2 . 1 1", "1 . 1 1", ". . 2 3"),
        AddFile(". y 1"),
        CheckNewAnswer("2 x 1 0", "2 y 1 0", "2 . 2 1", ". . 2 3"),
    )


def test_changed_sets_are_refused_at_restart(tmp_path):
    """Their number would mean another set."""
    run_steps(
        tmp_path,
        query(TOTALS),
        "complete",
        AddFile(". x 1"),
        CheckNewAnswer("x 1 0", ". 1 1"),
        Stop(),
        ExpectFailure(
            "STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE",
            query(TOTALS.replace("ROLLUP(key)", "ROLLUP(key, value)")),
        ),
    )


def test_append_mode_needs_the_watermark_on_a_key(tmp_path):
    with pytest.raises(AnalysisError) as caught:
        run_steps(tmp_path, query(TOTALS), "append")
    assert caught.value.condition == "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"
