"""Steps: a streaming query as a test tells it, one step after another.

    run_steps(folder, counts, "update",
              AddFile("a 1", "b 2"), CheckNewAnswer("a 1"), Stop(), Start(), …)

The query reads JSON lines from a folder, one file a batch, on a disk and a clock
of the test; it runs in the test's own thread, so nothing is waited for. A step
that fails shows all steps, an arrow at the one, and what the query knew.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pytest

from unbounded.conf import RuntimeConf
from unbounded.errors import UnboundedError
from unbounded.parser import parse_expression, parse_schema
from unbounded.plan.commands import WriteStream
from unbounded.plan.expressions import Expression
from unbounded.plan.relations import (
    Filter,
    Relation,
    UnresolvedAggregate,
    UnresolvedDataSource,
    WithWatermark,
)
from unbounded.runtime import MicroBatchExecution
from unbounded.runtime.progress import BatchReport
from unbounded.session import Session, SharedState
from unbounded.testing import ManualClock, SimulatedFiles

SCHEMA = "time TIMESTAMP, key STRING, value BIGINT"

Batch = tuple[int, list[str]]
Query = Callable[[Relation], Relation]


# --- queries ------------------------------------------------------------------


def expressions(*texts: str) -> tuple[Expression, ...]:
    return tuple(parse_expression(text) for text in texts)


def grouped(
    keys: Sequence[str], aggregates: Sequence[str], *, delay: str | None = None
) -> Query:
    """`[withWatermark(time, delay).] groupBy(keys).agg(aggregates)`."""

    def query(source: Relation) -> Relation:
        child = WithWatermark(source, "time", delay) if delay else source
        return UnresolvedAggregate(
            child, "groupby", expressions(*keys), expressions(*aggregates)
        )

    return query


def filtered(condition: str) -> Query:
    return lambda source: Filter(source, parse_expression(condition))


# --- the world of one test ----------------------------------------------------


class StreamWorld:
    """A folder with events and a checkpoint, a disk, a clock, and one query.

    `deliveries` holds what the sink was given, batch by batch, over all runs.
    """

    def __init__(
        self,
        folder: str,
        query: Query,
        output_mode: str,
        *,
        files: SimulatedFiles | None = None,
        write: Callable[[StreamWorld, Relation], WriteStream] | None = None,
        confs: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.events = f"{folder}/events"
        os.makedirs(self.events, exist_ok=True)
        self.files = files or SimulatedFiles(folder)
        self.clock = ManualClock(1_000_000)
        self.query = query
        self.output_mode = output_mode
        self.deliveries: list[Batch] = []
        self.reports: list[BatchReport] = []
        self._write = write or _to_function
        self._confs = {"spark.sql.session.timeZone": "UTC", **(confs or {})}
        self._file_count = 0
        self._runs = itertools.count()
        self.memory_limit = "60%"
        self.execution: MicroBatchExecution | None = None
        self.shared: SharedState | None = None

    def add_file(self, rows: Sequence[str]) -> None:
        """A JSON file of rows `time key value`; a dot stands for null."""
        path = f"{self.events}/{self._file_count:03d}.json"
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(_record(row)) + "\n" for row in rows)
        os.utime(path, (self._file_count + 1, self._file_count + 1))
        self._file_count += 1
        self.files.settle()

    def start(self) -> None:
        """Begin a run from the checkpoint."""
        run = next(self._runs)
        ids = (f"id-{run}-{number}" for number in itertools.count())
        self.shared = SharedState(
            new_id=lambda: next(ids),
            clock=self.clock,
            files=self.files,
            memory_limit=self.memory_limit,
        )
        session = Session(self.shared, "session", "user", RuntimeConf(self._confs))
        source = UnresolvedDataSource(
            "json",
            parse_schema(SCHEMA),
            {"maxfilespertrigger": "1"},
            (self.events,),
            is_streaming=True,
        )
        command = self._write(self, self.query(source))
        definition = session.streams.define(command, self._deliver)
        services = replace(
            session.streams.services, run_maintenance=lambda work: work()
        )
        self.session = session
        self.execution = MicroBatchExecution(definition, services)
        self.execution.open()

    def process_all(self) -> None:
        """Run batches until one finds nothing to do."""
        assert self.execution is not None, "the query is not started"
        while (report := self.execution.run_trigger()) is not None:
            self.reports.append(report)

    def stop(self) -> None:
        assert self.execution is not None, "the query is not started"
        self.execution.close()
        self.forget()

    def forget(self) -> None:
        """Drop the run as a dead process does, without closing anything."""
        self.execution = None
        if self.shared is not None:
            self.shared.close()

    def _deliver(self, rows: pa.Table, batch_id: int) -> None:
        self.deliveries.append((batch_id, shown(rows)))


def _to_function(world: StreamWorld, plan: Relation) -> WriteStream:
    return WriteStream(
        plan,
        "foreachbatch",
        world.output_mode,  # type: ignore[arg-type]
        options={"checkpointlocation": f"{world.folder}/checkpoint"},
    )


def _record(row: str) -> dict[str, object]:
    time, key, value = (None if part == "." else part for part in row.split())
    record: dict[str, object] = {}
    if time is not None:
        record["time"] = f"2026-01-01T{time}Z"
    if key is not None:
        record["key"] = key
    if value is not None:
        record["value"] = int(value)
    return record


def shown(rows: pa.Table) -> list[str]:
    """Rows as the text of their values, in order: `a 1`, windows as `00:10-00:20`."""
    return [" ".join(map(_shown, row.values())) for row in rows.to_pylist()]


def _shown(value: object) -> str:
    if isinstance(value, dict) and value.keys() == {"start", "end"}:
        return f"{value['start']:%H:%M}-{value['end']:%H:%M}"
    return "." if value is None else str(value)


# --- steps --------------------------------------------------------------------


class Step:
    """One thing a test does or claims."""

    def run(self, world: StreamWorld) -> None:
        raise TypeError(f"{type(self).__name__} does nothing")


class AddFile(Step):
    """A file of rows arrives."""

    def __init__(self, *rows: str) -> None:
        self.rows = rows

    def run(self, world: StreamWorld) -> None:
        world.add_file(self.rows)

    def __repr__(self) -> str:
        return f"AddFile{self.rows}"


class CheckNewAnswer(Step):
    """All there is gets processed; the last batch delivers these rows, as a set."""

    def __init__(self, *rows: str) -> None:
        self.rows = rows

    def run(self, world: StreamWorld) -> None:
        before = len(world.deliveries)
        world.process_all()
        new = world.deliveries[before:]
        delivered = [row for _, rows in new[-1:] for row in rows]
        assert sorted(delivered) == sorted(self.rows)

    def __repr__(self) -> str:
        return f"CheckNewAnswer{self.rows}"


class CheckBatches(Step):
    """All there is gets processed, in exactly these batches of rows, as sets."""

    def __init__(self, *batches: Sequence[str]) -> None:
        self.batches = batches

    def run(self, world: StreamWorld) -> None:
        before = len(world.deliveries)
        world.process_all()
        new = [sorted(rows) for _, rows in world.deliveries[before:]]
        assert new == [sorted(rows) for rows in self.batches]

    def __repr__(self) -> str:
        return f"CheckBatches{self.batches}"


@dataclass(frozen=True)
class Drain(Step):
    """All there is gets processed; what it gives is for the test to look at."""

    def run(self, world: StreamWorld) -> None:
        world.process_all()


@dataclass(frozen=True)
class CheckState(Step):
    """The last batch reported these numbers of the only operator."""

    total: int
    updated: int
    removed: int = 0
    dropped: int = 0

    def run(self, world: StreamWorld) -> None:
        metrics = world.reports[-1].operators[0].metrics
        assert metrics.rows_total == self.total
        assert metrics.rows_updated == self.updated
        assert metrics.rows_removed == self.removed
        assert metrics.rows_dropped_by_watermark == self.dropped


@dataclass(frozen=True)
class AdvanceClock(Step):
    milliseconds: int

    def run(self, world: StreamWorld) -> None:
        world.clock.advance(self.milliseconds)


@dataclass(frozen=True)
class Stop(Step):
    def run(self, world: StreamWorld) -> None:
        world.stop()


@dataclass(frozen=True)
class Start(Step):
    query: Query | None = None

    def run(self, world: StreamWorld) -> None:
        world.query = self.query or world.query
        world.start()


@dataclass(frozen=True)
class ExpectFailure(Step):
    """Starting, or processing what is there, fails with this condition."""

    condition: str
    query: Query | None = None

    def run(self, world: StreamWorld) -> None:
        world.query = self.query or world.query
        with pytest.raises(UnboundedError) as failure:
            _start_and_process(world)
        assert failure.value.condition == self.condition
        world.stop()


def _start_and_process(world: StreamWorld) -> None:
    if world.execution is None:
        world.start()
    world.process_all()


def run_steps(
    folder: object, query: Query, output_mode: str, *steps: Step, **options: object
) -> StreamWorld:
    """Start the query and take the steps."""
    world = StreamWorld(str(folder), query, output_mode, **options)  # type: ignore[arg-type]
    world.start()
    for number, step in enumerate(steps):
        try:
            step.run(world)
        except AssertionError as error:
            raise AssertionError(
                "\n".join((str(error), *_story(steps, number, world)))
            ) from error
    if world.execution is not None:
        world.stop()
    return world


def assert_restarts_change_nothing(
    folder: object, query: Query, output_mode: str, files: Sequence[AddFile]
) -> None:
    """A run that ends after every file, and goes on, gives what one long run gives.

    In whatever order a batch gives its rows: that of groups is left to the threads.
    """
    whole = run_steps(
        f"{folder}/whole", query, output_mode, *(s for f in files for s in (f, Drain()))
    )
    parts = run_steps(
        f"{folder}/parts",
        query,
        output_mode,
        *(s for f in files for s in (Stop(), Start(), f, Drain())),
    )
    assert _in_any_order(whole) == _in_any_order(parts)


def _in_any_order(world: StreamWorld) -> list[tuple[int, list[str]]]:
    return [(batch_id, sorted(rows)) for batch_id, rows in world.deliveries]


def _story(steps: Sequence[Step], at: int, world: StreamWorld) -> Iterator[str]:
    yield "steps:"
    for number, step in enumerate(steps):
        yield f"{' =>' if number == at else '   '} {step!r}"
    yield f"sink: {world.deliveries}"
    for report in world.reports[-3:]:
        offsets = [(s.start_offset, s.end_offset) for s in report.sources]
        yield f"batch {report.batch_id}: offsets {offsets}, {report.operators}"
