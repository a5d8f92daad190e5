"""Join state: batches of a join that holds a hundred thousand rows a side, or millions.

Two streams are joined by key within an hour either way. An hour of rows comes in,
then batches of 50,000 rows a side, a file of each a trigger, noop sink, every batch
durable; as many rows leave the state as come. A batch's time goes from one commit to
the next. Beside it real Spark with RocksDB.
"""

from __future__ import annotations

import statistics
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from bench.join_state_rows import FILES, ROWS_PER_FILE, fill_files, write_rows
from bench.process import Run
from bench.settings import (
    Settings,
    Workload,
    cached,
    cell,
    on_spark,
    print_row,
    run_alternating,
    verdict,
    write_results,
)

HELD = (100_000, 1_000_000, 5_000_000)
# Spark takes minutes to fill its store with more.
SPARK_HELD_MAX = 1_000_000
SPARK_FILES = 12
WARM_UP_FILES = 5


def measure(settings: Settings) -> bool:
    """Run, print and write the times; whether as many pairs came as there are."""
    print(f"Join state: K rows held a side, {ROWS_PER_FILE:,} a batch and side.\n")
    print_row("", ("batch ms", "worst ms", "× 100,000", "B a row", "peak MB"))
    figures: list[dict[str, Any]] = []
    wrong: list[str] = []
    for held in HELD:
        rows = cached(f"joins-1-{held}", partial(write_rows, held=held))
        runs = run_alternating(_lines(held), settings, rows)
        for name, taken in runs.items():
            figures.append(_figures(name, held, taken))
            _print(figures[-1], figures)
            if not all(is_right(run, rows) for run in taken):
                wrong.append(name)
    print()
    document = {"rows_a_batch_and_side": ROWS_PER_FILE, "lines": figures}
    write_results(settings, "joins", document)
    return verdict(wrong, len(figures))


def _lines(held: int) -> list[Workload]:
    name = f"{held:,} rows a side"
    ours = ("unbounded", "-", str(FILES))
    lines = [Workload(f"unbounded, {name}", "join_state_query", ours)]
    if held <= SPARK_HELD_MAX:
        spark = ("spark", "rocksdb", str(SPARK_FILES))
        lines.append(on_spark(f"Spark 4.3, {name}", "join_state_query", *spark))
    return lines


def _figures(name: str, held: int, taken: list[Run]) -> dict[str, Any]:
    skipped = fill_files(held) + WARM_UP_FILES
    times = [_of_files(run, skipped) for run in taken]
    state = taken[0].report
    return {
        "name": name,
        "engine": name.split(",")[0],
        "held": held,
        "median_ms": statistics.median(statistics.median(run) for run in times),
        "worst_ms": statistics.median(max(run) for run in times),
        "bytes_per_row": state["state_bytes"] / state["held"],
        "peak_mb": statistics.median(run.peak_mb for run in taken),
        "batch_ms": times,
    }


def _of_files(run: Run, skipped: int) -> list[float]:
    """The times between commits, of the batches that read a file but the first ones."""
    files = len(run.report["progress_ms"])
    return list(run.report["wall_ms"][skipped - 1 : files - 1])


def _print(row: dict[str, Any], figures: list[dict[str, Any]]) -> None:
    base = next(r for r in figures if r["engine"] == row["engine"])
    cells = (
        cell(row["median_ms"], 1),
        cell(row["worst_ms"], 1),
        cell(row["median_ms"] / base["median_ms"], 2),
        cell(row["bytes_per_row"], 0),
        cell(row["peak_mb"], 0),
    )
    print_row(row["name"], cells)


def is_right(run: Run, rows: Path) -> bool:
    """Whether as many pairs came out as a statement finds in the files read."""
    files = len(run.report["progress_ms"])
    left, right = (
        sorted(map(str, (rows / side).glob("*.parquet")))[:files]
        for side in ("left", "right")
    )
    found = duckdb.execute(
        """
        SELECT count(*)
        FROM read_parquet($left) JOIN read_parquet($right) ON leftKey = rightKey
        AND leftTime BETWEEN rightTime - INTERVAL 1 HOUR
                         AND rightTime + INTERVAL 1 HOUR
        """,
        {"left": left, "right": right},
    ).fetchone()
    assert found is not None
    return bool(run.report["answer"] == found[0])
