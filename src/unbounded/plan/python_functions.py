"""Python functions: the user's own functions, and the nodes that call them.

SQL can't call them, so the analyzer takes every `PythonCall` out of expressions
into an `EvaluatePython` below, where a plan is cut: the statement under it, the
function over its rows, the statement above. Spark's `PythonUDF`,
`ArrowEvalPython` and `MapInPandas`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from unbounded.plan.expressions import Alias, AttributeReference, Expression
from unbounded.plan.relations import Relation, output_of
from unbounded.types import DataType

__all__ = [
    "EvalType",
    "EvaluatePython",
    "MapBatches",
    "NamedArgument",
    "PythonCall",
    "PythonFunction",
    "PythonSettings",
]


class EvalType(IntEnum):
    """What a function takes and gives, under Spark's numbers."""

    BATCHED = 100
    ARROW_BATCHED = 101
    SCALAR_PANDAS = 200
    SCALAR_PANDAS_ITER = 204
    MAP_PANDAS_ITER = 205
    MAP_ARROW_ITER = 207
    SCALAR_ARROW = 250
    SCALAR_ARROW_ITER = 251


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """A function as the client sent it; `command` is the pickled function."""

    name: str
    command: bytes
    eval_type: EvalType
    return_type: DataType
    is_deterministic: bool = True
    python_version: str = ""


@dataclass(frozen=True, slots=True)
class PythonSettings:
    """The session's settings that change what functions are given and may give.

    Taken when a plan is analyzed; each under Spark's name for it.
    """

    time_zone: str
    rows_per_batch: int = 10_000
    converts_safely: bool = True
    assigns_by_name: bool = True
    takes_int_for_decimal: bool = False
    prefers_int_extension: bool = False
    binary_as_bytes: bool = True


@dataclass(frozen=True, slots=True)
class NamedArgument(Expression):
    """`name => value`, an argument of a user's function."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class PythonCall(Expression):
    """A call of a user's function; the last arguments are those named `keywords`.

    `call_id` tells calls of a function that is not deterministic apart.
    """

    function: PythonFunction
    arguments: tuple[Expression, ...]
    keywords: tuple[str, ...] = ()
    call_id: int = 0

    @property
    def data_type(self) -> DataType:
        return self.function.return_type

    @property
    def nullable(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class EvaluatePython(Relation):
    """The rows of `child` with a column for each call.

    The calls' arguments are columns of `child`, or one call of a function of the
    same eval type, whose value is handed on as it is.
    """

    child: Relation
    calls: tuple[Alias, ...]
    settings: PythonSettings

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return (*output_of(self.child), *(c.to_attribute() for c in self.calls))


@dataclass(frozen=True, slots=True)
class MapBatches(Relation):
    """The rows a function makes of batches of `child`: `mapInPandas`, `mapInArrow`.

    Before analysis there are neither `settings` nor `output`.
    """

    child: Relation
    function: PythonFunction
    settings: PythonSettings | None = None
    output: tuple[AttributeReference, ...] = ()
