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
from dataclasses import replace

import pyarrow as pa

from unbounded.compiler import CompileContext, uses_batch_time
from unbounded.engine import Cursor
from unbounded.operators import (
    Changes,
    MakesRows,
    NewPieces,
    OperatorMetrics,
    RowPieces,
    Watermarks,
)
from unbounded.plan.relations import (
    EventTimeWatermark,
    Filter,
    OperatorOutput,
    Project,
    Relation,
    output_of,
    schema_of,
)
from unbounded.plan.tree import walk
from unbounded.runtime.batch_run import BatchInput, BatchResult, BatchRun, input_name
from unbounded.runtime.emission import Emission
from unbounded.runtime.plan_ids import PlanIds
from unbounded.runtime.result_columns import result_columns
from unbounded.runtime.retained_plan import retained_plan
from unbounded.runtime.segment_chain import SegmentChain
from unbounded.runtime.stages import Stage, Stages
from unbounded.runtime.static_plan import cut_static_sides
from unbounded.runtime.static_tables import OpenStatic, StaticTables
from unbounded.runtime.stream_inputs import stream_inputs
from unbounded.state import OperatorSchema, StateStore
from unbounded.types import StructType

__all__ = ["BatchInput", "BatchResult", "IncrementalExecution"]

# Of what one operator makes, so many rows are computed on at a time.
_ROWS_AT_ONCE = 1 << 20


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
        self._ids = PlanIds(plan)
        plan, sides = cut_static_sides(plan, self._ids)
        self._static_tables = StaticTables(sides, open_static, context)
        self._looked_up: frozenset[int] = frozenset()
        cut = Stages(plan, emission, self._ids, context.time_zone)
        self._stages, self._flow, final_plan = cut.stages, cut.flow, cut.rest
        self._result_columns = result_columns(final_plan) if self._stages else None
        self._schema = schema_of(output_of(plan))
        self._last_chain: SegmentChain | None = None
        if self._result_columns is None:
            self._last_chain = SegmentChain(final_plan, self._ids.leaf_id)
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
        names = {leaf_id: input_name(leaf_id) for leaf_id in leaf_ids}
        for chain in chains:
            chain.compile(context, names, self._ids.next_attribute_id)
        self._is_planned = True

    def cancel(self) -> None:
        """Let the user's functions go no further than the rows they are at."""
        self._is_cancelled.set()
        self._static_tables.cancel()

    def close(self) -> None:
        """Let go of the tables that are joined; no batch may run after."""
        self._static_tables.close()

    def run(
        self, batch: BatchInput, cursor: Cursor, store: StateStore | None
    ) -> BatchResult:
        """Run one batch, once it is planned.

        State is changed in memory only, and settled by the caller.
        """
        is_cancelled = self._is_cancelled.is_set
        running = BatchRun(batch, cursor, self._static_tables, is_cancelled)
        result = running.result
        emitted = pa.table({})
        metrics: dict[int, OperatorMetrics] = {}
        seen = self._watermarks_seen(batch.watermarks)
        for stage, watermarks in zip(self._stages, seen, strict=True):
            assert store is not None
            inputs = [running.rows_of(chain) for chain in stage.chains]
            _equip(stage, running, store)
            changes, metrics[stage.operator_id] = stage.operator.process(
                inputs, stage.states(store), watermarks
            )
            result.changes.append(changes)
            emitted = self._handed_on(stage, changes)
            if stage is not self._stages[-1] or self._last_chain is not None:
                running.add_input(stage.leaf_id, emitted)
        result.metrics = [metrics[number] for number in sorted(metrics)]
        rows = self._end(emitted, running, store)
        result.rows = rows.rename_columns(list(self._schema.names))
        return result

    def _end(
        self, emitted: pa.Table, running: BatchRun, store: StateStore | None
    ) -> pa.Table:
        """What is above the last operator, or all there is."""
        if self._result_columns is not None:
            running.result.mapped_bytes = running.result.changes[-1].mapped_bytes
            return self._result_columns.of(emitted, self._schema.names)
        chain = self._last_chain
        assert chain is not None, "more than a selection"
        if emitted.num_rows <= _ROWS_AT_ONCE or not self._ends_row_by_row:
            return running.rows_of(chain)
        assert store is not None, "an operator has made the rows"
        leaf_id = self._stages[-1].leaf_id
        running.add_input(leaf_id, emitted.slice(0, 0))
        pieces = _new_pieces(running, store)(running.rows_of(chain).schema)
        for start in range(0, emitted.num_rows, _ROWS_AT_ONCE):
            running.add_input(leaf_id, emitted.slice(start, _ROWS_AT_ONCE))
            pieces.add(running.rows_of(chain))
        running.result.mapped_bytes = pieces.mapped_bytes
        return pieces.table()

    def _handed_on(self, stage: Stage, changes: Changes) -> pa.Table:
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


def _equip(stage: Stage, running: BatchRun, store: StateStore) -> None:
    """Give an operator that makes rows what it works with."""
    if not isinstance(stage.operator, MakesRows):
        return
    chain = stage.computing
    compute = None
    if chain is not None:

        def compute(rows: pa.Table) -> pa.Table:
            running.add_input(stage.inner_leaf_id, rows)
            return running.rows_of(chain)

    stage.operator.make_with(compute, _new_pieces(running, store))


def _new_pieces(running: BatchRun, store: StateStore) -> NewPieces:
    """Many rows are held by pieces, which may lie beside the state."""
    return lambda schema: RowPieces(schema, store.open_scratch, running.is_cancelled)


def _is_row_by_row(plan: Relation) -> bool:
    """Whether each row of a plan is made of one row of one operator."""
    while isinstance(plan, Project | Filter):
        plan = plan.child
    return isinstance(plan, OperatorOutput)
