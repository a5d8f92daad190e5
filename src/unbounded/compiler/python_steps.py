"""Python steps: a plan cut where the user's Python functions run.

    Project ← EvaluatePython ← Filter   becomes   step: Filter, function, leaf 7
                                                  rest: Project ← leaf 7

Each step is a statement, then a function over its rows; what the function gives
is read by the statements above under a leaf id of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from unbounded.plan.python_functions import EvaluatePython, MapBatches
from unbounded.plan.relations import OperatorOutput, Relation, output_of
from unbounded.plan.tree import transform_up

__all__ = ["PythonStep", "cut_python_steps"]


@dataclass(frozen=True, slots=True)
class PythonStep:
    """A function over the rows of `input_plan`, read above by `leaf_id`."""

    input_plan: Relation
    node: EvaluatePython | MapBatches
    leaf_id: int


def cut_python_steps(
    plan: Relation, new_leaf_id: Callable[[], int]
) -> tuple[tuple[PythonStep, ...], Relation]:
    """The steps of a plan in the order they run, and the plan above them."""
    steps: list[PythonStep] = []

    def cut(node: Any) -> Any:
        if not isinstance(node, EvaluatePython | MapBatches):
            return node
        step = PythonStep(node.child, node, new_leaf_id())
        steps.append(step)
        return OperatorOutput(step.leaf_id, output_of(node))

    rest: Relation = transform_up(plan, cut)
    return tuple(steps), rest
