"""Observe: batch actions and what was observed on their way."""

from pathlib import Path

from pyspark.sql import Observation, functions as f


def run(spark, folder):
    frame = spark.createDataFrame([(1, "a"), (2, "b"), (3, None)], "v INT, k STRING")
    count = f.count(f.lit(1)).alias("rows")
    answer = []

    def observed(name, action, *columns):
        seen = Observation(name)
        given = action(frame.observe(seen, *(columns or (count, f.sum("v")))))
        answer.append([name, given, sorted(seen.get.items())])

    observed("collected", lambda df: len(df.collect()))
    observed("kept", lambda df: len(df.where("v > 1").collect()))
    observed("sorted", lambda df: [r.v for r in df.orderBy(f.desc("v")).collect()])
    observed("counted", lambda df: df.count())
    observed("pandas", lambda df: len(df.toPandas()))
    observed("arrow", lambda df: df.toArrow().num_rows)
    observed("grouped", lambda df: len(df.groupBy("k").count().collect()))
    observed("joined", lambda df: len(df.join(frame, "v").collect()))
    observed("united", lambda df: len(df.union(frame).collect()))
    observed("saved", lambda df: df.write.json(str(Path(folder, "saved"))))
    observed("noop", lambda df: df.write.format("noop").mode("append").save())
    observed("below", lambda df: len(df.where("k = 'none'").collect()))
    observed(
        "types",
        lambda df: len(df.collect()),
        f.max("k").alias("text"),
        f.avg("v").alias("mean"),
        f.collect_list("v").alias("list"),
        f.max(f.struct("v", "k")).alias("pair"),
        f.expr("max(TIMESTAMP'2026-03-06 10:11:12')").alias("time"),
        f.expr("sum(cast(v AS DECIMAL(10, 2)))").alias("exact"),
        f.expr("max(cast(NULL AS INT))").alias("nothing"),
    )
    first, second = Observation("first"), Observation("second")
    twice = frame.observe(first, count).where("v > 2").observe(second, count)
    answer.append(["twice", len(twice.collect()), first.get, second.get])
    empty = Observation()
    frame.where("v > 5").observe(empty, count, f.sum("v").alias("s")).collect()
    answer.append(["empty", sorted(empty.get.items())])
    return answer
