"""Sessions: batches without data, and with them switched off."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3, 40, k="a"))
    rows.add(*at(80, k="b"))
    frame = rows.events(spark, "k STRING").groupBy(
        "k", f.session_window("time", "5 minutes")
    )
    answer = run_batches(frame.count(), folder, name="on")
    with setting(spark, "spark.sql.streaming.noDataMicroBatches.enabled", "false"):
        return answer + run_batches(frame.count(), folder, name="off")
