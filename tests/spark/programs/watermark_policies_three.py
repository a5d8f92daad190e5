"""Watermark: of three streams, one of which has no rows for long."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches, setting


def run(spark, folder):
    answer = []
    for policy in ("min", "max"):
        inputs = [Input(folder, f"{policy}/{n}") for n in range(3)]
        inputs[0].add(*at(30))
        inputs[1].add(*at(20))
        inputs[2].add()
        inputs[0].add(*at(50))
        inputs[1].add(*at(40))
        inputs[2].add(*at(15))
        inputs[0].add(*at(5, 60))
        first, second, third = (
            i.events(spark, delay=f"{n} minutes") for n, i in enumerate(inputs)
        )
        both = first.union(second).union(third)
        frame = both.groupBy(f.window("time", "10 minutes")).count()
        with setting(spark, "spark.sql.streaming.multipleWatermarkPolicy", policy):
            answer += run_batches(frame, folder, name=policy)
    return answer
