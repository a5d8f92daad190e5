"""Streams: a session's streaming queries, from `start()` on.

Turns what the user wrote into a `QueryDefinition`: the plan analyzed and
accepted, the checkpoint's place found, the sink chosen. Running is `runtime/`.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import cached_property

from unbounded.analyzer import CheckSettings, check_streaming, prune_join_inputs
from unbounded.compiler import CompileContext
from unbounded.conf import SESSION_TIME_ZONE, RuntimeConf
from unbounded.errors import AnalysisError, IllegalArgumentError
from unbounded.plan.commands import WriteStream
from unbounded.plan.relations import SourceScan, schema_of
from unbounded.plan.tree import Node, transform_up
from unbounded.runtime import (
    ListenerBus,
    QueryDefinition,
    QueryServices,
    StreamingQuery,
    StreamingQueryManager,
)
from unbounded.runtime.source_names import SOURCE_EVOLUTION, check_source_names
from unbounded.session.analysis import SessionAnalysis
from unbounded.session.catalog import ViewCatalog
from unbounded.session.explain import explain_query
from unbounded.session.shared_state import MEMORY_STREAM, SharedState, start_thread
from unbounded.session.static_rows import StaticRows
from unbounded.session.stream_sinks import BatchFunction, StreamSinks
from unbounded.sources import (
    STREAM_FORMATS,
    MemoryStreamSource,
    Source,
    StreamServices,
    located,
    open_source,
)
from unbounded.sources.path_patterns import absolute_paths

__all__ = ["Streams"]

_CHECKPOINT_LOCATION = "spark.sql.streaming.checkpointLocation"

# Formats whose results do not outlive the process may do without a checkpoint.
_TEMPORARY = frozenset({"memory", "console", "noop", "foreach", "foreachbatch"})


class Streams:
    """Starts and finds the queries of one session. Thread-safe."""

    def __init__(
        self,
        shared: SharedState,
        conf: RuntimeConf,
        catalog: ViewCatalog,
        analysis: SessionAnalysis,
    ) -> None:
        self._shared = shared
        self._conf = conf
        self._analysis = analysis
        self.sinks = StreamSinks(shared, conf, catalog)
        self.bus = ListenerBus()

    @cached_property
    def manager(self) -> StreamingQueryManager:
        """The queries of this session."""
        return StreamingQueryManager(self.services)

    @cached_property
    def services(self) -> QueryServices:
        """What each query of this session is handed to run."""
        shared = self._shared
        return QueryServices(
            database=shared.database,
            memory=shared.memory,
            files=shared.files,
            clock=shared.clock,
            new_id=shared.new_id,
            open_source=self._open_source,
            open_static=lambda plan, context: StaticRows(plan, shared, context),
            start_thread=start_thread,
            run_maintenance=shared.run_maintenance,
            post_event=self.bus.post,
        )

    def start(
        self, command: WriteStream, function: BatchFunction | None = None
    ) -> StreamingQuery:
        """Begin a query.

        Args:
            function: of a `foreachBatch` or `foreach` sink.

        Raises:
            AnalysisError: the plan is no stream's, or the output mode not its.
            IllegalArgumentError: an option is missing or wrong.
        """
        return self.manager.start(self.define(command, function))

    def define(
        self, command: WriteStream, function: BatchFunction | None = None
    ) -> QueryDefinition:
        """The query a command describes, accepted and not begun; see `start`."""
        plan = self._analysis.analyze(command.child)
        check_streaming(plan, command.output_mode, self._check_settings())
        if self._conf.get(SOURCE_EVOLUTION).lower() == "true":
            check_source_names(plan)
        plan = transform_up(prune_join_inputs(plan), self._fix_source)
        location, is_temporary = self._checkpoint_location(command)
        self._check_recoverable(command, location)
        return QueryDefinition(
            plan=plan,
            output_mode=command.output_mode,
            trigger=command.trigger,
            open_sink=self.sinks.opener(command, function),
            checkpoint_location=location,
            name=command.query_name,
            context=self._context(),
            confs=self._conf.all(),
            deletes_checkpoint=is_temporary,
        )

    def _check_settings(self) -> CheckSettings:
        def is_on(key: str) -> bool:
            return self._conf.get(f"spark.sql.streaming.{key}") == "true"

        return CheckSettings(
            checks_operations=is_on("unsupportedOperationCheck"),
            checks_correctness=is_on("statefulOperator.checkCorrectness.enabled"),
        )

    def find(self, query_id: str, run_id: str) -> StreamingQuery:
        """That run of that query, ended or not.

        Raises:
            IllegalArgumentError: there is none, or none any more.
        """
        query = self.manager.find(query_id, run_id)
        if query is None:
            raise IllegalArgumentError("STREAMING_QUERY_NOT_FOUND", id=query_id)
        return query

    def active(self) -> list[StreamingQuery]:
        """The queries that run."""
        return self.manager.active() if "manager" in self.__dict__ else []

    def ended(self) -> list[StreamingQuery]:
        """The runs that ended and are still known."""
        return self.manager.ended() if "manager" in self.__dict__ else []

    @property
    def has_started(self) -> bool:
        """Whether a query was ever started here."""
        return "manager" in self.__dict__

    def explain(self, query: StreamingQuery, is_extended: bool) -> str:
        """A query's plan as text."""
        return explain_query(query, is_extended)

    def close(self) -> None:
        """Stop every query, and wait for each."""
        if "manager" in self.__dict__:
            self.manager.stop_all()

    def _context(self) -> CompileContext:
        return CompileContext(
            time_zone=self._conf.get(SESSION_TIME_ZONE),
            current_timestamp_us=self._shared.clock.now_ms() * 1000,
            ansi=self._conf.get("spark.sql.ansi.enabled") == "true",
        )

    def _checkpoint_location(self, command: WriteStream) -> tuple[str, bool]:
        """An absolute folder, and whether it goes with the query."""
        given = command.options.get("checkpointlocation")
        if given is None:
            root = self._conf.find(_CHECKPOINT_LOCATION)
            if root is not None:
                given = f"{root}/{command.query_name or self._shared.new_id()}"
        if given is not None:
            return absolute_paths([given])[0], False
        if command.format.lower() not in _TEMPORARY:
            raise AnalysisError("_LEGACY_ERROR_TEMP_1298")
        return f"{tempfile.gettempdir()}/temporary-{self._shared.new_id()}", True

    def _check_recoverable(self, command: WriteStream, location: str) -> None:
        """What a memory table held is gone, unless each batch gives it anew."""
        if command.format.lower() != "memory" or command.output_mode == "complete":
            return
        if self._shared.files.exists(f"{location}/offsets"):
            raise AnalysisError(
                "MEMORY_SINK_NOT_RECOVERABLE",
                outputMode=command.output_mode,
                checkpointLocation=location,
            )

    def _fix_source(self, node: Node) -> Node:
        """A source's relative paths are those of the working folder at the start."""
        if not isinstance(node, SourceScan) or not node.is_streaming:
            return node
        source = node.source
        if source.format.lower() in {MEMORY_STREAM, *STREAM_FORMATS}:
            return node
        shared = self._shared
        paths = located(source.options, source.paths, shared.files, shared.clock)
        options = {k: v for k, v in source.options.items() if k != "path"}
        return replace(node, source=replace(source, paths=paths, options=options))

    def _open_source(self, scan: SourceScan, folder: str) -> Source:
        source = scan.source
        if source.format.lower() == MEMORY_STREAM:
            return MemoryStreamSource(self._shared.memory_buffer(source.options))
        stream_format = STREAM_FORMATS.get(source.format.lower())
        if stream_format is not None:
            shared = self._shared
            services = StreamServices(folder, shared.files, shared.clock, start_thread)
            return stream_format.open(source.options, services)
        return open_source(
            source.format.lower(),
            schema_of(scan.output),
            source.options,
            source.paths,
            folder,
            files=self._shared.files,
            clock=self._shared.clock,
            time_zone=self._conf.get(SESSION_TIME_ZONE),
        )
