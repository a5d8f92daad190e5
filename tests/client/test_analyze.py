from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql.types import IntegerType, StringType, StructField, StructType


def test_schema_text_is_parsed_as_spark_does(spark: Any) -> None:
    frame = spark.createDataFrame([], "a INT NOT NULL, s STRUCT<x: STRING>")
    nested = StructType([StructField("x", StringType())])
    assert frame.schema == StructType(
        [StructField("a", IntegerType(), False), StructField("s", nested)]
    )


def test_print_schema_is_a_tree(spark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    spark.range(1).printSchema()
    assert capsys.readouterr().out == "root\n |-- id: long (nullable = false)\n\n"


def test_explain_shows_the_plan(spark: Any, capsys: pytest.CaptureFixture[str]) -> None:
    spark.range(4).where("id > 1").explain()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "== Physical Plan =="
    assert lines[1].startswith("Filter ")
    assert lines[2].startswith("+- Range (0, 4, step=1)")


def test_explain_extended_shows_every_stage(
    spark: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    spark.range(4).explain(True)
    text = capsys.readouterr().out
    stages = ["Parsed Logical Plan", "Analyzed Logical Plan", "Physical Plan"]
    assert [text.index(stage) for stage in stages] == sorted(
        text.index(stage) for stage in stages
    )


def test_version_is_the_clients(spark: Any) -> None:
    assert spark.version == "4.2.0"


def test_batch_is_no_stream_and_rows_at_hand_are_local(spark: Any) -> None:
    frame = spark.createDataFrame([(1,)], "a INT")
    assert not frame.isStreaming
    assert frame.isLocal()
    assert not spark.range(3).where("id > 1").isLocal()


def test_input_files_are_named(spark: Any, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": 1}\n')
    frame = spark.read.schema("a INT").json(str(tmp_path))
    assert frame.inputFiles() == [f"file://{tmp_path / 'a.json'}"]


def test_plans_that_mean_the_same_are_the_same(spark: Any) -> None:
    assert spark.range(3).sameSemantics(spark.range(3))
    assert not spark.range(3).sameSemantics(spark.range(4))
    assert spark.range(3).semanticHash() == spark.range(3).semanticHash()


def test_rows_of_different_data_are_not_the_same(spark: Any) -> None:
    one = spark.createDataFrame([(1,)], "a INT")
    two = spark.createDataFrame([(2,)], "a INT")
    assert not one.sameSemantics(two)


def test_persist_is_remembered(spark: Any) -> None:
    frame = spark.range(3).persist()
    assert frame.is_cached
    assert frame.storageLevel.useMemory
    frame.unpersist()
    assert not frame.storageLevel.useMemory


def test_checkpoint_keeps_the_rows(spark: Any, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": 1}\n')
    frame = spark.read.schema("a INT").json(str(tmp_path)).localCheckpoint()
    (tmp_path / "a.json").unlink()
    assert frame.count() == 1
