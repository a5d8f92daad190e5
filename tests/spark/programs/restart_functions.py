"""Restart: lists, medians, first and last go on from their state."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "v": 3.5}, {"k": 2, "v": None})
    calls = ["collect_list(v)", "sort_array(collect_set(v))", "median(v)", "first(v)"]
    calls += ["last(v)", "stddev(v)", "max_by(k, v)", "mode(v)", "avg(v)", "bit_or(k)"]
    calls += ["approx_count_distinct(v)", "corr(v, k)", "percentile(v, 0.25)"]
    frame = rows.read(spark, "k INT, v DOUBLE").groupBy("k").agg(*map(f.expr, calls))
    answer = run_batches(frame, folder, "update")
    rows.add({"k": 1, "v": 1.5}, {"k": 2, "v": 7})
    answer += run_batches(frame, folder, "update")
    rows.add({"k": 1, "v": 1.5}, {"k": 1, "v": None})
    return answer + run_batches(frame, folder, "update")
