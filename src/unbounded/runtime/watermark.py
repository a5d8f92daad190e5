"""Watermark: the event time up to which a query believes it has seen everything.

Each `withWatermark` node has one, the maximum event time seen less its delay;
the query's is their minimum or maximum, `multipleWatermarkPolicy`. It never
goes back, and moves only between batches. Spark's `WatermarkTracker`.

An operator sees the query's watermark if a `withWatermark` is below it, else none;
one above another sees what that one lets pass. Spark's `PropagateWatermarkSimulator`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal as OneOf, Protocol, runtime_checkable

from unbounded.operators import StatefulOperator
from unbounded.plan.relations import EventTimeWatermark, Relation
from unbounded.plan.tree import walk

__all__ = [
    "HoldsBack",
    "WatermarkFlow",
    "WatermarkPolicy",
    "WatermarkTracker",
    "redefines_watermark",
]

WatermarkPolicy = OneOf["min", "max"]


class WatermarkTracker:
    """The watermarks of one query.

    Args:
        delays_ms: the delay of each watermark node, by `node_id`.
        policy: how the nodes' values make the query's.
        initial_ms: the value recovered from the checkpoint, 0 for a new query.
    """

    def __init__(
        self,
        delays_ms: Mapping[int, int],
        policy: WatermarkPolicy = "min",
        initial_ms: int = 0,
    ) -> None:
        self._delays_ms = delays_ms
        self._pick = min if policy == "min" else max
        self._node_watermarks_ms: dict[int, int] = {}
        self._watermark_ms = initial_ms

    @property
    def current_ms(self) -> int:
        """The query's watermark, milliseconds since 1970."""
        return self._watermark_ms

    def observe(self, max_event_times_ms: Mapping[int, int]) -> None:
        """Take in a finished batch: the maximum event time each node saw.

        Nodes that saw no row are absent; they hold a minimum back at 0 until
        they see one, so no input's rows are late before its first batch.
        """
        for node_id, delay_ms in self._delays_ms.items():
            value = self._node_watermarks_ms.get(node_id, 0)
            if node_id in max_event_times_ms:
                # Latest event 12:14, delay 10 minutes: watermark 12:04.
                value = max(value, max_event_times_ms[node_id] - delay_ms)
            self._node_watermarks_ms[node_id] = value
        if self._node_watermarks_ms:
            chosen = self._pick(self._node_watermarks_ms.values())
            self._watermark_ms = max(self._watermark_ms, chosen)


@runtime_checkable
class HoldsBack(Protocol):
    """An operator whose rows may be older than the watermark of its inputs."""

    def output_watermark_ms(self, input_ms: int) -> int | None:
        """What those above may take as passed; None: nothing ever."""


@dataclass(frozen=True, slots=True)
class _Reach:
    """An operator, what it reads from, and whether a watermark node is below it."""

    operator: StatefulOperator
    below: tuple[int, ...]
    reads_watermark: bool


class WatermarkFlow:
    """What of the query's watermark reaches each operator.

    Operators are added from the sources up, and are called by the order of that.
    """

    def __init__(self) -> None:
        self._reaches: list[_Reach] = []

    def add(
        self, operator: StatefulOperator, below: Iterable[int], reads_watermark: bool
    ) -> None:
        """Note the next operator, and those whose output it reads."""
        self._reaches.append(_Reach(operator, tuple(below), reads_watermark))

    def inputs_ms(self, watermark_ms: int) -> list[int]:
        """The watermark that each operator sees; 0 where none reaches it."""
        seen: list[int] = []
        outputs: list[int | None] = []
        for reach in self._reaches:
            reaching = [outputs[number] for number in reach.below]
            values = [value for value in reaching if value is not None]
            values += [watermark_ms] * reach.reads_watermark
            lowest = min(values, default=None)
            seen.append(max(0, lowest or 0))
            outputs.append(_passed(reach.operator, lowest))
        return seen


def _passed(operator: StatefulOperator, input_ms: int | None) -> int | None:
    if input_ms is None or not isinstance(operator, HoldsBack):
        return input_ms
    return operator.output_watermark_ms(input_ms)


def redefines_watermark(plan: Relation) -> bool:
    """Whether a watermark stands above another."""
    nodes = [node for node in walk(plan) if isinstance(node, EventTimeWatermark)]
    return any(
        isinstance(below, EventTimeWatermark)
        for node in nodes
        for below in walk(node.child)
    )
