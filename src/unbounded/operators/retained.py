"""Retained: operators that hold whole tables, for what has no incremental form.

`RetainedRows` and `RetainedTable` keep all rows that came and give them as one
table, over which the rest of a plan runs as over a static one: rows that are
never revised by their number, others as a multiset. `ResultDifference` keeps what
such a plan gave last and tells what is new in it and what has gone. Where they
stand in a plan is decided in `runtime/retained_plan.py`.

    counts ─changes─▶ RetainedTable ─table─▶ sort, limit ─▶ ResultDifference ─changes─▶

Invariants:
    - a row is in the table as often as it came, less how often it was taken back
    - rows that are never revised stay in the order in which they came
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unbounded.operators.operator import (
    WEIGHT,
    Changes,
    OperatorMetrics,
    Watermarks,
    no_rows,
    weighted,
)
from unbounded.plan.relations import OperatorOutput, Relation, output_of
from unbounded.state import KeyedState, OperatorSchema
from unbounded.types import LongType, StructField

__all__ = ["ResultDifference", "RetainedRows", "RetainedTable"]

Slots = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int64]

_ROW_NUMBER = StructField("row number", LongType(), False)
_COUNT = StructField("count", LongType(), False)


class _WholeTable:
    """What the operators of this module share: all columns of `child`, as a table.

    Args:
        child: the plan whose rows are held.
        operator_id: its place among the query's operators, Spark's numbering.
        leaf_id: the number by which `result_plan` reads what `Changes` holds.
    """

    is_append_only = False

    def __init__(self, child: Relation, operator_id: int, leaf_id: int) -> None:
        self._child = child
        self._columns = tuple(c for c in output_of(child) if c.name != WEIGHT)
        self._names = [column.column_name for column in self._columns]
        self._operator_id = operator_id
        self._leaf_id = leaf_id

    @property
    def input_plans(self) -> tuple[Relation, ...]:
        return (self._child,)

    @property
    def result_plan(self) -> Relation:
        return OperatorOutput(self._leaf_id, self._columns)

    def needs_batch(self, watermarks: Watermarks, new_watermark_ms: int) -> bool:
        """Never: time alone changes nothing."""
        return False

    def recover(self, states: Sequence[KeyedState]) -> None:
        """The rows are all there is."""

    @property
    def _fields(self) -> tuple[StructField, ...]:
        return tuple(
            StructField(column.name, column.data_type, True, column.metadata)
            for column in self._columns
        )

    def _arrays(self, rows: pa.Table) -> list[pa.Array]:
        return [rows.column(name).combine_chunks() for name in self._names]

    def _table(self, arrays: list[pa.Array]) -> pa.Table:
        return pa.Table.from_arrays(arrays, self._names)


class RetainedRows(_WholeTable):
    """All rows that came, in that order; none is ever taken back."""

    name = "retainedRows"

    @property
    def state_schemas(self) -> tuple[OperatorSchema, ...]:
        keys = (_ROW_NUMBER,)
        return (OperatorSchema(self._operator_id, self.name, keys, self._fields),)

    def process(
        self,
        inputs: Sequence[pa.Table],
        states: Sequence[KeyedState],
        watermarks: Watermarks,
    ) -> tuple[Changes, OperatorMetrics]:
        """Append the rows; see `StatefulOperator.process`."""
        (rows,), (state,) = inputs, states
        first = state.next_sequence
        numbers = np.arange(first, first + rows.num_rows)
        slots, _ = state.lookup_or_insert([pa.array(numbers)])
        for position, array in enumerate(self._arrays(rows)):
            state.scatter(position, slots, array)
        metrics = OperatorMetrics(rows_total=state.count, rows_updated=len(slots))
        return _held(partial(self._snapshot, state)), metrics

    def _snapshot(self, state: KeyedState) -> pa.Table:
        slots = state.live_slots()
        return self._table([state.gather(i, slots) for i in range(len(self._names))])


class _Multiset(_WholeTable):
    """Rows with how often each is there: the columns are the key."""

    name: str

    @property
    def state_schemas(self) -> tuple[OperatorSchema, ...]:
        values = (_COUNT,)
        return (OperatorSchema(self._operator_id, self.name, self._fields, values),)

    def _rows(self, state: KeyedState, slots: Slots, counts: Counts) -> pa.Table:
        return self._table(state.keys(np.repeat(slots, counts)))

    def _store(self, state: KeyedState, slots: Slots, counts: Counts) -> int:
        """Set how often the rows of distinct slots are there; how many left."""
        gone = counts == 0
        state.scatter(0, slots[~gone], pa.array(counts[~gone]))
        state.remove(slots[gone])
        return int(gone.sum())


class RetainedTable(_Multiset):
    """All rows there are, of an input that takes rows back."""

    name = "retainedTable"

    def process(
        self,
        inputs: Sequence[pa.Table],
        states: Sequence[KeyedState],
        watermarks: Watermarks,
    ) -> tuple[Changes, OperatorMetrics]:
        """Add the rows' weights up; see `StatefulOperator.process`."""
        (rows,), (state,) = inputs, states
        weight = next(c for c in output_of(self._child) if c.name == WEIGHT)
        weights = rows.column(weight.column_name).to_numpy()
        found, _ = state.lookup_or_insert(self._arrays(rows))
        slots, places = np.unique(found, return_inverse=True)
        counts = _counts(state, slots)
        np.add.at(counts, places, weights)
        assert (counts >= 0).all(), "a row is taken back that was never there"
        removed = self._store(state, slots, counts)
        metrics = OperatorMetrics(
            rows_total=state.count,
            rows_updated=len(slots) - removed,
            rows_removed=removed,
        )
        return _held(partial(self._snapshot, state)), metrics

    def _snapshot(self, state: KeyedState) -> pa.Table:
        slots = state.live_slots()
        return self._rows(state, slots, _counts(state, slots))


class ResultDifference(_Multiset):
    """What is new in a table computed anew each batch, and what has gone from it."""

    name = "resultDifference"

    def process(
        self,
        inputs: Sequence[pa.Table],
        states: Sequence[KeyedState],
        watermarks: Watermarks,
    ) -> tuple[Changes, OperatorMetrics]:
        """Compare with the last batch's table; see `StatefulOperator.process`."""
        (table,), (state,) = inputs, states
        held = state.live_slots()
        found, _ = state.lookup_or_insert(self._arrays(table))
        slots, counts = _in_order_of_rows(found)
        gone = np.setdiff1d(held, slots, assume_unique=True)
        gone = state.in_order(gone)
        slots = np.concatenate([slots, gone])
        counts = np.concatenate([counts, np.zeros(len(gone), np.int64)])
        added = counts - _counts(state, slots)
        inserted = self._rows(state, slots, np.maximum(added, 0))
        retracted = self._rows(state, slots, np.maximum(-added, 0))
        changed = added != 0
        removed = self._store(state, slots[changed], counts[changed])
        metrics = OperatorMetrics(
            rows_total=state.count,
            rows_updated=int(changed.sum()) - removed,
            rows_removed=removed,
        )
        changes = Changes(
            updated=lambda: inserted,
            final=no_rows,
            snapshot=lambda: table,
            revision=lambda: weighted(retracted, inserted),
            settle=lambda: None,
        )
        return changes, metrics


def _held(snapshot: Callable[[], pa.Table]) -> Changes:
    return Changes(no_rows, no_rows, snapshot, no_rows, settle=lambda: None)


def _counts(state: KeyedState, slots: Slots) -> Counts:
    counts = state.gather(0, slots).fill_null(0)
    return np.array(counts.to_numpy(zero_copy_only=False), np.int64)


def _in_order_of_rows(found: Slots) -> tuple[Slots, Counts]:
    """The distinct slots as their first rows come, and how many rows each has."""
    slots, first, counts = np.unique(found, return_index=True, return_counts=True)
    order = np.argsort(first)
    return slots[order], counts[order]
