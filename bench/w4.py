"""W4: a million impressions joined with a million clicks within ten seconds.

Twenty files of 50,000 rows a side, one of each a trigger, watermarks of 10 and 20
seconds, an inner join by ad and time, appended to parquet, every batch durable.
Against the same join as one DuckDB statement over all files, and real Spark with
both of its state stores. Seconds go from the start of the first batch to the last
commit, so start-up is left out.
"""

from __future__ import annotations

from bench.durable import OURS, Durable, measure_durable
from bench.settings import Settings, Workload, cached, on_spark
from bench.w4_rows import FILES, ROWS, ROWS_PER_FILE, write_rows

WORKLOADS = (
    Workload(OURS, "w4_query", ("unbounded", "-")),
    Workload("DuckDB statement", "w4_statement"),
    on_spark("Spark 4.3 rocksdb", "w4_query", "spark", "rocksdb"),
    on_spark("Spark 4.3 hdfs", "w4_query", "spark", "hdfs"),
)


def measure(settings: Settings) -> bool:
    """Run, print and write W4; whether all found the same pairs."""
    durable = Durable(
        "w4",
        f"W4: two streams of {FILES} files of {ROWS_PER_FILE:,} rows, durable.",
        WORKLOADS,
        ROWS,
        "held",
        "B a row",
    )
    return measure_durable(durable, settings, cached("w4-1", write_rows))
