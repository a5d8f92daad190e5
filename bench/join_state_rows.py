"""Rows of the join's state: files that fill it, then files of 50,000 rows a side.

A join keeps an hour of rows on both sides. So many rows come in an hour as the state
is to hold, by as many ids: a row meets one of the other side, whatever the size. The
hour goes on at the same pace in the files that are measured, so that as many rows
leave the state as come.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROWS_PER_FILE = 50_000
FILES = 40
SIDES = ("left", "right")

_FILL_ROWS = 500_000
_START_US = 1_772_755_200_000_000  # 2026-03-06T00:00:00Z
_HOUR_US = 3_600_000_000


def fill_files(held: int) -> int:
    """How many files bring in the first hour, of each side."""
    return -(-held // _FILL_ROWS)


def write_rows(folder: Path, held: int) -> None:
    """`left/fill-000.parquet`…, `left/rows-000.parquet`… and the same of `right`."""
    chance = np.random.default_rng(held)
    for side in SIDES:
        (folder / side).mkdir(parents=True)
        counts = [min(_FILL_ROWS, held)] * fill_files(held) + [ROWS_PER_FILE] * FILES
        first = 0
        for number, count in enumerate(counts):
            place = number - fill_files(held)
            name = f"fill-{number:03}" if place < 0 else f"rows-{place:03}"
            path = folder / side / f"{name}.parquet"
            pq.write_table(_table(chance, side, first, count, held), path)
            os.utime(path, (_START_US // 10**6 + number,) * 2)
            first += count


def _table(
    chance: np.random.Generator, side: str, first: int, count: int, held: int
) -> pa.Table:
    """Rows `first` and on, each at its part of the hour."""
    numbers = np.arange(first, first + count)
    times = _START_US + numbers * (_HOUR_US // held)
    return pa.table(
        {
            f"{side}Key": chance.integers(0, held, count),
            f"{side}Time": pa.array(times, pa.timestamp("us", "UTC")),
            f"{side}Value": numbers,
        }
    )
