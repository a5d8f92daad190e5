"""Rows of W4: twenty files of 50,000 impressions, and as many clicks.

Five seconds of a day in each file, in no order within it. Ids are of 100,000 ads, so
that a click finds one impression of the ten seconds before it, on average.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FILES = 20
ROWS_PER_FILE = 50_000
ROWS = 2 * FILES * ROWS_PER_FILE

_ADS = 100_000
_START_S = 1_772_755_200  # 2026-03-06T00:00:00Z
_FILE_MS = 5_000


def write_rows(folder: Path) -> None:
    """`impressions/rows-000.parquet`, `clicks/rows-000.parquet` and so on."""
    chance = np.random.default_rng(4)
    for name, prefix in (("impressions", "impression"), ("clicks", "click")):
        (folder / name).mkdir(parents=True)
        for number in range(FILES):
            path = folder / name / f"rows-{number:03}.parquet"
            pq.write_table(_table(chance, prefix, number), path)
            os.utime(path, (_START_S + number, _START_S + number))


def _table(chance: np.random.Generator, prefix: str, number: int) -> pa.Table:
    first_ms = _START_S * 1000 + number * _FILE_MS
    times = (first_ms + chance.integers(0, _FILE_MS, ROWS_PER_FILE)) * 1000
    return pa.table(
        {
            f"{prefix}AdId": chance.integers(0, _ADS, ROWS_PER_FILE),
            f"{prefix}Time": pa.array(times, pa.timestamp("us", "UTC")),
            f"{prefix}Id": np.arange(ROWS_PER_FILE) + number * ROWS_PER_FILE,
        }
    )
