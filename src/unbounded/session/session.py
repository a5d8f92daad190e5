"""Session: one client's settings, views, data and queries.

`connect/` turns a client's calls into calls here; plans come in unresolved and
rows go out as Arrow. Nothing here knows of gRPC or of the client's classes.

Invariants:
    - a closed session has no running queries
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from unbounded.analyzer import is_streaming, refuse_batch_action
from unbounded.compiler import CompileContext
from unbounded.conf import SESSION_TIME_ZONE, RuntimeConf
from unbounded.plan.commands import Command, WriteStream
from unbounded.plan.relations import (
    LocalRelation,
    Relation,
    ShowString,
    SourceScan,
)
from unbounded.plan.tree import walk
from unbounded.runtime import StreamingQuery
from unbounded.session.analysis import SessionAnalysis, shown_in
from unbounded.session.batch import BatchExecution, Result
from unbounded.session.catalog import ViewCatalog, Views, matching
from unbounded.session.commands import run_command
from unbounded.session.explain import explain_plan
from unbounded.session.shared_state import SharedState
from unbounded.session.show_string import show_plan
from unbounded.session.stream_sinks import BatchFunction
from unbounded.session.streams import Streams
from unbounded.session.table_names import table_name
from unbounded.session.tables import stream_target
from unbounded.session.warehouse import Table
from unbounded.sources import STATE_FORMATS
from unbounded.sources.listing import FileListing
from unbounded.sources.path_patterns import absolute_paths
from unbounded.types import StructType

__all__ = ["Session"]


class Session:
    """One client's session. Thread-safe."""

    def __init__(
        self,
        shared: SharedState,
        session_id: str,
        user_id: str,
        conf: RuntimeConf,
        catalog: ViewCatalog | None = None,
    ) -> None:
        self.shared = shared
        self.id = session_id
        self.user_id = user_id
        self.server_id = shared.new_id()
        self.conf = conf
        self.catalog = catalog or ViewCatalog(Views(), shared.global_views)
        self.analysis = SessionAnalysis(shared, conf, self.catalog)
        self._persisted: list[Relation] = []

    @property
    def time_zone(self) -> str:
        return self.conf.get(SESSION_TIME_ZONE)

    @cached_property
    def streams(self) -> Streams:
        """The streaming queries of this session."""
        return Streams(self.shared, self.conf, self.catalog, self.analysis)

    def context(self) -> CompileContext:
        """What compiled SQL depends on, as it is now."""
        return CompileContext(
            time_zone=self.time_zone,
            current_timestamp_us=self.shared.clock.now_ms() * 1000,
            ansi=self.conf.get("spark.sql.ansi.enabled") == "true",
        )

    # --- questions ----------------------------------------------------------

    def analyze(self, plan: Relation) -> Relation:
        """The resolved plan.

        Raises:
            AnalysisError: the query is wrong as written.
        """
        return self.analysis.analyze(plan)

    def schema(self, plan: Relation) -> StructType:
        """The columns of a plan."""
        return self.analysis.schema(plan)

    def is_streaming(self, plan: Relation) -> bool:
        """Whether a plan reads a stream."""
        return is_streaming(self.analyze(plan))

    def is_same(self, left: Relation, right: Relation) -> bool:
        """Whether two plans read the same and compute the same from it."""
        return _is_same(self.analyze(left), self.analyze(right))

    def is_local(self, plan: Relation) -> bool:
        """Whether a plan is nothing but rows that are here already."""
        return isinstance(shown_in(plan), LocalRelation)

    def input_files(self, plan: Relation) -> list[str]:
        """The files a plan reads."""
        found: list[str] = []
        for node in walk(self.analyze(plan)):
            if isinstance(node, SourceScan) and not _is_state(node):
                paths = absolute_paths(node.source.paths)
                listing = FileListing(
                    paths, node.source.options, self.shared.files, self.shared.clock
                )
                found += [f"file://{file.path}" for file in listing.files()]
        return sorted(set(found))

    def explain(self, plan: Relation, is_extended: bool = False) -> str:
        """The plan as text."""
        return explain_plan(plan, self.analyze(plan), is_extended)

    def tables(self, pattern: str | None = None) -> list[Table]:
        """The tables whose names match Spark's pattern."""
        found = {table.name: table for table in self.analysis.warehouse.tables()}
        return [found[name] for name in matching(list(found), pattern)]

    def find_table(self, parts: tuple[str, ...]) -> Table | None:
        """The table of that name, if there is one."""
        name = table_name(parts)
        return None if name is None else self.analysis.warehouse.find(name)

    # --- acts ---------------------------------------------------------------

    def run(
        self,
        plan: Relation,
        on_start: Callable[[Callable[[], None]], None] = lambda cancel: None,
    ) -> Result:
        """All rows of a plan.

        Raises:
            AnalysisError: the query is wrong, or a stream's.
            ExecutionError: the data, the machine or a cancellation stopped it.
        """
        plan = shown_in(plan)
        shown = plan if isinstance(plan, ShowString) else None
        resolved = self.analyze(plan if shown is None else shown.child)
        refuse_batch_action(resolved)
        execution = BatchExecution(self.shared, self.context(), on_start)
        if shown is not None:
            return show_plan(shown, resolved, execution)
        return execution.run(resolved)

    def run_command(self, command: Command) -> Result:
        """Do what a command says; its answer as rows, often none."""
        return run_command(command, self)

    def start(
        self, command: WriteStream, function: BatchFunction | None = None
    ) -> StreamingQuery:
        """Begin a streaming query; one into a table makes it if it is not there.

        Raises:
            AnalysisError: the plan is no stream's, or the sink does not take it.
        """
        if command.table_name is not None:
            command = stream_target(command, command.table_name, self)
        return self.streams.start(command, function)

    def checkpoint(self, plan: Relation) -> str:
        """Run a plan and keep its rows; the id under which they are kept."""
        result = self.run(plan)
        relation_id = self.shared.new_id()
        self.catalog.keep(relation_id, LocalRelation(result.table, result.schema))
        return relation_id

    def persist(self, plan: Relation) -> None:
        """Note that a plan is to be kept: asked for again, it is computed again."""
        if not self.is_persisted(plan):
            self._persisted.append(self.analyze(plan))

    def unpersist(self, plan: Relation) -> None:
        """Forget that a plan is to be kept."""
        resolved = self.analyze(plan)
        self._persisted = [
            kept for kept in self._persisted if not _is_same(kept, resolved)
        ]

    def unpersist_all(self) -> None:
        """Forget all plans that are to be kept."""
        self._persisted = []

    def is_persisted(self, plan: Relation) -> bool:
        """Whether a plan is to be kept."""
        if not self._persisted:
            return False
        resolved = self.analyze(plan)
        return any(_is_same(kept, resolved) for kept in self._persisted)

    def active_queries(self) -> list[StreamingQuery]:
        """The streaming queries that run."""
        return self.streams.active() if "streams" in self.__dict__ else []

    def queries(self, *, ended_too: bool) -> list[StreamingQuery]:
        """The streaming queries that run, and with `ended_too` the others known."""
        ended = self.streams.ended() if ended_too and "streams" in self.__dict__ else []
        return [*ended, *self.active_queries()]

    @property
    def has_started_queries(self) -> bool:
        """Whether a streaming query was ever started here."""
        return "streams" in self.__dict__ and self.streams.has_started

    def close(self) -> None:
        """Stop the session's queries, and wait for each."""
        if "streams" in self.__dict__:
            self.streams.close()


def _is_state(scan: SourceScan) -> bool:
    return scan.source.format.lower() in STATE_FORMATS


def _is_same(left: Relation, right: Relation) -> bool:
    """Equality of resolved plans leaves rows at hand out, so these are compared."""
    return left == right and all(
        one.table.equals(other.table)
        for one, other in zip(walk(left), walk(right), strict=True)
        if isinstance(one, LocalRelation) and isinstance(other, LocalRelation)
    )
