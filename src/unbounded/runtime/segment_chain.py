"""Segment chain: a stretch of a streaming plan, cut where Python functions run.

Most stretches call no function and are one segment. Else each function's input
is a segment of its own, measured like any other, and what the function gives is
an input of those above: a source's rows are counted where they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa

from unbounded.compiler import (
    CompileContext,
    Segment,
    compile_segment,
    cut_python_steps,
)
from unbounded.plan.relations import Relation
from unbounded.udf import PythonEvaluation

__all__ = ["SegmentChain"]


class SegmentChain:
    """One stretch: cut once, compiled for a batch's time, run once a batch.

    `leaf_ids` are those under which its functions' rows are read.
    """

    def __init__(self, plan: Relation, new_leaf_id: Callable[[], int]) -> None:
        steps, rest = cut_python_steps(plan, new_leaf_id)
        self._plans = (*(step.input_plan for step in steps), rest)
        self._evaluations = [PythonEvaluation(step.node) for step in steps]
        self.leaf_ids = tuple(step.leaf_id for step in steps)
        self._segments: list[Segment] = []

    def compile(
        self,
        context: CompileContext,
        inputs: Mapping[int, str],
        first_attribute_id: int,
    ) -> None:
        """Compile the segments; see `compile_segment`."""
        self._segments = [
            compile_segment(plan, context, inputs, first_attribute_id)
            for plan in self._plans
        ]

    def run(
        self,
        run_segment: Callable[[Segment], pa.Table],
        add_input: Callable[[int, pa.Table], None],
        is_cancelled: Callable[[], bool],
    ) -> pa.Table:
        """The rows of the stretch.

        Args:
            run_segment: runs a segment over the inputs there are.
            add_input: makes rows an input of the segments to come.
            is_cancelled: whether the batch is to stop; asked between batches.

        Raises:
            UserFunctionError: a function raised.
        """
        *before, last = self._segments
        for segment, evaluation, leaf_id in zip(
            before, self._evaluations, self.leaf_ids, strict=True
        ):
            rows = evaluation.run(run_segment(segment), is_cancelled)
            add_input(leaf_id, rows)
        return run_segment(last)
