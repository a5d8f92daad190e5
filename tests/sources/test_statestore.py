"""State store as a source: a query's state as rows, under Spark's columns."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.streams.steps import (
    AddFile,
    CheckBatches,
    Query,
    Stop,
    StreamWorld,
    grouped,
    run_steps,
)
from unbounded.errors import UnboundedError
from unbounded.files import LocalFiles
from unbounded.parser.commands import parse_statement
from unbounded.plan.commands import Command
from unbounded.plan.relations import Relation, UnresolvedAggregate, UnresolvedDataSource
from unbounded.sources import statestore
from unbounded.sources.state_metadata import state_metadata_table
from unbounded.sources.statestore import state_schema, state_table
from unbounded.state import (
    IS_HIDDEN,
    JOIN_KEYS,
    OperatorSchema,
    RowLog,
    StateSettings,
    StateStore,
)
from unbounded.types import BooleanType, LongType, StringType, StructField

FILES = LocalFiles()
COUNTS = grouped(["key"], ["count(*)", "sum(value)"])
WINDOWS = grouped(["window(time, '10 minutes')"], ["count(*)"], delay="5 minutes")
METADATA = ["operatorId", "operatorName", "stateStoreName", "numPartitions"]


def ran(folder: Path, query: Query = COUNTS, mode: str = "update") -> StreamWorld:
    """Three files in three batches; the query still runs."""
    world = StreamWorld(str(folder), query, mode)
    world.start()
    for rows in (["00:01 a 1", "00:02 b 2"], ["00:21 a 3", "00:22 . 4"], ["01:00 c 5"]):
        world.add_file([f"{row[:5]}:00{row[5:]}" for row in rows])
    world.process_all()
    return world


def rows(world: StreamWorld, **options: str) -> list[dict[str, Any]]:
    table = state_table(options, (f"{world.folder}/checkpoint",), FILES)
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def counts(world: StreamWorld, **options: str) -> dict[str | None, tuple[int, int]]:
    return {
        row["key"]["key"]: (row["value"]["count"], row["value"]["sum"])
        for row in rows(world, **options)
    }


def query(world: StreamWorld, sql: str) -> list[dict[str, Any]]:
    plan = parse_statement(sql, {}, ())
    assert isinstance(plan, Relation)
    found: list[dict[str, Any]] = world.session.run(plan).table.to_pylist()
    return found


def refused(world: StreamWorld, **options: str) -> UnboundedError:
    with pytest.raises(UnboundedError) as error:
        rows(world, **options)
    return error.value


# --- rows -----------------------------------------------------------------------


def test_rows_have_key_value_and_partition(tmp_path: Path) -> None:
    world = ran(tmp_path)
    path = f"{world.folder}/checkpoint"
    assert state_schema({}, (path,), FILES).simple_string == (
        "struct<key:struct<key:string>,value:struct<count:bigint,sum:bigint>,"
        "partition_id:int>"
    )
    value = {"count": 2, "sum": 4}
    assert {"key": {"key": "a"}, "value": value, "partition_id": 0} in rows(world)


def test_each_retained_batch_can_be_read(tmp_path: Path) -> None:
    world = ran(tmp_path)
    first = {"a": (1, 1), "b": (1, 2)}
    second = {"a": (2, 4), "b": (1, 2), None: (1, 4)}
    assert counts(world, batchid="0") == first
    assert counts(world, batchid="1") == second
    assert counts(world) == counts(world, batchid="2") == {**second, "c": (1, 5)}
    again = counts(world, snapshotstartbatchid="0", snapshotpartitionid="0")
    assert again == counts(world)


def test_a_running_query_is_read_at_its_last_commit_and_not_disturbed(
    tmp_path: Path,
) -> None:
    world = ran(tmp_path)
    before = _bytes(world.folder)
    assert "c" in counts(world)
    assert _bytes(world.folder) == before
    world.add_file(["02:00:00 d 7"])
    world.process_all()
    assert counts(world)["d"] == (1, 7)
    assert world.deliveries[-1][1] == ["d 1 7"]


def test_a_batch_whose_state_is_durable_but_not_its_commit_is_not_shown(
    tmp_path: Path,
) -> None:
    world = ran(tmp_path)
    world.stop()
    os.unlink(f"{world.folder}/checkpoint/commits/2")
    assert "c" not in counts(world)
    assert refused(world, batchid="2").condition == "STDS_COMMITTED_BATCH_UNAVAILABLE"


def test_a_global_aggregation_has_a_key_of_no_fields(tmp_path: Path) -> None:
    world = ran(tmp_path, _totals, "complete")
    assert rows(world) == [{"key": {}, "value": {"sum": 15}, "partition_id": 0}]
    state = f"statestore.`{world.folder}/checkpoint`"
    assert query(world, f"SELECT * FROM {state}") == rows(world)
    found = query(world, f"SELECT value.sum, key IS NULL AS n FROM {state}")
    assert found == [{"sum": 15, "n": False}]


def test_the_constant_of_no_key_is_left_out_beside_other_keys(tmp_path: Path) -> None:
    distinct = grouped([], ["count(DISTINCT key)", "sum(DISTINCT value)"])
    world = ran(tmp_path / "distinct", distinct, "complete")
    found = rows(world, storename="distinct-0")
    keys = [row["key"] for row in found]
    assert sorted(keys, key=str) == [{"key": "a"}, {"key": "b"}, {"key": "c"}]
    sessions = grouped(
        ["session_window(time, '1 minute')"], ["count(*)"], delay="1 hour"
    )
    world = ran(tmp_path / "sessions", sessions, "append")
    starts = [f"{row['key']['sessionStartTime']:%H:%M}" for row in rows(world)]
    assert sorted(starts) == ["00:01", "00:21", "01:00"]
    assert [row["value"]["count"] for row in rows(world)] == [2, 2, 1]


def _totals(source: Relation) -> Relation:
    totals: Relation = grouped([], ["sum(value)"])(source)
    assert isinstance(totals, UnresolvedAggregate)
    return totals


def test_windows_are_structs_in_the_key(tmp_path: Path) -> None:
    world = ran(tmp_path, WINDOWS, "append")
    [row] = rows(world)
    assert f"{row['key']['window']['start']:%H:%M}" == "01:00"
    [shown] = query(
        world,
        "SELECT key.window.start AS start, value.count AS n "
        f"FROM statestore.`{world.folder}/checkpoint`",
    )
    assert (f"{shown['start']:%H:%M}", shown["n"]) == ("01:00", 1)


def test_values_of_one_name_are_told_apart(tmp_path: Path) -> None:
    both = grouped(["key"], ["sum(value)", "sum(value + 1)", "sum(VALUE * 2)"])
    world = ran(tmp_path, both)
    names = list(rows(world)[0]["value"])
    assert len({name.lower() for name in names}) == 3
    assert names[0] == "sum(value)"
    sql = (
        f"SELECT value.`{names[0]}` AS s FROM statestore.`{world.folder}/checkpoint` "
        "WHERE key.key = 'a'"
    )
    assert query(world, sql) == [{"s": 4}]


def test_state_without_values_shows_a_dummy(tmp_path: Path) -> None:
    checkpoint(tmp_path, seen := OperatorSchema(0, "dedupe", WORD, ()), ["x"])
    path = (str(tmp_path),)
    assert state_schema({}, path, FILES).simple_string == (
        "struct<key:struct<word:string>,value:struct<__dummy__:void>,partition_id:int>"
    )
    assert state_table({}, path, FILES).to_pylist() == [
        {"key": {"word": "x"}, "value": {"__dummy__": None}, "partition_id": 0}
    ]
    assert seen.shown_values == ()


# --- the change feed --------------------------------------------------------------


def test_the_change_feed_has_each_batchs_changes_in_order(tmp_path: Path) -> None:
    world = ran(tmp_path, WINDOWS, "append")
    feed = rows(world, readchangefeed="true", changestartbatchid="0")
    assert list(feed[0]) == ["batch_id", "change_type", "key", "value", "partition_id"]
    shown = [
        (
            row["batch_id"],
            row["change_type"],
            f"{row['key']['window']['start']:%H:%M}",
            row["value"] and row["value"]["count"],
        )
        for row in feed
    ]
    assert shown == [
        (0, "update", "00:00", 2),
        (1, "update", "00:20", 2),
        (2, "delete", "00:00", None),
        (2, "update", "01:00", 1),
        (3, "delete", "00:20", None),
    ]


def test_the_change_feed_can_end_before_the_last_batch(tmp_path: Path) -> None:
    world = ran(tmp_path)
    feed = rows(
        world, readchangefeed="true", changestartbatchid="1", changeendbatchid="1"
    )
    assert [(row["batch_id"], row["key"]["key"]) for row in feed] == [
        (1, "a"),
        (1, None),
    ]


def test_a_change_feed_of_purged_batches_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    eager = StateSettings(purge_segments_min=1)
    monkeypatch.setattr("unbounded.state.store.StateSettings", lambda: eager)
    confs = {"spark.sql.streaming.minBatchesToRetain": "2"}
    world = StreamWorld(str(tmp_path), COUNTS, "update", confs=confs)
    world.start()
    for number in range(60):
        world.add_file([f"00:00:00 w{number} 1"])
    world.process_all()
    feed = {"readchangefeed": "true", "changestartbatchid": "0"}
    assert refused(world, **feed).condition == "STATE_VERSION_NOT_FOUND"
    kept = rows(world, readchangefeed="true", changestartbatchid="58")
    assert [row["batch_id"] for row in kept] == [58, 59]
    assert len(counts(world)) == 60


# --- what there is not ------------------------------------------------------------


def test_an_unknown_operator_or_store_is_refused_with_those_there_are(
    tmp_path: Path,
) -> None:
    world = ran(tmp_path)
    for options in ({"operatorid": "5"}, {"storename": "left"}, {"joinside": "left"}):
        error = refused(world, **options)
        assert error.condition == "STDS_FAILED_TO_READ_STATE_SCHEMA"
        assert "0/default" in error.message


def test_a_query_without_state_has_none_to_read(tmp_path: Path) -> None:
    world = ran(tmp_path, lambda source: source, "append")
    assert refused(world).condition == "STDS_FAILED_TO_READ_STATE_SCHEMA"


@pytest.mark.parametrize(
    "options", [{"statevarname": "v"}, {"readregisteredtimers": "true"}]
)
def test_variables_and_timers_are_of_transform_with_state_alone(
    tmp_path: Path, options: dict[str, str]
) -> None:
    error = refused(ran(tmp_path), **options)
    assert error.condition == "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE"
    assert "stateStoreSave" in error.message


def test_another_partition_is_refused(tmp_path: Path) -> None:
    error = refused(ran(tmp_path), snapshotstartbatchid="0", snapshotpartitionid="9")
    assert error.condition == "CANNOT_LOAD_STATE_STORE.SNAPSHOT_PARTITION_ID_NOT_FOUND"


# --- by side and store --------------------------------------------------------------

WORD = (StructField("word", StringType()),)
COUNT = (StructField("count", LongType()),)


def checkpoint(folder: Path, *operators: Any) -> None:
    """One batch that puts a word in each of some tables of state."""
    *schemas, words = operators
    store = StateStore.open(FILES, f"{folder}/_unbounded/state", schemas, 0)
    for index, word in enumerate(words):
        store.operator(index).lookup_or_insert([pa.array([word])])
    store.commit(1)
    FILES.create(f"{folder}/commits/0", b'v1\n{"nextBatchWatermarkMs":0}')
    head = b'v1\n{"batchWatermarkMs":0,"batchTimestampMs":0,"conf":{}}\n'
    FILES.create(f"{folder}/offsets/0", head + b'{"logOffset":0}')


def test_a_joins_sides_and_stores_are_read_by_name(tmp_path: Path) -> None:
    kind = "symmetricHashJoin"
    tables = [
        OperatorSchema(1, kind, WORD, values, store_name=name)
        for name, values in (
            ("left-numbers", ()),
            ("left-rows", COUNT),
            ("right-numbers", ()),
            ("right-rows", COUNT),
        )
    ]
    checkpoint(tmp_path, *tables, ["a", "b", "c", "d"])

    def words(**options: str) -> list[str]:
        table = state_table({"operatorid": "1", **options}, (str(tmp_path),), FILES)
        return [row["key"]["word"] for row in table.to_pylist()]

    assert words(joinside="left") == ["b"]
    assert words(joinside="right") == ["d"]
    assert words(storename="right-numbers") == ["c"]


def test_a_joins_side_is_shown_by_its_keys(tmp_path: Path) -> None:
    rows = OperatorSchema(
        1,
        "symmetricHashJoin",
        (StructField("index", LongType()),),
        (
            StructField("name", StringType(), True, {JOIN_KEYS: [1]}),
            StructField(
                "upper(name)", StringType(), True, {JOIN_KEYS: [0], IS_HIDDEN: True}
            ),
            StructField("matched", BooleanType(), True, {IS_HIDDEN: True}),
        ),
        store_name="left-keyWithIndexToValue",
        is_log=True,
    )
    folder = f"{tmp_path}/_unbounded/state"
    store = StateStore.open(FILES, folder, [rows], 0)
    log = store.operator(0)
    assert isinstance(log, RowLog)
    log.append([pa.array(["a"]), pa.array(["A"]), pa.array([True])])
    store.commit(1)
    FILES.create(f"{tmp_path}/commits/0", b'v1\n{"nextBatchWatermarkMs":0}')
    head = b'v1\n{"batchWatermarkMs":0,"batchTimestampMs":0,"conf":{}}\n'
    FILES.create(f"{tmp_path}/offsets/0", head + b'{"logOffset":0}')

    def read(**options: str) -> list[dict]:
        table = state_table({"operatorid": "1", **options}, (str(tmp_path),), FILES)
        return table.to_pylist()

    [row] = read(joinside="left")
    assert row["key"] == {"field0": "A", "field1": "a"}
    assert row["value"] == {"name": "a"}
    [row] = read(storename="left-keyWithIndexToValue")
    assert row["key"] == {"index": 0}
    assert row["value"] == {"name": "a", "upper(name)": "A", "matched": True}


# --- metadata ---------------------------------------------------------------------


def test_metadata_has_a_row_a_table_of_state(tmp_path: Path) -> None:
    world = ran(tmp_path)
    [row] = query(world, f"SELECT * FROM `state-metadata`.`{tmp_path}/checkpoint`")
    assert list(row) == [*METADATA, "minBatchId", "maxBatchId", "operatorProperties"]
    assert list(row.values()) == [0, "stateStoreSave", "default", 1, 0, 2, None]


def test_metadata_hides_the_length_of_the_prefix(tmp_path: Path) -> None:
    start = StructField("sessionStartTime", LongType())
    sessions = OperatorSchema(0, "sessionWindowStateStoreSaveExec", (*WORD, start), ())
    checkpoint(tmp_path, sessions, OperatorSchema(1, "dedupe", WORD, ()), [])
    world = StreamWorld(str(tmp_path / "world"), COUNTS, "update")
    world.start()
    table = f"`state-metadata`.`{tmp_path}`"
    assert query(
        world,
        f"SELECT operatorId, _numColsPrefixKey AS n FROM {table} WHERE operatorId < 9",
    ) == [{"operatorId": 0, "n": 1}, {"operatorId": 1, "n": 0}]
    assert "_numColsPrefixKey" not in query(world, f"SELECT * FROM {table}")[0]


def test_metadata_of_no_checkpoint_is_empty(tmp_path: Path) -> None:
    assert state_metadata_table({}, (f"{tmp_path}/none",), FILES).num_rows == 0
    with pytest.raises(UnboundedError) as error:
        state_metadata_table({}, (), FILES)
    assert error.value.condition == "STDS_REQUIRED_OPTION_UNSPECIFIED"


# --- by SQL -----------------------------------------------------------------------


def test_a_view_over_a_running_querys_state_follows_it(tmp_path: Path) -> None:
    world = ran(tmp_path)
    command = parse_statement(
        "CREATE TEMPORARY VIEW state USING statestore "
        f"OPTIONS (path '{tmp_path}/checkpoint')",
        {},
        (),
    )
    assert isinstance(command, Command)
    world.session.run_command(command)
    sql = "SELECT key.key AS k, value.sum AS s FROM state WHERE key.key = 'a'"
    assert query(world, sql) == [{"k": "a", "s": 4}]
    world.add_file(["02:00:00 a 10"])
    world.process_all()
    assert query(world, sql) == [{"k": "a", "s": 14}]


def test_state_joins_and_groups_as_any_table(tmp_path: Path) -> None:
    world = ran(tmp_path)
    state = f"statestore.`{tmp_path}/checkpoint`"
    found = query(
        world,
        f"SELECT count(*) AS n, sum(a.value.sum) AS s FROM {state} a "
        f"JOIN {state} b ON a.key.key = b.key.key",
    )
    assert found == [{"n": 3, "s": 11}]


def test_a_state_joined_with_itself_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the query could finish a batch in between, and no row would fit."""
    world = ran(tmp_path)
    genuine = statestore.read_rows
    reads = []

    def reading(*arguments: Any) -> pa.Table:
        reads.append(arguments)
        world.add_file(["00:00:00 a 1"])
        world.process_all()
        return genuine(*arguments)

    monkeypatch.setattr(statestore, "read_rows", reading)
    state = f"statestore.`{tmp_path}/checkpoint`"
    found = query(
        world,
        f"SELECT count(*) AS n FROM {state} a JOIN {state} b "
        "ON a.key = b.key AND a.value = b.value",
    )
    assert found == [{"n": len(counts(world))}]
    assert len(reads) == 2, "the statement's one, and that of `counts`"


@pytest.mark.parametrize(
    ("source", "condition"),
    [
        (
            UnresolvedDataSource("statestore", None, {}, ("/c",), is_streaming=True),
            "_LEGACY_ERROR_TEMP_2049",
        ),
        (
            UnresolvedDataSource(
                "state-metadata",
                state_schema,
                {},
                ("/c",),  # type: ignore[arg-type]
            ),
            "_LEGACY_ERROR_TEMP_2242",
        ),
    ],
)
def test_a_stream_of_it_or_a_schema_for_it_is_refused(
    tmp_path: Path, source: UnresolvedDataSource, condition: str
) -> None:
    world = ran(tmp_path)
    with pytest.raises(UnboundedError) as error:
        world.session.schema(source)
    assert error.value.condition == condition


def test_steps_of_a_query_read_its_state_after_a_restart(tmp_path: Path) -> None:
    world = run_steps(
        tmp_path,
        COUNTS,
        "update",
        AddFile("00:00:00 a 1"),
        CheckBatches(["a 1 1"]),
        Stop(),
    )
    world.start()
    world.add_file(["00:00:00 a 5"])
    world.process_all()
    assert counts(world) == {"a": (2, 6)}
    assert counts(world, batchid="0") == {"a": (1, 1)}


def _bytes(folder: str) -> dict[str, bytes]:
    return {
        path.as_posix(): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }
