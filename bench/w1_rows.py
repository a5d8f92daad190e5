"""Rows of W1: forty files of 100,000 readings, as JSON and as parquet.

Fifteen minutes of a day in each file, in no order within it. Values are quarters,
so that sums come out the same in whatever order they are taken.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FILES = 40
ROWS_PER_FILE = 100_000
ROWS = FILES * ROWS_PER_FILE

_ACTIONS = np.array(["view", "search", "open", "close", "buy"])
_DEVICES = np.array([f"device-{number:05}" for number in range(10_000)])
_START_MS = 1_772_755_200_000  # 2026-03-06T00:00:00Z
_FILE_MS = 15 * 60 * 1000
_JSON = """
    COPY (SELECT strftime(time, '%Y-%m-%dT%H:%M:%S.%gZ') AS time,
                 action, device, value FROM rows)
    TO '{path}' (FORMAT json)
"""


def write_rows(folder: Path) -> None:
    """Both forms of every file: `json/readings-000.json` and so on."""
    for name in ("json", "parquet"):
        (folder / name).mkdir(parents=True)
    chance = np.random.default_rng(0)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = true")
    for number in range(FILES):
        table = _rows(chance, _START_MS + number * _FILE_MS)
        pq.write_table(table, folder / "parquet" / f"readings-{number:03}.parquet")
        naive = table.set_column(
            0, "time", table["time"].cast(pa.timestamp("us")).combine_chunks()
        )
        connection.register("rows", naive)
        path = folder / "json" / f"readings-{number:03}.json"
        connection.execute(_JSON.format(path=path))


def _rows(chance: np.random.Generator, start_ms: int) -> pa.Table:
    times = (start_ms + chance.integers(0, _FILE_MS, ROWS_PER_FILE)) * 1000
    return pa.table(
        {
            "time": pa.array(times, pa.timestamp("us", "UTC")),
            "action": _ACTIONS[chance.integers(0, 5, ROWS_PER_FILE)],
            "device": _DEVICES[chance.integers(0, 10_000, ROWS_PER_FILE)],
            "value": chance.integers(0, 4_000, ROWS_PER_FILE) / 4,
        }
    )
