"""Join: a stream joined with itself under two aliases is read once a batch."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3, k="a"), *at(2, k="b"))
    rows.add(*at(4, k="a"), *at(9, k="b"))
    rows.add(*at(60, k="z"))
    rows.add(*at(2, 57, k="z"))
    read = rows.events(spark, "k STRING")
    condition = (
        "x.k = y.k AND y.time > x.time AND y.time <= x.time + INTERVAL 5 MINUTES"
    )
    answer = []
    for kind in ("inner", "left_outer", "left_semi"):
        frame = read.alias("x").join(read.alias("y"), f.expr(condition), kind)
        answer += run_batches(frame, folder, name=kind)
    return answer
