"""Join: two parts of one stream, each filtered otherwise."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a", kind="ask"), *at(2, k="b", kind="ask"))
    rows.add(*at(4, k="a", kind="answer"), *at(3, k="c", kind="answer"))
    rows.add(*at(60, k="z", kind="ask"))
    rows.add(*at(62, k="z", kind="answer"), *at(61, k="y", kind="other"))
    read = rows.events(spark, "k STRING, kind STRING")
    asked = read.where("kind = 'ask'").select("k", f.col("time").alias("asked"))
    answered = read.where("kind = 'answer'")
    answered = answered.select(f.col("k").alias("key"), f.col("time").alias("answered"))
    near = "answered BETWEEN asked AND asked + INTERVAL 10 MINUTES"
    answer = []
    for kind in ("inner", "left_outer"):
        frame = asked.join(answered, f.expr(f"k = key AND {near}"), kind)
        answer += run_batches(frame, folder, name=kind)
    return [row for row in answer if row[0] != "progress"]
