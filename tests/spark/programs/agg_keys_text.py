"""Aggregation: text as a key: empty, long, equal but for case, accents or blanks."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    long = "long " * 60
    rows.add(*({"k": k} for k in ("", "a", "A", "a ", "é", "e\u0301", long, None)))
    rows.add(*({"k": k} for k in (long, "é", "", long + "x", "\U0001f600", "a\u0000")))
    frame = rows.read(spark, "k STRING").groupBy("k").agg(f.count("*"), f.max("k"))
    return run_batches(frame, folder, "update")
