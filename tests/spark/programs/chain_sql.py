"""Chain: two steps in one statement, with the time of the first's windows."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 12, k="a"), *at(3, k="b"))
    rows.add(*at(13, 75, k="a"))
    rows.add(*at(140, k="b"))
    rows.events(spark, "k STRING").createOrReplaceTempView("chain_rows")
    frame = spark.sql("""
        SELECT window(window, '1 hour').end AS until, max(n) AS most, count(*) AS parts
        FROM (
            SELECT window, k, count(*) AS n FROM chain_rows
            GROUP BY window(time, '10 minutes'), k
        ) GROUP BY window(window, '1 hour')
    """)
    times = spark.sql("""
        WITH parts AS (
            SELECT window_time(window) AS t, s FROM (
                SELECT window, sum(value) AS s FROM chain_rows
                GROUP BY window(time, '10 minutes') HAVING sum(value) > 3
            )
        )
        SELECT window.start, sum(s) FROM parts GROUP BY window(t, '30 minutes')
    """)
    return [
        *run_batches(frame, folder, name="windows"),
        *run_batches(times, folder, name="times"),
    ]
