"""Aggregation: every form of count, where nulls are and where they are not."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "v": 1, "w": None}, {"k": 1, "v": None, "w": 2}, {"k": 2})
    rows.add({"k": 1, "v": 3, "w": 3}, {"k": None, "v": 4, "w": 4})
    rows.read(spark, "k INT, v INT, w INT").createOrReplaceTempView("count_rows")
    frame = spark.sql("""
        SELECT k, count(*), count(1), count(v), count(v, w), count(NULL),
            count_if(v > 1), count_if(w IS NULL)
        FROM count_rows GROUP BY k
    """)
    return run_batches(frame, folder, "update")
