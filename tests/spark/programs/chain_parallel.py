"""Chain: groups of two streams side by side, by mode."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, accepted, at, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add(*at(1, 12))
    right.add(*at(2, 14))
    left.add(*at(40))
    right.add(*at(45))
    window = f.window("time", "10 minutes")
    counts = [i.events(spark).groupBy(window).count() for i in (left, right)]
    both = counts[0].union(counts[1])
    return [
        *(accepted(both, folder, mode) for mode in ("append", "update", "complete")),
        *run_batches(both, folder),
    ]
