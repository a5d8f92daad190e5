"""Joins over whole days: a day is one of the session's clock, as in a batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import functions as F

# Clocks in Berlin go forward in the night to the 30th of March, so that day has 23
# hours; a day after 12:00 of the 29th is 12:00 of the 30th, 10:00 UTC.
STARTS = ["2025-03-29T11:00:00Z", "2025-03-29T11:30:00Z", "2025-03-30T11:00:00Z"]
ENDS = [
    "2025-03-30T09:59:59Z",
    "2025-03-30T10:00:00Z",
    "2025-03-30T10:00:01Z",
    "2025-03-30T11:00:00Z",
    "2025-03-31T11:00:00Z",
]


def write(folder: Path, column: str, times: list[str]) -> str:
    folder.mkdir()
    for number, time in enumerate(times):
        rows = json.dumps({"k": 1, column: time})
        (folder / f"{number}.json").write_text(rows + "\n", "utf-8")
    return str(folder)


def joined(left: Any, right: Any) -> Any:
    near = "l.k = r.k AND end >= start AND end <= start + INTERVAL 1 DAY"
    frame = left.alias("l").join(right.alias("r"), F.expr(near))
    return frame.select(F.col("start").cast("string"), F.col("end").cast("string"))


@pytest.fixture
def in_zone(spark: Any) -> Iterator[Callable[[str], None]]:
    """What sets the session's zone, until the test is over."""
    key = "spark.sql.session.timeZone"
    before = spark.conf.get(key)
    yield lambda zone: spark.conf.set(key, zone)
    spark.conf.set(key, before)


@pytest.mark.parametrize(("zone", "count"), [("Europe/Berlin", 7), ("UTC", 10)])
def test_stream_joins_over_days_as_a_batch_does(
    spark: Any, in_zone: Callable[[str], None], tmp_path: Path, zone: str, count: int
) -> None:
    in_zone(zone)
    sides = {
        "start": write(tmp_path / "starts", "start", STARTS),
        "end": write(tmp_path / "ends", "end", ENDS),
    }
    batch, stream = (
        joined(
            *(
                reader.schema(f"k INT, {name} TIMESTAMP").json(folder)
                for name, folder in sides.items()
            )
        )
        for reader in (
            spark.read,
            spark.readStream.option("maxFilesPerTrigger", 1),
        )
    )
    found: list[Any] = []
    writer = stream.writeStream.foreachBatch(
        lambda rows, _: found.extend(tuple(row) for row in rows.collect())
    )
    query = writer.trigger(availableNow=True).start()
    assert query.awaitTermination(60)

    assert sorted(found) == sorted(tuple(row) for row in batch.collect())
    assert len(found) == count
