"""Observe: what streams are seen to carry, at several places of a plan."""

import json

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, finish, start


def metrics(query):
    """What each batch's report says was observed, in the order of its keys."""
    reports = [json.loads(report.json) for report in query.recentProgress]
    return [
        [r["batchId"], [[k, named(v)] for k, v in sorted(r["observedMetrics"].items())]]
        for r in reports
        if "addBatch" in r["durationMs"]
    ]


def named(row):
    """Names and values; Spark Connect's reports write a row as its innards."""
    if set(row) == {"values", "schema"}:
        names = [field["name"] for field in row["schema"]["fields"]]
        return list(zip(names, row["values"], strict=True))
    return list(row.items())


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"), *at(3, k=None))
    rows.add(*at(31, 2, k="b"))
    rows.add({"value": None})
    rows.add(*at(50, k="c"))
    read = rows.events(spark, "k STRING")
    count = f.count(f.lit(1)).alias("rows")
    window = f.window("time", "10 minutes")
    frames = {
        "rows": read.observe(
            "all", count, f.count("k"), f.sum("value").alias("s"), f.avg("value")
        ),
        "twice": read.observe("read", count).where("value > 2").observe("kept", count),
        "below": read.observe("below", count).groupBy(window).count(),
        "above": read.groupBy(window).count().observe("above", count, f.sum("count")),
        "distinct": read.dropDuplicates(["k"]).observe("keys", f.max("k"), f.min("k")),
    }
    answer = []
    for name, frame in frames.items():
        query, _ = start(frame, folder, "append", name)
        finish(query)
        answer += [[name], *metrics(query)]
    for mode in ("update", "complete"):
        frame = read.groupBy("k").count().observe("groups", count, f.sum("count"))
        query, _ = start(frame, folder, mode, mode)
        finish(query)
        answer += [[mode], *metrics(query)]
    return answer
