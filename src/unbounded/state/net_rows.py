"""Net rows: what segments, read in order, say in the end of each key.

Serves recovery, merges and readers of stored versions. A key has one sequence
from its coming to its removal, so the last row of a sequence is the last word on
its key: rows are merged by that number, and only tombstones ask for keys.

Runs of rows that ascend by sequence are merged a range of sequences at a time,
so that no more is held than one range of each run, however much lies on disk:

    base     1 2 3 4 5 6 7 8 9 …        sequences
    batch 8      3   5       9          → 1 2 | 3' 4 | 5' 6 | 7 8 | 9' …
    batch 9    2       6                      2'             6'

Invariants:
    - what comes out ascends by sequence, each at most once
    - a row is dead if a later segment has a tombstone of its key
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from unbounded.state.arrow_words import Bools, Slots
from unbounded.state.keyed_state import KeyedState
from unbounded.state.manifest import StoredOperator
from unbounded.state.segment import (
    SegmentReader,
    arrow_schema,
    sequences_of,
    tombstone_batch,
)
from unbounded.types import DataType

__all__ = ["NetRows"]

_PIECE_ROWS = 1 << 17
_SAMPLE_EVERY = 1 << 12
# A range of sequences up to so many times its rows is merged by position.
_SPARSENESS_MAX = 8


@dataclass(frozen=True, slots=True)
class _Run:
    """Upserts of one segment, ascending by sequence."""

    segment: int
    batch: pa.RecordBatch
    sequences: Slots


class NetRows:
    """One operator's rows in `readers`, oldest first, put together.

    Raises:
        CheckpointError: the bytes are not those that were written.
    """

    def __init__(
        self, readers: Sequence[SegmentReader], operator: StoredOperator
    ) -> None:
        schema = operator.schema
        self.schema = arrow_schema(schema)
        self._key_end = 1 + len(schema.key_fields)
        self._tombstones = _Tombstones([f.data_type for f in schema.key_fields])
        self._runs: list[_Run] = []
        for number, reader in enumerate(readers):
            for is_tombstones, batch in reader.batches(operator.state_id):
                if not batch.schema.equals(self.schema):
                    batch = batch.cast(self.schema)
                self._add(number, is_tombstones, batch)
        ends = [(run.sequences[0], run.sequences[-1]) for run in self._runs]
        self._ends = np.array(ends, np.int64).reshape(-1, 2)

    def tombstones(self) -> Iterator[pa.RecordBatch]:
        """A tombstone of every key that was removed at some time.

        Also of those that came in again: before the first of these segments the key
        may have had another sequence.
        """
        keys = self._tombstones.keys()
        for start in range(0, len(keys[0]), _PIECE_ROWS):
            part = [array.slice(start, _PIECE_ROWS) for array in keys]
            yield tombstone_batch(self.schema, part)

    def upserts(self) -> Iterator[pa.RecordBatch]:
        """The rows of the keys that live, by ascending sequence, some at a time.

        They may lie in the mapped files.
        """
        for first, end in itertools.pairwise(self._bounds()):
            rows = self._merge(first, end)
            if rows.num_rows:
                yield rows

    def _add(self, segment: int, is_tombstones: bool, batch: pa.RecordBatch) -> None:
        if is_tombstones:
            self._tombstones.add(batch.columns[1 : self._key_end], segment)
        elif batch.num_rows:
            sequences = sequences_of(batch)
            if not (sequences[1:] > sequences[:-1]).all():
                order = np.argsort(sequences)
                batch, sequences = batch.take(pa.array(order)), sequences[order]
            self._runs.append(_Run(segment, batch, sequences))

    def _bounds(self) -> list[int]:
        """Sequences that part all runs together into pieces of even size."""
        if not self._runs:
            return []
        samples = np.concatenate([run.sequences[::_SAMPLE_EVERY] for run in self._runs])
        samples.sort()
        step = _PIECE_ROWS // _SAMPLE_EVERY
        inner = np.unique(samples[step::step])
        last = int(self._ends[:, 1].max()) + 1
        return [int(samples[0]), *inner[inner > samples[0]].tolist(), last]

    def _merge(self, first: int, end: int) -> pa.RecordBatch:
        """The rows that live of the sequences from `first` to before `end`."""
        slices, counts = [], []
        touched = (self._ends[:, 0] < end) & (self._ends[:, 1] >= first)
        runs = [self._runs[number] for number in np.flatnonzero(touched)]
        for run in runs:
            low, high = np.searchsorted(run.sequences, (first, end))
            slices.append(run.batch.slice(low, high - low))
            counts.append(high - low)
        rows = _concatenate(slices, self.schema)
        segments = np.repeat([run.segment for run in runs], counts)
        kept = _last_of_each(sequences_of(rows), first, end)
        if kept is not None:
            rows, segments = rows.take(pa.array(kept)), segments[kept]
        dead = self._tombstones.kill(rows.columns[1 : self._key_end], segments)
        return rows if dead is None else rows.filter(pa.array(~dead))


class _Tombstones:
    """Keys that were removed, and the last segment that says so of each."""

    def __init__(self, key_types: Sequence[DataType]) -> None:
        self._index = KeyedState(key_types, ())
        self._last_segments = np.zeros(0, np.int64)

    def add(self, keys: Sequence[pa.Array], segment: int) -> None:
        """Note the tombstones of a segment; segments come in order."""
        slots, _ = self._index.lookup_or_insert(keys)
        if self._index.count > len(self._last_segments):
            self._last_segments.resize(2 * self._index.count, refcheck=False)
        self._last_segments[slots] = segment

    def keys(self) -> list[pa.Array]:
        """The keys, in the order in which they came."""
        return self._index.keys(self._index.live_slots())

    def kill(self, keys: Sequence[pa.Array], segments: Slots) -> Bools | None:
        """Which rows have a tombstone in a later segment; None if none can."""
        if not self._index.count or not len(segments):
            return None
        slots = self._index.lookup(keys)
        dead: Bools = slots >= 0
        dead[dead] = self._last_segments[slots[dead]] > segments[dead]
        return dead


def _concatenate(parts: list[pa.RecordBatch], schema: pa.Schema) -> pa.RecordBatch:
    if len(parts) == 1:
        return parts[0]
    columns = [
        pa.concat_arrays([part.column(index) for part in parts])
        for index in range(len(schema))
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _last_of_each(sequences: Slots, first: int, end: int) -> Slots | None:
    """Where the last row of each sequence is, by sequence; None: all, in place."""
    if (sequences[1:] > sequences[:-1]).all():
        return None
    if end - first <= _SPARSENESS_MAX * len(sequences):
        places = np.full(end - first, -1, np.int64)
        # Of repeated places NumPy keeps what is written last.
        places[sequences - first] = np.arange(len(sequences))
        kept: Slots = places[places >= 0]
        return kept
    order = np.argsort(sequences, kind="stable")
    ordered = sequences[order]
    is_last = np.append(ordered[1:] != ordered[:-1], True)
    last: Slots = order[is_last]
    return last
