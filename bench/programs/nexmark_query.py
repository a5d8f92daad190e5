"""Query: one of Nexmark in PySpark, on unbounded or on real Spark, by the same lines.

Options: the engine (`unbounded` or `spark`), Spark's state store and the query's name.
Reports the seconds from the start of the first batch to the commit of the last, and
how many rows came out.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from bench.nexmark.queries import QUERIES
from bench.nexmark.views import open_views
from bench.programs.streaming_query import jvm_peak_mb
from bench.programs.w1_query import moment
from bench.programs.w2_query import open_session_with


def run(spark: Any, events: str, folder: str, name: str) -> Any:
    query = QUERIES[name]
    running = (
        query.ask(open_views(spark, events, is_stream=True))
        .writeStream.outputMode(query.mode)
        .trigger(availableNow=True)
        .option("checkpointLocation", f"{folder}/checkpoint")
        .format("noop")
        .start()
    )
    running.awaitTermination()
    return running


def main(events: str, folder: str, engine: str, store: str, name: str) -> None:
    spark = open_session_with(engine, store)
    batches = [
        report
        for report in run(spark, events, folder, name).recentProgress
        if "addBatch" in report["durationMs"]
    ]
    last = batches[-1]
    end = moment(last["timestamp"]) + last["durationMs"]["triggerExecution"] / 1e3
    rows_out = sum(report["sink"]["numOutputRows"] for report in batches)
    report = {
        "seconds": end - moment(batches[0]["timestamp"]),
        "rows_out": rows_out,
        "progress_ms": [p["durationMs"]["triggerExecution"] for p in batches],
        "durations_ms": [dict(p["durationMs"]) for p in batches],
        "state": [dict(p) for p in last["stateOperators"]],
        "jvm_peak_mb": jvm_peak_mb(spark) if engine == "spark" else 0.0,
    }
    if not QUERIES[name].is_of_clock:
        report["answer"] = rows_out
    spark.stop()
    print(json.dumps(report, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
