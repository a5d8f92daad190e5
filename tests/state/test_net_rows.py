"""Net rows: the last word on each key, whatever the order and size of segments."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from unbounded.files import LocalFiles
from unbounded.state import OperatorSchema, net_rows
from unbounded.state.manifest import StoredOperator
from unbounded.state.net_rows import NetRows
from unbounded.state.segment import (
    Block,
    SegmentEncoding,
    SegmentReader,
    arrow_schema,
    tombstone_batch,
    upsert_batch,
)
from unbounded.types import LongType, StructField

COUNT = OperatorSchema(
    0,
    "stateStoreSave",
    (StructField("key", LongType()),),
    (StructField("count", LongType()),),
)
OPERATOR = StoredOperator(0, COUNT)
SCHEMA = arrow_schema(COUNT)
FILES = LocalFiles()

Rows = list[tuple[int, int, int]]
"""Sequence, key, count."""


def segment(
    folder: Path, version: int, rows: Rows, removed: list[int] | None = None
) -> SegmentReader:
    sequences, keys, counts = (
        np.array([row[column] for row in rows], np.int64) for column in range(3)
    )
    batches = [
        tombstone_batch(SCHEMA, [pa.array(removed or [], pa.int64())]),
        upsert_batch(SCHEMA, sequences, [pa.array(keys), pa.array(counts)]),
    ]
    blocks = [Block(0, SCHEMA, batches, 1 << 40)]
    name = f"segment-{version}"
    encoding = SegmentEncoding(version, version, 1, name, blocks)
    FILES.write(f"{folder}/{name}", encoding.chunks())
    return SegmentReader(FILES, str(folder), name)


def upserts(*readers: SegmentReader) -> Rows:
    columns = pa.Table.from_batches(NetRows(readers, OPERATOR).upserts(), SCHEMA)
    return list(zip(*(column.to_pylist() for column in columns.columns), strict=True))


def tombstones(*readers: SegmentReader) -> list[int]:
    found = pa.Table.from_batches(NetRows(readers, OPERATOR).tombstones(), SCHEMA)
    return list(found.column(1).to_pylist())


def test_later_rows_replace_earlier_ones_in_order_of_sequence(tmp_path: Path) -> None:
    first = segment(tmp_path, 1, [(0, 7, 1), (1, 8, 1), (2, 9, 1)])
    second = segment(tmp_path, 2, [(1, 8, 2), (3, 5, 1)])
    third = segment(tmp_path, 3, [(0, 7, 3)])
    expected = [(0, 7, 3), (1, 8, 2), (2, 9, 1), (3, 5, 1)]
    assert upserts(first, second, third) == expected


def test_a_tombstone_kills_earlier_rows_alone(tmp_path: Path) -> None:
    first = segment(tmp_path, 1, [(0, 7, 1), (1, 8, 1)])
    second = segment(tmp_path, 2, [(2, 7, 2)], removed=[7, 8])
    third = segment(tmp_path, 3, [(3, 8, 3)])
    assert upserts(first, second, third) == [(2, 7, 2), (3, 8, 3)]


def test_a_key_that_came_back_keeps_its_tombstone(tmp_path: Path) -> None:
    """A segment before these may have the key under its former sequence."""
    second = segment(tmp_path, 2, [(2, 7, 2)], removed=[7, 8])
    third = segment(tmp_path, 3, [], removed=[8])
    assert tombstones(second, third) == [7, 8]


def test_rows_in_no_order_are_put_in_order(tmp_path: Path) -> None:
    first = segment(tmp_path, 1, [(2, 9, 1), (0, 7, 1), (1, 8, 1)])
    assert upserts(first) == [(0, 7, 1), (1, 8, 1), (2, 9, 1)]


def test_sequences_far_apart_are_merged(tmp_path: Path) -> None:
    far = 1 << 40
    first = segment(tmp_path, 1, [(0, 7, 1), (far, 8, 1)])
    second = segment(tmp_path, 2, [(0, 7, 2), (far, 8, 2), (far + 1, 9, 2)])
    assert upserts(first, second) == [(0, 7, 2), (far, 8, 2), (far + 1, 9, 2)]


def test_no_segments_have_no_rows() -> None:
    assert upserts() == []
    assert tombstones() == []


@pytest.mark.parametrize("seed", range(8))
def test_pieces_of_any_size_give_the_rows_of_a_replay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    monkeypatch.setattr(net_rows, "_SAMPLE_EVERY", int(chance.integers(1, 4)))
    monkeypatch.setattr(net_rows, "_PIECE_ROWS", int(chance.integers(4, 40)))
    live: dict[int, tuple[int, int]] = {}
    next_sequence, readers = 0, []
    for version in range(1, 12):
        gone = [key for key in live if chance.random() < 0.1]
        for key in gone:
            del live[key]
        rows = []
        for key in chance.permutation(60)[:20].tolist():
            if key not in live:
                next_sequence += int(chance.integers(1, 9))
                live[key] = (next_sequence, version)
            live[key] = (live[key][0], version)
            rows.append((live[key][0], key, version))
        readers.append(segment(tmp_path, version, sorted(rows), gone))
    expected = sorted((sequence, key, n) for key, (sequence, n) in live.items())
    assert upserts(*readers) == expected, f"seed {seed}"
