"""Watermark: the event time up to which a query believes it has seen everything.

Each `withWatermark` node has one, the maximum event time seen less its delay;
the query's is their minimum or maximum, `multipleWatermarkPolicy`. It never
goes back, and moves only between batches. Spark's `WatermarkTracker`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal as OneOf

__all__ = ["WatermarkPolicy", "WatermarkTracker"]

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
