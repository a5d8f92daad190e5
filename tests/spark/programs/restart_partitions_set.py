"""Restart: the number of shuffle partitions stays that of the first start."""

from tests.spark.streams import Input, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add(*({"k": n % 5} for n in range(20)))
    frame = rows.read(spark, "k INT").groupBy("k").count()
    answer = run_batches(frame, folder, "update")
    rows.add(*({"k": n % 7} for n in range(20)))
    with setting(spark, "spark.sql.shuffle.partitions", "3"):
        return answer + run_batches(frame, folder, "update")
