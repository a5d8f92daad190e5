"""Aggregation: names and types of what operators with state give."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a"))
    read = rows.events(spark, "k STRING, n DECIMAL(10, 2), l ARRAY<INT>")
    window = f.window("time", "10 minutes")
    calls = ["count(*)", "sum(n)", "avg(n)", "collect_list(k)", "collect_set(value)"]
    calls += ["first(l)", "max_by(k, n)", "stddev(value)", "median(n)", "mode(k)"]
    calls += ["approx_count_distinct(k)", "bit_or(value)", "bool_or(value > 1)"]
    calls += ["percentile(value, array(0.5))", "percentile_approx(n, 0.5)", "min(time)"]
    calls += ["count_if(value > 1)", "try_avg(value)", "listagg(k)", "any_value(n)"]
    frames = {
        "functions": read.groupBy("k").agg(*map(f.expr, calls)),
        "window": read.groupBy(window, "k").count(),
        "session": read.groupBy("k", f.session_window("time", "5 minutes")).count(),
        "rollup": read.rollup("k", "value").agg(f.grouping_id(), f.grouping("k")),
        "chain": read.groupBy(window)
        .count()
        .groupBy(f.window("window", "1 hour"))
        .count(),
        "time": read.groupBy(window).count().select(f.window_time("window"), "count"),
        "distinct": read.distinct(),
        "within": read.dropDuplicatesWithinWatermark(["k"]),
    }
    return [
        [name, column.name, column.dataType.simpleString()]
        for name, frame in frames.items()
        for column in frame.schema
    ]
