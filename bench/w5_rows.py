"""Rows of W5: twenty files of 100,000 events, three in ten of them sent before.

Ids are 24 characters. A duplicate repeats an event of the last 50,000, and comes
within a minute of it. Three seconds of a day in each file: no id expires.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FILES = 20
ROWS_PER_FILE = 100_000
ROWS = FILES * ROWS_PER_FILE

_DUPLICATES = 0.3
_REACH = 50_000
_START_S = 1_772_755_200  # 2026-03-06T00:00:00Z
_FILE_MS = 3_000


def write_rows(folder: Path) -> None:
    """`events-000.parquet` and so on, in order of their times."""
    folder.mkdir(parents=True)
    chance = np.random.default_rng(5)
    events = _events(chance)
    for number in range(FILES):
        first = number * ROWS_PER_FILE
        path = folder / f"events-{number:03}.parquet"
        pq.write_table(_table(chance, events[first : first + ROWS_PER_FILE]), path)
        os.utime(path, (_START_S + number, _START_S + number))


def _events(chance: np.random.Generator) -> np.ndarray:
    """The number of each row's event; a new one is the count of rows before it."""
    numbers = np.arange(ROWS)
    again = np.flatnonzero(chance.random(ROWS) < _DUPLICATES)
    again = again[again > 0]
    sources = again - chance.integers(1, np.minimum(again, _REACH) + 1)
    numbers[again] = sources
    # A duplicate of a duplicate is one of the first.
    while (numbers[numbers] != numbers).any():
        numbers = numbers[numbers]
    return numbers


def _table(chance: np.random.Generator, events: np.ndarray) -> pa.Table:
    times = _START_S * 1000 + events * _FILE_MS // ROWS_PER_FILE
    mixed = (events.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)).tolist()
    ids = [f"event-{value:016x}-x" for value in mixed]
    return pa.table(
        {
            "time": pa.array(times * 1000, pa.timestamp("us", "UTC")),
            "id": ids,
            "value": events * 10 + 7,
            "sent": chance.integers(0, 1_000_000, len(events)),
        }
    )
