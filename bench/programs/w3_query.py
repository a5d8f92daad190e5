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

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.seen_at: list[float] = []
        self.rows = 0
        self.counts: dict[str, int] = {}

    def take(self, batch: Any, batch_id: int) -> None:
        table = batch.toArrow()
        now = time.time()
        self.rows += table.num_rows
        last = -1
        for row in table.to_pylist():
            last = max(last, row["number"])
            if "count" in row:
                self.counts[row["action"]] = row["count"]
        with self._changed:
            self.seen_at += [now] * (last + 1 - len(self.seen_at))
            self._changed.notify_all()

    def wait_for(self, files: int) -> None:
        with self._changed:
            if not self._changed.wait_for(
                lambda: len(self.seen_at) >= files, PATIENCE_S
            ):
                raise SystemExit(f"{len(self.seen_at)} of {files} files came.")


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


def drop_files(source: Path, first: int, end: int, interval_ms: str) -> list[float]:
    """Send files from a process of their own; when each was sent."""
    program = str(Path(__file__).with_name("drop_files.py"))
    command = [sys.executable, program, str(source), str(first), str(end), interval_ms]
    return [float(at) for at in json.loads(subprocess.check_output(command))]


def main(
    _: str, folder: str, engine: str, form: str, files: str, interval_ms: str
) -> None:
    spark = open_session(engine)
    source = Path(folder) / "in"
    source.mkdir()
    sink = Sink()
    query = start(spark, str(source), folder, form, sink)
    # The first file alone: what starts with the first batch holds up no other.
    sent = drop_files(source, 0, 1, interval_ms)
    sink.wait_for(1)
    sent += drop_files(source, 1, int(files), interval_ms)
    sink.wait_for(int(files))
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
