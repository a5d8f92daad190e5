"""Aggregation: counts of lines that are no JSON, by mode and columns."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add_text('{"v": 1}\n{"v": \nnot json\n{"v": "x"}\n')
    rows.add_text('{"v": 2}\n\n[]\n{}\n')
    answer = []
    for mode in ("PERMISSIVE", "DROPMALFORMED"):
        read = rows.read(spark, "v INT, _corrupt_record STRING", mode=mode)
        counts = read.selectExpr("count(v)", "count(_corrupt_record)", "sum(v)")
        keys = read.groupBy("v").agg(f.count("*"), f.max("_corrupt_record"))
        answer += run_batches(counts, folder, "update", name=f"{mode}-counts")
        answer += run_batches(keys, folder, "update", name=f"{mode}-keys")
    return answer
