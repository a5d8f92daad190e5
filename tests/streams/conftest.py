"""Queries of the official client, on a clock that tests move.

Nothing sleeps: a test waits for what a query does, at most `WAIT_S`.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import unbounded
from unbounded.testing import ManualClock, MemoryStream

WAIT_S = 30


@pytest.fixture(scope="package")
def engine() -> Iterator[tuple[Any, ManualClock]]:
    clock = ManualClock(1_000_000)
    spark = unbounded.connect(clock=clock, conf={"spark.sql.session.timeZone": "UTC"})
    yield spark, clock
    spark.stop()


@pytest.fixture
def clock(engine: tuple[Any, ManualClock]) -> ManualClock:
    """Set to a second and 300 ms: no multiple of any interval."""
    _, clock = engine
    clock.advance_to((clock.now_ms() // 100_000 + 1) * 100_000 + 300)
    return clock


@pytest.fixture
def spark(engine: tuple[Any, ManualClock]) -> Iterator[Any]:
    """The session, with the settings and without the queries of another test."""
    session, _ = engine
    yield session
    for query in session.streams.active:
        within(query.stop)
    session.streams.resetTerminated()
    for key in ("noDataProgressEventInterval", "stopTimeout"):
        session.conf.unset(f"spark.sql.streaming.{key}")


@pytest.fixture
def stream(spark: Any) -> MemoryStream:
    return MemoryStream(spark, "n INT")


def within(act: Callable[[], Any]) -> Any:
    """What `act` gives or raises; an error if it takes too long."""
    answer: list[Any] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answer.append(act())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(WAIT_S)
    assert not thread.is_alive(), "still waiting"
    if errors:
        raise errors[0]
    return answer[0]


class Batches:
    """A function for `foreachBatch` that notes each batch, and can be watched.

    Args:
        act: done in each batch, with the batch's id, before it is noted.
    """

    def __init__(self, act: Callable[[int], None] = lambda batch_id: None) -> None:
        self._act = act
        self._changed = threading.Condition()
        self.rows: list[list[str]] = []

    def __call__(self, frame: Any, batch_id: int) -> None:
        self._act(batch_id)
        rows = sorted(" ".join(map(str, row)) for row in frame.collect())
        with self._changed:
            assert batch_id >= len(self.rows)
            self.rows.append(rows)
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        """Until so many batches are noted."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.rows) >= count, WAIT_S)


class Gate:
    """User code that stays in a batch until the test lets it go on."""

    def __init__(self) -> None:
        self._entered = threading.Event()
        self._opened = threading.Event()

    def __call__(self, *_: object) -> None:
        self._entered.set()
        assert self._opened.wait(WAIT_S)

    def wait_until_entered(self) -> None:
        assert self._entered.wait(WAIT_S)

    def open(self) -> None:
        self._opened.set()


class EventFiles:
    """A folder of JSON events, read in the order they are added.

    A row is `minute key`, minutes counted from 2026-01-01T00:00:00Z.
    """

    schema = "time TIMESTAMP, key STRING"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._count = 0

    def add(self, *rows: str) -> None:
        lines = []
        for row in rows:
            minute, key = row.split()
            time = f"2026-01-01T{int(minute) // 60:02d}:{int(minute) % 60:02d}:00Z"
            lines.append(json.dumps({"time": time, "key": key}) + "\n")
        path = self.folder / f"{self._count:03d}.json"
        path.write_text("".join(lines))
        os.utime(path, (self._count + 1, self._count + 1))
        self._count += 1

    def read(self, spark: Any, **options: object) -> Any:
        reader = spark.readStream.schema(self.schema).options(**options)
        return reader.json(str(self.folder))


@pytest.fixture
def events(tmp_path: Path) -> EventFiles:
    return EventFiles(tmp_path / "events")
