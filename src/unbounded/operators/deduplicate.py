"""Deduplicate: of the rows equal in some columns, the first that came.

The state is the keys seen. A row goes on if its key was not there, so nothing
that has gone on is ever revised. Spark's `StreamingDeduplicateExec`, and
`StreamingDeduplicateWithinWatermarkExec` where a key is remembered for the
watermark's delay only.

Invariants:
    - of a batch's rows with a new key the first in the order of rows goes on
    - a key is forgotten when the watermark makes rows with it late, if it holds
      the event time; within the watermark, when its first row's time and the
      delay have passed; else never
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unbounded.operators.event_times import (
    NEVER_US,
    event_time_column,
    times_us,
)
from unbounded.operators.operator import (
    Changes,
    OperatorMetrics,
    Watermarks,
    append_only,
)
from unbounded.plan.expressions import WATERMARK_DELAY
from unbounded.plan.relations import Distinct, OperatorOutput, Relation, output_of
from unbounded.state import ExpiryIndex, KeyedState, OperatorSchema
from unbounded.types import LongType, StructField

__all__ = ["StreamingDeduplicate"]


class StreamingDeduplicate:
    """A streaming deduplication.

    Args:
        distinct: the resolved node; it has the event time in its rows if it is
            `within_watermark`.
        operator_id: its place among the query's operators, Spark's numbering.
        leaf_id: the number by which `result_plan` reads what `Changes` holds.
    """

    is_append_only = True

    def __init__(self, distinct: Distinct, operator_id: int, leaf_id: int) -> None:
        self._child = distinct.child
        self._columns = output_of(distinct.child)
        self._keys = distinct.keys or self._columns
        self._within_watermark = distinct.within_watermark
        self._time = event_time_column(self._columns)
        self._expiring = event_time_column(self._keys)
        if self._within_watermark:
            assert self._time is not None, "checked before a query starts"
            self._expiring = self._time
        self._expiry = ExpiryIndex()
        self._operator_id = operator_id
        self._leaf_id = leaf_id

    @property
    def name(self) -> str:
        return "dedupeWithinWatermark" if self._within_watermark else "dedupe"

    @property
    def state_schemas(self) -> tuple[OperatorSchema, ...]:
        keys = tuple(
            StructField(key.name, key.data_type, True, key.metadata)
            for key in self._keys
        )
        expiry = (StructField("expiresAtMicros", LongType(), False),)
        values = expiry if self._within_watermark else ()
        return (OperatorSchema(self._operator_id, self.name, keys, values),)

    @property
    def input_plans(self) -> tuple[Relation, ...]:
        return (self._child,)

    @property
    def result_plan(self) -> Relation:
        return OperatorOutput(self._leaf_id, self._columns)

    def needs_batch(self, watermarks: Watermarks, new_watermark_ms: int) -> bool:
        """Whether the watermark moved since the last batch's eviction.

        Spark asks for a batch also where no key can leave.
        """
        return new_watermark_ms > watermarks.eviction_watermark_ms

    def recover(self, states: Sequence[KeyedState]) -> None:
        """Rebuild the expiry index over the recovered slots."""
        (state,) = states
        if self._expiring is None:
            return
        slots = state.live_slots()
        if self._within_watermark:
            times = state.gather(0, slots).to_numpy(zero_copy_only=False)
        else:
            place = self._keys.index(self._expiring)
            times = times_us(state.keys(slots)[place], NEVER_US)
        self._expiry = ExpiryIndex()
        self._expiry.add(slots, times)

    def process(
        self,
        inputs: Sequence[pa.Table],
        states: Sequence[KeyedState],
        watermarks: Watermarks,
    ) -> tuple[Changes, OperatorMetrics]:
        """Keep the rows whose keys are new; see `StatefulOperator.process`."""
        (state,) = states
        metrics = OperatorMetrics()
        rows, metrics.rows_dropped_by_watermark = self._drop_late(inputs[0], watermarks)
        keys = [rows.column(key.column_name).combine_chunks() for key in self._keys]
        slots, is_new = state.lookup_or_insert(keys)
        first = rows.filter(pa.array(is_new))
        if self._expiring is not None:
            self._note_expiry(state, slots[is_new], first)
        due = self._expiry.pop_until(watermarks.eviction_watermark_ms * 1000)
        metrics.rows_updated = first.num_rows
        metrics.rows_removed = len(due)
        metrics.rows_total = state.count - len(due)
        metrics.custom["numDroppedDuplicateRows"] = rows.num_rows - first.num_rows
        return append_only(first, settle=lambda: state.remove(due)), metrics

    def _drop_late(
        self, rows: pa.Table, watermarks: Watermarks
    ) -> tuple[pa.Table, int]:
        """Rows whose event time is at or before batch N-1's watermark go."""
        if self._time is None:
            return rows, 0
        times = times_us(rows.column(self._time.column_name), NEVER_US)
        is_late = times <= watermarks.late_events_watermark_ms * 1000
        dropped = int(is_late.sum())
        return (rows.filter(pa.array(~is_late)), dropped) if dropped else (rows, 0)

    def _note_expiry(
        self, state: KeyedState, slots: npt.NDArray[np.int64], first: pa.Table
    ) -> None:
        """When the keys of `first`, which are new, will be forgotten."""
        assert self._expiring is not None
        column = first.column(self._expiring.column_name)
        if self._within_watermark:
            # A row without a time is remembered as one of 1970, as by Spark.
            times = times_us(column, 0) + self._delay_us
            state.scatter(0, slots, pa.array(times))
        else:
            times = times_us(column, NEVER_US)
        self._expiry.add(slots, times)

    @property
    def _delay_us(self) -> int:
        assert self._time is not None
        return int(self._time.metadata[WATERMARK_DELAY]) * 1000
