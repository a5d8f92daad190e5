"""Query definition: what a streaming query is, and what it is handed to run.

Made by the session at `start()`, once the plan is analyzed and accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from unbounded.clock import Clock
from unbounded.compiler import CompileContext
from unbounded.engine import Database
from unbounded.files import Files
from unbounded.memory import MemoryBudget
from unbounded.plan.commands import OutputMode, Trigger
from unbounded.plan.relations import Relation, SourceScan
from unbounded.runtime.listener_bus import EventType
from unbounded.runtime.static_tables import OpenStatic
from unbounded.sinks import Sink
from unbounded.sources import Source
from unbounded.types import StructType

__all__ = ["QueryDefinition", "QueryServices", "RunningThread"]


@dataclass(frozen=True, slots=True)
class QueryDefinition:
    """One streaming query as the user wrote it.

    Args:
        plan: the analyzed plan, accepted by the streaming checks.
        output_mode: of the sink.
        trigger: when batches start.
        open_sink: makes the sink, given the columns it will be handed and the
            query's id.
        checkpoint_location: an absolute folder path.
        name: the query's name, unique among active ones, or None.
        context: the session's settings for compiled SQL.
        confs: the session's settings at the start, by Spark's keys.
        deletes_checkpoint: the folder is temporary, and goes when the query stops.
    """

    plan: Relation
    output_mode: OutputMode
    trigger: Trigger
    open_sink: Callable[[StructType, str], Sink]
    checkpoint_location: str
    name: str | None
    context: CompileContext
    confs: Mapping[str, str] = field(default_factory=dict)
    deletes_checkpoint: bool = False


class RunningThread(Protocol):
    """A started thread, `threading.Thread`."""

    def join(self, timeout: float | None = None) -> None:
        """Wait until it ends, at most `timeout` seconds."""

    def is_alive(self) -> bool:
        """Whether it still runs."""


@dataclass(frozen=True, slots=True)
class QueryServices:
    """What a query takes from outside.

    Args:
        memory: what the database, states and rows of the process share.
        new_id: a fresh UUID string each call.
        open_source: opens the source of a leaf; the second argument is the
            folder of its log, `<checkpoint>/sources/<i>`.
        open_static: begins to watch what a plan joins that is no stream.
        start_thread: runs a function in a new thread of that name.
        run_maintenance: does some work later, off the batch's path.
        post_event: hands an event to the listener bus, without waiting.
    """

    database: Database
    memory: MemoryBudget
    files: Files
    clock: Clock
    new_id: Callable[[], str]
    open_source: Callable[[SourceScan, str], Source]
    open_static: OpenStatic
    start_thread: Callable[[str, Callable[[], None]], RunningThread]
    run_maintenance: Callable[[Callable[[], object]], None]
    post_event: Callable[[EventType, Mapping[str, Any]], None]
