"""Join: event times and bounds finer than a millisecond."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    second = "2026-03-06T10:00:"
    left.add({"t": f"{second}01.000500Z", "l": 1}, {"t": f"{second}01.0009Z", "l": 2})
    right.add({"t": f"{second}01.001499Z", "r": 1}, {"t": f"{second}01.0015Z", "r": 2})
    left.add({"t": f"{second}02.000999Z", "l": 3})
    right.add({"t": f"{second}02.001001Z", "r": 3})
    left.add({"t": f"{second}02.000001Z", "l": 4}, {"t": f"{second}02.001Z", "l": 5})
    right.add({"t": f"{second}02.000999Z", "r": 4}, {"t": f"{second}02.001Z", "r": 5})
    left.add({"t": f"{second}05Z", "l": 6})
    right.add({"t": f"{second}05Z", "r": 6})
    lefts = left.read(spark, "t TIMESTAMP, l INT").withWatermark("t", "0 seconds")
    rights = right.read(spark, "t TIMESTAMP, r INT").withWatermark("t", "0 seconds")
    condition = (
        "x.l > 0 = y.r > 0 AND y.t >= x.t AND y.t <= x.t + INTERVAL 1000 MICROSECONDS"
    )
    near = condition.replace("x.l > 0 = y.r > 0", "(x.l > 0) = (y.r > 0)")
    frame = lefts.alias("x").join(rights.alias("y"), f.expr(near), "full_outer")
    return run_batches(frame, folder)
