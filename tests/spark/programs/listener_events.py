"""Listener: what is told of queries, in which order, to whoever listens."""

import threading

from pyspark.errors import PySparkException
from pyspark.sql import functions as f
from pyspark.sql.streaming import StreamingQueryListener

from tests.spark.streams import Input, at, finish, start


class Seen(StreamingQueryListener):
    """Keeps what is told of each query, and may ask Spark meanwhile."""

    def __init__(self):
        self.told = {}
        self.names = {}
        self.has_ended = threading.Condition()

    def onQueryStarted(self, event):
        self.names[str(event.runId)] = event.name
        rows = self.spark.range(3).count()
        self._tell(event, "started", event.name, rows)

    def onQueryProgress(self, event):
        report = event.progress
        observed = [[k, list(v)] for k, v in sorted(report.observedMetrics.items())]
        rows = self.spark.range(report.numInputRows).count()
        self._tell(report, "progress", report.batchId, rows, observed)

    def onQueryIdle(self, event):
        self._tell(event, "idle")

    def onQueryTerminated(self, event):
        failed = event.exception is not None
        self._tell(event, "terminated", failed, event.errorClassOnException)
        with self.has_ended:
            self.has_ended.notify_all()

    def _tell(self, event, *what):
        self.told.setdefault(str(event.runId), []).append(list(what))

    def wait_for_ends(self, count):
        def have_ended():
            ends = [each for told in self.told.values() for each in told]
            return sum(each[0] == "terminated" for each in ends) == count

        with self.has_ended:
            assert self.has_ended.wait_for(have_ended, 60), self.told

    def answer(self):
        return [[self.names[run], *told] for run, told in self.told.items()]


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2))
    rows.add(*at(40))
    read = rows.events(spark)
    first, second = Seen(), Seen()
    spark.streams.addListener(first)
    spark.streams.addListener(second)
    frames = {
        "rows": read.observe("seen", f.count(f.lit(1)).alias("n"), f.max("value")),
        "groups": read.groupBy(f.window("time", "10 minutes")).count(),
        "failing": read.selectExpr("1 / (value - 40) AS ratio"),
        "again": read.select("value"),
    }
    for name, frame in frames.items():
        writer = frame.writeStream.queryName(name).format("noop")
        writer = writer.option("checkpointLocation", f"{folder}/{name}")
        query = writer.trigger(availableNow=True).start()
        try:
            query.awaitTermination(60)
        except PySparkException:
            assert name == "failing"
    first.wait_for_ends(4)
    second.wait_for_ends(4)
    spark.streams.removeListener(second)
    query, _ = start(read.select("value"), folder, name="unheard")
    finish(query)
    first.wait_for_ends(5)
    spark.streams.removeListener(first)
    query, _ = start(read.select("value"), folder, name="alone")
    finish(query)
    return [*first.answer(), ["second"], *second.answer()]
