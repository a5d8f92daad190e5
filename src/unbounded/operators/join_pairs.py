"""Join pairs: the rows of two sides that a join's condition puts together.

Candidates are found by key, some at a time, so that no key with many rows takes more
memory than another. The range of times sorts out most of them in place; of the rest
the condition is computed as any expression of the query is.

Invariants:
    - no more than `_PAIRS_AT_ONCE` candidates are looked at at a time
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unbounded.operators.event_times import Times
from unbounded.operators.join_side import Arrived, JoinSide
from unbounded.operators.operator import Compute
from unbounded.operators.row_groups import Numbers
from unbounded.plan.expressions import Alias, AttributeReference, attributes_in
from unbounded.plan.join_condition import JoinCondition
from unbounded.plan.relations import OperatorOutput, Project, Relation
from unbounded.state import RowLog

__all__ = ["JoinPairs", "Pairs"]

_PAIRS_AT_ONCE = 1 << 20
# Further off than any two timestamps are.
_FAR_US = 1 << 62

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows that are joined, side by side, by their slots.

    `places` are those of the rows that were found, in their side's groups.
    """

    left: Numbers
    right: Numbers
    places: Numbers

    def picked(self, holds: Bools) -> Pairs:
        """Those for which `holds`."""
        if holds.all():
            return self
        return Pairs(self.left[holds], self.right[holds], self.places[holds])


class JoinPairs:
    """The search for pairs in two sides.

    Args:
        leaf_id: the number by which `plan` reads pairs.
        first_attribute_id: where the ids of columns made here start.
    """

    def __init__(
        self,
        left: JoinSide,
        right: JoinSide,
        condition: JoinCondition,
        leaf_id: int,
        first_attribute_id: int,
    ) -> None:
        self._left = left
        self._right = right
        span = condition.time_range
        # The right time is so much later than the left one; None: no bound.
        self._low = None if span is None else span.low_us
        self._high = None if span is None else span.high_us
        self._asked = _asked_columns(left, right, condition)
        self.compute: Compute | None = None
        self.plan: Relation | None = None
        if condition.residual:
            claims = tuple(
                Alias(claim, ("holds",), first_attribute_id + number)
                for number, claim in enumerate(condition.residual)
            )
            self.plan = Project(OperatorOutput(leaf_id, self._asked), claims)

    def of_left(self, came: Arrived, left: RowLog, right: RowLog) -> Iterator[Pairs]:
        """The pairs of left rows that came and all right ones."""
        between = None
        if came.times is not None:
            between = _span(came.times, self._low, self._high)
        for found in self._right.groups.pairs(came.groups, _PAIRS_AT_ONCE, between):
            pairs = Pairs(came.slots[found.rows], found.slots, found.places)
            yield self._picked(pairs, left, right)

    def of_right(self, came: Arrived, left: RowLog, right: RowLog) -> Iterator[Pairs]:
        """The pairs of right rows that came and all left ones."""
        between = None
        if came.times is not None:
            low = None if self._high is None else -self._high
            high = None if self._low is None else -self._low
            between = _span(came.times, low, high)
        for found in self._left.groups.pairs(came.groups, _PAIRS_AT_ONCE, between):
            pairs = Pairs(found.slots, came.slots[found.rows], found.places)
            yield self._picked(pairs, left, right)

    def _picked(self, pairs: Pairs, left: RowLog, right: RowLog) -> Pairs:
        if self.plan is None or not len(pairs.left):
            return pairs
        return pairs.picked(self._hold(pairs, left, right))

    def _hold(self, pairs: Pairs, left: RowLog, right: RowLog) -> Bools:
        """Whether the rest of the condition holds; null is no."""
        assert self.compute is not None, "set before each batch"
        columns = [
            self._left.values(left, column, pairs.left)
            if self._left.has(column)
            else self._right.values(right, column, pairs.right)
            for column in self._asked
        ]
        names = [column.column_name for column in self._asked]
        claims = self.compute(pa.Table.from_arrays(columns, names))
        holds = np.ones(len(pairs.left), np.bool_)
        for claim in claims.columns:
            holds &= claim.fill_null(False).to_numpy()
        return holds


def _span(times: Times, low_us: int | None, high_us: int | None) -> tuple[Times, int]:
    """The first time that each row's other may have, and how far off the last is."""
    if low_us is not None:
        far = _FAR_US if high_us is None else high_us - low_us
        return times + low_us, far
    assert high_us is not None, "a range has a bound"
    return times + (high_us - _FAR_US), _FAR_US


def _asked_columns(
    left: JoinSide, right: JoinSide, condition: JoinCondition
) -> tuple[AttributeReference, ...]:
    """What the rest of the condition reads; some column, if it is a constant."""
    ids = {column.attribute_id for column in attributes_in(condition.residual)}
    columns = (*left.plan.stored, *right.plan.stored)
    return tuple(c for c in columns if c.attribute_id in ids) or columns[:1]
