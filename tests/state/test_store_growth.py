"""Growth of the store: a batch moves a small part of the index, never the whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from unbounded.files import LocalFiles
from unbounded.state import OperatorSchema, StateStore
from unbounded.state.hash_index import HashIndex
from unbounded.types import LongType, StringType, StructField

FILES = LocalFiles()
COUNT = OperatorSchema(
    0,
    "stateStoreSave",
    (StructField("word", StringType()), StructField("number", LongType())),
    (StructField("count", LongType()),),
)
BATCH = 2_000


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries of the index are written to another place, move by move."""
    moves: list[int] = []
    genuine = HashIndex._fill

    def fill(index: HashIndex, entries: Any) -> None:
        moves.append(len(entries))
        genuine(index, entries)

    monkeypatch.setattr(HashIndex, "_fill", fill)
    return moves


def keys(start: int, end: int) -> list[pa.Array]:
    numbers = np.arange(start, end)
    return [pa.array([f"w{n % 100}" for n in numbers]), pa.array(numbers)]


def test_no_batch_moves_more_than_a_small_part(
    tmp_path: Path, moved: list[int]
) -> None:
    store = StateStore.open(FILES, str(tmp_path), [COUNT], 0)
    state = store.operator(0)
    state.lookup_or_insert(keys(0, 100_000))
    store.commit(1)
    parts = []
    for batch in range(50):
        start = 100_000 + batch * BATCH
        moved.clear()
        slots, is_new = state.lookup_or_insert(keys(start, start + BATCH))
        state.scatter(0, slots, pa.array(np.ones(BATCH, np.int64)))
        store.commit(batch + 2)
        assert is_new.all()
        parts.append(sum(moved) / start)
    assert max(parts) < 0.06
    assert sum(parts) > 0.3, "it has grown, a part at a time"
    assert (state.lookup(keys(0, 200_000)) >= 0).all()


def test_a_recovered_store_goes_on_growing_in_parts(
    tmp_path: Path, moved: list[int]
) -> None:
    store = StateStore.open(FILES, str(tmp_path), [COUNT], 0)
    store.operator(0).lookup_or_insert(keys(0, 100_000))
    store.commit(1)
    state = StateStore.open(FILES, str(tmp_path), [COUNT], 1).operator(0)
    parts = []
    for start in range(100_000, 160_000, BATCH):
        moved.clear()
        state.lookup_or_insert(keys(start, start + BATCH))
        parts.append(sum(moved) / start)
    assert max(parts) < 0.06
