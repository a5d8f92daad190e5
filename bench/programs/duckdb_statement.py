"""Limit: the query of W0 as one DuckDB statement, for each file and over all.

Nothing durable, nothing incremental: what the scan and the aggregation cost.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb

QUERY = """
    SELECT action, time_bucket(INTERVAL 1 HOUR, time) AS start, count(*) AS count
    FROM read_json({files}, format = 'newline_delimited',
                   columns = {{'time': 'TIMESTAMP', 'action': 'VARCHAR'}})
    GROUP BY ALL
"""


def main(events: str) -> None:
    connection = duckdb.connect()
    files = sorted(str(file) for file in Path(events).glob("*.json"))
    first_result_at = None
    batch_ms = []
    for file in files:
        started = time.perf_counter()
        connection.sql(QUERY.format(files=[file])).to_arrow_table()
        batch_ms.append((time.perf_counter() - started) * 1e3)
        first_result_at = first_result_at or time.time()
    all_ms = []
    for _ in range(5):
        started = time.perf_counter()
        table = connection.sql(QUERY.format(files=files)).to_arrow_table()
        all_ms.append((time.perf_counter() - started) * 1e3)
    answer = sorted(
        [row["action"], row["start"].isoformat(), row["count"]]
        for row in table.to_pylist()
    )
    print(
        json.dumps(
            {
                "first_result_at": first_result_at,
                "wall_ms": batch_ms,
                "all_ms": sorted(all_ms)[len(all_ms) // 2],
                "answer": answer,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
