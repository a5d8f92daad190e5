"""W5: two million events, three in ten of them sent twice, each kept once.

Twenty files of 100,000 rows, one a trigger, watermark 10 minutes,
`dropDuplicatesWithinWatermark` by a text id, appended to parquet, every batch
durable. Beside real Spark with both of its state stores. Seconds go from the
start of the first batch to the last commit, so start-up is left out.
"""

from __future__ import annotations

from bench.durable import OURS, Durable, measure_durable
from bench.settings import Settings, Workload, cached, on_spark
from bench.w5_rows import FILES, ROWS, ROWS_PER_FILE, write_rows

WORKLOADS = (
    Workload(OURS, "w5_query", ("unbounded", "-")),
    on_spark("Spark 4.3 rocksdb", "w5_query", "spark", "rocksdb"),
    on_spark("Spark 4.3 hdfs", "w5_query", "spark", "hdfs"),
)


def measure(settings: Settings) -> bool:
    """Run, print and write W5; whether all kept the same events."""
    durable = Durable(
        "w5",
        f"W5: {FILES} files of {ROWS_PER_FILE:,} rows, 30 % duplicates, durable.",
        WORKLOADS,
        ROWS,
        "keys",
        "B a key",
    )
    return measure_durable(durable, settings, cached("w5-1", write_rows))
