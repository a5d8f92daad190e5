"""W2: a running count and sum by key, with few keys and with millions.

Every key comes in once; then batches of 100,000 rows, uniform over the keys, a
file a trigger, update mode, noop sink, every batch durable. A batch's time goes
from one commit to the next. Beside it real Spark with its default state store,
which holds state in the heap, and with RocksDB. Each goes on with one more batch,
whose updates are checked against a statement over all rows.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

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
from bench.w2_rows import FILES, ROWS_PER_FILE, prefill_files, write_rows

KEYS = (10_000, 1_000_000, 5_000_000, 20_000_000)
# Spark takes minutes to fill its store with more.
SPARK_KEYS_MAX = 5_000_000
SPARK_FILES = 15
WARM_UP_FILES = 5


def measure(settings: Settings) -> bool:
    """Run, print and write W2; whether every answer is right."""
    print(f"W2: {ROWS_PER_FILE:,} rows a batch, one of K keys each, durable.\n")
    heads = ("batch ms", "worst ms", "× median", "B a key", "peak MB")
    print_row("", heads)
    figures: list[dict[str, Any]] = []
    wrong: list[str] = []
    for keys in KEYS:
        rows = cached(f"w2-1-{keys}", partial(write_rows, keys=keys))
        runs = run_alternating(_lines(keys), settings, rows)
        for name, taken in runs.items():
            figures.append(_figures(name, keys, taken))
            _print(figures[-1])
            if not all(is_right(run, rows) for run in taken):
                wrong.append(name)
    print()
    _print_ratios(figures)
    write_results(settings, "w2", {"rows_a_batch": ROWS_PER_FILE, "lines": figures})
    return verdict(wrong, len(figures))


def _lines(keys: int) -> list[Workload]:
    name = f"{keys:,} keys"
    ours = ("unbounded", "-", str(FILES))
    lines = [Workload(f"unbounded, {name}", "w2_query", ours)]
    if keys <= SPARK_KEYS_MAX:
        lines += [
            on_spark(
                f"Spark 4.3 {store}, {name}",
                "w2_query",
                "spark",
                store,
                str(SPARK_FILES),
            )
            for store in ("rocksdb", "hdfs")
        ]
    return lines


def _figures(name: str, keys: int, taken: list[Run]) -> dict[str, Any]:
    skipped = prefill_files(keys) + WARM_UP_FILES
    times = [[*run.report["wall_ms"][skipped - 1 : -1]] for run in taken]
    state = taken[0].report
    return {
        "name": name,
        "keys": keys,
        "median_ms": statistics.median(statistics.median(run) for run in times),
        "worst_ms": statistics.median(max(run) for run in times),
        "bytes_per_key": state["state_bytes"] / state["keys"],
        "peak_mb": statistics.median(run.peak_mb for run in taken),
        "fill_ms": statistics.median(sum(_fill_ms(run, keys)) for run in taken),
        "batch_ms": times,
    }


def _fill_ms(run: Run, keys: int) -> Sequence[float]:
    times: Sequence[float] = run.report["progress_ms"][: prefill_files(keys)]
    return times


def _print(row: dict[str, Any]) -> None:
    cells = (
        cell(row["median_ms"], 1),
        cell(row["worst_ms"], 1),
        cell(row["worst_ms"] / row["median_ms"], 1),
        cell(row["bytes_per_key"], 0),
        cell(row["peak_mb"], 0),
    )
    print_row(row["name"], cells)


def _print_ratios(figures: list[dict[str, Any]]) -> None:
    """Ours at each K against ours at a million, and against Spark's at that K."""
    ours = {r["keys"]: r for r in figures if r["name"].startswith("unbounded")}
    for row in figures:
        mine = ours.get(row["keys"])
        if mine is None:
            continue
        base = ours.get(1_000_000) if row is mine else mine
        if base is not None and base is not row:
            times = row["median_ms"] / base["median_ms"]
            print(f"{row['name']}: {times:.2f} × {base['name']}")


def is_right(run: Run, rows: Path) -> bool:
    """Whether the updates of the last file are those of a statement over all."""
    files = len(run.report["progress_ms"])
    paths = sorted(rows.glob("prefill-*.parquet")) + sorted(rows.glob("rows-*.parquet"))
    last = str(rows / "last.parquet")
    expected = duckdb.execute(
        """
        WITH "sums" AS (
            SELECT key, count(*) AS "count", sum(value)::BIGINT AS "sum"
            FROM read_parquet($files) GROUP BY key
        )
        SELECT (SELECT count(*) FROM "sums"), count(*), sum("count"), sum("sum")
        FROM "sums" SEMI JOIN read_parquet($last) USING (key)
        """,
        {"files": [*map(str, paths[:files]), last], "last": last},
    ).fetchone()
    assert expected is not None
    keys, *updates = map(int, expected)
    return bool(run.report["answer"] == [keys, updates])
