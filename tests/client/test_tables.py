"""Tables by name, as the official client makes and reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import AnalysisException, PySparkException

from unbounded.testing import MemoryStream

WAIT_S = 20


def rows(spark: Any, name: str) -> list[list[Any]]:
    return sorted([*row] for row in spark.table(name).collect())


def write(stream: MemoryStream, name: str, folder: Path, **options: Any) -> None:
    """Run a query into a table, up to what the stream holds."""
    writer = stream.to_df().writeStream.trigger(availableNow=True)
    writer = writer.option("checkpointLocation", str(folder / f"of-{name}"))
    query = writer.toTable(name, **options)
    assert query.awaitTermination(WAIT_S)


def test_a_stream_fills_a_table_that_a_stream_reads(spark: Any, tmp_path: Path) -> None:
    stream = MemoryStream(spark, "k STRING, v INT")
    stream.add_data([("a", 1)])
    write(stream, "clicks", tmp_path)
    stream.add_data([("b", 2)])
    write(stream, "clicks", tmp_path)
    assert rows(spark, "clicks") == [["a", 1], ["b", 2]]
    reader = spark.readStream.option("maxFilesPerTrigger", 1).table("clicks")
    query = reader.writeStream.format("memory").queryName("again")
    query = query.trigger(availableNow=True).start()
    assert query.awaitTermination(WAIT_S)
    assert rows(spark, "again") == [["a", 1], ["b", 2]]
    assert len(query.recentProgress) == 2


def test_a_table_outlives_its_session(spark: Any) -> None:
    spark.sql("SELECT 1 AS a").write.saveAsTable("kept")
    assert rows(spark.newSession(), "kept") == [[1]]


def test_nothing_lies_in_the_warehouse_before_there_is_a_table(
    spark: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "warehouse"
    session = spark.newSession()
    assert session.conf.get("spark.sql.warehouse.dir").startswith("file:/")
    assert not folder.exists()


def test_a_stream_of_another_format_is_refused(spark: Any, tmp_path: Path) -> None:
    spark.sql("SELECT 1 AS v").write.saveAsTable("numbers")
    stream = MemoryStream(spark, "v INT")
    with pytest.raises(AnalysisException, match="json"):
        write(stream, "numbers", tmp_path, format="json")


def test_rows_are_not_added_by_hand_to_the_output_of_a_query(
    spark: Any, tmp_path: Path
) -> None:
    stream = MemoryStream(spark, "v INT")
    stream.add_data([1])
    write(stream, "numbers", tmp_path)
    with pytest.raises(AnalysisException) as caught:
        spark.sql("SELECT 2 AS v").write.insertInto("numbers")
    assert caught.value.getCondition() == "QUERY_OUTPUT_APPEND"
    spark.sql("SELECT 3 AS v").write.insertInto("numbers", overwrite=True)
    assert rows(spark, "numbers") == [[3]]


def test_a_value_too_great_for_its_column_leaves_the_table_as_it_was(
    spark: Any,
) -> None:
    spark.sql("SELECT 1 AS v").write.saveAsTable("numbers")
    with pytest.raises(PySparkException, match="OVERFLOW"):
        spark.sql("SELECT 5000000000 AS v").write.insertInto("numbers")
    assert rows(spark, "numbers") == [[1]]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("append", [[1, "a"], [2, "b"], [3, "b"]]),
        ("overwrite", [[3, "b"]]),
        ("overwrite_partitions", [[1, "a"], [3, "b"]]),
    ],
)
def test_write_to_adds_and_replaces(
    mode: str, expected: list[list[Any]], spark: Any
) -> None:
    from pyspark.sql import functions as f

    first = spark.sql("SELECT 1 AS v, 'a' AS k UNION ALL SELECT 2, 'b'")
    first.writeTo("lettered").partitionedBy("k").create()
    writer = spark.sql("SELECT 'b' AS k, 3 AS v").writeTo("lettered")
    if mode == "append":
        writer.append()
    elif mode == "overwrite":
        writer.overwrite(f.lit(True))
    else:
        writer.overwritePartitions()
    assert rows(spark, "lettered") == expected


def test_replacing_needs_a_table_and_making_or_replacing_none(spark: Any) -> None:
    frame = spark.sql("SELECT 1 AS v")
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        frame.writeTo("numbers").replace()
    frame.writeTo("numbers").createOrReplace()
    spark.sql("SELECT 'x' AS w").writeTo("numbers").replace()
    assert rows(spark, "numbers") == [["x"]]


def test_the_catalog_makes_describes_and_drops_tables(
    spark: Any, tmp_path: Path
) -> None:
    schema = spark.sql("SELECT 1 AS v, 'a' AS k").schema
    spark.catalog.createTable("made", schema=schema, description="by hand")
    spark.range(3).write.json(str(tmp_path / "files"))
    spark.catalog.createTable("outside", str(tmp_path / "files"), "json")
    found = {t.name: (t.tableType, t.description) for t in spark.catalog.listTables()}
    assert found == {"made": ("MANAGED", "by hand"), "outside": ("EXTERNAL", None)}
    assert rows(spark, "outside") == [[0], [1], [2]]
    assert spark.catalog.getTable("made").namespace == ["default"]
    spark.sql("DROP TABLE outside")
    assert not spark.catalog.tableExists("outside")
    assert spark.read.json(str(tmp_path / "files")).count() == 3


def test_columns_that_an_insert_does_not_name_are_null(spark: Any) -> None:
    spark.sql("CREATE TABLE numbers (a INT, b INT)")
    spark.sql("INSERT INTO numbers (b) SELECT 3")
    spark.sql("INSERT INTO numbers SELECT x, x FROM VALUES (5) AS t(x)")
    assert sorted([*row] for row in spark.table("numbers").fillna(0).collect()) == [
        [0, 3],
        [5, 5],
    ]


def test_dropping_a_view_by_drop_table_leaves_the_table(spark: Any) -> None:
    spark.sql("SELECT 1 AS v").write.saveAsTable("numbers")
    spark.sql("SELECT 2 AS v").createOrReplaceTempView("numbers")
    spark.sql("DROP TABLE numbers")
    assert rows(spark, "numbers") == [[1]]


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("SELECT 1 AS v, 2 AS w", "_LEGACY_ERROR_TEMP_1161"),
        ("SELECT 1 AS w", "_LEGACY_ERROR_TEMP_1162"),
    ],
)
def test_rows_with_other_columns_are_not_appended(
    query: str, condition: str, spark: Any
) -> None:
    spark.sql("SELECT 1 AS v").write.saveAsTable("numbers")
    with pytest.raises(AnalysisException) as caught:
        spark.sql(query).write.mode("append").saveAsTable("numbers")
    assert caught.value.getCondition() == condition


def test_the_table_says_how_inserted_rows_are_laid_out(spark: Any) -> None:
    spark.sql("SELECT 1 AS v, 2 AS k").write.saveAsTable("numbers")
    with pytest.raises(AnalysisException) as caught:
        spark.table("numbers").write.partitionBy("k").insertInto("numbers")
    assert caught.value.getCondition() == "PARTITION_BY_NOT_ALLOWED_WITH_INSERT_INTO"


def test_a_view_hides_a_table_of_its_name(spark: Any) -> None:
    spark.sql("SELECT 1 AS v").write.saveAsTable("numbers")
    spark.sql("SELECT 2 AS v").createOrReplaceTempView("numbers")
    assert rows(spark, "numbers") == [[2]]
    assert rows(spark, "default.numbers") == [[1]]


def test_a_command_without_an_answer_can_be_collected(spark: Any) -> None:
    assert spark.sql("CREATE TABLE numbers (v INT)").collect() == []


def test_the_log_of_a_sink_is_kept_as_the_settings_say(
    spark: Any, tmp_path: Path
) -> None:
    prefix = "spark.sql.streaming.fileSink.log"
    spark.conf.set(f"{prefix}.compactInterval", "2")
    spark.conf.set(f"{prefix}.cleanupDelay", "0")
    spark.conf.set("spark.sql.streaming.minBatchesToRetain", "1")
    stream = MemoryStream(spark, "v INT")
    names = []
    for deletes in ("false", "true"):
        spark.conf.set(f"{prefix}.deletion", deletes)
        writer = stream.to_df().writeStream.format("json")
        writer = writer.option("checkpointLocation", str(tmp_path / "checkpoint"))
        query = writer.option("retention", "7d").start(str(tmp_path / "output"))
        for number in range(4):
            stream.add_data([number])
            query.processAllAvailable()
        query.stop()
        log = tmp_path / "output" / "_spark_metadata"
        names.append(sorted(path.name for path in log.iterdir()))
    assert names[0] == ["0", "1.compact", "2", "3.compact"]
    assert names[1] == ["5.compact", "6", "7.compact"]
    assert spark.read.json(str(tmp_path / "output")).count() == 8


@pytest.mark.parametrize("retention", ["soon", "10 minutes"])
def test_a_retention_is_a_duration_of_spark_s(
    retention: str, spark: Any, tmp_path: Path
) -> None:
    writer = MemoryStream(spark, "v INT").to_df().writeStream.format("json")
    writer = writer.option("checkpointLocation", str(tmp_path / "checkpoint"))
    with pytest.raises(PySparkException, match="retention"):
        writer.option("retention", retention).start(str(tmp_path / "output"))
