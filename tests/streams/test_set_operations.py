"""Intersect and except of streams, held to the same of the rows so far.

The sides are rows of one stream: those of value 0 to 9 on the left, those of 10 to 19
on the right, less ten.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.streams.steps import (
    AddFile,
    Drain,
    Query,
    Start,
    Stop,
    StreamWorld,
    assert_restarts_change_nothing,
    expressions,
    filtered,
    grouped,
    run_steps,
)
from unbounded.errors import AnalysisError
from unbounded.plan.relations import (
    Project,
    Range,
    Relation,
    SetOperation,
    WithWatermark,
)

FILES = (
    AddFile("10:00:00 a 1", "10:00:00 a 1", "10:00:00 b 2", "10:00:00 b 12"),
    AddFile("10:01:00 a 11", "10:01:00 . 3", "10:01:00 c 4"),
    AddFile("10:02:00 a 11", "10:02:00 a 11", "10:02:00 . 13", "10:02:00 b 2"),
)


def combined(
    kind: str, is_all: bool = False, columns: str = "key value", delay: str = ""
) -> Query:
    def query(source: Relation) -> Relation:
        if delay:
            source = WithWatermark(source, "time", delay)
        names = columns.split()
        lefts = filtered("value < 10")(source)
        rights = filtered("value >= 10")(source)
        less = ["value - 10 AS value" if name == "value" else name for name in names]
        return SetOperation(
            Project(lefts, expressions(*names)),
            Project(rights, expressions(*less)),
            kind,  # type: ignore[arg-type]
            is_all,
        )

    return query


def run(folder: object, query: Query, mode: str, *files: AddFile) -> list[list[str]]:
    steps = (step for file in files or FILES for step in (file, Drain()))
    world = run_steps(folder, query, mode, *steps)
    return [sorted(rows) for _, rows in world.deliveries]


@pytest.mark.parametrize("mode", ["append", "update"])
@pytest.mark.parametrize(
    ("is_all", "batches"),
    [
        (False, [["b 2"], ["a 1"], [". 3"]]),
        (True, [["b 2"], ["a 1"], [". 3", "a 1"]]),
    ],
)
def test_shared_rows_come_when_the_second_side_has_them(
    tmp_path, mode, is_all, batches
):
    assert run(tmp_path, combined("intersect", is_all), mode) == batches


@pytest.mark.parametrize(
    ("kind", "is_all", "tables"),
    [
        ("intersect", False, [["b 2"], ["a 1", "b 2"], [". 3", "a 1", "b 2"]]),
        ("except", False, [["a 1"], [". 3", "c 4"], ["c 4"]]),
        (
            "except",
            True,
            [["a 1", "a 1"], [". 3", "a 1", "c 4"], ["b 2", "c 4"]],
        ),
    ],
)
def test_table_of_complete_mode_is_that_of_a_batch(tmp_path, kind, is_all, tables):
    assert run(tmp_path, combined(kind, is_all), "complete") == tables


def test_row_that_comes_to_be_missing_is_given_in_update_mode(tmp_path) -> None:
    """Of b 2 there is one more on the left than on the right in the last batch."""
    batches = run(tmp_path, combined("except", True), "update")
    assert batches == [["a 1", "a 1"], [". 3", "c 4"], ["b 2"]]


def test_count_of_a_difference_goes_down_again(tmp_path) -> None:
    def query(source: Relation) -> Relation:
        return grouped([], ["count(1)"])(combined("except")(source))

    assert run(tmp_path, query, "update") == [["1"], ["2"], ["1"]]


def test_difference_of_event_times_is_final_when_they_are_passed(tmp_path) -> None:
    query = combined("except", columns="time value", delay="0 seconds")
    files = (
        AddFile("10:00:00 a 1", "10:01:00 a 1", "10:01:00 b 11"),
        AddFile("10:05:00 a 12", "10:05:00 a 2"),
        AddFile("10:00:00 a 3", "10:09:00 a 4", "10:09:00 b 19"),
    )
    rows = [row for batch in run(tmp_path, query, "append", *files) for row in batch]
    assert rows == ["2026-01-01 10:00:00+00:00 1", "2026-01-01 10:09:00+00:00 4"]


def test_shared_counts_are_those_that_both_still_have(tmp_path) -> None:
    """Rows that are taken back on a side go from what is shared."""

    def query(source: Relation) -> Relation:
        counts = grouped(["key"], ["count(1) AS n"])
        few = Project(counts(filtered("value < 10")(source)), expressions("n"))
        more = Project(counts(filtered("value >= 10")(source)), expressions("n"))
        return SetOperation(few, more, "intersect", False)

    tables = run(tmp_path, query, "complete")
    assert tables == [["1"], ["1"], ["1"]]
    total = run(
        tmp_path / "counted",
        lambda source: grouped([], ["count(1)", "max(n)"])(query(source)),
        "update",
    )
    assert total == [["1 1"], [], []]


@pytest.mark.parametrize("kind", ["intersect", "except"])
def test_one_side_may_be_a_table(tmp_path, kind) -> None:
    def query(source: Relation) -> Relation:
        table = Project(filtered("id < 3")(_numbers()), expressions("id AS value"))
        rows = Project(source, expressions("value"))
        return SetOperation(rows, table, kind, False)

    shared = {
        "intersect": [["1", "2"], [], []],
        "except": [["12"], ["11", "3", "4"], ["13"]],
    }
    assert run(tmp_path, query, "append") == shared[kind]


def test_table_less_a_stream_shrinks_in_complete_mode(tmp_path) -> None:
    def query(source: Relation) -> Relation:
        rows = Project(source, expressions("value AS id"))
        return SetOperation(_numbers(), rows, "except", False)

    tables = run(tmp_path, query, "complete")
    assert tables == [["0", "3", "4"], ["0"], ["0"]]
    with pytest.raises(AnalysisError):
        run(tmp_path / "append", query, "append")


def _numbers() -> Relation:
    return Range(0, 5, 1)


@pytest.mark.parametrize("mode", ["append", "update", "complete"])
@pytest.mark.parametrize("kind", ["intersect", "except"])
@pytest.mark.parametrize("is_all", [False, True])
def test_restart_after_each_batch_changes_nothing(tmp_path, mode, kind, is_all) -> None:
    delay = "1 minute" if (mode, kind) == ("append", "except") else ""
    columns = "time key value" if delay else "key value"
    query = combined(kind, is_all, columns, delay)
    assert_restarts_change_nothing(tmp_path, query, mode, FILES)


def test_difference_without_an_event_time_is_refused_in_append_mode(tmp_path) -> None:
    with pytest.raises(AnalysisError) as caught:
        run(tmp_path, combined("except"), "append")
    assert caught.value.condition == "_LEGACY_ERROR_TEMP_3102"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["intersect", "except"])
@pytest.mark.parametrize("is_all", [False, True])
def test_tables_are_those_of_counted_rows(tmp_path: Path, seed, kind, is_all) -> None:
    random = np.random.default_rng(seed)
    files = [
        [
            (random.choice(list("ab.")), int(random.choice([1, 2, 11, 12])))
            for _ in range(random.integers(1, 6))
        ]
        for _ in range(4)
    ]
    added = [AddFile(*(f"10:00:00 {key} {value}" for key, value in f)) for f in files]
    tables = run(tmp_path, combined(kind, is_all), "complete", *added)
    sides: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for rows, table in zip(files, tables, strict=True):
        for key, value in rows:
            sides[value >= 10][f"{key} {value % 10}"] += 1
        left, right = (c if is_all else Counter(set(c)) for c in sides)
        wanted = left & right if kind == "intersect" else left - right
        assert table == sorted(wanted.elements())


def names(world: StreamWorld) -> list[str]:
    return [operator.name for operator in world.reports[0].operators]


def test_progress_names_the_operator_and_counts_its_rows(tmp_path) -> None:
    steps = (step for file in FILES for step in (file, Drain(), Stop(), Start()))
    world = run_steps(tmp_path, combined("except"), "update", *steps)
    assert names(world) == ["except"]
    assert [report.operators[0].metrics.rows_total for report in world.reports] == [
        2,
        4,
        4,
    ]
