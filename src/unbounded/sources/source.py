"""Source: where a streaming query's rows come from.

The runtime asks a source how far it can go, then for a *relation* over what lies
between two offsets; it never sees how the rows are stored. A source hands out SQL
text or an Arrow table, so filters and projections reach the file reader.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import pyarrow as pa

from unbounded.clock import Clock
from unbounded.types import StructType

__all__ = [
    "REREAD_CONDITIONS",
    "Offset",
    "ReportsSourceMetrics",
    "Source",
    "SourceRelation",
]

Offset = str
"""A position in a source: JSON text of Spark's form, `{"logOffset":3}`."""

REREAD_CONDITIONS = frozenset({"INVALID_DATA", "SOURCE_REREAD"})
"""Conditions of a statement that may succeed when its sources are reread.

A reader first takes a fast way that fails loudly on input it might misread.
"""


@dataclass(frozen=True, slots=True)
class SourceRelation:
    """The rows of one batch of one source: SQL text, or a table; one of both.

    What changes from batch to batch stands in `parameters`, by the names the text
    has as `$name`; so a text is parsed once. Names are unique in a query.

    Columns carry the names of the source's schema, in its order, in the engine's
    types. Rows have a stable order: that of the files, then that in the file.
    """

    sql: str | None = None
    table: pa.Table | None = None
    parameters: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert (self.sql is None) != (self.table is None), "one of both"


class Source(Protocol):
    """A stream of rows with durable, replayable positions.

    Called by the thread of one query; `wait_for_data` may be woken by others.
    """

    @property
    def description(self) -> str:
        """Spark's text for progress reports: `FileStreamSource[file:/data]`."""

    @property
    def schema(self) -> StructType:
        """The columns of every relation."""

    def initial_offset(self) -> Offset | None:
        """Where a new query starts; None when only a first batch can tell."""

    def latest_offset(self, start: Offset | None, limit: bool) -> Offset | None:
        """How far the next batch after `start` may read.

        What the offset names is durable on return: `relation` gives the same rows
        for it after a crash. Equal to `start` when there is nothing new; None
        when there never was anything.

        Args:
            limit: False ignores the rate limits.
        """

    def reported_latest_offset(self) -> Offset | None:
        """How far the source went at the last look, for progress reports.

        None where Spark's source does not tell.
        """

    def relation(self, start: Offset | None, end: Offset) -> SourceRelation:
        """The rows after `start` up to `end`, the same in every call.

        Raises:
            CheckpointError: the offsets are not known, or no longer.
        """

    def reread(self) -> bool:
        """Read more carefully from now on; False if there is no such way.

        Called when a statement over a relation failed with one of
        `REREAD_CONDITIONS`; the relation is then asked for once more.
        """

    def commit(self, end: Offset) -> None:
        """All up to `end` is done and will not be asked for again."""

    def wait_for_data(
        self, event: threading.Event, timeout_ms: float, clock: Clock
    ) -> None:
        """Return when there may be data, `event` is set, or the time is up."""

    def tell_of_data(self, event: threading.Event, clock: Clock) -> bool:
        """From now on, set `event` when there may be data; whether that is so.

        False: nobody tells, and who waits has to ask again soon. True: ask again
        now and then, as some of what comes may be missed. For a query that waits
        for several sources; called before each wait, until `stop`.
        """

    def prepare_for_available_now(self) -> None:
        """From now on, report nothing that is not there already."""

    def stop(self) -> None:
        """Free what the source holds. Safe to call twice."""


@runtime_checkable
class ReportsSourceMetrics(Protocol):
    """A source that knows what still waits to be read."""

    def metrics(self, end: Offset | None) -> Mapping[str, str]:
        """Numbers as text, by name, for the progress of a batch up to `end`.

        They are of the last look at the source; nothing is looked up for them.
        """
