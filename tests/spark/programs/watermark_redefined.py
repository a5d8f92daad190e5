"""Watermark: defined twice on one stream, refused unless one operator has state."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, failure, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 30))
    rows.add(*at(25, 2, 31))
    rows.add(*at(60))
    twice = rows.events(spark).withWatermark("time", "1 minute")
    frame = twice.groupBy(f.window("time", "10 minutes")).count()
    other = rows.events(spark, "other TIMESTAMP").withWatermark("other", "20 minutes")
    answer = [
        failure(frame, folder, name="twice"),
        failure(frame, folder, "update", name="update"),
        failure(other.groupBy("time").count(), folder, name="two_columns"),
        failure(other.select("value"), folder, name="rows"),
    ]
    key = "spark.sql.streaming.statefulOperator.checkCorrectness.enabled"
    with setting(spark, key, "false"):
        answer.append(failure(frame, folder, name="unchecked"))
    with setting(spark, "spark.sql.streaming.statefulOperator.allowMultiple", "false"):
        return answer + run_batches(frame, folder)
