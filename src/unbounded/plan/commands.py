"""Commands: plans that act, sent by the client or written as SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal as OneOf

from unbounded.plan.relations import Relation
from unbounded.plan.tree import Node
from unbounded.types import StructType

__all__ = [
    "AvailableNowTrigger",
    "Command",
    "ContinuousTrigger",
    "CreateTable",
    "CreateView",
    "DropTable",
    "DropView",
    "IfExists",
    "Insert",
    "OnceTrigger",
    "OutputMode",
    "Overwrites",
    "ProcessingTimeTrigger",
    "RealTimeTrigger",
    "ResetConf",
    "SaveMode",
    "SetConf",
    "ShowTables",
    "Trigger",
    "Write",
    "WriteStream",
]

OutputMode = OneOf["append", "update", "complete"]
IfExists = OneOf["error", "ignore", "replace"]
Overwrites = OneOf["nothing", "all", "partitions"]
SaveMode = OneOf["append", "overwrite", "error", "ignore"]


@dataclass(frozen=True, slots=True)
class Trigger(Node):
    """When the next micro-batch starts."""


@dataclass(frozen=True, slots=True)
class ProcessingTimeTrigger(Trigger):
    """At each multiple of the interval; 0 means as soon as there is data."""

    interval_ms: int = 0


@dataclass(frozen=True, slots=True)
class OnceTrigger(Trigger):
    """One batch of everything there is, rate limits ignored, then stop."""


@dataclass(frozen=True, slots=True)
class AvailableNowTrigger(Trigger):
    """Batches within rate limits up to what was there at the start, then stop."""


@dataclass(frozen=True, slots=True)
class ContinuousTrigger(Trigger):
    """Continuous processing, its checkpoints at this interval."""

    interval_ms: int = 0


@dataclass(frozen=True, slots=True)
class RealTimeTrigger(Trigger):
    """Real-time mode, its batches of this length."""

    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class Command(Node):
    """An act with an answer of its own."""


@dataclass(frozen=True, slots=True)
class CreateView(Command):
    """Name a relation for this session, or for all when `is_global`."""

    name: str
    child: Relation
    is_global: bool = False
    replaces: bool = True


@dataclass(frozen=True, slots=True)
class DropView(Command):
    """Forget a view."""

    name_parts: tuple[str, ...]
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class SetConf(Command):
    """`SET key = value`; without a value, `SET key` shows it, `SET` shows all."""

    key: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class ResetConf(Command):
    """`RESET [key]`."""

    key: str | None = None


@dataclass(frozen=True, slots=True)
class ShowTables(Command):
    """`SHOW TABLES [LIKE pattern]` or `SHOW VIEWS`."""

    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class CreateTable(Command):
    """`CREATE TABLE name (columns) USING format …`, empty or with the rows of a query.

    Option keys are lower case. Without a format, it is the session's default.
    """

    name_parts: tuple[str, ...]
    format: str | None = None
    schema: StructType | None = None
    child: Relation | None = None
    partitioning: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    location: str | None = None
    description: str | None = None
    if_exists: IfExists = "error"
    must_exist: bool = False


@dataclass(frozen=True, slots=True)
class DropTable(Command):
    """Forget a table; the rows go with it if its folder was made for it."""

    name_parts: tuple[str, ...]
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class Insert(Command):
    """Rows into a table that is there, columns by place, or `by_name`.

    `columns` are names for the columns of `child`, which then go by name; a column
    of the table that is not among them is null.
    """

    name_parts: tuple[str, ...]
    child: Relation
    overwrites: Overwrites = "nothing"
    by_name: bool = False
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Write(Command):
    """`df.write`: one batch into a format's sink or a table."""

    child: Relation
    format: str
    mode: SaveMode
    path: str | None = None
    table_name: tuple[str, ...] | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    partitioning: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WriteStream(Command):
    """`df.writeStream…start()`: begin a streaming query.

    Option keys are lower case.
    """

    child: Relation
    format: str
    output_mode: OutputMode
    trigger: Trigger = ProcessingTimeTrigger(0)
    query_name: str | None = None
    path: str | None = None
    table_name: tuple[str, ...] | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    partitioning: tuple[str, ...] = ()
