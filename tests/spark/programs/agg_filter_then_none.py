"""Aggregation: a filter on the aggregate's own column, and one always false."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "v": 5}, {"k": 2, "v": -1})
    rows.add({"k": 1, "v": -2}, {"k": 2, "v": None})
    rows.read(spark, "k INT, v INT").createOrReplaceTempView("own_filter")
    frame = spark.sql("""
        SELECT k, sum(v) FILTER (WHERE v > 0) AS plus,
            min(v) FILTER (WHERE v < 0) AS least,
            collect_list(v) FILTER (WHERE v IS NULL) AS nulls,
            avg(v) FILTER (WHERE false) AS none, count(v) FILTER (WHERE true) AS known
        FROM own_filter GROUP BY k HAVING sum(v) FILTER (WHERE v > 0) IS NULL OR k = 1
    """)
    return run_batches(frame, folder, "update")
