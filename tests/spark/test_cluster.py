"""Cluster: the same program here and on a real Spark cluster, but for the address."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.spark.cluster import SparkCluster

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "examples" / "closed_hours.py"
OURS = """import unbounded

spark = unbounded.connect()  # a real pyspark SparkSession
"""
THEIRS = """from pyspark.sql import SparkSession

spark = SparkSession.builder.remote("{address}").getOrCreate()
"""
FIRST_SECOND = 1_700_000_000
TIMEOUT_SECONDS = 150

# Runs a program up to where it would wait, and tells what it has counted.
OBSERVE = """
import json, runpy, sys
program = runpy.run_path(sys.argv[1])
spark, query = program["spark"], program["query"]
spark.conf.set("spark.sql.session.timeZone", "UTC")
query.processAllAvailable()
query.stop()
rows = spark.read.parquet("counts/").collect()
print(json.dumps(sorted([r.action, str(r.window.start), r["count"]] for r in rows)))
spark.stop()
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[SparkCluster]:
    folder = tmp_path / "cluster"
    folder.mkdir()
    with SparkCluster(folder) as running:
        yield running


def write_events(folder: Path) -> None:
    """Five files: two hours that end, a late row, and an hour still open."""
    files = [
        [("10:05", "open"), ("10:20", "open"), ("10:40", "close")],
        [("10:59", "open"), ("11:00", "open")],
        [("11:30", "close"), ("11:45", "close")],
        [("12:30", "open"), ("11:10", "open")],
        [("10:30", "open"), ("12:45", "close")],
    ]
    (folder / "events").mkdir()
    for number, rows in enumerate(files):
        file = folder / "events" / f"{number}.json"
        lines = [{"time": f"2026-03-06T{at}:00Z", "action": do} for at, do in rows]
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        os.utime(file, (FIRST_SECOND + number,) * 2)


def counted(program: str, folder: Path) -> list[list[object]]:
    """What a program counts, run in a folder with a process of its own."""
    (folder / "program.py").write_text(program)
    (folder / "observe.py").write_text(OBSERVE)
    done = subprocess.run(
        [sys.executable, "observe.py", "program.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "TZ": "UTC"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    rows: list[list[object]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def test_program_counts_the_same_on_a_cluster(
    cluster: SparkCluster, tmp_path: Path
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    write_events(here)
    write_events(tmp_path / "cluster")
    program = PROGRAM.read_text("utf-8")
    assert program.count(OURS) == 1
    remote = program.replace(OURS, THEIRS.format(address=cluster.address))
    found = counted(remote, tmp_path / "cluster")
    assert len(cluster.executors()) == 2
    assert (
        found
        == counted(program, here)
        == [
            ["close", "2026-03-06 10:00:00", 1],
            ["close", "2026-03-06 11:00:00", 2],
            ["open", "2026-03-06 10:00:00", 3],
            ["open", "2026-03-06 11:00:00", 2],
        ]
    )
