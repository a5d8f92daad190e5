"""Operator: the contract of what keeps state between batches.

An operator takes the batch's rows, merges them into its state and says what
changed. It knows neither the output mode nor the sink: `runtime/emission.py`
alone picks from its `Changes`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from unbounded.plan.relations import Relation
from unbounded.state import KeyedState, OperatorSchema

__all__ = ["Changes", "OperatorMetrics", "StatefulOperator", "Watermarks"]


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

    Three tables, each made when asked for: the rows of keys touched in this batch,
    the rows of keys that will never change again, and the whole result. `settle`
    removes what is final from the state; it is called once, after the tables.
    """

    updated: Callable[[], pa.Table]
    final: Callable[[], pa.Table]
    snapshot: Callable[[], pa.Table]
    settle: Callable[[], None]


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


class StatefulOperator(Protocol):
    """One stateful operator of a running query."""

    @property
    def name(self) -> str:
        """Spark's name for it in progress: `stateStoreSave`."""

    @property
    def state_schema(self) -> OperatorSchema:
        """Key and value columns of its state, by which a restart knows it again."""

    @property
    def input_plan(self) -> Relation:
        """The plan whose rows `process` takes, run over the batch's input."""

    @property
    def result_plan(self) -> Relation:
        """The plan that makes the operator's output of what `Changes` holds."""

    def needs_batch(self, watermarks: Watermarks, new_watermark_ms: int) -> bool:
        """Whether a batch without input would change the result.

        `watermarks` are those of the last batch, `new_watermark_ms` what the next
        batch would have.
        """

    def process(
        self, rows: pa.Table, state: KeyedState, watermarks: Watermarks
    ) -> tuple[Changes, OperatorMetrics]:
        """Merge the rows into the state."""

    def recover(self, state: KeyedState) -> None:
        """Take up a state read from disk; called before the first `process`."""
