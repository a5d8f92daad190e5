"""Aggregation: the most frequent value, with a rule for equal ones."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "s": "b"}, {"k": 1, "s": "b"}, {"k": 1, "s": "a"}, {"k": 2})
    rows.add({"k": 1, "s": None}, {"k": 1, "s": None}, {"k": 1, "s": None})
    rows.add({"k": 1, "s": "a"}, {"k": 1, "s": "a"}, {"k": 2, "s": "z"})
    rows.read(spark, "k INT, s STRING").createOrReplaceTempView("mode_rows")
    frame = spark.sql("""
        SELECT k, mode(s), mode(s, true) AS least,
            mode() WITHIN GROUP (ORDER BY s DESC) AS last
        FROM mode_rows GROUP BY k
    """)
    return run_batches(frame, folder, "update")
