"""Parquet: written by the engine itself, read as a stream, columns missing too."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder, suffix="parquet")
    frame = spark.sql(
        "SELECT 1 AS i, 2L AS l, 1.5D AS d, 0.25F AS f, 1.25BD AS n, 's' AS s,"
        " true AS b, DATE'2026-01-02' AS day,"
        " TIMESTAMP'2026-01-02 03:04:05.678901' AS t,"
        " array(1, NULL) AS a, map('k', 1) AS m, named_struct('x', NULL, 'y', 2) AS st,"
        " X'00ff' AS bin, TIMESTAMP_NTZ'2026-01-02 03:04:05' AS ntz"
    )
    frame.write.parquet(f"{rows.path}/1")
    spark.sql("SELECT NULL AS s, 7 AS i").selectExpr(
        "i", "cast(s AS STRING) s"
    ).write.parquet(f"{rows.path}/2")
    rows.date_files()
    schema = (
        "s STRING, i INT, l BIGINT, d DOUBLE, f FLOAT, n DECIMAL(3, 2), b BOOLEAN,"
        " day DATE, t TIMESTAMP, a ARRAY<INT>, m MAP<STRING, INT>,"
        " st STRUCT<y: INT>, bin BINARY, ntz TIMESTAMP_NTZ, missing STRING"
    )
    read = rows.read(spark, schema, recursiveFileLookup=True)
    return run_batches(read, folder)
