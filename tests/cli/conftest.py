"""A checkpoint to look at, and the command line within the test's own process."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.sql import functions as F

import unbounded
from unbounded.cli import main


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def tables(self) -> list[list[list[str]]]:
        """The plain tables of a pipe: their lines, and the cells of those."""
        parts = self.out.strip().split("\n\n")
        return [[line.split("\t") for line in part.splitlines()] for part in parts]


Command = Callable[..., Done]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["unbounded", *words])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        code = end.value.code
        return Done(code if isinstance(code, int) else 0, out, err)

    return run


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three batches of counts by key, and the folder they were read from."""
    folder = tmp_path_factory.mktemp("query")
    (folder / "in").mkdir()
    for number, key in enumerate("aba"):
        row = {"time": f"2026-01-01T00:0{number}:00Z", "key": key}
        (folder / "in" / f"{number}.json").write_text(json.dumps(row) + "\n")
    spark = unbounded.connect(conf={"spark.sql.session.timeZone": "UTC"})
    read = spark.readStream.schema("time TIMESTAMP, key STRING")
    counts = (
        read.option("maxFilesPerTrigger", 1)
        .json(str(folder / "in"))
        .withWatermark("time", "1 minute")
        .groupBy("key")
        .agg(F.count(F.lit(1)).alias("n"))
    )
    writer = counts.writeStream.outputMode("update").format("noop")
    writer = writer.option("checkpointLocation", str(folder / "checkpoint"))
    assert writer.trigger(availableNow=True).start().awaitTermination(30)
    spark.stop()
    return folder


@pytest.fixture
def checkpoint(written: Path, tmp_path: Path) -> Path:
    """A copy that the test may ruin; the input stays where it was."""
    return Path(shutil.copytree(written / "checkpoint", tmp_path / "checkpoint"))
