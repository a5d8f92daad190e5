"""Join: event times before 1970, where a watermark stays at nought."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    for number, year in enumerate(("1960", "1969", "1970", "2001")):
        left.add({"t": f"{year}-01-01T00:00:00Z", "l": number})
        right.add({"t": f"{year}-01-01T00:01:00Z", "r": number})
    lefts = left.read(spark, "t TIMESTAMP, l INT").withWatermark("t", "1 day")
    rights = right.read(spark, "t TIMESTAMP, r INT").withWatermark("t", "1 day")
    near = "l = r AND y.t BETWEEN x.t AND x.t + INTERVAL 30 SECONDS"
    frame = lefts.alias("x").join(rights.alias("y"), f.expr(near), "full_outer")
    return run_batches(frame, folder)
