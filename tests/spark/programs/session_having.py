"""Sessions: long ones only, and a filter before."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3, 30, k="a"), *at(2, k="b"))
    rows.add(*at(7, 60, k="a"), *at(200, k="c"))
    rows.add(*at(100, k="b"))
    rows.events(spark, "k STRING").createOrReplaceTempView("session_rows")
    frame = spark.sql("""
        SELECT k, session_window.start AS s, count(*) AS n FROM session_rows
        WHERE k <> 'c' GROUP BY k, session_window(time, '5 minutes') HAVING count(*) > 1
    """)
    return run_batches(frame, folder)
