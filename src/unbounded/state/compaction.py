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

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from unbounded.state.arrow_words import Slots
from unbounded.state.keyed_state import KeyedState
from unbounded.state.manifest import StoredOperator
from unbounded.state.segment import (
    Block,
    Segment,
    SegmentReader,
    arrow_schema,
    sequences_of,
)
from unbounded.types import DataType

__all__ = ["CompactionSpec", "merge_blocks", "net_rows", "plan_compaction"]

READ_AMPLIFICATION_MAX = 2
ROWS_MIN = 1 << 16
SEGMENTS_MAX = 32
_BATCH_ROWS = 1 << 16


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
) -> list[Block]:
    """The blocks that say in one segment what `readers` say in order."""
    blocks = []
    for operator in operators:
        schema = arrow_schema(operator.schema)
        upserts, tombstones = net_rows(readers, operator)
        batches = upserts.to_batches(max_chunksize=_BATCH_ROWS)
        if keeps_tombstones:
            batches = [*tombstones.to_batches(max_chunksize=_BATCH_ROWS), *batches]
        state_id = operator.state_id
        next_sequence = max(reader.next_sequence(state_id) for reader in readers)
        blocks.append(Block(state_id, schema, batches, next_sequence))
    return blocks


def net_rows(
    readers: Sequence[SegmentReader], operator: StoredOperator
) -> tuple[pa.Table, pa.Table]:
    """What remains of an operator's rows: (upserts by sequence, tombstones).

    The last word on a key counts; within a segment the upsert is after the
    tombstone.
    """
    schema = arrow_schema(operator.schema)
    last_word = _LastWord([field.data_type for field in operator.schema.key_fields])
    for reader in readers:
        for is_tombstones, batch in reader.batches(operator.state_id):
            last_word.add(batch.cast(schema), is_tombstones)
    return last_word.result(schema)


class _LastWord:
    """For each key the last row that speaks of it."""

    def __init__(self, key_types: list[DataType]) -> None:
        self._index = KeyedState(key_types, ())
        self._key_count = len(key_types)
        self._batches: list[pa.RecordBatch] = []
        self._rows = np.zeros(0, np.int64)
        self._sequences: list[Slots] = []
        self._row_count = 0

    def add(self, batch: pa.RecordBatch, is_tombstones: bool) -> None:
        keys = batch.columns[1 : 1 + self._key_count]
        slots, _ = self._index.lookup_or_insert(keys)
        if self._index.count > len(self._rows):
            self._rows.resize(2 * self._index.count, refcheck=False)
        end = self._row_count + batch.num_rows
        self._rows[slots] = np.arange(self._row_count, end)
        self._row_count = end
        self._batches.append(batch)
        removed = np.full(batch.num_rows, -1, np.int64)
        self._sequences.append(removed if is_tombstones else sequences_of(batch))

    def result(self, schema: pa.Schema) -> tuple[pa.Table, pa.Table]:
        table = pa.Table.from_batches(self._batches, schema).combine_chunks()
        rows = self._rows[: self._index.count]
        sequences = np.concatenate([np.zeros(0, np.int64), *self._sequences])[rows]
        upserts = np.flatnonzero(sequences >= 0)
        upserts = upserts[np.argsort(sequences[upserts], kind="stable")]
        tombstones = np.flatnonzero(sequences < 0)
        return _take(table, rows[upserts]), _take(table, rows[tombstones])


def _take(table: pa.Table, rows: Slots) -> pa.Table:
    parts = [
        table.take(pa.array(rows[start : start + _BATCH_ROWS]))
        for start in range(0, len(rows), _BATCH_ROWS)
    ]
    return pa.concat_tables(parts) if parts else table.slice(0, 0)
