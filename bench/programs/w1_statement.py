"""Limit: the query of W1 as one DuckDB statement over all files.

Option: how they are read. `parquet`; `json`, with strict types: what is not of
its type is an error; `json-text`: texts, each cast where it can be and else null,
as Spark's permissive reading asks. Nothing durable, nothing incremental.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

import duckdb

REPEATS = 3
READERS = {
    "parquet": "SELECT time, action, value FROM read_parquet({files})",
    "json": """
        SELECT * FROM read_json({files}, format = 'newline_delimited', columns = {{
            'time': 'TIMESTAMP', 'action': 'VARCHAR',
            'device': 'VARCHAR', 'value': 'DOUBLE'}})""",
    "json-text": """
        SELECT TRY_CAST(time AS TIMESTAMP) AS time, action,
               TRY_CAST(value AS DOUBLE) AS value
        FROM read_json({files}, format = 'newline_delimited', columns = {{
            'time': 'VARCHAR', 'action': 'VARCHAR',
            'device': 'VARCHAR', 'value': 'VARCHAR'}})""",
}
# The last windows stay open: the watermark has not passed them.
QUERY = """
    WITH sums AS (
        SELECT time_bucket(INTERVAL 1 MINUTE, time) AS start, action,
               count(*) AS count, sum(value) AS sum, avg(value) AS avg,
               max(time) AS latest
        FROM ({reader}) GROUP BY ALL)
    SELECT start::TIMESTAMP AS start, action, count, sum, avg FROM sums
    WHERE start + INTERVAL 1 MINUTE
        <= (SELECT max(latest) FROM sums) - INTERVAL 10 MINUTE
"""


def main(rows: str, read: str) -> None:
    form = read.split("-")[0]
    files = sorted(str(file) for file in Path(rows, form).iterdir())
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    text = QUERY.format(reader=READERS[read].format(files=files))
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        table = connection.sql(text).to_arrow_table()
        seconds.append(time.perf_counter() - started)
    answer = sorted(
        [row["start"].isoformat(), row["action"], row["count"], row["sum"], row["avg"]]
        for row in table.to_pylist()
    )
    print(json.dumps({"seconds": statistics.median(seconds), "answer": answer}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[3])
