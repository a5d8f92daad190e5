"""Streams joined with tables: batches, changes of the table, restarts."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow as pa
import pytest

from tests.streams.steps import (
    AddFile,
    AdvanceClock,
    CheckBatches,
    CheckNewAnswer,
    CheckState,
    ExpectFailure,
    Query,
    Start,
    Step,
    Stop,
    StreamWorld,
    grouped,
    run_steps,
)
from unbounded.parser import parse_expression, parse_schema
from unbounded.plan.relations import (
    Deduplicate,
    Filter,
    JoinType,
    LocalRelation,
    Project,
    Relation,
    UnresolvedDataSource,
    UnresolvedJoin,
    WithWatermark,
)

NAMES = LocalRelation(
    pa.table({"key": ["a", "a", "c", None], "name": ["Anna", "Ada", "Cleo", "none"]})
)
PAIRS = LocalRelation(pa.table({"key": ["a", "b", "c"], "name": ["x", "x", "y"]}))
UNCHECKED = "spark.sql.streaming.statefulOperator.checkCorrectness.enabled"
TWO_FILES = (
    AddFile("00:01:00 a 1", "00:02:00 b 2", "00:03:00 . 3"),
    AddFile("00:04:00 a 4", "00:05:00 c 5"),
)


def joined(
    kind: JoinType = "inner",
    table: Relation = NAMES,
    columns: tuple[str, ...] = ("key", "value", "name"),
) -> Query:
    """The stream on the left, joined on the column `key`."""

    def query(source: Relation) -> Relation:
        both = UnresolvedJoin(source, table, kind, using=("key",))
        return Project(both, tuple(map(parse_expression, columns)))

    return query


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("inner", ["a 1 Anna", "a 1 Ada"], ["a 4 Anna", "a 4 Ada", "c 5 Cleo"]),
        (
            "left",
            ["a 1 Anna", "a 1 Ada", "b 2 .", ". 3 ."],
            ["a 4 Anna", "a 4 Ada", "c 5 Cleo"],
        ),
    ],
)
def test_each_batch_is_joined_with_the_whole_table(
    kind: JoinType, first: list[str], second: list[str], tmp_path: Path
) -> None:
    world = run_steps(
        tmp_path, joined(kind), "append", *TWO_FILES, CheckBatches(first, second)
    )
    assert [r.row_count for b in world.reports for r in b.sources] == [3, 2]


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [("semi", ["a 1"], ["a 4", "c 5"]), ("anti", ["b 2", ". 3"], [])],
)
def test_rows_are_picked_by_what_a_table_holds(
    kind: JoinType, first: list[str], second: list[str], tmp_path: Path
) -> None:
    query = joined(kind, columns=("key", "value"))
    run_steps(tmp_path, query, "append", *TWO_FILES, CheckBatches(first, second))


def test_table_on_the_left_keeps_the_streams_rows_in_a_right_join(tmp_path) -> None:
    def query(source: Relation) -> Relation:
        both = UnresolvedJoin(NAMES, source, "right", using=("key",))
        return Project(both, tuple(map(parse_expression, ("key", "name", "value"))))

    run_steps(
        tmp_path,
        query,
        "append",
        *TWO_FILES,
        CheckBatches(
            ["a Anna 1", "a Ada 1", "b . 2", ". . 3"],
            ["a Anna 4", "a Ada 4", "c Cleo 5"],
        ),
    )


def test_join_below_an_aggregation_has_its_watermark(tmp_path) -> None:
    def query(source: Relation) -> Relation:
        above = grouped(["window(time, '10 minutes')", "name"], ["count(1)"])
        marked = WithWatermark(source, "time", "1 minute")
        return above(UnresolvedJoin(marked, NAMES, "inner", using=("key",)))

    run_steps(
        tmp_path,
        query,
        "append",
        AddFile("00:01:00 a 1", "00:02:00 b 2"),
        AddFile("00:15:00 c 3"),
        CheckNewAnswer("00:00-00:10 Anna 1", "00:00-00:10 Ada 1"),
        AddFile("00:03:00 a 1", "00:30:00 a 1"),
        CheckNewAnswer("00:10-00:20 Cleo 1"),
    )


def test_join_above_an_aggregation_takes_the_groups_that_changed(tmp_path) -> None:
    def query(source: Relation) -> Relation:
        counts = grouped(["key"], ["count(1) as n"])(source)
        return UnresolvedJoin(counts, NAMES, "left", using=("key",))

    run_steps(
        tmp_path,
        query,
        "update",
        AddFile("00:01:00 a 1", "00:02:00 b 2"),
        CheckNewAnswer("a 1 Anna", "a 1 Ada", "b 1 ."),
        AddFile("00:03:00 c 1", "00:04:00 b 2"),
        CheckNewAnswer("c 1 Cleo", "b 2 ."),
    )


def test_complete_mode_gives_all_joined_groups(tmp_path) -> None:
    def query(source: Relation) -> Relation:
        counts = grouped(["key"], ["count(1) as n"])(source)
        return UnresolvedJoin(counts, NAMES, "inner", using=("key",))

    run_steps(
        tmp_path,
        query,
        "complete",
        AddFile("00:01:00 a 1", "00:02:00 b 2"),
        CheckNewAnswer("a 1 Anna", "a 1 Ada"),
        AddFile("00:03:00 c 1"),
        CheckNewAnswer("a 1 Anna", "a 1 Ada", "c 1 Cleo"),
    )


def test_deduplicated_rows_are_joined_once(tmp_path) -> None:
    def query(source: Relation) -> Relation:
        return joined("inner")(Deduplicate(source, ("key",)))

    run_steps(
        tmp_path,
        query,
        "append",
        *TWO_FILES,
        CheckBatches(["a 1 Anna", "a 1 Ada"], ["c 5 Cleo"]),
        CheckState(total=4, updated=1),
    )


# --- the table changes --------------------------------------------------------


class WriteTable(Step):
    """A file of the table's folder is written, or written anew."""

    def __init__(self, name: str, *rows: str) -> None:
        self.name = name
        self.rows = rows

    def run(self, world: StreamWorld) -> None:
        write_table(Path(world.folder), self.name, *self.rows)

    def __repr__(self) -> str:
        return f"WriteTable{(self.name, *self.rows)}"


class RemoveTable(Step):
    """A file of the table's folder goes."""

    def __init__(self, name: str) -> None:
        self.name = name

    def run(self, world: StreamWorld) -> None:
        os.unlink(f"{world.folder}/table/{self.name}")

    def __repr__(self) -> str:
        return f"RemoveTable({self.name})"


def write_table(folder: Path, name: str, *rows: str) -> None:
    (folder / "table").mkdir(exist_ok=True)
    pairs = (row.split() for row in rows)
    lines = [json.dumps({"key": key, "name": text}) + "\n" for key, text in pairs]
    (folder / "table" / name).write_text("".join(lines))


def files_of(folder: Path) -> UnresolvedDataSource:
    schema = parse_schema("key STRING, name STRING")
    return UnresolvedDataSource("json", schema, {}, (f"{folder}/table",))


def test_file_written_anew_is_seen_by_the_next_batch(tmp_path) -> None:
    write_table(tmp_path, "0.json", "a Anna")
    run_steps(
        tmp_path,
        joined("left", files_of(tmp_path)),
        "append",
        AddFile("00:01:00 a 1"),
        CheckNewAnswer("a 1 Anna"),
        WriteTable("0.json", "a Antonia"),
        AddFile("00:02:00 a 2"),
        CheckNewAnswer("a 2 Antonia"),
    )


def test_new_file_is_seen_by_the_next_start_as_by_spark(tmp_path) -> None:
    write_table(tmp_path, "0.json", "a Anna")
    run_steps(
        tmp_path,
        joined("left", files_of(tmp_path)),
        "append",
        AddFile("00:01:00 b 1"),
        CheckNewAnswer("b 1 ."),
        WriteTable("1.json", "b Bert"),
        AddFile("00:02:00 b 2"),
        CheckNewAnswer("b 2 ."),
        Stop(),
        Start(),
        AddFile("00:03:00 b 3"),
        CheckNewAnswer("b 3 Bert"),
    )


def test_file_that_is_gone_ends_the_query_and_the_next_start_reads_the_rest(
    tmp_path,
) -> None:
    write_table(tmp_path, "0.json", "a Anna")
    write_table(tmp_path, "1.json", "a Ada")
    run_steps(
        tmp_path,
        joined("left", files_of(tmp_path)),
        "append",
        AddFile("00:01:00 a 1"),
        CheckNewAnswer("a 1 Anna", "a 1 Ada"),
        RemoveTable("0.json"),
        AddFile("00:02:00 a 2"),
        ExpectFailure("FAILED_READ_FILE.FILE_NOT_EXIST"),
        Start(),
        CheckNewAnswer("a 2 Ada"),
    )


def test_current_time_of_a_table_is_the_batchs(tmp_path) -> None:
    def query(source: Relation) -> Relation:
        now = Project(
            NAMES,
            tuple(map(parse_expression, ("key", "unix_millis(now()) AS name"))),
        )
        both = joined("inner", now)(source)
        return Filter(both, parse_expression("name = unix_millis(now())"))

    run_steps(
        tmp_path,
        query,
        "append",
        AddFile("00:01:00 c 1"),
        CheckNewAnswer("c 1 1000000"),
        AdvanceClock(7),
        AddFile("00:02:00 c 2"),
        CheckNewAnswer("c 2 1000007"),
    )


def test_join_between_aggregations_takes_back_what_it_gave(tmp_path) -> None:
    """Once correctness is not checked; a table that stays is joined at the cost of
    what changes, and one that may change as a whole."""
    write_table(tmp_path, "0.json", "a x", "b x", "c y")
    for table in (PAIRS, files_of(tmp_path)):
        folder = tmp_path / type(table).__name__
        folder.mkdir()

        def query(source: Relation, table: Relation = table) -> Relation:
            counts = grouped(["key"], ["count(1) as n"])(source)
            both = UnresolvedJoin(counts, table, "left", using=("key",))
            return grouped(["name"], ["sum(n)", "count(1)"])(both)

        run_steps(
            folder,
            query,
            "update",
            AddFile("00:01:00 a 1", "00:02:00 b 2", "00:03:00 d 1"),
            CheckNewAnswer("x 2 2", ". 1 1"),
            AddFile("00:03:00 a 1", "00:04:00 c 2"),
            CheckNewAnswer("x 3 2", "y 1 1"),
            AddFile("00:05:00 d 1"),
            CheckNewAnswer(". 2 1"),
            confs={UNCHECKED: "false"},
        )


def test_table_written_anew_below_an_aggregation_of_counts_counts_anew(
    tmp_path,
) -> None:
    def query(source: Relation) -> Relation:
        counts = grouped(["key"], ["count(1) as n"])(source)
        both = UnresolvedJoin(counts, files_of(tmp_path), "left", using=("key",))
        return grouped(["name"], ["sum(n)"])(both)

    write_table(tmp_path, "0.json", "a x", "b x")
    run_steps(
        tmp_path,
        query,
        "update",
        AddFile("00:01:00 a 1", "00:02:00 b 2"),
        CheckNewAnswer("x 2"),
        WriteTable("0.json", "a yyyy", "b x"),
        AddFile("00:03:00 a 1"),
        CheckNewAnswer("x 1", "yyyy 2"),
        confs={UNCHECKED: "false"},
    )
