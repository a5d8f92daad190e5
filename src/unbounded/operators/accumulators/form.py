"""Form: how one aggregate function is kept, batch after batch.

An aggregate is split in three: *partial* aggregates over one batch's rows, a
*merge* of each with what the state holds, and a *finish* expression over the
merged values. The buffers are those of Spark's own aggregate functions (sum and
count for `avg`), so that a checkpoint can be carried over to Spark.

A function of distinct values takes its partials from a list of those values of
the batch that its group has not had before (`distinct.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from unbounded.plan.expressions import (
    AggregateCall,
    AttributeReference,
    Expression,
    FunctionCall,
    type_of,
)
from unbounded.types import DataType

__all__ = [
    "Accumulator",
    "AggregateForm",
    "Arrays",
    "DistinctValues",
    "Finish",
    "FormRule",
    "Merge",
    "each",
    "finished_by",
    "first_column",
    "partial",
    "type_of",
]

Arrays = Sequence[pa.Array]
Merge = Callable[[Arrays, Arrays], list[pa.Array]]
"""Buffers in the state and a batch's, both of the same keys row by row, made one."""

Finish = Callable[[tuple[AttributeReference, ...]], Expression]


@dataclass(frozen=True, slots=True)
class Accumulator:
    """One buffer of an aggregate, and how a batch's rows make it.

    A buffer of distinct values is called by its `partial` and not made by it.
    """

    name: str
    data_type: DataType
    partial: AggregateCall


@dataclass(frozen=True, slots=True)
class DistinctValues:
    """The distinct values of `arguments`, in the rows that `filter` takes."""

    arguments: tuple[Expression, ...]
    filter: Expression | None


@dataclass(frozen=True, slots=True)
class AggregateForm:
    """The buffers of an aggregate, and its value as an expression over them.

    `summarize` makes the buffers of lists of new `distinct` values.
    """

    accumulators: tuple[Accumulator, ...]
    merge: Merge
    finish: Finish
    distinct: DistinctValues | None = None
    summarize: Callable[[pa.ListArray], list[pa.Array]] | None = None


FormRule = Callable[[AggregateCall], AggregateForm]


def partial(
    call: AggregateCall, name: str, data_type: DataType, *arguments: Expression
) -> AggregateCall:
    """The function `name` of the rows that `call` takes, its arguments if none."""
    return AggregateCall(
        name,
        arguments or call.arguments,
        data_type,
        True,
        call.is_distinct,
        call.filter,
    )


def each(*merges: Callable[[pa.Array, pa.Array], pa.Array]) -> Merge:
    """A merge that takes the buffers one by one."""

    def merge(old: Arrays, new: Arrays) -> list[pa.Array]:
        pairs = zip(merges, old, new, strict=True)
        return [merge_one(before, added) for merge_one, before, added in pairs]

    return merge


def first_column(columns: tuple[AttributeReference, ...]) -> Expression:
    """The finish of a function whose value is its first buffer."""
    return columns[0]


def finished_by(call: AggregateCall) -> Finish:
    """The finish that is SQL of the function's own, by its name."""
    return lambda columns: FunctionCall(call.name, columns, call.data_type)
