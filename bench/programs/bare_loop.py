"""Loop: W0 by hand, as little as keeps its promise.

For each file: offsets durable, one DuckDB statement, a dictionary, the changed
counts durable, the commit durable. No client, no plan, no types, no recovery:
what is left of a batch when everything general is taken away.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import duckdb
import pyarrow as pa

QUERY = """
    SELECT action, time_bucket(INTERVAL 1 HOUR, time) AS start, count(*) AS count
    FROM read_json('{file}', format = 'newline_delimited',
                   columns = {{'time': 'TIMESTAMP', 'action': 'VARCHAR'}})
    GROUP BY ALL
"""


def create(path: Path, data: bytes) -> None:
    """Create a file atomically and durably."""
    part = path.with_suffix(".part")
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    os.write(file, data)
    os.fsync(file)
    os.close(file)
    os.rename(part, path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def ipc_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def main(events: str, folder: str) -> None:
    root = Path(folder)
    for name in ("offsets", "state", "commits"):
        (root / name).mkdir()
    connection = duckdb.connect()
    files = sorted(str(file) for file in Path(events).glob("*.json"))
    counts: dict[tuple[str, object], int] = {}
    first_result_at = None
    wall_ms = []
    for batch_id, file in enumerate(files):
        started = time.perf_counter()
        create(root / "offsets" / str(batch_id), json.dumps([file]).encode())
        partial = connection.sql(QUERY.format(file=file)).to_arrow_table()
        changed = []
        for row in partial.to_pylist():
            key = (row["action"], row["start"])
            counts[key] = counts.get(key, 0) + row["count"]
            changed.append((*key, counts[key]))
        names = ("action", "start", "count")
        columns = dict(zip(names, zip(*changed, strict=True), strict=True))
        create(root / "state" / str(batch_id), ipc_bytes(pa.table(columns)))
        rows = [(*key, count) for key, count in counts.items()]
        table = pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))
        create(root / "commits" / str(batch_id), b"{}")
        wall_ms.append((time.perf_counter() - started) * 1e3)
        first_result_at = first_result_at or time.time()
    answer = sorted(
        [row["action"], row["start"].isoformat(), row["count"]]
        for row in table.to_pylist()
    )
    report = {
        "first_result_at": first_result_at,
        "wall_ms": wall_ms,
        "answer": answer,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
