"""Aggregation: arithmetic, conditions and structs over aggregates."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": 1, "v": 3, "w": 2.0}, {"k": 2, "v": None, "w": 0.5})
    rows.add({"k": 1, "v": 5, "w": None}, {"k": 2, "v": -1, "w": 4.25})
    rows.read(spark, "k INT, v INT, w DOUBLE").createOrReplaceTempView("expr_rows")
    frame = spark.sql("""
        SELECT k * 10 + 1 AS key, sum(v) * 2 + count(*) AS a,
            sum(v * w) / count(v) AS b,
            if(max(v) > 4, 'high', 'low') AS c,
            coalesce(sum(v), 0L) AS d, round(avg(w), 1) AS e,
            named_struct('n', count(v), 'top', max(w)) AS f,
            max(v) - min(v) AS g, sum(if(w > 1, 1, 0)) AS h,
            k || ':' || count(1) AS i
        FROM expr_rows GROUP BY k
    """)
    return run_batches(frame, folder, "update")
