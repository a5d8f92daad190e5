"""Limits and offsets of streams: the batches and numbers of limits are real Spark's."""

from __future__ import annotations

import pytest

from tests.streams.steps import (
    AddFile,
    CheckBatches,
    Drain,
    Query,
    StreamWorld,
    assert_restarts_change_nothing,
    expressions,
    grouped,
    run_steps,
)
from unbounded.plan.relations import (
    Deduplicate,
    Limit,
    Offset,
    Project,
    Relation,
    WithWatermark,
)

FILES = (
    AddFile("10:00:00 a 0", "10:01:00 b 1", "10:02:00 a 2"),
    AddFile("10:30:00 b 30", "10:31:00 c 31"),
    AddFile("10:05:00 d 5", "10:32:00 a 32"),
    AddFile("11:00:00 e 60"),
    AddFile("11:01:00 a 61"),
)
MODES = pytest.mark.parametrize("output_mode", ["append", "update"])


def values(query: Query) -> Query:
    return lambda source: Project(query(source), expressions("value"))


def limited(count: int) -> Query:
    return lambda source: Limit(source, count)


def numbers(world: StreamWorld, operator: int = 0) -> list[tuple[str, int, int]]:
    found = [report.operators[operator] for report in world.reports]
    return [(o.name, o.metrics.rows_total, o.metrics.rows_updated) for o in found]


@MODES
def test_limit_gives_the_first_rows_there_ever_are(tmp_path, output_mode):
    world = run_steps(
        tmp_path,
        values(limited(4)),
        output_mode,
        *FILES,
        CheckBatches(["0", "1", "2"], ["30"], [], [], []),
    )
    counted = [("globalLimit", 1, 1)] * 2 + [("globalLimit", 1, 0)] * 3
    assert numbers(world) == counted


@MODES
def test_offset_leaves_out_the_first_rows_there_ever_are(tmp_path, output_mode):
    run_steps(
        tmp_path,
        values(lambda source: Offset(source, 4)),
        output_mode,
        *FILES,
        CheckBatches([], ["31"], ["5", "32"], ["60"], ["61"]),
    )


def test_limit_of_nothing_gives_nothing(tmp_path):
    run_steps(tmp_path, limited(0), "append", *FILES, CheckBatches([], [], [], [], []))


def test_adjacent_limits_are_one(tmp_path):
    world = run_steps(
        tmp_path,
        values(lambda source: Limit(Limit(source, 2), 5)),
        "append",
        *FILES,
        CheckBatches(["0", "1"], [], [], [], []),
    )
    assert len(world.reports[0].operators) == 1


def test_limit_of_an_offset_takes_the_rows_after_it(tmp_path):
    run_steps(
        tmp_path,
        values(lambda source: Limit(Offset(source, 2), 2)),
        "append",
        *FILES,
        CheckBatches(["2"], ["30"], [], [], []),
    )


@pytest.mark.parametrize(
    "query",
    [
        limited(4),
        lambda source: Offset(source, 4),
        lambda source: Limit(Deduplicate(source, ("key",)), 3),
    ],
    ids=["limit", "offset", "limit of distinct"],
)
def test_restart_after_every_batch_gives_the_same_rest(tmp_path, query):
    assert_restarts_change_nothing(tmp_path, query, "append", FILES)


def test_limit_counts_the_rows_that_a_deduplication_leaves(tmp_path):
    world = run_steps(
        tmp_path,
        values(lambda source: Limit(Deduplicate(source, ("key",)), 3)),
        "append",
        *FILES,
        CheckBatches(["0", "1"], ["31"], [], [], []),
    )
    assert numbers(world)[0] == ("globalLimit", 1, 1)
    assert [total for _, total, _ in numbers(world, 1)] == [2, 3, 4, 5, 5]


def test_deduplication_takes_the_rows_that_a_limit_leaves(tmp_path):
    world = run_steps(
        tmp_path,
        values(lambda source: Deduplicate(Limit(source, 4), ("key",))),
        "append",
        *FILES,
        CheckBatches(["0", "1"], [], [], [], []),
    )
    assert numbers(world)[-1] == ("dedupe", 2, 0)


@pytest.mark.parametrize("output_mode", ["update", "complete"])
def test_aggregation_takes_the_rows_that_a_limit_leaves(tmp_path, output_mode):
    counts = grouped(["key"], ["count(1)"])
    world = run_steps(
        tmp_path,
        lambda source: counts(Limit(source, 4)),
        output_mode,
        *FILES,
        Drain(),
    )
    first, second, *rest = [sorted(rows) for _, rows in world.deliveries]
    assert first == ["a 2", "b 1"]
    assert second == (["b 2"] if output_mode == "update" else ["a 2", "b 2"])
    assert rest == ([[]] * 3 if output_mode == "update" else [["a 2", "b 2"]] * 3)
    assert numbers(world, 1)[2] == ("globalLimit", 1, 0)


def test_limit_takes_the_first_final_groups(tmp_path):
    counts = grouped(["window(time, '10 minutes')"], ["count(1)"], delay="10 minutes")

    def query(source: Relation) -> Relation:
        return Limit(counts(source), 2)

    world = run_steps(
        tmp_path,
        query,
        "append",
        *FILES,
        CheckBatches([], [], ["10:00-10:10 4"], [], ["10:30-10:40 3"], []),
    )
    assert numbers(world)[:3] == [
        ("globalLimit", 0, 0),
        ("globalLimit", 0, 0),
        ("globalLimit", 1, 1),
    ]


def test_watermark_above_a_limit_moves_by_the_rows_it_leaves(tmp_path):
    def query(source: Relation) -> Relation:
        return WithWatermark(Limit(source, 4), "time", "0 seconds")

    world = run_steps(tmp_path, query, "append", *FILES, Drain())
    assert max(report.watermark_ms or 0 for report in world.reports) == 1767263400000
