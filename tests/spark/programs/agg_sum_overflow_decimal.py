"""Aggregation: a decimal sum past its digits ends the query, or is null."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, failure, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    nines = 99999999999999999999999999999999999999
    rows.add({"k": 1, "n": nines})
    rows.add({"k": 1, "n": nines})
    frame = rows.read(spark, "k INT, n DECIMAL(38, 0)").groupBy("k").agg(f.sum("n"))
    answer = [failure(frame, folder, "update", name="strict")]
    with setting(spark, "spark.sql.ansi.enabled", "false"):
        return answer + run_batches(frame, folder, "update", name="lax")
