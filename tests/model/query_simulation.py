"""Query simulation: a whole query over a disk that dies, run by run, in one thread.

A `Case` says what is read, computed and written; a `Simulation` is its folder.
`run` is one life of the process: a new session on the same folder, everything
there is worked off, the end. What a crash leaves is decided by the seed.
"""

from __future__ import annotations

import itertools
import json
import os
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

import pyarrow as pa

from tests.streams.steps import Query, expressions, filtered, grouped
from unbounded.compiler import MACROS
from unbounded.conf import RuntimeConf
from unbounded.engine import Database, EngineSettings
from unbounded.parser import parse_expression, parse_schema
from unbounded.plan.commands import AvailableNowTrigger, OutputMode, WriteStream
from unbounded.plan.expressions import SortOrder
from unbounded.plan.relations import (
    Deduplicate,
    JoinType,
    Limit,
    Project,
    Relation,
    Sort,
    UnresolvedAggregate,
    UnresolvedDataSource,
    UnresolvedJoin,
    UnresolvedTable,
    WithWatermark,
)
from unbounded.runtime import StreamingQuery
from unbounded.session import Session, SharedState
from unbounded.sinks import Sink
from unbounded.sources.file_log import FileStreamSourceLog
from unbounded.testing import ManualClock, SimulatedFiles

_SCHEMA = parse_schema("time TIMESTAMP, key STRING, value BIGINT")
DELAY_MINUTES = 5
WINDOW_MINUTES = 10
WIDE_MINUTES = 30
GAP_MINUTES = 2
END_KEY = "end"

Row = tuple[int | None, str | None, int | None]
"""Minutes since midnight, key, value."""
Rows = list[str]

_AGGREGATES = (
    "count(1) AS count",
    "sum(value) AS sum",
    "min(value) AS least",
    "max(value) AS most",
    "avg(value) AS mean",
)
CUT = 6
TOP = 2


def _first_rows(source: Relation) -> Relation:
    return Limit(Deduplicate(source, ("key", "value")), CUT)


def _sorted_rows(source: Relation) -> Relation:
    return Sort(source, expressions("value", "key", "time"))


def _top_keys(source: Relation) -> Relation:
    counts = grouped(["key"], ["count(1) AS count"])(source)
    count, key = expressions("count", "key")
    return Limit(Sort(counts, (SortOrder(count, False), SortOrder(key))), TOP)


def _chained(source: Relation) -> Relation:
    delay = f"{DELAY_MINUTES} minutes"
    counts = grouped([_WINDOW, "key"], ["count(1) AS count"], delay=delay)(source)
    wide = f"window(window, '{WIDE_MINUTES} minutes')"
    return grouped([wide, "key"], ["sum(count) AS count", "count(1) AS parts"])(counts)


def _revised(source: Relation) -> Relation:
    """Of the keys with as many rows: how many, the last, the least value of all."""
    of_keys = ["count(1) AS count", "min(value) AS least"]
    calls = ["count(1) AS keys", "max(key) AS last", "min(least) AS least"]
    return grouped(["count"], calls)(grouped(["key"], of_keys)(source))


JOINED_MINUTES = 13


def _joined(join_type: JoinType) -> Query:
    """Each row with those of its key in the minutes after it, of the same files: the
    right side reads them too, as a source of its own.
    """
    near = f"rt BETWEEN lt AND lt + INTERVAL '{JOINED_MINUTES}' MINUTE"

    def query(source: Relation) -> Relation:
        left, right = (
            Project(
                _marked(source),
                expressions(f"time AS {side}t", f"key AS {side}k", f"value AS {side}"),
            )
            for side in "lr"
        )
        condition = parse_expression(f"lk = rk AND {near}")
        return UnresolvedJoin(left, right, join_type, condition)

    return query


def _joined_counts(source: Relation) -> Relation:
    window = f"window(lt, '{WINDOW_MINUTES} minutes')"
    joined = Project(_joined("inner")(source), expressions("lt", "lk", "r"))
    return grouped([window, "lk"], ["count(1) AS count", "sum(r) AS sum"])(joined)


_LISTS = (
    "collect_list(value) AS values",
    "count(DISTINCT value) AS kinds",
    "first(value) AS first",
    "max_by(key, value) AS best",
)
_WINDOW = f"window(time, '{WINDOW_MINUTES} minutes')"
_DELAY = f"{DELAY_MINUTES} minutes"


def _marked(source: Relation) -> Relation:
    return WithWatermark(source, "time", _DELAY)


def _rolled(source: Relation) -> Relation:
    keys = expressions(_WINDOW, "key")
    calls = expressions("grouping_id() AS id", *_AGGREGATES)
    return UnresolvedAggregate(_marked(source), "rollup", keys, calls)


SHAPES: dict[str, Query] = {
    "stateless": filtered("value IS NULL OR value % 3 <> 0"),
    "windowed": grouped([_WINDOW, "key"], _AGGREGATES, delay=_DELAY),
    "grouped": grouped(["key"], _AGGREGATES),
    "first": _first_rows,
    "sorted": _sorted_rows,
    "top": _top_keys,
    "sessions": grouped(
        [f"session_window(time, '{GAP_MINUTES} minutes')", "key"],
        ["count(1) AS count", "sum(value) AS sum"],
        delay=f"{DELAY_MINUTES} minutes",
    ),
    "chained": _chained,
    "listed": grouped(["key"], _LISTS),
    "revised": _revised,
    "rolled": _rolled,
    "joined": _joined("left"),
    "joined_counts": _joined_counts,
    "deduplicated": lambda source: Deduplicate(_marked(source), ("time", "key")),
    "within": lambda source: Deduplicate(
        _marked(source), ("key",), within_watermark=True
    ),
}
JOINS = frozenset({"joined", "joined_counts"})


@dataclass(frozen=True)
class Case:
    """One query: its shape, where it writes, how, and the data's seed.

    Args:
        has_late_rows: some rows are behind the watermark; the batch answer has
            them and the stream may drop them.
        partition_by: columns that become folders.
        confs: settings of the session.
    """

    sink: str
    shape: str
    output_mode: OutputMode
    seed: int = 0
    file_count: int = 3
    has_late_rows: bool = False
    partition_by: tuple[str, ...] = ()
    confs: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        late = "-late" if self.has_late_rows else ""
        place = "-partitioned" if self.partition_by else ""
        return f"{self.sink}-{self.shape}-{self.output_mode}{late}{place}-{self.seed}"

    @property
    def is_file_sink(self) -> bool:
        return self.sink in {"parquet", "json"}


def input_files(case: Case) -> list[list[Row]]:
    """Rows cut into files; a file may be empty, a row may be all nulls."""
    chance = random.Random(f"rows {case.seed}")
    found = []
    for number in range(case.file_count):
        count = 5 if number in {0, 2} else chance.choice((0, 1, 3, 5))
        found.append([_row(chance, number, case) for _ in range(count)])
    found[0][0] = (60, "a", 1)
    if case.has_late_rows:
        # Behind the second batch's watermark, 55: the third batch drops it.
        found[2][0] = (15, "late", 1)
    return found


def _row(chance: random.Random, number: int, case: Case) -> Row:
    # Twelve minutes a file and three of spread: each file makes windows final, and
    # no row is behind a watermark of five, however files are gathered into batches.
    minute: int | None = 60 + number * 12 + chance.randint(0, 3)
    if case.has_late_rows and chance.random() < 0.4:
        minute = chance.randint(0, 60 + number * 12)
    if chance.random() < 0.1:
        minute = None
    key = chance.choice(["a", "b", "c", "ö x", None])
    value = chance.choice([None, *range(-4, 40)])
    return minute, key, value


# Behind all windows, and behind every row: it makes them final.
LAST_FILE: list[Row] = [(20 * 60, END_KEY, 1)]
_LAST_WINDOW = "20:00-20:10"


_ENDING = frozenset({"windowed", "sessions", "chained", "rolled", "joined_counts"})


def is_given(case: Case, row: str) -> bool:
    """Whether a row of the batch answer is one of an append's.

    A group of the last file, or of all windows, does not end; a row without a time
    is not let go of without a match.
    """
    if case.output_mode != "append":
        return True
    if case.shape == "joined":
        return not row.startswith(".|")
    is_last = END_KEY in row or row.startswith((".|", _LAST_WINDOW))
    return case.shape not in _ENDING or not is_last


# --- one process --------------------------------------------------------------


@cache
def _database() -> Database:
    """One for all: it holds nothing but macros, and takes long to open."""
    database = Database.open(EngineSettings(threads=1))
    cursor = database.cursor()
    for macro in MACROS:
        cursor.execute(macro)
    cursor.close()
    return database


class _SharedState(SharedState):
    @property
    def database(self) -> Database:
        return _database()

    def close(self) -> None:
        """The database stays for the next."""


@dataclass(frozen=True)
class Delivery:
    """What the sink was handed: rows as text, and the batch's line in the log."""

    batch_id: int
    rows: Rows
    offsets: str


class _RecordingSink:
    """Hands on what it is given, and notes it."""

    def __init__(self, sink: Sink, note: Callable[[int, pa.Table], None]) -> None:
        self._sink = sink
        self._note = note

    def write(self, batch_id: int, changes: pa.Table, output_mode: str) -> None:
        self._note(batch_id, changes)
        self._sink.write(batch_id, changes, output_mode)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sink, name)


class _EndedThread:
    """A run inside the caller's thread is over when it has begun."""

    def join(self, timeout: float | None = None) -> None:
        """Nothing to wait for."""

    def is_alive(self) -> bool:
        return False


# Case and rows decide it, so one simulation computes it for all.
_ANSWERS: dict[tuple[Case, str], Rows] = {}


class Simulation:
    """The folder of one case, and all that happens in it."""

    def __init__(self, folder: str, case: Case, seed: int = 0) -> None:
        os.makedirs(folder)
        self.case = case
        self.folder = folder
        self.checkpoint = f"{folder}/checkpoint"
        self.output = f"{folder}/output"
        self.events = f"{folder}/events"
        self.files = SimulatedFiles(folder, seed)
        self.clock = ManualClock(1_000_000)
        self.deliveries: list[Delivery] = []
        self.file_rows: list[list[Row]] = []
        self.query: StreamingQuery | None = None
        self._session: Session | None = None
        self._runs = itertools.count()
        os.makedirs(self.events)
        for rows in input_files(case):
            self.add_file(rows)

    def add_file(self, rows: list[Row]) -> None:
        number = len(self.file_rows)
        path = f"{self.events}/{number:03d}.json"
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(_record(row)) + "\n" for row in rows)
        os.utime(path, (number + 1, number + 1))
        self.file_rows.append(rows)
        self.files.settle()

    def run(self) -> None:
        """Start the query from its checkpoint and work off what there is.

        Raises:
            SimulatedCrash: the disk died.
            Exception: what ended the query.
        """
        self.clock.advance(7)
        self.query = None
        self._session = session = self._new_session()
        command = WriteStream(
            SHAPES[self.case.shape](self._source(is_streaming=True)),
            "foreachbatch" if self.case.sink == "function" else self.case.sink,
            self.case.output_mode,
            AvailableNowTrigger(),
            "answer",
            self.output if self.case.is_file_sink else None,
            options={"checkpointlocation": self.checkpoint},
            partitioning=self.case.partition_by,
        )
        function = _ignore if self.case.sink == "function" else None
        definition = session.streams.define(command, function)
        open_sink = definition.open_sink
        definition = replace(
            definition,
            open_sink=lambda schema, query_id: _RecordingSink(
                open_sink(schema, query_id), self._note
            ),
        )
        services = replace(
            session.streams.services,
            start_thread=_run_inline,
            run_maintenance=_do_at_once,
        )
        self.query = StreamingQuery(definition, services, lambda query: None)
        self.query.start()
        if self.query.exception is not None:
            raise self.query.exception

    def table(self) -> Rows:
        """The output as a reader sees it, sorted."""
        if self.case.sink == "function":
            last = {d.batch_id: d.rows for d in self.deliveries}
            if self.case.output_mode == "complete":
                return last[max(last)]
            return sorted(itertools.chain(*last.values()))
        if self.case.sink == "memory":
            assert self._session is not None, "its table lives as long as the session"
            return shown(self._session.run(UnresolvedTable(("answer",))).table)
        session = self._new_session()
        schema = session.schema(SHAPES[self.case.shape](self._source()))
        plan = UnresolvedDataSource(self.case.sink, schema, {}, (self.output,))
        # Partition columns are read last.
        return shown(session.run(plan).table.select(list(schema.names)))

    def batch_answer(self) -> Rows:
        """The same plan over all files at once."""
        key = (self.case, str(self.file_rows))
        if key not in _ANSWERS:
            plan = SHAPES[self.case.shape](self._source())
            _ANSWERS[key] = shown(self._new_session().run(plan).table)
        return _ANSWERS[key]

    @property
    def source_count(self) -> int:
        """How many sources the query has; each reads all files."""
        return 2 if self.case.shape in JOINS else 1

    def batches(self, source: int = 0) -> list[list[int]]:
        """The numbers of the files that each batch has read, by what the logs say.

        A crash may lead one source's log before another's.
        """
        source_log = FileStreamSourceLog(
            self.files, f"{self.checkpoint}/sources/{source}", self.clock
        )
        texts = {d.batch_id: d.offsets for d in self.deliveries}
        found, start = [], -1
        for batch_id in range(len(texts)):
            offset = texts[batch_id].splitlines()[2 + source]
            end = -1 if offset == "-" else json.loads(offset)["logOffset"]
            paths = [entry.path for entry in source_log.between(start, end)]
            found.append([int(os.path.basename(path)[:3]) for path in paths])
            start = end
        return found

    def _source(self, is_streaming: bool = False) -> UnresolvedDataSource:
        options = {"maxfilespertrigger": "1"} if is_streaming else {}
        paths = (self.events,)
        return UnresolvedDataSource("json", _SCHEMA, options, paths, is_streaming)

    def _new_session(self) -> Session:
        run = next(self._runs)
        ids = (f"id-{run}-{number}" for number in itertools.count())
        shared = _SharedState(
            new_id=lambda: next(ids), clock=self.clock, files=self.files
        )
        confs = {"spark.sql.session.timeZone": "UTC", **dict(self.case.confs)}
        return Session(shared, "session", "user", RuntimeConf(confs))

    def _note(self, batch_id: int, rows: pa.Table) -> None:
        offsets = self.files.read(f"{self.checkpoint}/offsets/{batch_id}").decode()
        self.deliveries.append(Delivery(batch_id, shown(rows), offsets))


def _ignore(rows: pa.Table, batch_id: int) -> None:
    """What the function is given is noted by the sink around it."""


def _run_inline(name: str, run: Callable[[], object]) -> _EndedThread:
    run()
    return _EndedThread()


def _do_at_once(work: Callable[[], object]) -> None:
    try:
        work()
    except OSError:
        # As the maintenance thread does: the query goes on, it is tried again.
        return


def _record(row: Row) -> dict[str, object]:
    minute, key, value = row
    record: dict[str, object] = {}
    if minute is not None:
        record["time"] = f"2026-01-01T{clock_text(minute)}:00Z"
    if key is not None:
        record["key"] = key
    if value is not None:
        record["value"] = value
    return record


# --- rows as text -------------------------------------------------------------


def shown(table: pa.Table) -> Rows:
    """Each row as the text of its values, sorted; windows as `01:10-01:20`."""
    return row_texts(tuple(row.values()) for row in table.to_pylist())


def row_texts(rows: Iterable[Sequence[object]]) -> Rows:
    return sorted("|".join(map(_value_text, row)) for row in rows)


def clock_text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _value_text(value: object) -> str:
    match value:
        case None:
            return "."
        case {"start": start, "end": end}:
            return f"{start:%H:%M}-{end:%H:%M}"
        case datetime():
            return f"{value:%H:%M}"
    return str(value)
