"""State through the official client: the programs of docs/state.md, and a query."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from unbounded.state import StateSettings
from unbounded.testing import MemoryStream

PAGE = Path(__file__).resolve().parents[2] / "docs" / "state.md"
COLUMNS = ["key", "value", "partition_id"]


@pytest.fixture
def page(spark: Any, tmp_path: Path) -> dict[str, Any]:
    """What the programs of the page leave behind, run one after another."""
    events = tmp_path / "events"
    events.mkdir()
    rows = [{"key": "a", "value": 1}, {"key": "a", "value": 4}, {"value": 2}]
    (events / "0.json").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    names: dict[str, Any] = {
        "spark": spark,
        "F": F,
        "events": str(events),
        "checkpoint": str(tmp_path / "checkpoint"),
    }
    for program in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S):
        exec(program, names)
    return names


def test_programs_of_the_page_run(page: dict[str, Any], spark: Any) -> None:
    assert page["state"].columns == COLUMNS
    assert page["changes"].columns == ["batch_id", "change_type", *COLUMNS]
    rows = page["earlier"].select("key.key", "value.sum").collect()
    assert sorted(map(tuple, rows), key=str) == [("a", 5.0), (None, 2.0)]
    assert page["query"].isActive
    [state] = page["states"].select("operatorName", "maxBatchId").collect()
    assert tuple(state) == ("stateStoreSave", 0)
    assert spark.table("running").count() == 2


def test_show_and_schema_of_a_state(
    page: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    page["state"].where("key.key = 'a'").show(truncate=False)
    assert "|{a}|{2, 5.0, 2}|0           |" in capsys.readouterr().out
    page["states"].select("_numColsPrefixKey").show()
    assert "|                0|" in capsys.readouterr().out
    assert page["state"].schema["value"].dataType.fieldNames() == [
        "count(1)",
        "sum",
        "count(value)",
    ]


def test_state_follows_a_query_batch_by_batch(spark: Any, tmp_path: Path) -> None:
    stream = MemoryStream(spark, "n INT")
    path = str(tmp_path)
    query = (
        stream.to_df()
        .groupBy((F.col("n") % 2).alias("odd"))
        .count()
        .writeStream.outputMode("complete")
        .format("noop")
        .option("checkpointLocation", path)
        .start()
    )
    state = spark.read.format("statestore").load(path).select("key.*", "value.count")
    for number in range(1, 6):
        stream.add_data([number])
        query.processAllAvailable()
        found = dict(map(tuple, state.collect()))
        expected = {1: (number + 1) // 2, 0: number // 2}
        assert found == {odd: count for odd, count in expected.items() if count}
    query.stop()
    assert sum(row.count_ for row in state.toDF("odd", "count_").collect()) == 5


def test_readers_beside_a_query_that_merges_and_purges_see_whole_batches(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch counts each key once, so in a whole batch all counts are one."""
    settings = StateSettings(purge_segments_min=1)
    monkeypatch.setattr("unbounded.state.store.StateSettings", lambda: settings)
    monkeypatch.setattr("unbounded.state.compaction.SEGMENTS_MAX", 2)
    spark.conf.set("spark.sql.streaming.minBatchesToRetain", "2")
    stream = MemoryStream(spark, "n INT")
    writer = stream.to_df().groupBy("n").count().writeStream.format("noop")
    writer = writer.outputMode("update").option("checkpointLocation", str(tmp_path))
    query = writer.start()
    stream.add_data(list(range(20)))
    query.processAllAvailable()
    seen: list[tuple[int, int, int]] = []
    refusals: list[PySparkException] = []
    is_done = threading.Event()

    def read() -> None:
        sql = (
            "SELECT min(value.count) low, max(value.count) high, count(*) n "
            f"FROM statestore.`{tmp_path}`"
        )
        try:
            while not is_done.is_set():
                seen.append(tuple(spark.sql(sql).collect()[0]))
        except PySparkException as error:
            refusals.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(30):
        stream.add_data(list(range(20)))
        query.processAllAvailable()
    is_done.set()
    for reader in readers:
        reader.join()
    query.stop()
    assert query.exception() is None
    assert refusals == []
    assert {(high - low, n) for low, high, n in seen} == {(0, 20)}
    assert len({low for low, _, _ in seen}) > 1
    assert list(tmp_path.glob("_unbounded/state/segment-*m*.arrow"))


@pytest.mark.parametrize(
    ("format_name", "options", "name", "condition"),
    [
        ("statestore", {}, "SparkRuntimeException", "STDS_REQUIRED_OPTION_UNSPECIFIED"),
        (
            "statestore",
            {"path": "/nothing/here"},
            "SparkRuntimeException",
            "STDS_COMMITTED_BATCH_UNAVAILABLE",
        ),
        (
            "statestore",
            {"path": "/c", "operatorId": "-1"},
            "SparkRuntimeException",
            "STDS_INVALID_OPTION_VALUE.IS_NEGATIVE",
        ),
    ],
)
def test_client_sees_sparks_exceptions(
    spark: Any, format_name: str, options: dict[str, str], name: str, condition: str
) -> None:
    with pytest.raises(PySparkException) as error:
        spark.read.format(format_name).options(**options).load().schema  # noqa: B018
    assert type(error.value).__name__ == name
    assert error.value.getCondition() == condition


def test_states_are_read_in_batches_alone(spark: Any, page: dict[str, Any]) -> None:
    with pytest.raises(PySparkException) as error:
        spark.readStream.format("statestore").load(page["checkpoint"]).schema  # noqa: B018
    assert type(error.value).__name__ == "UnsupportedOperationException"
    with pytest.raises(PySparkException) as error:
        spark.read.format("statestore").schema("a INT").load(page["checkpoint"]).schema  # noqa: B018
    assert type(error.value).__name__ == "UnsupportedOperationException"


def test_a_path_is_a_table_too(page: dict[str, Any], spark: Any) -> None:
    table = spark.read.table(f"statestore.`{page['checkpoint']}`")
    assert table.columns == COLUMNS
    assert table.count() == 2
    assert spark.table(f"json.`{page['events']}`").count() == 3
    assert page["state"].inputFiles() == []


@pytest.mark.parametrize("read", ["sql", "table"])
def test_an_empty_path_is_refused(spark: Any, read: str) -> None:
    text = "statestore.``"
    with pytest.raises(PySparkException) as error:
        spark.sql(f"SELECT * FROM {text}") if read == "sql" else spark.table(
            text
        ).schema
    assert error.value.getCondition() == "INVALID_EMPTY_LOCATION"


@pytest.mark.parametrize("format_name", ["statestore", "state-metadata"])
def test_a_state_is_not_written(spark: Any, tmp_path: Path, format_name: str) -> None:
    with pytest.raises(PySparkException) as error:
        spark.range(1).write.format(format_name).mode("append").save(str(tmp_path))
    assert error.value.getCondition() == "UNSUPPORTED_FEATURE.TABLE_OPERATION"
    assert list(tmp_path.iterdir()) == []
