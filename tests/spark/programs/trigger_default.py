"""Triggers: none; each file that comes is a batch, and what is idle is none."""

from tests.spark.streams import Input, batches, start


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a"})
    frame = rows.read(spark, "k STRING").groupBy("k").count()
    query, found = start(frame, folder, "update", trigger=None)
    query.processAllAvailable()
    rows.add({"k": "b"}, {"k": "a"})
    query.processAllAvailable()
    query.processAllAvailable()
    rows.add()
    query.processAllAvailable()
    query.stop()
    return batches(query, found)
