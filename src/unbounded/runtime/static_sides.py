"""Static sides: the tables that a streaming plan joins, read when they change.

    Join(SourceScan(stream), Filter(SourceScan(files)))   becomes
    Join(SourceScan(stream), leaf 7)        leaf 7: Filter(SourceScan(files))

What of a plan reads no stream is computed apart and kept as a table, which batches
read until its rows are others. So a batch does not pay for a table that stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from unbounded.analyzer import is_streaming
from unbounded.compiler import CompileContext
from unbounded.plan.relations import Join, OperatorOutput, Relation, output_of

__all__ = [
    "OpenStatic",
    "StaticRows",
    "StaticSide",
    "StaticTables",
    "cut_static_sides",
]

OnStart = Callable[[Callable[[], None]], None]


class StaticRows(Protocol):
    """The rows of a static side, which may change between batches."""

    def version(self, timestamp_ms: int) -> object:
        """Equal to that of an earlier batch if the rows are the same.

        Raises:
            ExecutionError: they can't be read any more.
        """

    def read(self, timestamp_ms: int, on_start: OnStart) -> pa.Table:
        """The rows for a batch of that time, their columns called `column_name`."""


OpenStatic = Callable[[Relation, CompileContext], StaticRows]
"""Begins to watch a resolved plan that reads no stream."""


@dataclass(frozen=True, slots=True)
class StaticSide:
    """A plan without a stream, whose rows are read as the leaf `leaf_id`."""

    leaf_id: int
    plan: Relation


def cut_static_sides(
    plan: Relation, new_leaf_id: Callable[[], int]
) -> tuple[Relation, list[StaticSide]]:
    """The plan over leaves that stand for its static sides, and those."""
    sides: list[StaticSide] = []

    def cut(node: Relation) -> Relation:
        if not is_streaming(node):
            return node
        node = node.map_children(lambda c: cut(c) if isinstance(c, Relation) else c)
        if not isinstance(node, Join):
            return node
        return node.map_children(lambda c: side(c) if isinstance(c, Relation) else c)

    def side(node: Relation) -> Relation:
        if is_streaming(node):
            return node
        sides.append(StaticSide(new_leaf_id(), node))
        return OperatorOutput(sides[-1].leaf_id, output_of(node))

    return cut(plan), sides


class StaticTables:
    """The tables of a query's static sides, kept from batch to batch.

    Args:
        open_static: begins to watch each; only called if there are any.
    """

    def __init__(
        self,
        sides: Sequence[StaticSide],
        open_static: OpenStatic,
        context: CompileContext,
    ) -> None:
        self._rows = {s.leaf_id: open_static(s.plan, context) for s in sides}
        self._versions: dict[int, object] = {}
        self._stop_reading: Callable[[], None] | None = None

    @property
    def leaf_ids(self) -> tuple[int, ...]:
        """The leaves that stand for them."""
        return tuple(self._rows)

    def refresh(
        self, timestamp_ms: int, add_input: Callable[[int, pa.Table], object]
    ) -> None:
        """Hand over the rows of each leaf where they are others than before.

        Raises:
            ExecutionError: they can't be read, or there is no room for them.
        """
        for leaf_id, rows in self._rows.items():
            version = rows.version(timestamp_ms)
            if leaf_id in self._versions and self._versions[leaf_id] == version:
                continue
            self._versions.pop(leaf_id, None)
            add_input(leaf_id, rows.read(timestamp_ms, self._note_stop))
            self._versions[leaf_id] = version

    def cancel(self) -> None:
        """End a reading that is under way, from another thread."""
        stop = self._stop_reading
        if stop is not None:
            stop()

    def _note_stop(self, stop: Callable[[], None]) -> None:
        self._stop_reading = stop
