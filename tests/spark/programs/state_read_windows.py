"""State: windows that wait, by SQL over the state."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12))
    rows.add(*at(25, 14))
    frame = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    run_batches(frame, folder)
    path = f"{folder}/query-checkpoint"
    spark.read.format("statestore").load(path).createOrReplaceTempView(
        "waiting_windows"
    )
    found = spark.sql("""
        SELECT key.window.start, value.count FROM waiting_windows ORDER BY 1
    """)
    return [list(row) for row in found.collect()]
