"""Aggregation: text put together, in order of arrival or a given one."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "s": "b"}, {"k": 1, "s": None}, {"k": 2, "s": None})
    rows.add({"k": 1, "s": "a"}, {"k": 2, "s": "x"})
    rows.read(spark, "k INT, s STRING").createOrReplaceTempView("text_rows")
    frame = spark.sql("""
        SELECT k, listagg(s), listagg(s, ', ') AS parted,
            string_agg(s, '-') WITHIN GROUP (ORDER BY s DESC) AS ordered
        FROM text_rows GROUP BY k
    """)
    return run_batches(frame, folder, "update")
