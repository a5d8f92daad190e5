"""Micro-batch execution: one query's batches, one after the other.

It holds what the query knows between batches (batch id, offsets, watermark) and
runs a trigger at a time: ask the sources, write down what the batch will read,
run it, commit. It has no thread and does not wait; `streaming_query.py` calls it.
Spark's `MicroBatchExecution`.

Invariants:
    - offsets/N is durable before a row of batch N is read
    - batch N's rows come from the offsets in offsets/N alone, also when run again
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager

import pyarrow as pa

from unbounded.checkpoint import (
    PINNED_CONFS,
    CommitLog,
    OffsetLog,
    OffsetSeq,
    QueryMetadata,
    Restart,
    read_restart,
)
from unbounded.conf import DROP_UNMATCHED_STATE, SPILL_STATE
from unbounded.errors import AnalysisError, CheckpointError, UnboundedError
from unbounded.files import FileLock, ScratchFile
from unbounded.operators import Watermarks
from unbounded.plan.relations import Relation
from unbounded.runtime.batch_memory import BatchMemory
from unbounded.runtime.batch_protocol import BatchProtocol
from unbounded.runtime.emission import emission_of
from unbounded.runtime.incremental_execution import (
    BatchInput,
    BatchResult,
    IncrementalExecution,
)
from unbounded.runtime.progress import BatchReport, OperatorReport, SourceReport
from unbounded.runtime.query_definition import QueryDefinition, QueryServices
from unbounded.runtime.source_names import (
    SOURCE_EVOLUTION,
    check_offsets,
    source_names,
)
from unbounded.runtime.state_identity import lasting_schemas
from unbounded.runtime.watermark import (
    WatermarkPolicy,
    WatermarkTracker,
    redefines_watermark,
)
from unbounded.sources import REREAD_CONDITIONS, ReportsSourceMetrics, Source
from unbounded.state import STATE_FOLDER, OperatorSchema, StateSettings, StateStore
from unbounded.types import StructType, to_arrow

__all__ = ["LOCK_FILE", "MicroBatchExecution"]

_OWN_FOLDER = "_unbounded"
LOCK_FILE = f"{_OWN_FOLDER}/lock"

_POLICY = "spark.sql.streaming.multipleWatermarkPolicy"
_NO_DATA_BATCHES = "spark.sql.streaming.noDataMicroBatches.enabled"
_SEVERAL_OPERATORS = "spark.sql.streaming.statefulOperator.allowMultiple"
_BATCHES_TO_RETAIN = "spark.sql.streaming.minBatchesToRetain"

TellStatus = Callable[[str, bool | None], None]
"""Takes what is begun, and whether there is new data; None: as far as known."""


def _tell_nobody(message: str, is_data_available: bool | None) -> None:
    """For those who run triggers and show no status."""


class MicroBatchExecution:
    """The batches of one query, from its checkpoint on.

    Construction takes the checkpoint for this run and writes nothing but its
    `metadata`; `open` reads it and brings sources, state and sink to where it says.

    Raises:
        UnsupportedError: the plan has no incremental form yet.
        CheckpointError: the checkpoint is damaged or another query's.
    """

    def __init__(self, definition: QueryDefinition, services: QueryServices) -> None:
        self._definition = definition
        self._services = services
        self._folder = definition.checkpoint_location
        self._emission = emission_of(definition.output_mode)
        self.execution = IncrementalExecution(
            definition.plan,
            self._emission,
            definition.context,
            services.open_static,
        )
        self._lock = self._lock_checkpoint()
        try:
            self.query_id = QueryMetadata.load_or_create(
                services.files, self._folder, services.new_id
            )
            self._sink = definition.open_sink(self.execution.schema, self.query_id)
        except BaseException:
            self._lock.release()
            raise
        self._memory = BatchMemory(
            services.memory,
            services.clock,
            definition.name or self.query_id,
            gives_all=definition.output_mode == "complete",
        )
        self._redefines_watermark = redefines_watermark(definition.plan)
        self._cursor = services.database.cursor(self._memory.inputs)
        self._cursor.set_time_zone(definition.context.time_zone)
        self._sources: list[Source] = []
        self._store: StateStore | None = None
        self._compacting = threading.Lock()
        self._is_closed = False
        self.batch_id = 0
        self._committed: list[str | None] = []
        self._planned: OffsetSeq | None = None
        self._last_watermarks: Watermarks | None = None
        self._last_batch: BatchReport | None = None
        self._last_trigger = BatchReport(0, 0)
        self._previous_batch_watermark_ms = 0
        self._previous_trigger_start_ms: int | None = None

    # --- start and stop -----------------------------------------------------

    def open(self) -> None:
        """Read the checkpoint; afterwards `run_trigger` may be called."""
        files = self._services.files
        logs = ("offsets", "commits", STATE_FOLDER)
        files.adopt([f"{self._folder}/{name}" for name in logs])
        offset_log = OffsetLog(files, f"{self._folder}/offsets")
        commit_log = CommitLog(files, f"{self._folder}/commits")
        restart = read_restart(offset_log, commit_log, self._folder)
        self._resume(restart)
        folders = map(self._names.folder, range(self._names.count))
        files.adopt([f"{self._folder}/{name}" for name in folders])
        self._sink.check_start(self.batch_id, is_replay=self._planned is not None)
        self._sources = [
            self._services.open_source(
                stream.scan, f"{self._folder}/{self._names.folder(index)}"
            )
            for index, stream in enumerate(self.execution.inputs)
        ]
        self._open_state()
        is_max = self._confs[_POLICY].lower() == "max"
        policy: WatermarkPolicy = "max" if is_max else "min"
        self._tracker = WatermarkTracker(
            self.execution.watermark_delays_ms, policy, restart.watermark_ms
        )
        self._protocol = BatchProtocol(
            offset_log,
            commit_log,
            self._store,
            self._sink,
            int(self._conf(_BATCHES_TO_RETAIN, "100")),
        )

    def close(self) -> None:
        """Let go of sources, sink, state and cursor, and of the checkpoint last.

        What is durable stays. One that fails to let go does not hold the others.
        """
        with self._compacting:
            self._is_closed = True
        with ExitStack() as held:
            held.callback(self._lock.release)
            held.callback(self._memory.close)
            held.callback(self.execution.close)
            held.callback(self._cursor.close)
            if self._store is not None:
                held.callback(self._store.close)
            held.callback(self._sink.stop)
            for source in self._sources:
                held.callback(source.stop)

    def _compact(self) -> None:
        """Merge state segments, in the maintenance thread, unless the run is over."""
        with self._compacting:
            if self._store is not None and not self._is_closed:
                self._store.compact()

    def interrupt(self) -> None:
        """End the work of the batch that runs now, from another thread."""
        self.execution.cancel()
        self._cursor.interrupt()

    @property
    def sources(self) -> list[Source]:
        return self._sources

    @property
    def sink_description(self) -> str:
        return self._sink.description

    @property
    def has_begun_batches(self) -> bool:
        """Whether this run has worked on a batch yet."""
        return self.execution.is_planned

    def prepare_for_available_now(self) -> None:
        """Freeze each source's end to what is there now."""
        for source in self._sources:
            source.prepare_for_available_now()

    # --- one trigger --------------------------------------------------------

    def run_trigger(
        self, *, is_limited: bool = True, tell: TellStatus = _tell_nobody
    ) -> BatchReport | None:
        """Run the next batch if there is a reason to; its report, or None.

        Args:
            is_limited: whether the sources' rate limits apply.
            tell: called with each thing that is begun.
        """
        clock = self._services.clock
        report = BatchReport(self.batch_id, clock.now_ms())
        report.previous_trigger_start_ms = self._previous_trigger_start_ms
        self._previous_trigger_start_ms = report.trigger_start_ms
        self._last_trigger = report
        with self._timed(report, "triggerExecution"):
            with self._timed(report, "latestOffset"):
                offsets = self._planned or self._next_batch(report, is_limited, tell)
            if offsets is None:
                return None
            if list(offsets.offsets) != self._committed:
                tell("Processing new data", True)
            else:
                tell("No new data but cleaning up state", False)
            if self._planned is None:
                with self._timed(report, "walCommit"):
                    self._protocol.plan_batch(
                        self.batch_id, self._names.recorded(offsets)
                    )
                self._planned = offsets
            self._run_batch(offsets, report)
        self._last_batch = report
        return report

    def idle_report(self) -> BatchReport:
        """The report of the last trigger, which ran no batch.

        State and watermark are as the last batch of this run left them, and its
        counters are zero; before the first batch there is nothing to tell of them.
        """
        report = self._last_trigger
        report.sources = self._source_reports(self._committed, {})
        report.sink_description = self._sink.description
        last = self._last_batch
        if last is not None:
            report.operators = [
                OperatorReport(o.name, o.metrics.at_rest()) for o in last.operators
            ]
            report.watermark_ms = last.watermark_ms
            report.output_row_count = min(last.output_row_count, 0)
        return report

    def _next_batch(
        self, report: BatchReport, is_limited: bool, tell: TellStatus
    ) -> OffsetSeq | None:
        ends = []
        for source, start in zip(self._sources, self._committed, strict=True):
            tell(f"Getting offsets from {source.description}", None)
            end = source.latest_offset(start, is_limited)
            ends.append(start if end is None else end)
        if self._may_come_without_data():
            self._check_watermark(self._tracker.current_ms)
        if ends == self._committed and not self._needs_no_data_batch():
            return None
        return OffsetSeq(
            tuple(ends),
            self._tracker.current_ms,
            report.trigger_start_ms,
            self._confs,
        )

    def _may_come_without_data(self) -> bool:
        """After a restart never, as in Spark: no batch of this run says from where."""
        is_on = self._conf(_NO_DATA_BATCHES, "true").lower() == "true"
        return is_on and self._last_watermarks is not None

    def _needs_no_data_batch(self) -> bool:
        if not self._may_come_without_data():
            return False
        assert self._last_watermarks is not None, "a batch has run"
        return self.execution.needs_batch(
            self._last_watermarks, self._tracker.current_ms
        )

    def _check_watermark(self, watermark_ms: int) -> None:
        """Spark asks which watermark an operator sees once there is one at all."""
        if watermark_ms and self._redefines_watermark and self._has_several_operators():
            raise AnalysisError("_LEGACY_ERROR_TEMP_3076", config=_SEVERAL_OPERATORS)

    def _has_several_operators(self) -> bool:
        return self._conf(_SEVERAL_OPERATORS, "true").lower() == "true"

    def _run_batch(self, offsets: OffsetSeq, report: BatchReport) -> None:
        watermarks = self._watermarks(offsets.batch_watermark_ms)
        with self._timed(report, "getBatch"):
            batch = self._read_inputs(offsets, watermarks)
        self._memory.begin_batch(batch.tables.values(), self._store)
        with self._timed(report, "queryPlanning"):
            self._check_watermark(offsets.batch_watermark_ms)
            self.execution.plan(offsets.batch_timestamp_ms)
        with self._timed(report, "addBatch"):
            result = self._compute(batch, offsets)
            self._memory.check_batch(result.rows, result.mapped_bytes, self._store)
            self._sink.write(self.batch_id, result.rows, self._emission.output_mode)
            result.settle()
            self._commit_state(result, report)
            self._protocol.commit_sink(self.batch_id)
        self._memory.end_batch()
        self._tracker.observe(
            {n: s.max_ms for n, s in result.event_times.items() if s.count}
        )
        with self._timed(report, "commitOffsets"):
            self._protocol.finish_batch(self.batch_id, self._tracker.current_ms)
        self._describe(report, offsets, result)
        self._advance(offsets, watermarks)

    def _watermarks(self, watermark_ms: int) -> Watermarks:
        """Batch N-1's and batch N's; of one operator alone, batch N's for both."""
        if self._has_several_operators():
            return Watermarks(self._previous_batch_watermark_ms, watermark_ms)
        return Watermarks(watermark_ms, watermark_ms)

    def _commit_state(self, result: BatchResult, report: BatchReport) -> None:
        with self._timed(report, "stateCommit"):
            self._protocol.commit_state(self.batch_id)
        commit_ms = report.durations_ms.pop("stateCommit")
        if self._store is None:
            return
        for metrics, (_, tables) in zip(
            result.metrics, self.execution.operators, strict=True
        ):
            metrics.commit_ms = commit_ms
            metrics.memory_bytes = sum(
                self._store.metrics(table).memory_bytes for table in tables
            )
            metrics.custom["memoryMappedBytes"] = sum(
                self._store.metrics(table).mapped_bytes for table in tables
            )
        self._memory.describe(result.metrics)

    def _compute(self, batch: BatchInput, offsets: OffsetSeq) -> BatchResult:
        """Run the plan, once more where a source asks to read more carefully.

        A reader fails in the statement over its rows, so before any state is
        touched.
        """
        while True:
            try:
                return self.execution.run(batch, self._cursor, self._store)
            except UnboundedError as error:
                if error.condition not in REREAD_CONDITIONS or not self._reread():
                    raise
            batch = self._read_inputs(offsets, batch.watermarks)

    def _reread(self) -> bool:
        answers = [source.reread() for source in self._sources]
        return any(answers)

    def _advance(self, offsets: OffsetSeq, watermarks: Watermarks) -> None:
        ends = [end for end in offsets.offsets if end is not None]
        if len(ends) == len(self._sources):
            finished = list(zip(self._sources, ends, strict=True))
            self._protocol.clean_up(self.batch_id, finished)
        if self._store is not None:
            self._services.run_maintenance(self._compact)
        self._committed = list(offsets.offsets)
        self._last_watermarks = watermarks
        self._previous_batch_watermark_ms = offsets.batch_watermark_ms
        self._planned = None
        self.batch_id += 1

    def _read_inputs(self, offsets: OffsetSeq, watermarks: Watermarks) -> BatchInput:
        sql: dict[int, str] = {}
        tables: dict[int, pa.Table] = {}
        parameters: dict[str, Sequence[str]] = {}
        for index, stream in enumerate(self.execution.inputs):
            end = offsets.offsets[index]
            source = self._sources[index]
            if end is None:
                nothing = _no_rows(source.schema)
                tables.update(dict.fromkeys(stream.leaf_ids, nothing))
                continue
            relation = source.relation(self._committed[index], end)
            if relation.table is not None:
                tables.update(dict.fromkeys(stream.leaf_ids, relation.table))
            else:
                assert relation.sql is not None
                sql.update(dict.fromkeys(stream.leaf_ids, f"({relation.sql})"))
                parameters.update(relation.parameters)
        return BatchInput(sql, parameters, tables, watermarks)

    # --- reports ------------------------------------------------------------

    def _describe(
        self, report: BatchReport, offsets: OffsetSeq, result: BatchResult
    ) -> None:
        report.sources = self._source_reports(offsets.offsets, result.input_rows)
        report.operators = [
            OperatorReport(name, metrics)
            for (name, _), metrics in zip(
                self.execution.operators, result.metrics, strict=True
            )
        ]
        report.event_times = result.event_times
        report.observed = tuple(result.observed.values())
        report.time_zone = self._definition.context.time_zone
        if self.execution.watermark_delays_ms:
            report.watermark_ms = offsets.batch_watermark_ms
        report.sink_description = self._sink.description
        if self._sink.counts_output_rows:
            report.output_row_count = result.rows.num_rows

    def _source_reports(
        self, ends: Sequence[str | None], input_rows: Mapping[int, int]
    ) -> list[SourceReport]:
        return [
            SourceReport(
                source.description,
                start,
                end,
                source.reported_latest_offset(),
                sum(input_rows.get(leaf_id, 0) for leaf_id in stream.leaf_ids),
                source.metrics(end) if isinstance(source, ReportsSourceMetrics) else {},
            )
            for source, stream, start, end in zip(
                self._sources,
                self.execution.inputs,
                self._committed,
                ends,
                strict=True,
            )
        ]

    @contextmanager
    def _timed(self, report: BatchReport, name: str) -> Iterator[None]:
        start = self._services.clock.monotonic_ms()
        try:
            yield
        finally:
            report.durations_ms[name] = self._services.clock.monotonic_ms() - start

    # --- the checkpoint -----------------------------------------------------

    def _lock_checkpoint(self) -> FileLock:
        """One run at a time: another process's, or another session's, is refused."""
        try:
            return self._services.files.lock(f"{self._folder}/{LOCK_FILE}")
        except BlockingIOError as error:
            raise CheckpointError(
                "CHECKPOINT_IN_USE", checkpointLocation=self._folder
            ) from error

    def _conf(self, key: str, default: str) -> str:
        return self._definition.confs.get(key, default)

    def _pinned_confs(self, recorded: Mapping[str, str]) -> dict[str, str]:
        """Settings a checkpoint pins: its own, else the session's, else Spark's."""
        session = self._definition.confs
        return {
            key: recorded.get(key, session.get(key, default))
            for key, default in PINNED_CONFS.items()
        }

    def _open_state(self) -> None:
        schemas = lasting_schemas(
            self.execution.operator_schemas, self._definition.plan, self._schemas_of
        )
        folder = f"{self._folder}/{STATE_FOLDER}"
        # State that no operator takes up is refused there, by the operator's name.
        if not schemas and not self._services.files.exists(folder):
            return
        drops = self._conf(DROP_UNMATCHED_STATE, "false").lower() == "true"
        if self.batch_id and not drops and not self._services.files.exists(folder):
            raise CheckpointError(
                "STREAMING_STATEFUL_OPERATOR_MISSING_STATE_DIRECTORY",
                OpsInCurBatchSeq=", ".join(schema.label for schema in schemas),
                folder=folder,
            )
        self._store = StateStore.open(
            self._services.files,
            folder,
            schemas,
            self.batch_id,
            StateSettings(drop_unmatched_operators=True) if drops else None,
            open_account=self._memory.state_account,
            open_scratch=self._open_scratch if self._may_spill() else None,
        )
        self.execution.recover(self._store)

    def _schemas_of(self, plan: Relation) -> tuple[OperatorSchema, ...]:
        context, watch = self._definition.context, self._services.open_static
        execution = IncrementalExecution(plan, self._emission, context, watch)
        with closing(execution):
            return execution.operator_schemas

    def _may_spill(self) -> bool:
        return self._conf(SPILL_STATE, "true").lower() == "true"

    def _open_scratch(self) -> ScratchFile:
        """A file for what finds no room in memory; gone with the run."""
        return self._services.files.scratch(f"{self._folder}/{_OWN_FOLDER}")

    def _resume(self, restart: Restart) -> None:
        """Take up batch id, offsets, watermark and settings where they were left."""
        self.batch_id = restart.batch_id
        known = restart.replay or restart.start
        self._confs = self._pinned_confs({} if known is None else known.conf)
        scans = [stream.scan for stream in self.execution.inputs]
        asks = self._conf(SOURCE_EVOLUTION, "false").lower() == "true"
        self._names = source_names(scans, known, asks, self._folder)
        if restart.replay is not None:
            self._planned = self._names.in_plan_order(restart.replay)
            check_offsets(scans, self._planned, self._folder)
        self._committed = [None] * len(scans)
        if restart.start is not None:
            start = self._names.in_plan_order(restart.start)
            check_offsets(scans, start, self._folder)
            self._committed = list(start.offsets)
            self._previous_batch_watermark_ms = restart.start.batch_watermark_ms


def _no_rows(schema: StructType) -> pa.Table:
    """What a source has given as long as it has no offset."""
    fields = [pa.field(f.name, to_arrow(f.data_type)) for f in schema.fields]
    return pa.schema(fields).empty_table()
