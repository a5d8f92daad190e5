"""State: sessions that wait, by key."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 20, k="a"), *at(18, k="b"))
    frame = rows.events(spark, "k STRING", delay="1 hour").groupBy(
        "k", f.session_window("time", "5 minutes")
    )
    run_batches(frame.count(), folder)
    state = spark.read.format("statestore").load(f"{folder}/query-checkpoint")
    found = state.selectExpr("key.k", "value.count").collect()
    return sorted(map(list, found))
