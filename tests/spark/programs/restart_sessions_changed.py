"""Restart: sessions by another key are refused; by another gap they go on."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, failure, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 20, k="a"))
    read = rows.events(spark, "k STRING")

    def sessions(gap, *keys):
        return read.groupBy(*keys, f.session_window("time", gap)).count()

    answer = run_batches(sessions("5 minutes", "k"), folder)
    rows.add(*at(25, k="a"))
    answer.append(failure(sessions("5 minutes", "value"), folder))
    answer.append(failure(sessions("5 minutes", "k", "value"), folder))
    answer += run_batches(sessions("8 minutes", "k"), folder)
    rows.add(*at(60, k="a"))
    return answer + run_batches(sessions("8 minutes", "k"), folder)
