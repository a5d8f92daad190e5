"""Steps: a plan cut where something is done between two statements.

    Project ← EvaluatePython ← Filter   becomes   step: Filter, function, leaf 7
                                                  rest: Project ← leaf 7

Each step is a statement and then what the node asks for: a user's Python function
over the rows, metrics of them, or the rows of a table that they pick. What comes of it
is read by the statements above under a leaf id of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from unbounded.plan.observation import CollectMetrics
from unbounded.plan.python_functions import EvaluatePython, MapBatches
from unbounded.plan.relations import OperatorOutput, Relation, output_of
from unbounded.plan.table_lookup import TableLookup
from unbounded.plan.tree import transform_up

__all__ = ["Step", "cut_steps"]

StepNode = EvaluatePython | MapBatches | CollectMetrics | TableLookup


@dataclass(frozen=True, slots=True)
class Step:
    """What `node` asks for over the rows of `input_plan`, read above by `leaf_id`."""

    input_plan: Relation
    node: StepNode
    leaf_id: int

    @property
    def output(self) -> OperatorOutput:
        """The step's rows, as a leaf of the plans above."""
        return OperatorOutput(self.leaf_id, output_of(self.node))


def cut_steps(
    plan: Relation, new_leaf_id: Callable[[], int]
) -> tuple[tuple[Step, ...], Relation]:
    """The steps of a plan in the order they run, and the plan above them."""
    steps: list[Step] = []

    def cut(node: Any) -> Any:
        if not isinstance(node, StepNode):
            return node
        below = node.keyed_rows if isinstance(node, TableLookup) else node.child
        steps.append(Step(below, node, new_leaf_id()))
        return steps[-1].output

    rest: Relation = transform_up(plan, cut)
    return tuple(steps), rest
