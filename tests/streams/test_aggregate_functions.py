"""Aggregate functions over batches and restarts: distinct values, lists, picks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.streams.steps import (
    AddFile,
    CheckBatches,
    CheckNewAnswer,
    CheckState,
    Start,
    Stop,
    assert_restarts_change_nothing,
    grouped,
    run_steps,
)

DISTINCT = grouped(["key"], ["count(DISTINCT value)", "sum(DISTINCT value)"])


def test_distinct_values_are_remembered_over_a_restart(tmp_path: Path) -> None:
    run_steps(
        tmp_path,
        DISTINCT,
        "update",
        AddFile("00:00:00 a 1", "00:00:00 a 2", "00:00:00 b 1"),
        CheckNewAnswer("a 2 3", "b 1 1"),
        Stop(),
        AddFile("00:00:00 a 2", "00:00:00 a 5"),
        Start(),
        CheckNewAnswer("a 3 8"),
        CheckState(total=2, updated=1),
    )


def test_distinct_values_end_with_their_window(tmp_path: Path) -> None:
    run_steps(
        tmp_path,
        grouped(
            ["window(time, '10 minutes')"], ["count(DISTINCT key)"], delay="0 seconds"
        ),
        "append",
        AddFile("00:01:00 a 1", "00:02:00 b 1"),
        AddFile("00:03:00 a 1", "00:12:00 a 1"),
        AddFile("00:25:00 a 1"),
        CheckBatches([], [], ["00:00-00:10 2"], ["00:10-00:20 1"]),
    )


def test_global_aggregation_of_nothing_is_one_row(tmp_path: Path) -> None:
    calls = ["count(DISTINCT key)", "collect_list(key)", "stddev(value)", "first(key)"]
    run_steps(
        tmp_path,
        grouped([], [f"{call} FILTER (WHERE value > 5)" for call in calls]),
        "complete",
        AddFile("00:00:00 a 1"),
        CheckNewAnswer("0 [] . ."),
        AddFile("00:00:00 b 7"),
        CheckNewAnswer("1 ['b'] . b"),
    )


@pytest.mark.parametrize(
    "calls",
    [
        ["count(DISTINCT key, value)", "collect_set(value)"],
        ["collect_list(value)", "first(value)", "last(value)", "listagg(key)"],
        ["max_by(key, value)", "mode(key)", "percentile(value, 0.5)"],
        # The last bits of sums of doubles depend on the threads' turns.
        [
            f"round({call}, 9)"
            for call in ("stddev(value)", "kurtosis(value)", "corr(value, value % 3)")
        ],
    ],
)
def test_restarts_change_nothing(tmp_path: Path, calls: list[str]) -> None:
    files = (
        AddFile("00:00:00 a 1", "00:00:00 b 7", "00:00:00 a ."),
        AddFile("00:00:00 b 2", "00:00:00 b 7"),
        AddFile("00:00:00 a 4", "00:00:00 . 3"),
    )
    assert_restarts_change_nothing(tmp_path, grouped(["key"], calls), "update", files)


def test_values_of_sliding_windows_come_in_the_order_of_rows(tmp_path: Path) -> None:
    run_steps(
        tmp_path,
        grouped(["window(time, '10 minutes', '5 minutes')"], ["collect_list(value)"]),
        "complete",
        AddFile("00:06:00 a 1", "00:11:00 a 2"),
        AddFile("00:08:00 a 3", "00:12:00 a 4"),
        CheckNewAnswer(
            "00:00-00:10 [1, 3]", "00:05-00:15 [1, 2, 3, 4]", "00:10-00:20 [2, 4]"
        ),
    )
