"""Deduplication as a stream; the batches and their numbers are real Spark's."""

from __future__ import annotations

import pytest

from tests.streams.steps import (
    AddFile,
    CheckBatches,
    Drain,
    ExpectFailure,
    Query,
    Start,
    Stop,
    StreamWorld,
    assert_restarts_change_nothing,
    expressions,
    grouped,
    run_steps,
)
from unbounded.errors import AnalysisError
from unbounded.plan.relations import (
    Deduplicate,
    Project,
    Relation,
    ToDF,
    WithWatermark,
)


def deduplicated(
    *names: str,
    delay: str | None = None,
    within: bool = False,
    shown: tuple[str, ...] = ("value",),
) -> Query:
    """`[withWatermark(time, delay).] dropDuplicates[WithinWatermark](names)`."""

    def query(source: Relation) -> Relation:
        child = WithWatermark(source, "time", delay) if delay else source
        rows = Deduplicate(child, names, not names, within)
        return Project(rows, expressions(*shown))

    return query


def above(upper: Query, lower: Query) -> Query:
    return lambda source: upper(lower(source))


def numbers(world: StreamWorld, operator: int = 0) -> list[tuple[int, ...]]:
    """Of each batch: keys held, new, let go of, late rows and duplicates."""
    found = []
    for report in world.reports:
        metrics = report.operators[operator].metrics
        duplicates = metrics.custom["numDroppedDuplicateRows"]
        found.append(
            (
                metrics.rows_total,
                metrics.rows_updated,
                metrics.rows_removed,
                metrics.rows_dropped_by_watermark,
                duplicates,
            )
        )
    return found


KEYS = (
    AddFile("10:00:00 a 0", "10:01:00 b 1", "10:02:00 a 2"),
    AddFile("10:30:00 b 30", "10:31:00 c 31"),
    AddFile("10:05:00 d 5", "10:32:00 a 32"),
    AddFile("11:00:00 e 60"),
    AddFile("11:01:00 a 61"),
)
KEY_BATCHES = (["0", "1"], ["31"], ["5"], ["60"], [])
KEY_NUMBERS = [(2, 2, 0, 0, 1), (3, 1, 0, 0, 1), (4, 1, 0, 0, 1), (5, 1, 0, 0, 0)]
KEY_NUMBERS += [(5, 0, 0, 0, 1)]

TIMES = (
    AddFile("10:00:00 . 0", "10:01:00 . 1", "10:00:00 . 0"),
    AddFile("10:00:00 . 0", "10:30:00 . 30"),
    AddFile("10:00:00 . 0", "10:20:00 . 20", "10:30:00 . 30", "10:25:00 . 25"),
    AddFile(". . 1", ". . 1"),
    AddFile("11:00:00 . 60"),
    AddFile("10:20:00 . 20", "10:21:00 . 21", "10:50:00 . 50"),
)
TIME_BATCHES = (["0", "1"], ["30"], ["20", "25"], ["1"], ["60"], ["21", "50"])
TIME_NUMBERS = [(2, 2, 0, 0, 1), (3, 1, 0, 0, 1), (2, 2, 3, 0, 2), (3, 1, 0, 0, 1)]
TIME_NUMBERS += [(4, 1, 0, 0, 0), (2, 2, 4, 1, 0)]

WITHIN = (
    AddFile("10:00:00 a 0", "10:05:00 a 5", "10:01:00 b 1"),
    AddFile("10:09:00 a 9", "10:22:00 c 22"),
    AddFile("10:10:00 a 10", "10:13:00 a 13"),
    AddFile(". n 7", ". n 8"),
    AddFile(". n 9"),
    AddFile("11:00:00 a 60"),
    AddFile("10:05:00 z 5", "11:00:00 c 61"),
)
WITHIN_BATCHES = (["0", "1"], ["22"], [], ["7"], ["9"], ["60"], [])
WITHIN_NUMBERS = [(2, 2, 0, 0, 1), (3, 1, 0, 0, 1), (1, 0, 2, 0, 2), (1, 1, 1, 0, 1)]
WITHIN_NUMBERS += [(1, 1, 1, 0, 0), (2, 1, 0, 0, 0), (1, 0, 1, 1, 1)]

MODES = pytest.mark.parametrize("output_mode", ["append", "update"])


@MODES
def test_row_goes_on_once_for_each_key(tmp_path, output_mode):
    world = run_steps(
        tmp_path, deduplicated("key"), output_mode, *KEYS, CheckBatches(*KEY_BATCHES)
    )
    assert numbers(world) == KEY_NUMBERS
    assert world.reports[0].operators[0].name == "dedupe"


def test_watermark_that_moves_asks_for_a_batch_though_no_key_can_leave(tmp_path):
    world = run_steps(
        tmp_path,
        deduplicated("key", delay="10 minutes"),
        "append",
        *KEYS,
        CheckBatches(*KEY_BATCHES, []),
    )
    assert numbers(world) == [*KEY_NUMBERS, (5, 0, 0, 0, 0)]


def test_row_behind_the_watermark_is_late_though_the_key_has_no_time(tmp_path):
    world = run_steps(
        tmp_path,
        deduplicated("key", delay="0 seconds"),
        "append",
        AddFile("10:30:00 a 0"),
        AddFile("10:31:00 a 1"),
        AddFile("10:30:00 b 2", "10:30:01 c 3"),
        CheckBatches(["0"], [], ["3"]),
    )
    assert numbers(world) == [(1, 1, 0, 0, 0), (1, 0, 0, 0, 1), (2, 1, 0, 1, 0)]


@MODES
@pytest.mark.parametrize("names", [("time",), ("value", "time")])
def test_key_with_the_event_time_leaves_when_it_is_late(tmp_path, output_mode, names):
    world = run_steps(
        tmp_path,
        deduplicated(*names, delay="10 minutes"),
        output_mode,
        *TIMES,
        CheckBatches(*TIME_BATCHES),
    )
    assert numbers(world) == TIME_NUMBERS


def test_all_columns_are_the_key_where_none_is_named(tmp_path):
    world = run_steps(
        tmp_path,
        deduplicated(delay="10 minutes"),
        "append",
        *TIMES,
        CheckBatches(*TIME_BATCHES),
    )
    assert numbers(world) == TIME_NUMBERS


@MODES
def test_key_within_the_watermark_is_held_for_the_delay(tmp_path, output_mode):
    world = run_steps(
        tmp_path,
        deduplicated("key", delay="10 minutes", within=True),
        output_mode,
        *WITHIN,
        CheckBatches(*WITHIN_BATCHES),
    )
    assert numbers(world) == WITHIN_NUMBERS
    assert world.reports[0].operators[0].name == "dedupeWithinWatermark"


@pytest.mark.parametrize(
    ("query", "files"),
    [
        (deduplicated("key"), KEYS),
        (deduplicated("time", delay="10 minutes"), TIMES),
        (deduplicated("key", delay="10 minutes", within=True), WITHIN),
    ],
    ids=["by key", "by time", "within the watermark"],
)
def test_restart_after_every_batch_gives_the_same_rest(tmp_path, query, files):
    assert_restarts_change_nothing(tmp_path, query, "append", files)


def test_first_row_of_a_key_in_the_order_of_rows_goes_on(tmp_path):
    rows = [f"10:00:00 k{n % 7} {n}" for n in range(500)]
    run_steps(
        tmp_path,
        deduplicated("key"),
        "append",
        AddFile(*rows),
        AddFile(*reversed(rows)),
        CheckBatches([str(n) for n in range(7)], []),
    )


def test_keys_are_equal_as_in_a_grouping(tmp_path):
    run_steps(
        tmp_path,
        deduplicated("key", "value", shown=("key", "value")),
        "append",
        AddFile("10:00:00 . 1", "10:01:00 . 1", "10:00:00 a .", "10:00:00 a ."),
        AddFile("10:00:00 . .", "10:00:00 a .", "10:00:00 . 1"),
        CheckBatches([". 1", "a ."], [". ."]),
    )


def test_columns_of_one_name_are_keys_of_their_own(tmp_path):
    def query(source: Relation) -> Relation:
        twice = Project(source, expressions("key", "value AS key"))
        return ToDF(Deduplicate(twice, ("key",)), ("a", "b"))

    run_steps(
        tmp_path,
        query,
        "append",
        AddFile("10:00:00 a 1", "10:00:00 a 2", "10:00:00 a 1"),
        CheckBatches(["a 1", "a 2"]),
        Stop(),
        Start(),
        AddFile("10:00:00 a 2", "10:00:00 b 2"),
        CheckBatches(["b 2"]),
    )


WINDOWS = grouped(["window(time, '10 minutes')"], ["count(1)"])


@pytest.mark.parametrize(
    ("output_mode", "batches"),
    [
        (
            "append",
            ([], [], ["10:00-10:10 2"], [], [], ["10:20-10:30 3", "10:30-10:40 1"]),
        ),
        (
            "update",
            (
                ["10:00-10:10 2"],
                ["10:30-10:40 1"],
                ["10:20-10:30 2"],
                [],
                ["11:00-11:10 1"],
                ["10:20-10:30 3", "10:50-11:00 1"],
            ),
        ),
    ],
)
def test_aggregation_above_takes_each_key_once(tmp_path, output_mode, batches):
    rows = deduplicated("time", delay="10 minutes", shown=("time", "value"))
    world = run_steps(
        tmp_path,
        above(WINDOWS, rows),
        output_mode,
        *TIMES,
        CheckBatches(*batches),
    )
    assert numbers(world, operator=1) == TIME_NUMBERS
    names = [operator.name for operator in world.reports[0].operators]
    assert names == ["stateStoreSave", "dedupe"]


def test_complete_mode_above_lets_keys_go_all_the_same(tmp_path):
    rows = deduplicated("time", delay="10 minutes", shown=("time", "value"))
    world = run_steps(tmp_path, above(WINDOWS, rows), "complete", *TIMES, Drain())
    assert numbers(world, operator=1) == TIME_NUMBERS


def test_what_is_final_of_an_aggregation_is_deduplicated(tmp_path):
    def counts(source: Relation) -> Relation:
        return WINDOWS(WithWatermark(source, "time", "10 minutes"))

    def query(source: Relation) -> Relation:
        return Deduplicate(counts(source), ("count(1)",))

    world = run_steps(
        tmp_path,
        query,
        "append",
        *TIMES,
        CheckBatches(
            [],
            [],
            ["10:00-10:10 5"],
            [],
            [],
            ["10:20-10:30 4", "10:30-10:40 2"],
        ),
    )
    dropped = [(0, 0, 0, 0, 0)] * 2 + [(1, 1, 0, 0, 0)] + [(1, 0, 0, 0, 0)] * 2
    assert numbers(world) == [*dropped, (3, 2, 0, 0, 0)]


def test_two_deduplications_hold_keys_of_their_own(tmp_path):
    def query(source: Relation) -> Relation:
        return Deduplicate(Deduplicate(source, ("key",)), ("value",))

    world = run_steps(tmp_path, query, "append", *KEYS, Drain())
    assert numbers(world, operator=1) == KEY_NUMBERS
    assert [row[:2] for row in numbers(world)] == [row[:2] for row in KEY_NUMBERS]


def test_within_the_watermark_needs_one(tmp_path):
    with pytest.raises(AnalysisError) as refusal:
        run_steps(tmp_path, deduplicated("key", within=True), "append")
    assert refusal.value.condition == "_LEGACY_ERROR_TEMP_3102"


def test_changed_key_is_refused_before_anything_is_touched(tmp_path):
    run_steps(
        tmp_path,
        deduplicated("key"),
        "append",
        KEYS[0],
        CheckBatches(KEY_BATCHES[0]),
        Stop(),
        ExpectFailure("STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE", deduplicated("value")),
        Start(deduplicated("key")),
        KEYS[1],
        CheckBatches(KEY_BATCHES[1]),
    )
