"""What may change from one start of a query to the next, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import StreamingQueryException
from pyspark.sql import functions as F

from tests.streams.conftest import Batches, within
from unbounded.testing import MemoryStream

SCHEMA = "time TIMESTAMP, k STRING, j STRING, n INT"


class Restarts:
    """One checkpoint, and queries that begin on it one after the other."""

    def __init__(self, spark: Any, folder: Path) -> None:
        self.stream = MemoryStream(spark, SCHEMA)
        self.read = self.stream.to_df()
        self.folder = folder
        self.batches = Batches()

    def run(self, frame: Any, mode: str = "update", *rows: Any) -> list[list[str]]:
        """The batches of one run, over rows that are there at its start."""
        if rows:
            self.stream.add_data([(None, *row) for row in rows])
        before = len(self.batches.rows)
        writer = frame.writeStream.outputMode(mode).foreachBatch(self.batches)
        writer = writer.option("checkpointLocation", str(self.folder))
        query = writer.trigger(availableNow=True).start()
        within(query.awaitTermination)
        return self.batches.rows[before:]

    def files(self) -> dict[Path, bytes]:
        """Everything on disk but the lock."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {path: path.read_bytes() for path in found if path.name != "lock"}


@pytest.fixture
def restarts(spark: Any, tmp_path: Path) -> Restarts:
    return Restarts(spark, tmp_path / "checkpoint")


def counts(frame: Any, *keys: str) -> Any:
    return frame.groupBy(*keys).agg(F.count("n").alias("c"))


def test_column_that_is_called_otherwise_goes_on(restarts: Restarts) -> None:
    restarts.run(counts(restarts.read, "k"), "update", ("a", "x", 1))
    renamed = restarts.read.withColumnsRenamed({"k": "key", "n": "number"})
    again = renamed.groupBy("key").agg(F.count("number"))
    assert restarts.run(again, "update", ("a", "x", 2)) == [["a 2"]]
    assert restarts.run(counts(restarts.read, "k"), "update", ("a", "x", 3)) == [
        ["a 3"]
    ]


def test_state_is_read_under_the_names_of_the_query_that_runs(
    spark: Any, restarts: Restarts
) -> None:
    restarts.run(counts(restarts.read, "k"), "update", ("a", "x", 1))
    renamed = restarts.read.withColumnRenamed("k", "key")
    restarts.run(counts(renamed, "key"), "update", ("b", "x", 1))
    state = spark.read.format("statestore").load(str(restarts.folder))
    assert sorted(row.key.key for row in state.collect()) == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("another key of its type", lambda read: counts(read, "j")),
        (
            "keys that change places",
            lambda read: counts(read.selectExpr("j AS k", "n"), "k"),
        ),
        (
            "another column counted",
            lambda read: read.groupBy("k").agg(F.count("j").alias("c")),
        ),
        ("one key more", lambda read: counts(read, "k", "j")),
        ("no key", lambda read: counts(read)),
        ("another operator", lambda read: read.dropDuplicates(["k"])),
        ("no operator", lambda read: read.select("k")),
        ("an operator more", lambda read: counts(read.dropDuplicates(["k"]), "k")),
    ],
)
def test_other_state_is_refused_and_nothing_is_touched(
    restarts: Restarts, name: str, change: Any
) -> None:
    restarts.run(counts(restarts.read, "k"), "update", ("a", "x", 1))
    before = restarts.files()
    with pytest.raises(StreamingQueryException, match=r"\[STATE|STATEFUL_OPERATOR"):
        restarts.run(change(restarts.read), "update", ("a", "x", 2))
    assert restarts.files() == before
    assert restarts.run(counts(restarts.read, "k")) == [["a 2"]]


def test_columns_of_one_name_in_two_tables_do_not_change_places(
    spark: Any, restarts: Restarts
) -> None:
    other = spark.createDataFrame([("a", "b")], "k STRING, j STRING")
    left = restarts.read.selectExpr("k AS x", "n")
    joined = left.join(other.selectExpr("j", "k AS y"), F.expr("x <= y"))
    restarts.run(counts(joined, "x", "y"), "update", ("a", "-", 1))
    with pytest.raises(StreamingQueryException, match="KEY_SCHEMA_NOT_COMPATIBLE"):
        restarts.run(counts(joined, "y", "x"), "update", ("a", "-", 1))
    assert restarts.run(counts(joined, "x", "y")) == [["a a 2"]]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("a filter", lambda read: counts(read.where("n > 1"), "k")),
        (
            "a column more in the output",
            lambda read: counts(read, "k").selectExpr("*", "1"),
        ),
        ("another alias", lambda read: read.groupBy("k").agg(F.count("n").alias("z"))),
        ("a key through a select", lambda read: counts(read.select("k", "n"), "k")),
    ],
)
def test_edit_that_leaves_the_state_goes_on(
    restarts: Restarts, name: str, change: Any
) -> None:
    restarts.run(counts(restarts.read, "k"), "update", ("a", "x", 1))
    (batch,) = restarts.run(change(restarts.read), "update", ("a", "x", 2))
    assert batch[0].startswith("a 2")


def test_source_of_another_kind_is_refused_and_nothing_is_touched(
    spark: Any, restarts: Restarts
) -> None:
    restarts.run(restarts.read.select("n"), "append", ("a", "x", 1))
    before = restarts.files()
    micro = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 1)
    files = spark.readStream.schema("n INT").json(str(restarts.folder))
    for frame, condition in (
        (micro.load().selectExpr("CAST(value AS INT) AS n"), "SOURCE_KIND_MISMATCH"),
        (restarts.read.select("n").union(files), "SOURCE_COUNT_MISMATCH"),
        (files, "SOURCE_OFFSET_UNKNOWN"),
    ):
        with pytest.raises(StreamingQueryException, match=condition):
            restarts.run(frame, "append")
    assert restarts.files() == before
    assert restarts.run(restarts.read.select("n"), "append", ("a", "x", 2)) == [["2"]]
