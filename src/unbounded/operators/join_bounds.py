"""Join bounds: how long a join of two streams has to remember each side's rows.

A row may be forgotten when no row that is still to come can be joined with it. What
is to come on one side is newer than the watermark, and the condition says how much
older a row of the other side may be. Spark's `StreamingSymmetricHashJoinHelper`:

    the event time is a key           rows of both sides leave with the watermark
    l.t >= r.t - INTERVAL 8 MINUTES   rows of l up to 8 min and 1 ms before it leave
    l.ends >= r.t                     rows of l leave by the time in `ends`
    neither                           rows stay for ever

Spark lets rows leave by the side's event time also where the condition limits another
column of it, and loses what would have been joined.

`docs/joins.md` shows the arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unbounded.plan.expressions import WATERMARK_DELAY, AttributeReference
from unbounded.plan.join_condition import JoinCondition
from unbounded.plan.relations import Join, output_of
from unbounded.plan.state_limits import (
    StateLimit,
    event_time_of,
    event_time_pair,
    state_limits,
)
from unbounded.types import TimestampType

__all__ = ["JoinBounds", "SideBound", "join_bounds"]


@dataclass(frozen=True, slots=True)
class SideBound:
    """When rows of one side leave the state.

    Their time is in the key number `key` if that carries the watermark, else in
    `column`. A window's time is its end.
    """

    key: int | None
    column: AttributeReference | None
    limits: tuple[StateLimit, ...] = ()

    @property
    def is_by_event_time(self) -> bool:
        """Whether what carries a watermark is what rows leave by."""
        return self.column is None or WATERMARK_DELAY in self.column.metadata

    def bound_ms(self, watermark_ms: int) -> int:
        """A row may leave when its time is at or before this millisecond."""
        if self.key is not None:
            return watermark_ms
        return min(limit.bound_ms(watermark_ms) for limit in self.limits)


@dataclass(frozen=True, slots=True)
class JoinBounds:
    """What the watermark means to a join.

    A side without a bound keeps its rows for ever. `left_late` and `right_late` are
    the columns by which rows of a side are late; None: none is.
    """

    left: SideBound | None
    right: SideBound | None
    left_late: AttributeReference | None
    right_late: AttributeReference | None

    @property
    def evicts(self) -> bool:
        """Whether a newer watermark lets rows leave."""
        return self.left is not None or self.right is not None

    def output_watermark_ms(self, input_ms: int) -> int:
        """The time that rows to be joined are newer than, by both event times.

        Those that are remembered may be joined yet, so it is the lowest bound.
        """
        bounds = (self.left, self.right)
        held_ms = [
            bound.bound_ms(input_ms)
            for bound in bounds
            if bound is not None and bound.is_by_event_time
        ]
        return min([*held_ms, input_ms])


def join_bounds(join: Join, condition: JoinCondition) -> JoinBounds:
    """The bounds of a resolved join whose parts are `condition`."""
    left, right = output_of(join.left), output_of(join.right)
    key = event_time_pair(condition.keys)
    if key is not None:
        bound = SideBound(key, None)
        return JoinBounds(bound, bound, event_time_of(left), event_time_of(right))
    return JoinBounds(
        _by_limits(join, left, right),
        _by_limits(join, right, left),
        event_time_of(left),
        event_time_of(right),
    )


def _by_limits(
    join: Join,
    own: Sequence[AttributeReference],
    other: Sequence[AttributeReference],
) -> SideBound | None:
    event_time = event_time_of(own)
    if event_time is None:
        return None
    limits = state_limits(join.condition, own, other)
    for column in (event_time, *(limit.column for limit in limits)):
        found = tuple(limit for limit in limits if _is_same(limit.column, column))
        if found and _can_leave_by(column):
            return SideBound(None, column, found)
    return None


def _is_same(one: AttributeReference, other: AttributeReference) -> bool:
    return one.attribute_id == other.attribute_id


def _can_leave_by(column: AttributeReference) -> bool:
    return WATERMARK_DELAY in column.metadata or column.data_type == TimestampType()
