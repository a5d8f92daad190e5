"""Compaction: when segments are to become one, and how they do.

The decision (`plan_compaction`) is pure arithmetic over row counts; the act
(`merge_blocks`) reads segments and makes the blocks of the new one. Neither
touches the manifest: `StateStore.compact` installs the result.

Arithmetic. Let the cover of the latest version have segments of r1 … rk rows,
oldest first, R their sum, and L the live keys.

  1. R > 2 L + 65536: merge all, tombstones fall away. So recovery reads at most
     2 L + 65536 rows plus what came since the last look. A merge leaves L0 rows; to
     come here again w rows must be written, with L0 + w > 2 (L0 - w), so
     w > L0 / 3, and a merge that reads L0 + w rows reads at most four for each
     row written.
  2. k > 32: merge the shortest suffix that leaves each older segment at least
     twice as large (rows + 1) as all newer ones together. So at most 32 files
     plus the commits since the last look are opened. The oldest segment merged is
     less than twice the rest, so its rows come into a segment one and a half
     times its own: that happens to a row O(log R) times.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from unbounded.state.manifest import StoredOperator
from unbounded.state.net_rows import NetRows
from unbounded.state.segment import Block, Segment, SegmentReader

__all__ = ["CompactionSpec", "merge_blocks", "net_rows", "plan_compaction"]

READ_AMPLIFICATION_MAX = 2
ROWS_MIN = 1 << 16
SEGMENTS_MAX = 32


@dataclass(frozen=True, slots=True)
class CompactionSpec:
    """The decision: these adjacent segments become one."""

    inputs: tuple[Segment, ...]

    @property
    def first(self) -> int:
        """The first version it will cover."""
        return self.inputs[0].first

    @property
    def last(self) -> int:
        """The last version it will cover."""
        return self.inputs[-1].last


def plan_compaction(
    segments: Sequence[Segment], live_rows: int
) -> CompactionSpec | None:
    """What to merge of the latest version's cover; None when it is good as it is."""
    total = sum(segment.rows for segment in segments)
    if len(segments) < 2:
        return None
    if total > READ_AMPLIFICATION_MAX * live_rows + ROWS_MIN:
        return CompactionSpec(tuple(segments))
    if len(segments) <= SEGMENTS_MAX:
        return None
    newer = total + len(segments)
    for start, segment in enumerate(segments):
        newer -= segment.rows + 1
        if segment.rows + 1 < 2 * newer:
            return CompactionSpec(tuple(segments[start:]))
    return None


def merge_blocks(
    readers: Sequence[SegmentReader],
    operators: Sequence[StoredOperator],
    keeps_tombstones: bool,
) -> Iterator[Block]:
    """The blocks that say in one segment what `readers` say in order.

    Their rows are put together as they are read: of a large state no more than a
    small part is held at a time.
    """
    for operator in operators:
        rows = NetRows(readers, operator)
        tombstones = rows.tombstones() if keeps_tombstones else iter(())
        state_id = operator.state_id
        next_sequence = max(reader.next_sequence(state_id) for reader in readers)
        batches = itertools.chain(tombstones, rows.upserts())
        yield Block(state_id, rows.schema, batches, next_sequence)


def net_rows(
    readers: Sequence[SegmentReader], operator: StoredOperator
) -> tuple[pa.Table, pa.Table]:
    """What remains of an operator's rows: (upserts by sequence, tombstones)."""
    rows = NetRows(readers, operator)
    return (
        pa.Table.from_batches(rows.upserts(), rows.schema),
        pa.Table.from_batches(rows.tombstones(), rows.schema),
    )
