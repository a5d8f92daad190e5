"""Query: W3 in PySpark, on unbounded or on real Spark, by the same lines.

Options: the engine, `stateless` or `count`, files to send, and milliseconds
between them. The sink is a function that takes each batch's rows into the
program (`foreachBatch`): a file is there when its rows are in the program's hands.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from bench.programs.streaming_query import jvm_peak_mb, open_session

PATIENCE_S = 120


class Sink:
    """When each file's rows came, and what the rows were."""

    def __init__(self, files: int) -> None:
        self._files = files
        self.seen_at: list[float] = []
        self.rows = 0
        self.counts: dict[str, int] = {}
        self.is_complete = threading.Event()

    def take(self, batch: Any, batch_id: int) -> None:
        table = batch.toArrow()
        now = time.time()
        self.rows += table.num_rows
        for row in table.to_pylist():
            if "count" in row:
                self.counts[row["action"]] = row["count"]
            while len(self.seen_at) <= row["number"]:
                self.seen_at.append(now)
        if len(self.seen_at) >= self._files:
            self.is_complete.set()


def start(spark: Any, source: str, folder: str, form: str, sink: Sink) -> Any:
    from pyspark.sql.functions import count, max

    rows = spark.readStream.schema("number INT, action STRING").json(source)
    if form == "count":
        rows = rows.groupBy("action").agg(
            count("*").alias("count"), max("number").alias("number")
        )
    return (
        rows.writeStream.outputMode("update")
        .option("checkpointLocation", f"{folder}/checkpoint")
        .foreachBatch(sink.take)
        .start()
    )


def main(
    _: str, folder: str, engine: str, form: str, files: str, interval_ms: str
) -> None:
    spark = open_session(engine)
    source = Path(folder) / "in"
    source.mkdir()
    sink = Sink(int(files))
    query = start(spark, str(source), folder, form, sink)
    producer = [sys.executable, str(Path(__file__).with_name("drop_files.py"))]
    sent = json.loads(
        subprocess.check_output([*producer, str(source), files, interval_ms])
    )
    if not sink.is_complete.wait(PATIENCE_S):
        raise SystemExit(f"{len(sink.seen_at)} of {files} files came: {query.status}")
    query.stop()
    report = {
        "latency_ms": [
            (seen - at) * 1e3 for seen, at in zip(sink.seen_at, sent, strict=True)
        ],
        "rows": sink.rows,
        "jvm_peak_mb": jvm_peak_mb(spark) if engine == "spark" else 0.0,
        "answer": sorted(sink.counts.items()) if sink.counts else sink.rows,
    }
    spark.stop()
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
