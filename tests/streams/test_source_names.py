"""Sources that go by names: added, left out and in another order at a restart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import AnalysisException, StreamingQueryException
from pyspark.sql import functions as F

from tests.streams.conftest import Batches, within
from unbounded.clock import SystemClock
from unbounded.files import LocalFiles
from unbounded.runtime.checkpoint_checks import verify_checkpoint
from unbounded.runtime.checkpoint_report import describe_checkpoint

EVOLUTION = "spark.sql.streaming.queryEvolution.enableSourceEvolution"


class Named:
    """Folders of numbers by name, and queries over some of them, one checkpoint."""

    def __init__(self, spark: Any, folder: Path) -> None:
        self.spark = spark
        self.folder = folder
        self.checkpoint = folder / "checkpoint"
        self.batches = Batches()

    def add(self, **numbers: int) -> None:
        """One file more with a number in each of these folders."""
        for name, number in numbers.items():
            path = self.folder / name
            path.mkdir(exist_ok=True)
            count = len(list(path.iterdir()))
            (path / f"{count}.json").write_text(json.dumps({"n": number}) + "\n")

    def read(self, folder: str, name: str | None = None) -> Any:
        reader = self.spark.readStream.schema("n INT")
        reader = reader.name(name or folder) if name != "" else reader
        return reader.json(str(self.folder / folder))

    def union(self, *names: str) -> Any:
        first, *others = (self.read(name) for name in names)
        for other in others:
            first = first.union(other)
        return first

    def run(self, frame: Any, mode: str = "append") -> list[str]:
        """The rows of one run over what is there."""
        before = len(self.batches.rows)
        writer = frame.writeStream.outputMode(mode).foreachBatch(self.batches)
        writer = writer.option("checkpointLocation", str(self.checkpoint))
        query = writer.trigger(availableNow=True).start()
        within(query.awaitTermination)
        return sorted(row for rows in self.batches.rows[before:] for row in rows)

    def offsets(self) -> list[str]:
        newest = max((self.checkpoint / "offsets").glob("[0-9]*"), key=lambda p: p.name)
        version, _, *lines = newest.read_text().split("\n")
        return [version, *lines]


@pytest.fixture
def named(spark: Any, tmp_path: Path) -> Iterator[Named]:
    spark.conf.set(EVOLUTION, "true")
    yield Named(spark, tmp_path)
    spark.conf.unset(EVOLUTION)


def test_offsets_and_logs_go_by_name(named: Named) -> None:
    named.add(a=1, b=10)
    assert named.run(named.union("a", "b")) == ["1", "10"]
    assert named.offsets() == ["v2", 'a:{"logOffset":0}', 'b:{"logOffset":0}']
    logs = sorted(path.name for path in (named.checkpoint / "sources").iterdir())
    assert logs == ["a", "b"]


def test_sources_may_change_places(named: Named) -> None:
    named.add(a=1, b=10)
    named.run(named.union("a", "b"))
    named.add(a=2, b=20)
    assert named.run(named.union("b", "a")) == ["2", "20"]


def test_source_that_is_added_is_read_from_its_beginning(named: Named) -> None:
    named.add(a=1, c=100)
    named.run(named.union("a"))
    named.add(a=2, c=200)
    assert named.run(named.union("c", "a")) == ["100", "2", "200"]


def test_source_that_is_left_out_goes_on_when_it_is_back(named: Named) -> None:
    named.add(a=1, b=10)
    named.run(named.union("a", "b"))
    named.add(a=2, b=20)
    assert named.run(named.union("a")) == ["2"]
    assert named.offsets() == ["v2", 'a:{"logOffset":1}', 'b:{"logOffset":0}']
    named.add(a=3, b=30)
    assert named.run(named.union("b", "a")) == ["20", "3", "30"]


def test_state_over_named_sources_goes_on(named: Named) -> None:
    named.add(a=1, b=1)
    counts = named.union("a", "b").groupBy("n").agg(F.count("n"))
    assert named.run(counts, "update") == ["1 2"]
    named.add(a=1, c=1)
    counts = named.union("c", "a").groupBy("n").agg(F.count("n"))
    assert named.run(counts, "update") == ["1 4"]


def test_batch_that_is_run_again_reads_what_was_planned(named: Named) -> None:
    named.add(a=1, b=10)
    named.run(named.union("a", "b"))
    named.add(a=2, b=20)
    named.run(named.union("a", "b"))
    (named.checkpoint / "commits" / "1").unlink()
    named.add(a=3, b=30)
    named.batches = Batches()
    named.batches.rows.append([])
    assert named.run(named.union("b", "a")) == ["2", "20", "3", "30"]
    assert named.batches.rows[1:] == [["2", "20"], ["3", "30"]]


def test_names_of_a_checkpoint_are_asked_for_without_the_setting(named: Named) -> None:
    named.add(a=1)
    named.run(named.union("a"))
    named.spark.conf.set(EVOLUTION, "false")
    named.add(a=2)
    assert named.run(named.union("a")) == ["2"]
    with pytest.raises(StreamingQueryException, match="UNNAMED_STREAMING_SOURCES"):
        named.run(named.read("a", ""))


def test_checkpoint_that_goes_by_places_is_refused(named: Named) -> None:
    named.add(a=1)
    named.spark.conf.set(EVOLUTION, "false")
    named.run(named.union("a"))
    named.spark.conf.set(EVOLUTION, "true")
    with pytest.raises(StreamingQueryException, match="CANNOT_ENABLE_ON_EXISTING"):
        named.run(named.union("a"))


@pytest.mark.parametrize(
    ("frame", "condition"),
    [
        (lambda n: n.read("a", ""), "UNNAMED_STREAMING_SOURCES_WITH_ENFORCEMENT"),
        (
            lambda n: n.read("a").union(n.read("b", "")),
            "UNNAMED_STREAMING_SOURCES_WITH_ENFORCEMENT",
        ),
        (lambda n: n.read("a").union(n.read("b", "a")), "DUPLICATE_SOURCE_NAMES"),
    ],
)
def test_query_without_names_of_its_own_does_not_start(
    named: Named, frame: Any, condition: str
) -> None:
    named.add(a=1, b=10)
    with pytest.raises(AnalysisException) as error:
        named.run(frame(named))
    parent = "STREAMING_QUERY_EVOLUTION_ERROR"
    assert error.value.getCondition() == f"{parent}.{condition}"
    assert not named.checkpoint.exists()


def test_checkpoint_is_described_and_verified_by_names(named: Named) -> None:
    named.add(a=1, b=10)
    named.run(named.union("a", "b"))
    named.add(a=2, b=20)
    named.run(named.union("b", "a"))
    (named.checkpoint / "commits" / "1").unlink()
    files, location = LocalFiles(), str(named.checkpoint)
    report = describe_checkpoint(files, location)
    assert [(s.name, s.last_id) for s in report.sources] == [("a", 1), ("b", 1)]
    assert list(verify_checkpoint(files, location, SystemClock())) == []
    (named.folder / "b" / "1.json").unlink()
    (finding,) = verify_checkpoint(files, location, SystemClock())
    assert finding.condition == "FAILED_READ_FILE.FILE_NOT_EXIST"


def test_frame_that_is_used_twice_is_one_source(named: Named) -> None:
    named.add(a=1)
    frame = named.read("a")
    assert named.run(frame.union(frame)) == ["1", "1"]
    assert named.offsets() == ["v2", 'a:{"logOffset":0}']
