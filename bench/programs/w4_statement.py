"""Limit: the join of W4 as one DuckDB statement over all files, to parquet.

Nothing durable, nothing incremental: what the scans, the join and the write cost.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

import duckdb

REPEATS = 3
JOIN = """
    COPY (
        SELECT * FROM read_parquet('{rows}/impressions/*.parquet')
        JOIN read_parquet('{rows}/clicks/*.parquet') ON clickAdId = impressionAdId
        AND clickTime BETWEEN impressionTime AND impressionTime + INTERVAL 10 SECONDS)
    TO '{folder}/pairs.parquet'
"""
ANSWER = """
    SELECT count(*), sum(impressionId + clickId)::BIGINT,
           sum((impressionId * 31 + clickId * 17) % 1009)::BIGINT
    FROM read_parquet('{folder}/pairs.parquet')
"""


def main(rows: str, folder: str) -> None:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        connection.execute(JOIN.format(rows=rows, folder=folder))
        seconds.append(time.perf_counter() - started)
    found = connection.execute(ANSWER.format(folder=folder)).fetchone()
    assert found is not None
    print(json.dumps({"seconds": statistics.median(seconds), "answer": list(found)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
