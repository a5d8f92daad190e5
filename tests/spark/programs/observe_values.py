"""Observe: how values of all kinds are written in an event."""

import threading

from pyspark.sql import functions as f
from pyspark.sql.streaming import StreamingQueryListener

from tests.spark.streams import Input, finish, start

VALUES = {
    "text": "max('é\"')",
    "whole": "max(cast(7 AS BIGINT))",
    "small": "max(cast(7 AS TINYINT))",
    "real": "max(cast(1.5 AS DOUBLE))",
    "single": "max(cast(0.1 AS FLOAT))",
    "one": "max(cast(1 AS DOUBLE))",
    "huge": "max(cast(1e20 AS DOUBLE))",
    "decimal": "max(cast(1.50 AS DECIMAL(10, 2)))",
    "truth": "max(true)",
    "day": "max(DATE'2026-03-06')",
    "time": "max(TIMESTAMP'2026-03-06 10:11:12.5')",
    "second": "max(TIMESTAMP'2026-03-06 10:11:12')",
    "bytes": "max(X'00FF')",
    "nothing": "max(cast(NULL AS INT))",
    "list": "collect_list(v)",
    "pair": "max(struct(1 AS a, 'x' AS b))",
    "nested": "first(array(named_struct('a', array(v))))",
    "table": "first(map('a', 1))",
    "numbers": "first(map(1, 'a'))",
    "computed": "sum(v) / count(v)",
    "constant": "1 + 1",
}


class Seen(StreamingQueryListener):
    """Keeps the reports of one query, and tells when it has ended."""

    def __init__(self):
        self.reports = []
        self.has_ended = threading.Event()

    def onQueryStarted(self, event):
        pass

    def onQueryProgress(self, event):
        self.reports.append(event.progress)

    def onQueryIdle(self, event):
        pass

    def onQueryTerminated(self, event):
        self.has_ended.set()


def observed(spark, frame, folder, name):
    seen = Seen()
    spark.streams.addListener(seen)
    query, _ = start(frame, folder, name=name)
    finish(query)
    assert seen.has_ended.wait(60), "no event tells of the end"
    spark.streams.removeListener(seen)
    row = seen.reports[0].observedMetrics["values"]
    return list(zip(row.__fields__, row, strict=True))


def run(spark, folder):
    rows = Input(folder)
    rows.add({"v": 3})
    read = rows.read(spark, "v INT")
    columns = [f.expr(text).alias(name) for name, text in VALUES.items()]
    answer = observed(spark, read.observe("values", *columns), folder, "utc")
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        times = [f.expr(VALUES[name]).alias(name) for name in ("time", "second")]
        zoned = observed(spark, read.observe("values", *times), folder, "zoned")
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")
    return answer + zoned
