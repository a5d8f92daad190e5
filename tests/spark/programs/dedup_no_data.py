"""Deduplication: batches without data empty the state."""

from tests.spark.streams import Input, at, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, k="a"))
    rows.add(*at(40, k="b"))
    rows.add(*at(90, k="c"))
    read = rows.events(spark, "k STRING")
    within = read.dropDuplicatesWithinWatermark(["k"])
    answer = run_batches(read.dropDuplicates(["time"]), folder, name="time")
    answer += run_batches(within, folder, name="within")
    with setting(spark, "spark.sql.streaming.noDataMicroBatches.enabled", "false"):
        answer += run_batches(read.dropDuplicates(["time"]), folder, name="time_off")
        return answer + run_batches(within, folder, name="within_off")
