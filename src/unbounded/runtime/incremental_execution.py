"""Incremental execution: a streaming plan cut in segments between operators.

Built once when a query starts; run once a batch. The plan is cut at each
stateful operator: what lies below is one statement over the batch's inputs,
what lies above takes the operator's output. Spark's `IncrementalExecution`.

It touches neither logs nor clocks: a batch is a function of its inputs, the
state and the watermarks.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from unbounded.analyzer import is_streaming
from unbounded.compiler import (
    CompileContext,
    EventTimeStats,
    Measures,
    Segment,
)
from unbounded.engine import Cursor, align
from unbounded.operators import (
    Changes,
    OperatorMetrics,
    StatefulOperator,
    StreamingAggregate,
    Watermarks,
)
from unbounded.plan.expressions import Alias, AttributeReference, FunctionCall
from unbounded.plan.relations import (
    Aggregate,
    EventTimeWatermark,
    OperatorOutput,
    Project,
    Relation,
    SourceScan,
    output_of,
    schema_of,
)
from unbounded.plan.tree import walk
from unbounded.runtime.emission import Emission
from unbounded.runtime.segment_chain import SegmentChain
from unbounded.state import OperatorSchema, StateStore
from unbounded.types import StructType

__all__ = ["BatchInput", "BatchResult", "IncrementalExecution"]

# Functions whose value is the batch's timestamp: with one of them in it, a
# query is compiled anew for each batch.
_BATCH_TIME_FUNCTIONS = frozenset(
    {"current_date", "current_timestamp", "localtimestamp", "now", "unix_timestamp"}
)


@dataclass(frozen=True, slots=True)
class BatchInput:
    """What a batch reads: a table expression or an Arrow table for each leaf.

    `parameters` are those the table expressions name.
    """

    sql: Mapping[int, str]
    parameters: Mapping[str, Sequence[str]]
    tables: Mapping[int, pa.Table]
    watermarks: Watermarks


@dataclass(slots=True)
class BatchResult:
    """What a batch made; `settle` lets the operators drop what is final."""

    rows: pa.Table
    input_rows: dict[int, int] = field(default_factory=dict)
    event_times: dict[int, EventTimeStats] = field(default_factory=dict)
    metrics: list[OperatorMetrics] = field(default_factory=list)
    changes: list[Changes] = field(default_factory=list)

    def take_measures(self, measures: Measures) -> None:
        """Add one segment's side results."""
        self.input_rows.update(measures.input_rows)
        self.event_times.update(measures.event_times)

    def settle(self) -> None:
        """Remove final rows from the state, once the batch's rows are out."""
        for changes in self.changes:
            changes.settle()


@dataclass(frozen=True, slots=True)
class _Stage:
    """A stateful operator, and the leaf by which its output is read."""

    operator: StatefulOperator
    input_plan: Relation
    leaf_id: int


class IncrementalExecution:
    """The stages of one query.

    Args:
        plan: the analyzed plan, accepted by the streaming checks.
        emission: the rules of the query's output mode.
        context: the session's settings for compiled SQL.

    Raises:
        UnsupportedError: an operator has no incremental form yet.
    """

    def __init__(
        self, plan: Relation, emission: Emission, context: CompileContext
    ) -> None:
        self._emission = emission
        self._context = context
        self._next_leaf_id = 1 + max((n for n in _leaf_ids(plan)), default=-1)
        self._next_attribute_id = 1 + max(_attribute_ids(plan), default=-1)
        self._stages: list[_Stage] = []
        self._operator_ids = _number_operators(plan)
        self._final_plan = self._cut(plan)
        self._selection = _column_selection(self._final_plan) if self._stages else None
        self._schema = schema_of(output_of(plan))
        self._chains = self._make_chains()
        self._is_planned = False
        self._is_cancelled = threading.Event()
        self._uses_batch_time = _uses_batch_time(plan)
        self.sources = tuple(
            n for n in walk(plan) if isinstance(n, SourceScan) and n.is_streaming
        )
        self.watermark_delays_ms = {
            n.node_id: n.delay_ms
            for n in walk(plan)
            if isinstance(n, EventTimeWatermark)
        }

    @property
    def schema(self) -> StructType:
        """The columns of the rows a batch makes."""
        return self._schema

    @property
    def operator_schemas(self) -> tuple[OperatorSchema, ...]:
        """The state of each operator, in stage order."""
        return tuple(stage.operator.state_schema for stage in self._stages)

    @property
    def operator_names(self) -> tuple[str, ...]:
        return tuple(stage.operator.name for stage in self._stages)

    @property
    def is_planned(self) -> bool:
        """Whether a batch has been compiled."""
        return self._is_planned

    def recover(self, store: StateStore) -> None:
        """Let each operator take up its state."""
        for index, stage in enumerate(self._stages):
            stage.operator.recover(store.operator(index))

    def needs_batch(self, watermarks: Watermarks, new_watermark_ms: int) -> bool:
        """Whether a batch without input would change a result."""
        return any(
            stage.operator.needs_batch(watermarks, new_watermark_ms)
            for stage in self._stages
        )

    def plan(self, timestamp_ms: int) -> None:
        """Compile the segments for a batch of that time; once, if they have no time."""
        if self._is_planned and not self._uses_batch_time:
            return
        context = replace(self._context, current_timestamp_us=timestamp_ms * 1000)
        leaf_ids = [stage.leaf_id for stage in self._stages]
        leaf_ids += [leaf_id for chain in self._chains for leaf_id in chain.leaf_ids]
        names = {leaf_id: _input_name(leaf_id) for leaf_id in leaf_ids}
        for chain in self._chains:
            chain.compile(context, names, self._next_attribute_id)
        self._is_planned = True

    def cancel(self) -> None:
        """Let the user's functions go no further than the rows they are at."""
        self._is_cancelled.set()

    def run(
        self, batch: BatchInput, cursor: Cursor, store: StateStore | None
    ) -> BatchResult:
        """Run one batch, once it is planned.

        State is changed in memory only, and settled by the caller.
        """
        names = dict(batch.sql)
        for leaf_id, table in batch.tables.items():
            names[leaf_id] = _register(cursor, leaf_id, table)
        result = BatchResult(pa.table({}))
        emitted = pa.table({})
        for index, stage in enumerate(self._stages):
            assert store is not None
            rows = self._run_chain(index, names, batch, cursor, result)
            state = store.operator(index)
            changes, metrics = stage.operator.process(rows, state, batch.watermarks)
            result.changes.append(changes)
            result.metrics.append(metrics)
            emitted = self._emission.rows(changes)
            if index < len(self._chains) - 1:
                names[stage.leaf_id] = _register(cursor, stage.leaf_id, emitted)
        if self._selection is not None:
            rows = emitted.select(self._selection)
        else:
            last = len(self._stages)
            rows = self._run_chain(last, names, batch, cursor, result)
        result.rows = rows.rename_columns(list(self._schema.names))
        return result

    def _run_chain(
        self,
        index: int,
        names: MutableMapping[int, str],
        batch: BatchInput,
        cursor: Cursor,
        result: BatchResult,
    ) -> pa.Table:
        def add_input(leaf_id: int, rows: pa.Table) -> None:
            names[leaf_id] = _register(cursor, leaf_id, rows)

        return self._chains[index].run(
            lambda segment: self._run_segment(segment, names, batch, cursor, result),
            add_input,
            self._is_cancelled.is_set,
        )

    def _run_segment(
        self,
        segment: Segment,
        names: Mapping[int, str],
        batch: BatchInput,
        cursor: Cursor,
        result: BatchResult,
    ) -> pa.Table:
        sql = segment.statement(names)
        used = {n: v for n, v in batch.parameters.items() if f"${n}" in sql}
        table = cursor.query(sql, used)
        rows, measures = segment.split(table)
        result.take_measures(measures)
        return align(rows, schema_of(segment.output)).rename_columns(
            [column.column_name for column in segment.output]
        )

    def _make_chains(self) -> list[SegmentChain]:
        """A chain below each operator, and one above them if that computes."""
        plans = [stage.input_plan for stage in self._stages]
        if self._selection is None:
            plans.append(self._final_plan)
        return [SegmentChain(plan, self._new_leaf_id) for plan in plans]

    def _new_leaf_id(self) -> int:
        self._next_leaf_id += 1
        return self._next_leaf_id - 1

    def _cut(self, node: Relation) -> Relation:
        """The plan above the stages below it, which are noted as they are met."""
        rest: Relation = node.map_children(
            lambda child: self._cut(child) if isinstance(child, Relation) else child
        )
        if id(node) not in self._operator_ids:
            return rest
        assert isinstance(rest, Aggregate)
        operator = StreamingAggregate(
            rest,
            operator_id=self._operator_ids[id(node)],
            leaf_id=self._next_leaf_id,
            first_attribute_id=self._next_attribute_id,
            drops_late_rows=self._emission.evicts,
            follows_watermark=self._emission.follows_watermark,
        )
        self._stages.append(_Stage(operator, operator.input_plan, self._next_leaf_id))
        self._next_leaf_id += 1
        result = operator.result_plan
        self._next_attribute_id = 1 + max(
            (*_attribute_ids(operator.input_plan), *_attribute_ids(result))
        )
        return result


def _number_operators(plan: Relation) -> dict[int, int]:
    """Spark's operator ids, by node identity: from the sink down, left first."""
    stateful = (
        node
        for node in walk(plan)
        if isinstance(node, Aggregate) and is_streaming(node.child)
    )
    return {id(node): number for number, node in enumerate(stateful)}


def _input_name(leaf_id: int) -> str:
    return f'"input_{leaf_id}"'


def _register(cursor: Cursor, leaf_id: int, table: pa.Table) -> str:
    cursor.register(f"input_{leaf_id}", table)
    return _input_name(leaf_id)


def _leaf_ids(plan: Relation) -> Iterator[int]:
    for node in walk(plan):
        leaf_id = getattr(node, "leaf_id", None)
        if leaf_id is not None:
            yield leaf_id


def _attribute_ids(plan: Relation) -> Iterator[int]:
    for node in walk(plan):
        if isinstance(node, Alias | AttributeReference):
            yield node.attribute_id


def _uses_batch_time(plan: Relation) -> bool:
    return any(
        isinstance(node, FunctionCall) and node.name in _BATCH_TIME_FUNCTIONS
        for node in walk(plan)
    )


def _column_selection(plan: Relation) -> list[str] | None:
    """The operator's columns to take, if the plan above only picks and renames."""
    if isinstance(plan, OperatorOutput):
        return [column.column_name for column in plan.output]
    if not isinstance(plan, Project):
        return None
    below = _column_selection(plan.child)
    if below is None:
        return None
    child_names = [column.column_name for column in output_of(plan.child)]
    sources = dict(zip(child_names, below, strict=True))
    picked = []
    for column in plan.columns:
        source = column.child if isinstance(column, Alias) else column
        if not isinstance(source, AttributeReference):
            return None
        picked.append(sources[source.column_name])
    return picked
