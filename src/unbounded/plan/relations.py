"""Relations: tables computed from tables, as nodes.

Streaming is a property of a leaf: `spark.read` and `spark.readStream` build the
same nodes. Unresolved nodes come from the client and the parser; the analyzer
replaces them by the resolved ones below, each with an `output`.

`plan_id` is the client's number for the node (`df["x"]` refers to it).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal as OneOf

import pyarrow as pa

from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Expression,
    SortOrder,
)
from unbounded.plan.tree import Node
from unbounded.types import StructField, StructType

__all__ = [
    "Aggregate",
    "AssignWindows",
    "CachedRemoteRelation",
    "Deduplicate",
    "Distinct",
    "Drop",
    "Except",
    "EventTimeWatermark",
    "Expand",
    "Filter",
    "GroupType",
    "Intersect",
    "Join",
    "JoinType",
    "Limit",
    "LocalRelation",
    "Offset",
    "OperatorOutput",
    "Project",
    "Range",
    "Relation",
    "Repartition",
    "SetOperation",
    "SetOperationKind",
    "ShowString",
    "Sort",
    "SourceScan",
    "SubqueryAlias",
    "Tail",
    "ToDF",
    "Union",
    "UnresolvedAggregate",
    "UnresolvedDataSource",
    "UnresolvedJoin",
    "UnresolvedTable",
    "WithColumns",
    "WithColumnsRenamed",
    "WithPlanId",
    "WithWatermark",
    "output_of",
    "schema_of",
]

JoinType = OneOf["inner", "full", "left", "right", "semi", "anti", "cross"]
SetOperationKind = OneOf["union", "intersect", "except"]
GroupType = OneOf["groupby", "rollup", "cube", "pivot", "grouping_sets"]


@dataclass(frozen=True, slots=True)
class Relation(Node):
    """A table. Resolved relations have `output`, their columns in order."""


def schema_of(output: tuple[AttributeReference, ...]) -> StructType:
    """The Spark schema of a resolved relation's output."""
    return StructType(
        tuple(
            StructField(column.name, column.data_type, column.nullable, column.metadata)
            for column in output
        )
    )


# --- unresolved: replaced by the analyzer -----------------------------------


@dataclass(frozen=True, slots=True)
class WithPlanId(Relation):
    """The rows of `child`; the analyzer notes its output under `plan_id`."""

    child: Relation
    plan_id: int


@dataclass(frozen=True, slots=True)
class UnresolvedDataSource(Relation):
    """`spark.read` or `readStream`: a format, options, paths; nothing opened yet.

    Option keys are lower case. `schema` is the user's, None if not given.
    """

    format: str
    schema: StructType | None
    options: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    is_streaming: bool = False
    source_name: str = ""


@dataclass(frozen=True, slots=True)
class UnresolvedTable(Relation):
    """A view or table by name."""

    name_parts: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    is_streaming: bool = False


@dataclass(frozen=True, slots=True)
class CachedRemoteRelation(Relation):
    """A relation the server keeps for the client under `relation_id`."""

    relation_id: str


@dataclass(frozen=True, slots=True)
class WithColumns(Relation):
    """All columns of `child`, those named replaced, new ones added at the end."""

    child: Relation
    columns: tuple[Alias, ...]


@dataclass(frozen=True, slots=True)
class WithColumnsRenamed(Relation):
    """All columns of `child`, renamed by pairs (old, new), unknown ones ignored."""

    child: Relation
    renames: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Drop(Relation):
    """`child` without some columns, given by name or expression."""

    child: Relation
    columns: tuple[Expression, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToDF(Relation):
    """`child` with all its columns renamed, by position."""

    child: Relation
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WithWatermark(Relation):
    """`df.withWatermark(event_time, delay)`, before analysis."""

    child: Relation
    event_time: str
    delay: str


@dataclass(frozen=True, slots=True)
class UnresolvedAggregate(Relation):
    """A grouping with the columns wanted.

    `aggregates` are the output columns after the grouping ones when
    `keeps_grouping` (the DataFrame API), or the whole select list (SQL).
    `having` is a condition over the result, SQL only. `sets` are those of
    `grouping_sets`, beside which `grouping` may name more keys.
    """

    child: Relation
    group_type: GroupType
    grouping: tuple[Expression, ...]
    aggregates: tuple[Expression, ...]
    keeps_grouping: bool = True
    having: Expression | None = None
    sets: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class UnresolvedJoin(Relation):
    """A join on a condition or on `using` columns; if `is_natural`, on all that both
    sides have.
    """

    left: Relation
    right: Relation
    join_type: JoinType
    condition: Expression | None = None
    using: tuple[str, ...] = ()
    is_natural: bool = False


@dataclass(frozen=True, slots=True)
class SetOperation(Relation):
    """Two tables combined; unions of more than two nest to the left."""

    left: Relation
    right: Relation
    kind: SetOperationKind
    is_all: bool = True
    by_name: bool = False
    allows_missing_columns: bool = False


@dataclass(frozen=True, slots=True)
class Deduplicate(Relation):
    """`dropDuplicates`; `names` empty with `all_columns` set means every column."""

    child: Relation
    names: tuple[str, ...]
    all_columns: bool = False
    within_watermark: bool = False


@dataclass(frozen=True, slots=True)
class ShowString(Relation):
    """One row with one column `show_string`: the table as `df.show` prints it."""

    child: Relation
    row_count: int
    truncate: int
    is_vertical: bool


# --- leaves, resolved -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LocalRelation(Relation):
    """Rows handed over as an Arrow table, its columns in `output` order.

    Before analysis `output` is empty and `schema` may hold the wanted schema.
    `current` gives the rows as they are now, where they may change: the same table
    as long as they did not.
    """

    table: pa.Table = field(compare=False)
    schema: StructType | None = None
    output: tuple[AttributeReference, ...] = ()
    leaf_id: int = -1
    current: Callable[[], pa.Table] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Range(Relation):
    """The numbers from `start` to before `end` by `step`, a column `id`."""

    start: int
    end: int
    step: int
    output: tuple[AttributeReference, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceScan(Relation):
    """A resolved source: files or a stream, its schema known.

    `leaf_id` numbers the leaves of a plan from left to right; sources of a
    streaming query take their place in offsets from their order. Scans of one
    `plan_id` are one DataFrame used more than once, and read one stream.
    """

    source: UnresolvedDataSource
    output: tuple[AttributeReference, ...]
    leaf_id: int
    plan_id: int | None = None

    @property
    def is_streaming(self) -> bool:
        return self.source.is_streaming


@dataclass(frozen=True, slots=True)
class OperatorOutput(Relation):
    """Rows a stateful operator handed on; columns are called `column_name`.

    Made by `runtime/incremental_execution.py` where it cuts a plan in segments.
    """

    leaf_id: int
    output: tuple[AttributeReference, ...]


# --- resolved ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SubqueryAlias(Relation):
    """`child`, its columns qualified by `name`."""

    child: Relation
    name: str

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        raise TypeError("SubqueryAlias is resolved away")


@dataclass(frozen=True, slots=True)
class Project(Relation):
    """One row for each row of `child`. Resolved: `columns` are `Alias` or
    `AttributeReference` only.
    """

    child: Relation
    columns: tuple[Expression, ...]

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        columns = []
        for column in self.columns:
            assert isinstance(column, Alias | AttributeReference), "not resolved"
            if isinstance(column, Alias):
                column = column.to_attribute()
            columns.append(column)
        return tuple(columns)


@dataclass(frozen=True, slots=True)
class Filter(Relation):
    """The rows of `child` for which `condition` is true."""

    child: Relation
    condition: Expression

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return output_of(self.child)


@dataclass(frozen=True, slots=True)
class AssignWindows(Relation):
    """Each row of `child` once for every window that holds its `time`.

    `column` is a struct(start, end), `[start, end)`, aligned in UTC. Rows whose
    time is null are dropped, or `keeps_null_times` in a window of nulls, where
    they are still to be counted. `slide_us` equal to `duration_us` is a tumbling
    window. Spark's `TimeWindowing` rule.
    """

    child: Relation
    time: Expression
    duration_us: int
    slide_us: int
    start_us: int
    column: AttributeReference
    keeps_null_times: bool = False

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return (*output_of(self.child), self.column)


@dataclass(frozen=True, slots=True)
class EventTimeWatermark(Relation):
    """The rows of `child`; `event_time` now carries a watermark.

    `node_id` numbers the watermark nodes of a plan from left to right.
    """

    child: Relation
    event_time: AttributeReference
    delay_ms: int
    node_id: int
    output: tuple[AttributeReference, ...]


@dataclass(frozen=True, slots=True)
class Expand(Relation):
    """Each row of `child` once for every grouping set, with the keys that are in
    the set, and null for the others.

    `sets` holds the places in `keys` of each set's. `grouping_id` has a bit for
    every key, the first the highest, set where the key is left out; `position`
    tells sets of the same keys apart, if there are any. Spark's `Expand`.
    """

    child: Relation
    keys: tuple[Alias, ...]
    sets: tuple[tuple[int, ...], ...]
    grouping_id: AttributeReference
    position: AttributeReference | None = None

    @property
    def key_columns(self) -> tuple[AttributeReference, ...]:
        """The keys as columns; one that a set leaves out may be null."""
        return tuple(
            replace(key.to_attribute(), nullable=True)
            if any(place not in chosen for chosen in self.sets)
            else key.to_attribute()
            for place, key in enumerate(self.keys)
        )

    @property
    def set_columns(self) -> tuple[AttributeReference, ...]:
        """The columns by which the sets are told apart."""
        return (self.grouping_id, *((self.position,) if self.position else ()))

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return (*output_of(self.child), *self.key_columns, *self.set_columns)

    def grouping_ids(self) -> tuple[int, ...]:
        """The value of `grouping_id` for each set.

        >>> keys a, b in the sets (a, b), (a), ()
        (0b00, 0b01, 0b11)
        """
        count = len(self.keys)
        return tuple(
            sum(1 << (count - 1 - place) for place in range(count) if place not in each)
            for each in self.sets
        )


@dataclass(frozen=True, slots=True)
class Aggregate(Relation):
    """One row a group. Resolved form: `grouping` and `aggregates` are aliases,
    the latter of `AggregateCall`s alone; expressions over them stand in a
    `Project` above, conditions in a `Filter` above.

    With no grouping there is exactly one row, even of an empty table.
    """

    child: Relation
    grouping: tuple[Alias, ...]
    aggregates: tuple[Alias, ...]

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return tuple(c.to_attribute() for c in (*self.grouping, *self.aggregates))


@dataclass(frozen=True, slots=True)
class Distinct(Relation):
    """The rows of `child`, one of those equal in `keys` (all columns if empty)."""

    child: Relation
    keys: tuple[AttributeReference, ...] = ()
    within_watermark: bool = False

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return output_of(self.child)


@dataclass(frozen=True, slots=True)
class Join(Relation):
    """The pairs of rows that satisfy `condition`, by `join_type`."""

    left: Relation
    right: Relation
    join_type: JoinType
    condition: Expression | None
    output: tuple[AttributeReference, ...]


@dataclass(frozen=True, slots=True)
class Union(Relation):
    """The rows of all `inputs`; column i of `output` is column i of each."""

    inputs: tuple[Relation, ...]
    output: tuple[AttributeReference, ...]


@dataclass(frozen=True, slots=True)
class Intersect(Relation):
    """The different rows that both sides have; if `is_all`, as often as both do."""

    left: Relation
    right: Relation
    is_all: bool
    output: tuple[AttributeReference, ...]


@dataclass(frozen=True, slots=True)
class Except(Relation):
    """The different rows of `left` that `right` does not have; if `is_all`, each as
    often as `left` has it more often.
    """

    left: Relation
    right: Relation
    is_all: bool
    output: tuple[AttributeReference, ...]


@dataclass(frozen=True, slots=True)
class Sort(Relation):
    """The rows of `child` in order. `is_global` false sorts within partitions."""

    child: Relation
    orders: tuple[Expression, ...]
    is_global: bool = True

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return output_of(self.child)

    @property
    def sort_orders(self) -> tuple[SortOrder, ...]:
        return tuple(o for o in self.orders if isinstance(o, SortOrder))


@dataclass(frozen=True, slots=True)
class Limit(Relation):
    """The first `count` rows."""

    child: Relation
    count: int

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return output_of(self.child)


@dataclass(frozen=True, slots=True)
class Offset(Relation):
    """All rows but the first `count`."""

    child: Relation
    count: int

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return output_of(self.child)


@dataclass(frozen=True, slots=True)
class Tail(Relation):
    """The last `count` rows."""

    child: Relation
    count: int

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return output_of(self.child)


@dataclass(frozen=True, slots=True)
class Repartition(Relation):
    """The rows of `child`: partitions have no meaning on one machine (also hints)."""

    child: Relation

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return output_of(self.child)


def output_of(relation: Relation) -> tuple[AttributeReference, ...]:
    """The columns of a resolved relation."""
    return relation.output  # type: ignore[attr-defined, no-any-return]
