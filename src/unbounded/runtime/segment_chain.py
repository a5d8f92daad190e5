"""Segment chain: a stretch of a streaming plan, cut where steps are made.

Most stretches have no step and are one segment. Else the input of each step, a
Python function, metrics to observe or rows to look up in a table, is a segment of its
own, measured like any other, and what the step gives is an input of those above: a
source's rows are counted where they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import pyarrow as pa

from unbounded.compiler import (
    CompileContext,
    Segment,
    Step,
    compile_segment,
    cut_steps,
)
from unbounded.plan.expressions import FunctionCall, Literal
from unbounded.plan.observation import CollectMetrics, ObservedMetrics
from unbounded.plan.python_functions import EvaluatePython, MapBatches
from unbounded.plan.relations import Filter, Relation, schema_of
from unbounded.plan.table_lookup import TableLookup
from unbounded.plan.tree import transform_up
from unbounded.runtime.operator_planning import weight_of
from unbounded.types import BooleanType, LongType
from unbounded.udf import PythonEvaluation

__all__ = ["SegmentChain"]


class SegmentChain:
    """One stretch: cut, compiled for a batch's time, run once a batch.

    `leaf_ids` are those under which its steps' rows are read.
    """

    def __init__(self, plan: Relation, new_leaf_id: Callable[[], int]) -> None:
        self._plan = plan
        self._new_leaf_id = new_leaf_id
        self._segments: list[Segment] = []
        self._metrics: dict[int, Segment] = {}
        self.cut(frozenset())

    def cut(self, looked_up: frozenset[int]) -> None:
        """Cut anew; before it is compiled, if it is not the same any more.

        Args:
            looked_up: the tables from which rows are picked; others are read whole.
        """

        def put_in(node: Any) -> Any:
            if isinstance(node, TableLookup) and node.table_leaf_id not in looked_up:
                return node.child
            return node

        plan: Relation = transform_up(self._plan, put_in)
        self._steps, self._rest = cut_steps(plan, self._new_leaf_id)
        self._evaluations = {
            step.leaf_id: PythonEvaluation(step.node)
            for step in self._steps
            if isinstance(step.node, EvaluatePython | MapBatches)
        }
        self.leaf_ids = tuple(step.leaf_id for step in self._steps)

    def compile(
        self,
        context: CompileContext,
        inputs: Mapping[int, str],
        first_attribute_id: int,
    ) -> None:
        """Compile the segments; see `compile_segment`."""
        plans = (*(step.input_plan for step in self._steps), self._rest)
        self._segments = [
            compile_segment(plan, context, inputs, first_attribute_id) for plan in plans
        ]
        self._metrics = {
            step.leaf_id: compile_segment(
                step.node.metrics_of(_rows_that_hold(step)),
                context,
                inputs,
                first_attribute_id,
            )
            for step in self._steps
            if isinstance(step.node, CollectMetrics)
        }

    def run(
        self,
        run_segment: Callable[[Segment], pa.Table],
        add_input: Callable[[int, pa.Table], None],
        is_cancelled: Callable[[], bool],
        observed: MutableMapping[str, ObservedMetrics],
        look_up: Callable[[int, pa.ChunkedArray], None] | None = None,
    ) -> pa.Table:
        """The rows of the stretch.

        Args:
            run_segment: runs a segment over the inputs there are.
            add_input: makes rows an input of the segments to come.
            is_cancelled: whether the batch is to stop; asked between batches.
            observed: takes the metrics observed on the way, by their names.
            look_up: makes the rows of a table with some keys an input.

        Raises:
            UserFunctionError: a function raised.
        """
        *before, last = self._segments
        for segment, step in zip(before, self._steps, strict=True):
            rows = run_segment(segment)
            evaluation = self._evaluations.get(step.leaf_id)
            if evaluation is not None:
                rows = evaluation.run(rows, is_cancelled)
            add_input(step.leaf_id, rows)
            if isinstance(step.node, TableLookup):
                assert look_up is not None, "there are tables"
                key = step.node.key.to_attribute().column_name
                look_up(step.node.table_leaf_id, rows.column(key))
            elif isinstance(step.node, CollectMetrics):
                metrics = self._metrics[step.leaf_id]
                observed[step.node.name] = ObservedMetrics(
                    step.node.name, schema_of(metrics.output), run_segment(metrics)
                )
        return run_segment(last)


def _rows_that_hold(step: Step) -> Relation:
    """A step's rows, without those that take an earlier one back."""
    weight = weight_of(step.output)
    if weight is None:
        return step.output
    is_new = FunctionCall("greater", (weight, Literal(0, LongType())), BooleanType())
    return Filter(step.output, is_new)
