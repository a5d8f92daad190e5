"""Trigger: when a query's next micro-batch starts.

Spark's `ProcessingTimeExecutor`: the first batch at once, the next at the next
multiple of the interval since 1970. A batch that overruns is followed at once by
the next, and the ticks it missed are not made up.
"""

from __future__ import annotations

from dataclasses import dataclass

from unbounded.plan.commands import (
    AvailableNowTrigger,
    ContinuousTrigger,
    OnceTrigger,
    ProcessingTimeTrigger,
    RealTimeTrigger,
    Trigger,
)

__all__ = ["Schedule", "next_trigger_ms", "schedule_of"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a query's loop runs.

    `interval_ms` is 0 when a batch starts as soon as there is data. A bounded
    query ends by itself: after one batch, or when the data there at its start
    is worked off within the rate limits.
    """

    interval_ms: int = 0
    is_bounded: bool = False
    is_single_batch: bool = False


def schedule_of(trigger: Trigger) -> Schedule:
    """The schedule of a client's trigger.

    Continuous and real-time triggers run as micro-batches without an interval:
    their interval is that of checkpoints, and a micro-batch has its own each time.
    """
    match trigger:
        case ProcessingTimeTrigger(interval_ms):
            return Schedule(interval_ms)
        case AvailableNowTrigger():
            return Schedule(is_bounded=True)
        case OnceTrigger():
            return Schedule(is_bounded=True, is_single_batch=True)
        case ContinuousTrigger() | RealTimeTrigger():
            return Schedule()
    raise TypeError(f"no schedule for {trigger!r}")


def next_trigger_ms(trigger_ms: int, interval_ms: int) -> int:
    """When the batch after the one begun at `trigger_ms` is due.

    Interval 1000: begun at 5300, due at 6000; begun at 6000, due at 7000.
    """
    return trigger_ms // interval_ms * interval_ms + interval_ms
