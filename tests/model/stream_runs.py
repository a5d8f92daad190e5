"""Stream runs: a case run as a stream, and its plan run as a batch.

Both read the same parquet files through sessions of one engine. The stream runs
in the caller's thread, a file of each input a batch.
"""

from __future__ import annotations

import datetime
import itertools
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TypeGuard

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.model.deduplication_twin import DeduplicationTwin
from tests.model.session_twin import SessionTwin
from tests.model.stream_queries import (
    EPOCH,
    SCHEMA,
    AddFile,
    Case,
    Restart,
    Row,
    Trigger,
    Watermark,
)
from tests.model.stream_twin import Batches, StreamTwin, latest_ms
from unbounded.conf import RuntimeConf
from unbounded.files import Disk, LocalFiles
from unbounded.parser import parse_expression, parse_schema
from unbounded.plan.commands import WriteStream
from unbounded.plan.expressions import (
    Alias,
    Expression,
    SortOrder,
    UnresolvedAttribute,
    UnresolvedFunction,
    UnresolvedStar,
)
from unbounded.plan.relations import (
    Filter,
    Project,
    Relation,
    Sort,
    UnresolvedDataSource,
    WithColumns,
)
from unbounded.plan.tree import Node, walk
from unbounded.runtime import MicroBatchExecution
from unbounded.runtime.progress import BatchReport
from unbounded.session import Session, SharedState
from unbounded.testing import ManualClock
from unbounded.types import StructType, to_arrow

_SCHEMA = parse_schema(SCHEMA)
assert isinstance(_SCHEMA, StructType)
_ARROW_SCHEMA = pa.schema(
    [pa.field(f.name, to_arrow(f.data_type)) for f in _SCHEMA.fields]
)


class _UnsyncedDisk(Disk):
    """No power is cut here, and syncing would take most of the time."""

    def sync_file(self, path: str, descriptor: int) -> None:
        """Left to the system."""

    def sync_folder(self, path: str) -> None:
        """Left to the system."""


@cache
def _shared() -> SharedState:
    """One engine for all cases: it takes long to open."""
    ids = itertools.count()
    return SharedState(
        new_id=lambda: f"id-{next(ids)}",
        clock=ManualClock(1_000_000),
        files=LocalFiles(_UnsyncedDisk()),
    )


def case_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for one case, in memory where the system has files there."""
    memory = "/dev/shm"
    return tempfile.TemporaryDirectory(dir=memory if os.path.isdir(memory) else None)


class StreamRuns:
    """The folder of one case; `run` fills it and runs the query.

    `deliveries` holds what each batch gave, over all runs; `file_count` how many
    files there are.
    """

    def __init__(
        self, folder: str, case: Case, more_confs: Mapping[str, str] | None = None
    ) -> None:
        self.case = case
        self.deliveries: list[pa.Table] = []
        self.reports: list[BatchReport] = []
        self._folder = folder
        self.file_count = 0
        self._execution: MicroBatchExecution | None = None
        confs = {
            "spark.sql.session.timeZone": case.time_zone,
            "spark.sql.streaming.multipleWatermarkPolicy": case.policy,
            **(more_confs or {}),
        }
        self._session = Session(_shared(), "session", "user", RuntimeConf(confs))
        for number in range(case.query.input_count):
            os.makedirs(self._input(number))

    # --- as a stream --------------------------------------------------------

    def run(self) -> None:
        """Take the case's actions, then work off what is left."""
        try:
            for action in self.case.actions:
                match action:
                    case AddFile(number, rows):
                        self._add_file(number, rows)
                    case Trigger():
                        self._trigger()
                    case Restart():
                        self._stop()
            while self._trigger():
                pass
        finally:
            self._stop()

    def _add_file(self, number: int, rows: Sequence[Row]) -> None:
        path = f"{self._input(number)}/{self.file_count:03d}.parquet"
        numbered = ((self.file_count, n, *row) for n, row in enumerate(rows))
        columns = zip(*numbered, strict=True)
        arrays = [
            pa.array(column, field.type)
            for column, field in zip(columns, _ARROW_SCHEMA, strict=False)
        ]
        table = pa.table(arrays, schema=_ARROW_SCHEMA) if rows else None
        pq.write_table(table or _ARROW_SCHEMA.empty_table(), path)
        os.utime(path, (self.file_count + 1, self.file_count + 1))
        self.file_count += 1

    def _trigger(self) -> bool:
        if self._execution is None:
            self._execution = self._start()
        report = self._execution.run_trigger()
        if report is not None:
            self.reports.append(report)
        return report is not None

    def _start(self) -> MicroBatchExecution:
        command = WriteStream(
            self.case.query.plan(self._sources(is_streaming=True)),
            "foreachbatch",
            self.case.output_mode,
            options={"checkpointlocation": f"{self._folder}/checkpoint"},
        )
        definition = self._session.streams.define(command, self._deliver)
        services = replace(
            self._session.streams.services, run_maintenance=lambda work: work()
        )
        execution = MicroBatchExecution(definition, services)
        execution.open()
        return execution

    def _deliver(self, rows: pa.Table, batch_id: int) -> None:
        self.deliveries.append(rows)

    def _stop(self) -> None:
        if self._execution is not None:
            self._execution.close()
            self._execution = None

    # --- as a batch ---------------------------------------------------------

    def batch_answer(self, batches: Batches) -> pa.Table:
        """The plan over all files, without the rows that were dropped on the way."""
        query = self.case.query
        rows = self._kept_rows(batches)
        event_time = query.event_time
        if not self.case.is_late_dropped or event_time is None:
            return self._answer(rows, event_time)
        if query.is_by_session:
            return self._answer(self._in_sessions(rows, batches), "w")
        time = event_time
        if event_time != "time":
            # `withColumns` would take the mark of a window away.
            window = Alias(parse_expression(event_time), ("w",))
            rows = Project(rows, (UnresolvedStar(), window))
            time, event_time = "w.end", "w"
        late = f"coalesce({time} <= {by_file(batches.late_ms)}, false)"
        punctual = Filter(rows, parse_expression(f"NOT {late}"))
        answer = self._answer(punctual, event_time)
        if query.is_left_out is None:
            return answer
        # A group without an event time is never late.
        everything = self._answer(rows, event_time)
        place = query.is_left_out
        return pa.concat_tables(
            table.filter(pc.equal(table.column(place), left_out))
            for left_out, table in ((0, answer), (1, everything))
        )

    def _answer(self, rows: Relation, event_time: str | None) -> pa.Table:
        return self._session.run(self.case.query.result(rows, event_time)).table

    def _kept_rows(self, batches: Batches) -> Relation:
        """The rows that reach the aggregation or the sink, but for late groups'."""
        query = self.case.query
        rows = query.united(self._sources())
        deduplication = query.deduplication
        if deduplication is None:
            return rows
        if deduplication.kind == "rows":
            if query.watermarks and "time" in deduplication.names:
                late = f"coalesce(time <= {by_file(batches.late_ms)}, false)"
                rows = Filter(rows, parse_expression(f"NOT {late}"))
            return deduplication.over(rows)
        twin = DeduplicationTwin(deduplication, self._delay())
        twin.run(batches.all, self._session.run(rows).table.to_pylist())
        kept = ", ".join(str(file * 1000 + pos) for file, pos in twin.kept)
        condition = f"file * 1000 + pos IN ({kept})" if kept else "false"
        return Filter(rows, parse_expression(condition))

    def _in_sessions(self, rows: Relation, batches: Batches) -> Relation:
        """The rows that are not late, each with the session `w` it ends up in.

        They come by their own spans, in which order a session's functions see them.
        """
        query = self.case.query
        assert query.event_time is not None
        own = Alias(parse_expression(query.event_time), ("w",))
        names = [f"k{number}" for number in range(len(query.keys))]
        keys = (
            Alias(parse_expression(text), (name,))
            for text, name in zip(query.keys, names, strict=True)
        )
        spans = self._session.run(WithColumns(rows, (own, *keys))).table.to_pylist()
        sessions = SessionTwin(names).run(batches.all, spans)
        bounds = []
        for place, name in enumerate(("start", "end")):
            whens = [
                f"WHEN {file * 1000 + pos} THEN {_timestamp(span[place])}"
                for (file, pos), span in sessions.items()
            ]
            case = f"CASE file * 1000 + pos {' '.join(whens)} END"
            bounds.append(f"'{name}', {case if whens else 'CAST(NULL AS TIMESTAMP)'}")
        window = parse_expression(f"named_struct({', '.join(bounds)})")
        own = Alias(parse_expression(query.event_time), ("own",))
        placed = WithColumns(rows, (own, Alias(window, ("w",))))
        kept = Filter(placed, parse_expression("w.start IS NOT NULL"))
        order = ("own.start", "own.end", "file", "pos")
        return Sort(kept, tuple(SortOrder(parse_expression(text)) for text in order))

    def _delay(self) -> datetime.timedelta | None:
        """That of the event time of united rows: the first branch's."""
        marks = self.case.query.watermarks
        return datetime.timedelta(milliseconds=marks[0].delay_ms) if marks else None

    def prefix_answer(self, last_file: int) -> pa.Table:
        """The plan over the files up to that one, as a batch."""
        so_far = parse_expression(f"file <= {last_file}")
        sources = [Filter(source, so_far) for source in self._sources()]
        return self._session.run(self.case.query.plan(sources)).table

    def foresee(self) -> Batches:
        """The batches of the stream, by the twin."""
        query = self.case.query
        nodes = [self._latest_ms(n, w) for n, w in enumerate(query.watermarks)]
        return StreamTwin(self.case, nodes).run()

    def _latest_ms(self, number: int, mark: Watermark) -> dict[int, int | None]:
        """The latest event time that the watermark node saw of each file.

        A condition above the node that does not ask for the event time is
        applied below it, as by Spark.
        """
        query = self.case.query
        if mark.is_above:
            seen = query.part(number, self._sources(), is_marked=False)
        else:
            bare = replace(query, conditions=(), columns=(), table=None)
            seen = bare.part(number, self._sources(), is_marked=False)
            for condition in _timeless(query.conditions):
                seen = Filter(seen, condition)
        plan = Project(seen, (parse_expression("file"), parse_expression("time")))
        times: dict[int, list[datetime.datetime | None]] = {}
        for row in self._session.run(plan).table.to_pylist():
            times.setdefault(row["file"], []).append(row["time"])
        return {file: latest_ms(values) for file, values in times.items()}

    def _sources(self, is_streaming: bool = False) -> list[Relation]:
        options = {"maxfilespertrigger": "1"} if is_streaming else {}
        return [
            UnresolvedDataSource(
                "parquet", _SCHEMA, options, (self._input(number),), is_streaming
            )
            for number in range(self.case.query.input_count)
        ]

    def _input(self, number: int) -> str:
        return f"{self._folder}/input{number}"


def _timeless(conditions: Sequence[str]) -> Iterator[Expression]:
    """The parts of the conditions, joined by AND, that do not ask for the time."""
    for condition in conditions:
        for part in _conjuncts(parse_expression(condition)):
            names = [n.name_parts for n in walk(part) if _is_column(n)]
            if not any("time" in name for name in names):
                yield part


def _is_column(node: Node) -> TypeGuard[UnresolvedAttribute]:
    return isinstance(node, UnresolvedAttribute)


def _conjuncts(condition: Expression) -> Iterator[Expression]:
    if isinstance(condition, UnresolvedFunction) and condition.name == "and":
        for argument in condition.arguments:
            yield from _conjuncts(argument)
    else:
        yield condition


def _timestamp(time: datetime.datetime) -> str:
    utc = time.astimezone(datetime.UTC)
    return f"TIMESTAMP '{utc:%Y-%m-%d %H:%M:%S.%f}Z'"


def by_file(ms: Mapping[int, int], file: str = "file") -> str:
    """An expression of the time that each row's file stands for."""
    whens = []
    for number, millisecond in ms.items():
        time = EPOCH + datetime.timedelta(milliseconds=millisecond)
        whens.append(f"WHEN {number} THEN {_timestamp(time)}")
    return f"CASE {file} {' '.join(whens)} END"
