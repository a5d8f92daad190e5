"""Aggregation: any value is the first one that came."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": None, "w": "x"}, {"k": "b", "v": 2, "w": None})
    rows.add({"k": "a", "v": 5, "w": "y"}, {"k": "b", "v": 6, "w": "z"})
    rows.read(spark, "k STRING, v INT, w STRING").createOrReplaceTempView("any_rows")
    frame = spark.sql("""
        SELECT k, any_value(v), any_value(v, true), any_value(w) IGNORE NULLS AS w,
            first_value(w), last_value(w), first(v) IGNORE NULLS AS f,
            last_value(v, true)
        FROM any_rows GROUP BY k
    """)
    return run_batches(frame, folder, "update")
