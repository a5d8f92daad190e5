"""Chain: a stream counted by two sizes of windows, both counted by a third."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 6))
    rows.add(*at(14, 45))
    rows.add(*at(46, 70))
    rows.add(*at(140))
    read = rows.events(spark)
    fives = read.groupBy(f.window("time", "5 minutes")).count()
    twenties = read.groupBy(f.window("time", "20 minutes")).count()
    both = fives.union(twenties)
    hours = both.groupBy(f.window("window", "1 hour")).agg(f.sum("count"), f.count("*"))
    return run_batches(hours, folder)
