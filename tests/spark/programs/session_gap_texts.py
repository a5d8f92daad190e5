"""Sessions: a gap that is nought or no length of time makes no session."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, outcome, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3, k="a"))
    rows.add(*at(5, k="a"))
    read = rows.events(spark, "k STRING")
    answer = []
    gaps = ("0 seconds", "-5 minutes", "soon", "", "1 day 1 second", "120 seconds")
    for number, gap in enumerate(gaps):
        frame = read.groupBy("k", f.session_window("time", gap)).count()
        answer += [gap, *run_batches(frame, folder, "complete", name=f"query{number}")]
    for column in ("value", "missing"):
        grouped = read.groupBy("k", f.session_window(column, "5 minutes"))
        answer.append([column, *outcome(lambda g=grouped: g.count().schema)])
    return answer
