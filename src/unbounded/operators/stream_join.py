"""Stream join: two streams, each row joined with all rows of the other side.

Symmetric: what comes on the left is joined with the right side's state, then what
comes on the right with the left's, the new rows of this batch among them. A row is
kept until the watermark says that nothing to come can join it (`join_bounds.py`).
Spark's `StreamingSymmetricHashJoinExec`.

    left  comes   ⋈  right kept          ─▶ rows
    right comes   ⋈  left kept + come    ─▶ rows
    kept rows that leave unmatched       ─▶ rows, null beside them (outer joins)

A left semi join gives a left row once, when it first finds another, and forgets it
then; the right side comes first, so that fewer left rows are kept.

Invariants:
    - a pair of rows comes out once, in the batch of the later one
    - an unmatched row comes out when it leaves, or at once if by its own side of
      the condition it can have no other
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from unbounded.operators.join_bounds import join_bounds
from unbounded.operators.join_pairs import JoinPairs, Pairs
from unbounded.operators.join_side import JoinSide, plan_side
from unbounded.operators.operator import (
    Changes,
    Compute,
    OperatorMetrics,
    Watermarks,
    append_only,
)
from unbounded.operators.row_groups import Numbers
from unbounded.operators.row_pieces import NewPieces, RowPieces
from unbounded.plan.join_condition import split_condition
from unbounded.plan.relations import Join, OperatorOutput, Relation
from unbounded.state import KeyedState, OperatorSchema, RowLog, distinct
from unbounded.types import to_arrow

__all__ = ["StreamingSymmetricHashJoin"]

_KEEPS_LEFT = frozenset({"left", "full"})
_KEEPS_RIGHT = frozenset({"right", "full"})

# A sweep goes faster round than keys come in.
_SWEPT_MIN = 4096
_SWEPT_FOR_EACH = 2


class _Taken(NamedTuple):
    """How many rows a batch stored, how many it removed as they came out, and where
    the right rows are stored.
    """

    stored: int
    removed: int
    right_slots: Numbers


class StreamingSymmetricHashJoin:
    """A join of two streams.

    Args:
        join: the resolved node, whose inputs are never revised.
        operator_id: its place among the query's operators, Spark's numbering.
        leaf_id: the number by which `result_plan` reads what `Changes` holds.
        pairs_leaf_id: that by which `computed_plan` reads pairs of rows.
        first_attribute_id: where the ids of columns made here start.
        evicts: whether late rows are dropped, and rows let go of.
        has_even_days: whether each day of the session's clock has 24 hours.
    """

    name = "symmetricHashJoin"
    is_append_only = True

    def __init__(
        self,
        join: Join,
        operator_id: int,
        leaf_id: int,
        pairs_leaf_id: int,
        first_attribute_id: int,
        *,
        evicts: bool,
        has_even_days: bool,
    ) -> None:
        self._join = join
        self._operator_id = operator_id
        self._leaf_id = leaf_id
        condition = split_condition(join, has_even_days=has_even_days)
        self._bounds = join_bounds(join, condition)
        null_safe = [pair.is_null_safe for pair in condition.keys]
        left_keys = [pair.left for pair in condition.keys]
        left = plan_side(join.left, left_keys, condition.left_only, first_attribute_id)
        span = condition.time_range
        self._left = JoinSide(
            left,
            "left",
            self._bounds.left if evicts else None,
            self._bounds.left_late if evicts else None,
            None if span is None else span.left,
            null_safe,
            notes_matches=join.join_type in _KEEPS_LEFT,
        )
        first_attribute_id += len(left_keys) + len(condition.left_only)
        right_keys = [pair.right for pair in condition.keys]
        right = plan_side(
            join.right, right_keys, condition.right_only, first_attribute_id
        )
        self._right = JoinSide(
            right,
            "right",
            self._bounds.right if evicts else None,
            self._bounds.right_late if evicts else None,
            None if span is None else span.right,
            null_safe,
            notes_matches=join.join_type in _KEEPS_RIGHT,
        )
        first_attribute_id += len(right_keys) + len(condition.right_only)
        self._pairs = JoinPairs(
            self._left, self._right, condition, pairs_leaf_id, first_attribute_id
        )
        self._key_types = [key.data_type for key in left.keys]
        self._new_pieces: NewPieces | None = None
        self._forget()

    def _forget(self) -> None:
        """What leads from keys to groups; without keys all rows are in group 0."""
        self._known = KeyedState(self._key_types, []) if self._key_types else None
        self._swept = 0

    @property
    def state_schemas(self) -> tuple[OperatorSchema, ...]:
        """The rows of the left, then those of the right."""
        return (
            self._left.state_schema(self._operator_id, self.name),
            self._right.state_schema(self._operator_id, self.name),
        )

    @property
    def input_plans(self) -> tuple[Relation, ...]:
        return (self._left.plan.input_plan, self._right.plan.input_plan)

    @property
    def result_plan(self) -> Relation:
        return OperatorOutput(self._leaf_id, self._join.output)

    @property
    def computed_plan(self) -> Relation | None:
        """What the rest of the condition says of pairs; see `MakesRows`."""
        return self._pairs.plan

    def make_with(self, compute: Compute | None, new_pieces: NewPieces) -> None:
        """Take what a batch works with; see `MakesRows`."""
        self._pairs.compute = compute
        self._new_pieces = new_pieces

    def output_watermark_ms(self, input_ms: int) -> int | None:
        """Up to where rows of the result may be taken as complete; see `HoldsBack`."""
        return self._bounds.output_watermark_ms(input_ms)

    def needs_batch(self, watermarks: Watermarks, new_watermark_ms: int) -> bool:
        """Whether rows may leave by a watermark that moved since the last batch."""
        is_bounded = self._left.bound is not None or self._right.bound is not None
        return is_bounded and new_watermark_ms > watermarks.eviction_watermark_ms

    def recover(self, states: Sequence[KeyedState]) -> None:
        """Find the rows of both sides by their keys again."""
        self._forget()
        left, right = _logs(states)
        self._left.recover(left, self._known)
        self._right.recover(right, self._known)

    def process(
        self,
        inputs: Sequence[pa.Table],
        states: Sequence[KeyedState],
        watermarks: Watermarks,
    ) -> tuple[Changes, OperatorMetrics]:
        """Join what came with what there is; see `StatefulOperator.process`."""
        left, right = _logs(states)
        late_ms = watermarks.late_events_watermark_ms
        leaving_ms = watermarks.eviction_watermark_ms
        left_rows, left_late = self._left.on_time(inputs[0], late_ms)
        right_rows, right_late = self._right.on_time(inputs[1], late_ms)
        left_rows, left_alone = self._left.parted(left_rows)
        right_rows, right_alone = self._right.parted(right_rows)
        pieces = self._begin_rows()
        self._add_left_alone(pieces, left_alone)
        self._add_right_alone(pieces, right_alone)
        if self._join.join_type == "semi":
            taken = self._take_semi(left_rows, right_rows, left, right, pieces)
        else:
            taken = self._take(left_rows, right_rows, left, right, pieces)
        left_leaving = self._left.pop_leaving(left, leaving_ms)
        right_leaving = self._right.pop_leaving(right, leaving_ms)
        self._add_unmatched(pieces, left, left_leaving, right, right_leaving)
        passing = self._passing_through(taken, right, right_leaving)
        leaving = len(left_leaving) + len(right_leaving)
        metrics = OperatorMetrics(
            rows_total=left.count + right.count - leaving,
            rows_updated=taken.stored - passing,
            rows_removed=leaving - passing + taken.removed,
            rows_dropped_by_watermark=left_late + right_late,
        )
        self._left.note_memory(left)
        self._right.note_memory(right)

        def settle() -> None:
            self._left.let_leave(left, left_leaving, leaving_ms)
            self._right.let_leave(right, right_leaving, leaving_ms)
            self._sweep(taken.stored)

        return append_only(pieces.table(), settle, pieces.mapped_bytes), metrics

    # --- rows that come -----------------------------------------------------

    def _take(
        self,
        left_rows: pa.Table,
        right_rows: pa.Table,
        left: RowLog,
        right: RowLog,
        pieces: RowPieces,
    ) -> _Taken:
        """Join the left rows, keep them, and then the right rows."""
        came = self._left.append(left, left_rows, self._known)
        for pairs in self._pairs.of_left(came, left, right):
            pieces.add(self._joined(pairs, left, right))
            self._note_matches(pairs, left, right)
        self._left.add(came)
        stored = len(came.slots)
        came = self._right.append(right, right_rows, self._known)
        for pairs in self._pairs.of_right(came, left, right):
            pieces.add(self._joined(pairs, left, right))
            self._note_matches(pairs, left, right)
        self._right.add(came)
        return _Taken(stored + len(came.slots), 0, came.slots)

    def _take_semi(
        self,
        left_rows: pa.Table,
        right_rows: pa.Table,
        left: RowLog,
        right: RowLog,
        pieces: RowPieces,
    ) -> _Taken:
        """The kept left rows that the right rows match, then the new left rows."""
        removed = 0
        came = self._right.append(right, right_rows, self._known)
        for pairs in self._pairs.of_right(came, left, right):
            self._left.groups.drop(pairs.places)
            found = distinct(pairs.left[left.is_live(pairs.left)])
            pieces.add(self._table(self._left.columns(left, found)))
            left.remove(found)
            removed += len(found)
        self._right.add(came)
        right_slots = came.slots
        came = self._left.append(left, left_rows, self._known)
        is_alone = np.ones(len(came.slots), np.bool_)
        for pairs in self._pairs.of_left(came, left, right):
            is_alone[np.isin(came.slots, pairs.left)] = False
        found = came.slots[~is_alone]
        pieces.add(self._table(self._left.columns(left, found)))
        left.remove(found)
        self._left.add(came.picked(is_alone))
        stored = len(right_slots) + int(is_alone.sum())
        return _Taken(stored, removed, right_slots)

    def _note_matches(self, pairs: Pairs, left: RowLog, right: RowLog) -> None:
        if self._left.notes_matches:
            self._left.note_matches(left, distinct(pairs.left))
        if self._right.notes_matches:
            self._right.note_matches(right, distinct(pairs.right))

    # --- rows that leave ----------------------------------------------------

    def _passing_through(
        self, taken: _Taken, right: RowLog, right_leaving: Numbers
    ) -> int:
        """How many rows are not stored by Spark, as they leave in their batch.

        They are of the right side, unless they wait to come out unmatched.
        """
        passing = right_leaving[np.isin(right_leaving, taken.right_slots)]
        if self._join.join_type in _KEEPS_RIGHT:
            passing = passing[self._right.is_matched(right, passing)]
        return len(passing)

    def _add_unmatched(
        self,
        pieces: RowPieces,
        left: RowLog,
        left_slots: Numbers,
        right: RowLog,
        right_slots: Numbers,
    ) -> None:
        """The rows of the kept sides that leave and have found none."""
        if self._join.join_type in _KEEPS_LEFT:
            alone = left_slots[~self._left.is_matched(left, left_slots)]
            self._add_left_alone(pieces, self._left.rows(left, alone))
        if self._join.join_type in _KEEPS_RIGHT:
            alone = right_slots[~self._right.is_matched(right, right_slots)]
            self._add_right_alone(pieces, self._right.rows(right, alone))

    def _sweep(self, stored: int) -> None:
        """Forget keys of which neither side has a row; go round, some at a time."""
        known = self._known
        if known is None or self._left.bound is None or self._right.bound is None:
            return
        first = self._swept
        end = first + _SWEPT_MIN + _SWEPT_FOR_EACH * stored
        for side in (self._left, self._right):
            side.groups.sweep(first, end)
        groups = np.arange(first, min(end, known.capacity))
        groups = groups[known.is_live(groups)]
        is_gone = self._left.groups.is_empty(groups)
        is_gone &= self._right.groups.is_empty(groups)
        known.remove(groups[is_gone])
        known.take_changes()
        self._swept = end if end < known.capacity else 0

    # --- rows that come out -------------------------------------------------

    def _joined(self, pairs: Pairs, left: RowLog, right: RowLog) -> pa.Table:
        columns = self._left.columns(left, pairs.left)
        columns += self._right.columns(right, pairs.right)
        return self._table(columns)

    def _add_left_alone(self, pieces: RowPieces, rows: pa.Table) -> None:
        """Left rows with nulls beside them, of a join that keeps them."""
        if self._join.join_type in _KEEPS_LEFT:
            nulls = self._right.nulls(rows.num_rows)
            pieces.add(self._table([*self._left.arrays(rows), *nulls]))

    def _add_right_alone(self, pieces: RowPieces, rows: pa.Table) -> None:
        if self._join.join_type in _KEEPS_RIGHT:
            nulls = self._left.nulls(rows.num_rows)
            pieces.add(self._table([*nulls, *self._right.arrays(rows)]))

    def _begin_rows(self) -> RowPieces:
        assert self._new_pieces is not None, "given before each batch"
        fields = [(c.column_name, to_arrow(c.data_type)) for c in self._join.output]
        return self._new_pieces(pa.schema(fields))

    def _table(self, columns: Sequence[pa.Array]) -> pa.Table:
        names = [column.column_name for column in self._join.output]
        return pa.Table.from_arrays(list(columns), names)


def _logs(states: Sequence[KeyedState]) -> tuple[RowLog, RowLog]:
    left, right = states
    assert isinstance(left, RowLog), "a table of rows"
    assert isinstance(right, RowLog), "a table of rows"
    return left, right
