"""Loop: W3 by hand, as little as keeps its promise.

Looks every millisecond; then the offset durable, one DuckDB statement, for the
running count a dictionary and its change durable, and the commit durable.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from bench.programs.bare_loop import create

READ = """
    FROM read_json('{file}', format = 'newline_delimited',
                   columns = {{'number': 'INTEGER', 'action': 'VARCHAR'}})
"""
PATIENCE_S = 120


def fresh(source: Path, done: set[str]) -> list[str]:
    return sorted(set(os.listdir(source)) - done)


def main(_: str, folder: str, form: str, files: str, interval_ms: str) -> None:
    root = Path(folder)
    source = root / "in"
    for name in ("in", "offsets", "state", "commits"):
        (root / name).mkdir()
    connection = duckdb.connect()
    producer = subprocess.Popen(
        [
            sys.executable,
            str(Path(__file__).with_name("drop_files.py")),
            str(source),
            "0",
            files,
            interval_ms,
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    done: set[str] = set()
    counts: dict[str, int] = {}
    seen_at, rows = [], 0
    deadline = time.monotonic() + PATIENCE_S + int(files) * int(interval_ms) / 1e3
    while len(done) < int(files) and time.monotonic() < deadline:
        names = fresh(source, done)
        if not names:
            time.sleep(0.001)
        for name in names:
            batch_id = str(len(done))
            create(root / "offsets" / batch_id, json.dumps([name]).encode())
            read = READ.format(file=source / name)
            if form == "count":
                select = f"SELECT action, count(*) {read} GROUP BY ALL"
                for action, count in connection.sql(select).fetchall():
                    counts[action] = counts.get(action, 0) + count
                create(root / "state" / batch_id, json.dumps(counts).encode())
            else:
                rows += connection.sql(f"SELECT * {read}").to_arrow_table().num_rows
            seen_at.append(time.time())
            create(root / "commits" / batch_id, b"{}")
            done.add(name)
    sent = json.loads(producer.communicate()[0])
    report = {
        "latency_ms": [
            (seen - at) * 1e3 for seen, at in zip(seen_at, sent, strict=True)
        ],
        "answer": sorted(counts.items()) if counts else rows,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
