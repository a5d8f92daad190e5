"""Sessions: in SQL, with a gap by CASE and keys by number."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3, k="slow"), *at(2, 4, k="fast"))
    rows.add(*at(9, k="slow"), *at(6, k="fast"))
    rows.add(*at(60, k="slow"))
    rows.events(spark, "k STRING").createOrReplaceTempView("gap_rows")
    frame = spark.sql("""
        SELECT k, count(*) AS n, session_window.end AS until
        FROM gap_rows
        GROUP BY 1, session_window(
            time, CASE WHEN k = 'slow' THEN '10 minutes' ELSE '90 seconds' END
        )
    """)
    return run_batches(frame, folder)
