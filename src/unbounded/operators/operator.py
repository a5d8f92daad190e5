"""Operator: the contract of what keeps state between batches.

An operator takes the batch's rows, merges them into its state and says what
changed. It knows neither the output mode nor the sink: `runtime/emission.py`
alone picks from its `Changes`.

What an operator hands to another one above it is either never revised, or
carries a column `__weight`: 1 for a row that is now in the result, -1 for one
that no longer is. Whether it does is known from the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import pyarrow as pa

from unbounded.errors import InternalError
from unbounded.operators.row_pieces import NewPieces
from unbounded.plan.relations import Relation
from unbounded.state import KeyedState, OperatorSchema

__all__ = [
    "WEIGHT",
    "Changes",
    "Compute",
    "MakesRows",
    "OperatorMetrics",
    "StatefulOperator",
    "Watermarks",
    "append_only",
    "no_rows",
    "weighted",
]

WEIGHT = "__weight"
"""The column of revised rows: int64, retractions first."""


@dataclass(frozen=True, slots=True)
class Watermarks:
    """The two watermarks of a batch, milliseconds since 1970.

    Rows late by batch N-1's watermark are dropped; state older than batch N's
    is final. Spark's `eventTimeWatermarkForLateEvents` and `…ForEviction`.
    """

    late_events_watermark_ms: int
    eviction_watermark_ms: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch did to an operator's result.

    Tables, each made when asked for: the rows of keys touched in this batch, the
    rows of keys that will never change again, the whole result, and the touched
    rows as a revision, with weights. `settle` removes what is final from the
    state; it is called once, after the tables.
    """

    updated: Callable[[], pa.Table]
    final: Callable[[], pa.Table]
    snapshot: Callable[[], pa.Table]
    revision: Callable[[], pa.Table]
    settle: Callable[[], None]
    mapped_bytes: int = 0
    """Of its tables, what lies in files."""


def weighted(retracted: pa.Table, inserted: pa.Table) -> pa.Table:
    """A revision: rows that no longer hold, then those that now do.

    >>> weighted(old, new).column("__weight")
    [-1, 1]
    """
    return pa.concat_tables(
        [
            table.append_column(WEIGHT, pa.repeat(pa.scalar(weight), table.num_rows))
            for table, weight in ((retracted, -1), (inserted, 1))
        ]
    )


def append_only(
    rows: pa.Table, settle: Callable[[], None], mapped_bytes: int = 0
) -> Changes:
    """The changes of an operator whose rows are final when they come.

    What it hands on is not kept, so there is no whole result to be had.
    """
    return Changes(
        updated=lambda: rows,
        final=lambda: rows,
        snapshot=no_rows,
        revision=lambda: weighted(rows.slice(0, 0), rows),
        settle=settle,
        mapped_bytes=mapped_bytes,
    )


def no_rows() -> pa.Table:
    """In the place of a table that the plan never asks for."""
    raise InternalError("INTERNAL_ERROR", message="an operator has no such rows")


@dataclass(slots=True)
class OperatorMetrics:
    """What Spark's `StateOperatorProgress` reports of one operator in one batch."""

    rows_total: int = 0
    rows_updated: int = 0
    rows_removed: int = 0
    rows_dropped_by_watermark: int = 0
    updates_ms: float = 0.0
    removals_ms: float = 0.0
    commit_ms: float = 0.0
    memory_bytes: int = 0
    custom: dict[str, int] = field(default_factory=dict)

    def at_rest(self) -> OperatorMetrics:
        """The same of a trigger that ran no batch: what is held, and nothing done."""
        return OperatorMetrics(
            rows_total=self.rows_total, memory_bytes=self.memory_bytes
        )


Compute = Callable[[pa.Table], pa.Table]
"""Runs a plan over some rows; as many come out, in the same order."""


@runtime_checkable
class MakesRows(Protocol):
    """An operator that may make many rows of few, and computes on rows of its own."""

    @property
    def computed_plan(self) -> Relation | None:
        """A projection of one `OperatorOutput`, the rows; None: nothing to compute."""

    def make_with(self, compute: Compute | None, new_pieces: NewPieces) -> None:
        """Take what runs `computed_plan`, and what holds many rows.

        Called before each `process`.
        """


class StatefulOperator(Protocol):
    """One stateful operator of a running query."""

    @property
    def name(self) -> str:
        """Spark's name for it in progress: `stateStoreSave`."""

    @property
    def state_schemas(self) -> tuple[OperatorSchema, ...]:
        """Its tables of state, the main one first; a restart knows it by them."""

    @property
    def input_plans(self) -> tuple[Relation, ...]:
        """The plans whose rows `process` takes, run over the batch's input."""

    @property
    def result_plan(self) -> Relation:
        """The plan that makes the operator's output of what `Changes` holds."""

    @property
    def is_append_only(self) -> bool:
        """Whether rows of its result are never revised.

        Then they are `final` in the batch in which they come.
        """

    def needs_batch(self, watermarks: Watermarks, new_watermark_ms: int) -> bool:
        """Whether a batch without input would change the result.

        `watermarks` are those of the last batch, `new_watermark_ms` what the next
        batch would have.
        """

    def process(
        self,
        inputs: Sequence[pa.Table],
        states: Sequence[KeyedState],
        watermarks: Watermarks,
    ) -> tuple[Changes, OperatorMetrics]:
        """Merge the rows into the state."""

    def recover(self, states: Sequence[KeyedState]) -> None:
        """Take up a state read from disk; called before the first `process`."""
