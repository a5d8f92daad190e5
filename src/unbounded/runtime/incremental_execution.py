"""Incremental execution: a streaming plan cut in segments between operators.

Built once when a query starts; run once a batch. The plan is cut at each
stateful operator: what lies below is one statement over the batch's inputs,
what lies above takes the operator's output. Spark's `IncrementalExecution`.

Each operator hands on what is final, or a revision of what it handed on before:
rows with weights (see `operators/operator.py`). The last one's changes go to the
sink by the output mode's rule.

It touches neither logs nor clocks: a batch is a function of its inputs, the
state and the watermarks.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal as OneOf

import pyarrow as pa

from unbounded.compiler import (
    CompileContext,
    EventTimeStats,
    Measures,
    Segment,
    uses_batch_time,
)
from unbounded.engine import Cursor, align
from unbounded.operators import (
    WEIGHT,
    Changes,
    MakesRows,
    OperatorMetrics,
    RowPieces,
    StatefulOperator,
    Watermarks,
)
from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Literal,
)
from unbounded.plan.observation import ObservedMetrics
from unbounded.plan.relations import (
    EventTimeWatermark,
    Filter,
    Join,
    OperatorOutput,
    Project,
    Relation,
    SourceScan,
    Union,
    output_of,
    schema_of,
)
from unbounded.plan.tree import walk
from unbounded.runtime.emission import Emission
from unbounded.runtime.operator_planning import (
    OperatorSite,
    number_operators,
    plan_operator,
    weight_of,
)
from unbounded.runtime.retained_plan import Snapshot, retained_plan
from unbounded.runtime.segment_chain import SegmentChain
from unbounded.runtime.static_plan import NewIds, cut_static_sides
from unbounded.runtime.static_tables import OpenStatic, StaticTables
from unbounded.runtime.stream_inputs import stream_inputs
from unbounded.runtime.watermark import WatermarkFlow
from unbounded.state import KeyedState, OperatorSchema, StateStore
from unbounded.types import LongType, StructType

__all__ = ["BatchInput", "BatchResult", "IncrementalExecution"]
# Of what one operator makes, so many rows are computed on at a time.
_ROWS_AT_ONCE = 1 << 20

Reader = OneOf["sink", "operator", "table"]
"""What reads a stage: the sink, an operator above it, or a plan over its table."""


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
    """What a batch made; `settle` lets the operators drop what is final.

    `mapped_bytes` of its rows lie in files.
    """

    rows: pa.Table
    mapped_bytes: int = 0
    input_rows: dict[int, int] = field(default_factory=dict)
    event_times: dict[int, EventTimeStats] = field(default_factory=dict)
    observed: dict[str, ObservedMetrics] = field(default_factory=dict)
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
    """A stateful operator, what computes its inputs, and how its output is read.

    `computing` runs over the operator's own rows where it asks for that. `tables`
    are the places of its state in the store. `weight` is the column of
    weights where another operator takes what this one revises.
    """

    operator: StatefulOperator
    operator_id: int
    leaf_id: int
    inner_leaf_id: int
    chains: tuple[SegmentChain, ...]
    computing: SegmentChain | None
    tables: range
    reader: Reader
    weight: AttributeReference | None

    @property
    def all_chains(self) -> tuple[SegmentChain, ...]:
        """All that is compiled for it."""
        return self.chains if self.computing is None else (*self.chains, self.computing)

    def states(self, store: StateStore) -> list[KeyedState]:
        return [store.operator(place) for place in self.tables]


class IncrementalExecution:
    """The stages of one query.

    Args:
        plan: the analyzed plan, accepted by the streaming checks.
        emission: the rules of the query's output mode.
        context: the session's settings for compiled SQL.
        open_static: begins to watch what the plan joins that is no stream.

    Raises:
        UnsupportedError: an operator has no incremental form yet.
    """

    def __init__(
        self,
        plan: Relation,
        emission: Emission,
        context: CompileContext,
        open_static: OpenStatic,
    ) -> None:
        plan = retained_plan(plan, emission.output_mode)
        self._emission = emission
        self._context = context
        self._next_leaf_id = 1 + max((n for n in _leaf_ids(plan)), default=-1)
        self._next_attribute_id = 1 + max(_attribute_ids(plan), default=-1)
        new_ids = NewIds(self._new_leaf_id, self._new_id)
        plan, sides = cut_static_sides(plan, new_ids)
        self._static_tables = StaticTables(sides, open_static, context)
        self._looked_up: frozenset[int] = frozenset()
        self._stages: list[_Stage] = []
        self._flow = WatermarkFlow()
        self._operator_ids = number_operators(plan)
        final_plan = self._cut(plan, "sink")
        self._selection = _column_selection(final_plan) if self._stages else None
        self._schema = schema_of(output_of(plan))
        self._last_chain: SegmentChain | None = None
        if self._selection is None:
            self._last_chain = SegmentChain(final_plan, self._new_leaf_id)
            self._ends_row_by_row = _is_row_by_row(final_plan)
        self._is_planned = False
        self._is_cancelled = threading.Event()
        self._uses_batch_time = uses_batch_time(plan)
        self.inputs = stream_inputs(plan)
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
        """The tables of state of all operators, in stage order."""
        return tuple(
            schema for stage in self._stages for schema in stage.operator.state_schemas
        )

    @property
    def operators(self) -> tuple[tuple[str, range], ...]:
        """Name and tables of state of each operator, in the order of progress."""
        ordered = sorted(self._stages, key=lambda stage: stage.operator_id)
        return tuple((stage.operator.name, stage.tables) for stage in ordered)

    @property
    def is_planned(self) -> bool:
        """Whether a batch has been compiled."""
        return self._is_planned

    def recover(self, store: StateStore) -> None:
        """Let each operator take up its state."""
        for stage in self._stages:
            stage.operator.recover(stage.states(store))

    def needs_batch(self, watermarks: Watermarks, new_watermark_ms: int) -> bool:
        """Whether a batch without input would change a result."""
        new = self._flow.inputs_ms(new_watermark_ms)
        seen = self._watermarks_seen(watermarks)
        return any(
            stage.operator.needs_batch(its_watermarks, its_new)
            for stage, its_watermarks, its_new in zip(
                self._stages, seen, new, strict=True
            )
        )

    def _watermarks_seen(self, watermarks: Watermarks) -> list[Watermarks]:
        """The two watermarks of a batch as they reach each stage."""
        late = self._flow.inputs_ms(watermarks.late_events_watermark_ms)
        eviction = self._flow.inputs_ms(watermarks.eviction_watermark_ms)
        return [Watermarks(*pair) for pair in zip(late, eviction, strict=True)]

    def plan(self, timestamp_ms: int) -> None:
        """Compile the segments for a batch of that time; once, if they have no time."""
        self._static_tables.refresh(timestamp_ms)
        is_cut = self._static_tables.looked_up() == self._looked_up
        if self._is_planned and is_cut and not self._uses_batch_time:
            return
        context = replace(self._context, current_timestamp_us=timestamp_ms * 1000)
        chains = [chain for stage in self._stages for chain in stage.all_chains]
        if self._last_chain is not None:
            chains.append(self._last_chain)
        self._looked_up = self._static_tables.looked_up()
        for chain in () if is_cut else chains:
            chain.cut(self._looked_up)
        leaf_ids = [stage.leaf_id for stage in self._stages]
        leaf_ids += [stage.inner_leaf_id for stage in self._stages]
        leaf_ids += self._static_tables.leaf_ids
        leaf_ids += [leaf_id for chain in chains for leaf_id in chain.leaf_ids]
        names = {leaf_id: _input_name(leaf_id) for leaf_id in leaf_ids}
        for chain in chains:
            chain.compile(context, names, self._next_attribute_id)
        self._is_planned = True

    def cancel(self) -> None:
        """Let the user's functions go no further than the rows they are at."""
        self._is_cancelled.set()
        self._static_tables.cancel()

    def run(
        self, batch: BatchInput, cursor: Cursor, store: StateStore | None
    ) -> BatchResult:
        """Run one batch, once it is planned.

        State is changed in memory only, and settled by the caller.
        """
        names = dict(batch.sql)
        for leaf_id, table in batch.tables.items():
            names[leaf_id] = _register(cursor, leaf_id, table)
        self._static_tables.add_inputs(
            lambda leaf_id, rows: _register(cursor, leaf_id, rows)
        )
        result = BatchResult(pa.table({}))
        emitted = pa.table({})
        metrics: dict[int, OperatorMetrics] = {}
        seen = self._watermarks_seen(batch.watermarks)
        for stage, watermarks in zip(self._stages, seen, strict=True):
            assert store is not None
            inputs = [
                self._run_chain(chain, names, batch, cursor, result)
                for chain in stage.chains
            ]
            self._equip(stage, names, batch, cursor, result, store)
            changes, metrics[stage.operator_id] = stage.operator.process(
                inputs, stage.states(store), watermarks
            )
            result.changes.append(changes)
            emitted = self._handed_on(stage, changes)
            if stage is not self._stages[-1] or self._last_chain is not None:
                names[stage.leaf_id] = _register(cursor, stage.leaf_id, emitted)
        result.metrics = [metrics[number] for number in sorted(metrics)]
        if self._selection is not None:
            rows = emitted.select(self._selection)
            result.mapped_bytes = result.changes[-1].mapped_bytes
        elif emitted.num_rows > _ROWS_AT_ONCE and self._ends_row_by_row:
            rows = self._end_in_pieces(emitted, names, batch, cursor, result, store)
        else:
            rows = self._end(names, batch, cursor, result)
        result.rows = rows.rename_columns(list(self._schema.names))
        return result

    def _end(
        self,
        names: MutableMapping[int, str],
        batch: BatchInput,
        cursor: Cursor,
        result: BatchResult,
    ) -> pa.Table:
        """What is above the last operator, or all there is."""
        assert self._last_chain is not None, "more than a selection"
        return self._run_chain(self._last_chain, names, batch, cursor, result)

    def _end_in_pieces(
        self,
        rows: pa.Table,
        names: MutableMapping[int, str],
        batch: BatchInput,
        cursor: Cursor,
        result: BatchResult,
        store: StateStore | None,
    ) -> pa.Table:
        """The same, of many rows of the last operator some at a time."""
        assert store is not None, "an operator has made them"
        leaf_id = self._stages[-1].leaf_id
        names[leaf_id] = _register(cursor, leaf_id, rows.slice(0, 0))
        pieces = self._pieces(self._end(names, batch, cursor, result).schema, store)
        for start in range(0, rows.num_rows, _ROWS_AT_ONCE):
            part = rows.slice(start, _ROWS_AT_ONCE)
            names[leaf_id] = _register(cursor, leaf_id, part)
            pieces.add(self._end(names, batch, cursor, result))
        result.mapped_bytes = pieces.mapped_bytes
        return pieces.table()

    def _equip(
        self,
        stage: _Stage,
        names: MutableMapping[int, str],
        batch: BatchInput,
        cursor: Cursor,
        result: BatchResult,
        store: StateStore,
    ) -> None:
        """Give an operator that makes rows what it works with."""
        if not isinstance(stage.operator, MakesRows):
            return
        chain = stage.computing
        compute = None
        if chain is not None:

            def compute(rows: pa.Table) -> pa.Table:
                names[stage.inner_leaf_id] = _register(
                    cursor, stage.inner_leaf_id, rows
                )
                return self._run_chain(chain, names, batch, cursor, result)

        stage.operator.make_with(compute, lambda schema: self._pieces(schema, store))

    def _pieces(self, schema: pa.Schema, store: StateStore) -> RowPieces:
        return RowPieces(schema, store.open_scratch, self._is_cancelled.is_set)

    def _handed_on(self, stage: _Stage, changes: Changes) -> pa.Table:
        """The rows for what reads the stage."""
        if stage.reader == "table":
            return changes.snapshot()
        if stage.weight is not None:
            rows = changes.revision()
            return rows.rename_columns(
                [*rows.column_names[:-1], stage.weight.column_name]
            )
        if stage.operator.is_append_only:
            return changes.final()
        return self._emission.rows(changes)

    def _run_chain(
        self,
        chain: SegmentChain,
        names: MutableMapping[int, str],
        batch: BatchInput,
        cursor: Cursor,
        result: BatchResult,
    ) -> pa.Table:
        def add_input(leaf_id: int, rows: pa.Table) -> None:
            names[leaf_id] = _register(cursor, leaf_id, rows)

        return chain.run(
            lambda segment: self._run_segment(segment, names, batch, cursor, result),
            add_input,
            self._is_cancelled.is_set,
            result.observed,
            lambda leaf_id, keys: self._static_tables.look_up(leaf_id, keys, add_input),
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

    def _new_leaf_id(self) -> int:
        self._next_leaf_id += 1
        return self._next_leaf_id - 1

    def _cut(self, node: Relation, reader: Reader) -> Relation:
        """The plan above the stages below it, which are noted as they are met."""
        if isinstance(node, SourceScan):
            return node
        if isinstance(node, Snapshot):
            return self._cut(node.child, "table")
        is_operator = id(node) in self._operator_ids
        below: Reader = "operator" if is_operator else reader
        rest: Relation = node.map_children(
            lambda child: (
                self._cut(child, below) if isinstance(child, Relation) else child
            )
        )
        if not is_operator:
            return _keeping_weight(rest)
        return self._add_stage(rest, self._operator_ids[id(node)], reader)

    def _add_stage(self, node: Relation, operator_id: int, reader: Reader) -> Relation:
        """Note the operator of `node`; what reads its output stands for the node."""
        site = OperatorSite(
            operator_id,
            self._new_leaf_id(),
            self._new_leaf_id(),
            self._next_attribute_id,
            self._emission.evicts,
            self._emission.follows_watermark,
        )
        operator = plan_operator(node, site)
        result = operator.result_plan
        computed = _computed_plan(operator)
        plans = (*operator.input_plans, *([computed] if computed else []), result)
        self._next_attribute_id = max(
            self._next_attribute_id, *(1 + n for p in plans for n in _attribute_ids(p))
        )
        weight = None
        is_revised = self._emission.revises and not operator.is_append_only
        if reader == "operator" and is_revised:
            weight = AttributeReference(WEIGHT, LongType(), False, self._new_id())
            result = _with_weight(result, weight)
        first = len(self.operator_schemas)
        stage = _Stage(
            operator,
            operator_id,
            site.leaf_id,
            site.inner_leaf_id,
            tuple(SegmentChain(p, self._new_leaf_id) for p in operator.input_plans),
            None if computed is None else SegmentChain(computed, self._new_leaf_id),
            range(first, first + len(operator.state_schemas)),
            reader,
            weight,
        )
        self._note_flow(operator)
        self._stages.append(stage)
        return result

    def _note_flow(self, operator: StatefulOperator) -> None:
        """What of the watermark reaches an operator, before it is a stage."""
        below = [node for plan in operator.input_plans for node in walk(plan)]
        leaves = {n.leaf_id for n in below if isinstance(n, OperatorOutput)}
        self._flow.add(
            operator,
            (n for n, s in enumerate(self._stages) if s.leaf_id in leaves),
            any(isinstance(node, EventTimeWatermark) for node in below),
        )

    def _new_id(self) -> int:
        self._next_attribute_id += 1
        return self._next_attribute_id - 1


def _with_weight(plan: Relation, weight: AttributeReference) -> Relation:
    """An operator's result with the column of its weights."""
    if isinstance(plan, OperatorOutput):
        return replace(plan, output=(*plan.output, weight))
    assert isinstance(plan, Project), "a result is its output, or computed from it"
    return Project(_with_weight(plan.child, weight), (*plan.columns, weight))


def _keeping_weight(node: Relation) -> Relation:
    """A stateless node over weighted rows, which hands the weights on."""
    children = [child for child in node.children() if isinstance(child, Relation)]
    weights = [weight_of(child) for child in children]
    weight = next((w for w in weights if w is not None), None)
    if weight is None or weight_of(node) is not None:
        return node
    if isinstance(node, Project):
        return replace(node, columns=(*node.columns, weight))
    if isinstance(node, EventTimeWatermark):
        return replace(node, output=(*node.output, weight))
    if isinstance(node, Join):
        return _joined_keeping_weight(node, weight)
    assert isinstance(node, Union), f"{type(node).__name__} loses its rows' weights"
    one = Alias(Literal(1, LongType()), (WEIGHT,), weight.attribute_id)
    inputs = tuple(
        child
        if weight_of(child) is not None
        else Project(child, (*output_of(child), one))
        for child in node.inputs
    )
    return Union(inputs, (*node.output, weight))


def _joined_keeping_weight(node: Join, weight: AttributeReference) -> Relation:
    """A join with a table: each row is joined alike when it comes and when it goes."""
    columns = node.output
    width = len(output_of(node.left))
    if node.join_type in ("semi", "anti"):
        return replace(node, output=output_of(node.left))
    if weight_of(node.left) is not None:
        both = (*columns[: width - 1], weight, *columns[width - 1 :])
    else:
        both = (*columns, weight)
    return Project(replace(node, output=both), (*columns, weight))


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


def _computed_plan(operator: StatefulOperator) -> Relation | None:
    return operator.computed_plan if isinstance(operator, MakesRows) else None


def _is_row_by_row(plan: Relation) -> bool:
    """Whether each row of a plan is made of one row of one operator."""
    while isinstance(plan, Project | Filter):
        plan = plan.child
    return isinstance(plan, OperatorOutput)


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
