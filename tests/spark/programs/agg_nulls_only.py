"""Aggregation: groups without any value, whatever the function."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1})
    rows.add({"k": 1}, {"k": 2})
    calls = ["sum(v)", "avg(v)", "min(v)", "max(v)", "count(v)", "first(v)", "last(v)"]
    calls += ["collect_list(v)", "collect_set(v)", "stddev(v)", "median(v)", "mode(v)"]
    calls += ["max_by(v, v)", "bit_or(v)", "approx_count_distinct(v)", "every(v > 1)"]
    calls += ["percentile_approx(v, 0.5)", "count_if(v > 1)", "any_value(v, true)"]
    frame = rows.read(spark, "k INT, v INT").groupBy("k").agg(*map(f.expr, calls))
    return run_batches(frame, folder, "update")
