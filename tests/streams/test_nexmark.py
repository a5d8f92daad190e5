"""Nexmark: each query's answer as a stream is its answer as a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import unbounded
from bench.nexmark.events import KINDS, longest_us, write_events
from bench.nexmark.queries import QUERIES, Query
from bench.nexmark.views import Views, open_views

EVENTS, FILES, RATE = 5_000, 6, 100


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    session = unbounded.connect(conf={"spark.sql.session.timeZone": "UTC"})
    yield session
    session.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nexmark") / "data"
    write_events(folder, EVENTS, FILES, RATE)
    return folder


@pytest.mark.parametrize("name", QUERIES)
def test_answer_of_the_stream_is_that_of_the_batch(
    name: str, spark: Any, folder: Path, tmp_path: Path
) -> None:
    query = QUERIES[name]
    frame = query.ask(views(spark, folder, is_stream=True))
    rows, watermark = streamed(frame, query, tmp_path)
    expected = query.ask(views(spark, folder, is_stream=False)).collect()
    assert expected, "the events are too few for this query"
    if query.lags:
        watermark -= timedelta(microseconds=longest_us(RATE))
    if query.is_of_clock:
        assert without_times(rows) == without_times(expected)
    else:
        assert rows
        assert sorted(map(repr, rows)) == final(expected, query.final_by, watermark)


def views(spark: Any, folder: Path, is_stream: bool) -> Views:
    return open_views(spark, str(folder), is_stream, RATE)


def streamed(frame: Any, query: Query, folder: Path) -> tuple[list[Any], datetime]:
    """The rows that stand at the end, and the last watermark."""
    rows: dict[Any, Any] = {}

    def keep(batch: Any, batch_id: int) -> None:
        for number, row in enumerate(batch.collect()):
            key = tuple(row[key] for key in query.keys) or (batch_id, number)
            rows[key] = row

    writer = frame.writeStream.outputMode(query.mode).foreachBatch(keep)
    writer = writer.option("checkpointLocation", str(folder / "checkpoint"))
    running = writer.trigger(availableNow=True).start()
    assert running.awaitTermination(60), "the query does not end"
    reports = running.recentProgress
    assert sum(report["numInputRows"] > 0 for report in reports) == FILES
    text = reports[-1]["eventTime"]["watermark"].removesuffix("Z")
    return list(rows.values()), datetime.fromisoformat(text)


def final(rows: list[Any], time: str | None, watermark: datetime) -> list[str]:
    """The rows whose time has come."""
    return sorted(repr(row) for row in rows if time is None or row[time] <= watermark)


def without_times(rows: list[Any]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for row in rows:
        counts[row.bidder] += row.bid_count
    return counts


def test_of_fifty_events_one_is_a_person_and_three_are_auctions(folder: Path) -> None:
    counts = {name: table(folder, name).num_rows for name in KINDS}
    parts = {"people": 1, "auctions": 3, "bids": 46}
    assert counts == {name: part * EVENTS // 50 for name, part in parts.items()}


def test_events_come_out_of_order_and_at_most_a_second_late(folder: Path) -> None:
    times = table(folder, "bids")["dateTime"].to_numpy()
    late = (np.maximum.accumulate(times) - times) / np.timedelta64(1, "s")
    assert 0.5 < late.max() <= 1
    assert len(np.unique(times)) == len(times)


@pytest.mark.parametrize("name", KINDS)
def test_events_are_the_same_in_however_many_files(
    name: str, folder: Path, tmp_path: Path
) -> None:
    write_events(tmp_path / "data", EVENTS, 3, RATE)
    assert table(tmp_path / "data", name).equals(table(folder, name))


def table(folder: Path, name: str) -> pa.Table:
    """All events of a kind, as they come."""
    files = sorted((folder / name).iterdir())
    return pa.concat_tables([pq.read_table(file) for file in files])
