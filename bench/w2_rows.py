"""Rows of W2: files that bring in every key once, then files of 100,000 rows.

Keys are uniform over [0, K); values are whole numbers, so that sums come out the
same in whatever order they are taken. Files are read in the order of their times.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROWS_PER_FILE = 100_000
FILES = 80
"""Measured files; one more, `last.parquet`, is read by who checks the answer."""

_PREFILL_ROWS = 1_000_000
_START_S = 1_772_755_200  # 2026-03-06T00:00:00Z


def prefill_files(keys: int) -> int:
    """How many files bring in the keys."""
    return -(-keys // _PREFILL_ROWS)


def write_rows(folder: Path, keys: int) -> None:
    """`prefill-000.parquet`…, `rows-000.parquet`… and `last.parquet`."""
    folder.mkdir(parents=True)
    chance = np.random.default_rng(keys)
    names = []
    for number in range(prefill_files(keys)):
        first = number * _PREFILL_ROWS
        end = min(first + _PREFILL_ROWS, keys)
        names.append(f"prefill-{number:03}.parquet")
        _write(folder / names[-1], chance, chance.permutation(np.arange(first, end)))
    for name in [*(f"rows-{number:03}.parquet" for number in range(FILES)), "last"]:
        names.append(name if name != "last" else "last.parquet")
        _write(folder / names[-1], chance, chance.integers(0, keys, ROWS_PER_FILE))
    for number, name in enumerate(names):
        os.utime(folder / name, (_START_S + number, _START_S + number))


def _write(path: Path, chance: np.random.Generator, keys: np.ndarray) -> None:
    values = chance.integers(0, 1000, len(keys))
    pq.write_table(pa.table({"key": keys.astype(np.int64), "value": values}), path)
