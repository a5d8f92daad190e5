"""Watermark: of a union, one side alone has one."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, accepted, at, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add(*at(1, 30))
    right.add(*at(2, 90))
    left.add(*at(3, 45))
    right.add(*at(4, 5))
    plain = right.read(spark, "time TIMESTAMP, value INT")
    both = left.events(spark).union(plain)
    turned = plain.union(left.events(spark))
    window = f.window("time", "10 minutes")
    return [
        accepted(both.groupBy(window).count(), folder, "append"),
        accepted(turned.groupBy(window).count(), folder, "append"),
        *run_batches(both.groupBy(window).count(), folder, "update", name="both"),
    ]
