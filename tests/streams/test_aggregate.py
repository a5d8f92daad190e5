"""Streaming aggregation, batch by batch; expectations recorded from Spark 4.3."""

import pytest

from tests.streams.steps import (
    AddFile,
    CheckBatches,
    CheckNewAnswer,
    CheckState,
    ExpectFailure,
    Start,
    Stop,
    filtered,
    grouped,
    run_steps,
)

COUNTS = grouped(["key"], ["count(1)"])
WINDOWED = grouped(
    ["window(time, '10 minutes')", "key"], ["count(1)"], delay="5 minutes"
)

# One file a batch, as it was put before real Spark.
FILES = (
    AddFile("00:01:00 a 1", "00:12:00 b 1"),
    AddFile("00:25:00 a 1", "00:02:00 late 1"),
    AddFile("00:03:00 late 1", "00:16:00 b 1"),
    AddFile("01:00:00 z 1", ". n 1"),
)


def test_complete_mode_gives_the_whole_table_each_batch(tmp_path):
    run_steps(
        tmp_path,
        COUNTS,
        "complete",
        AddFile("00:00:00 a 1", "00:00:00 b 1"),
        CheckNewAnswer("a 1", "b 1"),
        AddFile("00:00:00 a 1"),
        CheckNewAnswer("a 2", "b 1"),
        CheckState(total=2, updated=1),
    )


def test_update_mode_gives_the_keys_touched(tmp_path):
    run_steps(
        tmp_path,
        COUNTS,
        "update",
        AddFile("00:00:00 a 1", "00:00:00 b 1"),
        CheckNewAnswer("a 1", "b 1"),
        AddFile("00:00:00 a 1"),
        CheckNewAnswer("a 2"),
    )


def test_append_mode_gives_a_window_once_the_watermark_passes_it(tmp_path):
    run_steps(
        tmp_path,
        WINDOWED,
        "append",
        *FILES,
        CheckBatches(
            [],
            [],
            ["00:00-00:10 a 1", "00:00-00:10 late 2", "00:10-00:20 b 2"],
            [],
            ["00:20-00:30 a 1"],
        ),
        CheckState(total=1, updated=0, removed=1),
    )


def test_update_mode_evicts_what_it_has_given(tmp_path):
    run_steps(
        tmp_path,
        WINDOWED,
        "update",
        *FILES,
        CheckBatches(
            ["00:00-00:10 a 1", "00:10-00:20 b 1"],
            ["00:00-00:10 late 1", "00:20-00:30 a 1"],
            ["00:00-00:10 late 2", "00:10-00:20 b 2"],
            ["01:00-01:10 z 1"],
            [],
        ),
    )


def test_complete_mode_never_evicts(tmp_path):
    run_steps(
        tmp_path,
        WINDOWED,
        "complete",
        *FILES,
        CheckBatches(
            ["00:00-00:10 a 1", "00:10-00:20 b 1"],
            [
                "00:00-00:10 a 1",
                "00:00-00:10 late 1",
                "00:10-00:20 b 1",
                "00:20-00:30 a 1",
            ],
            [
                "00:00-00:10 a 1",
                "00:00-00:10 late 2",
                "00:10-00:20 b 2",
                "00:20-00:30 a 1",
            ],
            [
                "00:00-00:10 a 1",
                "00:00-00:10 late 2",
                "00:10-00:20 b 2",
                "00:20-00:30 a 1",
                "01:00-01:10 z 1",
            ],
        ),
    )


def test_watermark_that_moves_asks_for_a_batch_even_if_no_key_carries_it(tmp_path):
    run_steps(
        tmp_path,
        grouped(["key"], ["count(1)"], delay="5 minutes"),
        "update",
        *FILES,
        CheckBatches(
            ["a 1", "b 1"], ["a 2", "late 1"], ["b 2", "late 2"], ["n 1", "z 1"], []
        ),
    )


def test_late_group_is_dropped_after_the_watermark_passed_it(tmp_path):
    run_steps(
        tmp_path,
        WINDOWED,
        "update",
        AddFile("00:30:00 a 1"),
        CheckNewAnswer(),
        AddFile("00:05:00 late 1", "00:05:30 late 1", "00:31:00 a 1"),
        CheckBatches(["00:30-00:40 a 2"], []),
        CheckState(total=1, updated=0),
    )


def test_global_aggregate_is_one_row(tmp_path):
    run_steps(
        tmp_path,
        grouped([], ["count(1)", "sum(value)", "avg(value)", "min(key)", "max(value)"]),
        "complete",
        AddFile("00:00:00 a 1", "00:00:00 b 2", "00:00:00 . ."),
        CheckNewAnswer("3 3 1.5 a 2"),
        AddFile("00:00:00 c 6"),
        CheckNewAnswer("4 9 3.0 a 6"),
    )


def test_aggregates_skip_nulls_and_null_is_a_key(tmp_path):
    run_steps(
        tmp_path,
        grouped(["key"], ["count(value)", "sum(value)", "avg(value)", "max(value)"]),
        "update",
        AddFile("00:00:00 a .", "00:00:00 . 5"),
        CheckNewAnswer("a 0 . . .", ". 1 5 5.0 5"),
        AddFile("00:00:00 a 4", "00:00:00 . 7"),
        CheckNewAnswer("a 1 4 4.0 4", ". 2 12 6.0 7"),
    )


def test_sliding_window_counts_a_row_in_each_window(tmp_path):
    run_steps(
        tmp_path,
        grouped(["window(time, '10 minutes', '5 minutes')"], ["count(1)"]),
        "update",
        AddFile("00:12:00 a 1"),
        CheckNewAnswer("00:05-00:15 1", "00:10-00:20 1"),
    )


def test_state_and_offsets_survive_a_restart(tmp_path):
    run_steps(
        tmp_path,
        COUNTS,
        "update",
        AddFile("00:00:00 a 1"),
        CheckNewAnswer("a 1"),
        Stop(),
        AddFile("00:00:00 a 1"),
        Start(),
        CheckBatches(["a 2"]),
    )


def test_no_batch_without_data_follows_a_restart(tmp_path):
    run_steps(
        tmp_path,
        WINDOWED,
        "append",
        AddFile("00:01:00 a 1"),
        CheckBatches([], []),
        Stop(),
        Start(),
        CheckBatches(),
    )


def test_edited_filter_keeps_the_state(tmp_path):
    def above(least):
        return lambda source: COUNTS(filtered(f"value > {least}")(source))

    run_steps(
        tmp_path,
        above(0),
        "update",
        AddFile("00:00:00 a 1"),
        CheckNewAnswer("a 1"),
        Stop(),
        AddFile("00:00:00 a 1", "00:00:00 a 9"),
        Start(above(5)),
        CheckNewAnswer("a 2"),
    )


@pytest.mark.parametrize("mode", ["append", "update"])
def test_stateless_query_passes_rows_through(tmp_path, mode):
    run_steps(
        tmp_path,
        filtered("value > 1"),
        mode,
        AddFile("00:00:00 a 1", "00:00:00 b 2"),
        CheckNewAnswer("2026-01-01 00:00:00+00:00 b 2"),
    )


def test_renamed_result_keeps_the_state(tmp_path):
    run_steps(
        tmp_path,
        grouped(["key"], ["sum(value) AS total"]),
        "update",
        AddFile("00:00:00 a 1"),
        CheckNewAnswer("a 1"),
        Stop(),
        AddFile("00:00:00 a 2"),
        Start(grouped(["key"], ["sum(value) AS amount"])),
        CheckNewAnswer("a 3"),
    )


@pytest.mark.parametrize(
    ("changed", "condition"),
    [
        (grouped(["value"], ["count(1)"]), "STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE"),
        (grouped(["key"], ["sum(value)"]), "STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE"),
    ],
)
def test_another_key_or_aggregate_is_refused_by_name(tmp_path, changed, condition):
    run_steps(
        tmp_path,
        COUNTS,
        "update",
        AddFile("00:00:00 a 1"),
        CheckNewAnswer("a 1"),
        Stop(),
        ExpectFailure(condition, changed),
    )
