"""Chain: streams of different delays, united, deduplicated and counted."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    fast, slow = Input(folder, "fast"), Input(folder, "slow")
    fast.add(*at(1, 2, k="a"), *at(2, k="b"))
    slow.add(*at(1, 14, k="a"))
    fast.add(*at(14, 30, k="a"))
    slow.add(*at(2, k="b"), *at(33, k="c"))
    fast.add(*at(70, k="c"), *at(1, k="a"))
    slow.add(*at(71, k="c"))
    both = fast.events(spark, "k STRING", delay="2 minutes").union(
        slow.events(spark, "k STRING", delay="20 minutes")
    )
    once = both.dropDuplicates(["time", "k"])
    return run_batches(once.groupBy(f.window("time", "10 minutes")).count(), folder)
