"""CSV: values of every type, empty strings and times in formats."""

from tests.spark.streams import Input, run_batches

SCHEMA = (
    "i INT, l BIGINT, d DOUBLE, n DECIMAL(6, 2), s STRING, b BOOLEAN, day DATE,"
    " t TIMESTAMP"
)


def run(spark, folder):
    rows = Input(folder, suffix="csv")
    rows.add_text(
        '1,2,3,4,"",true,2026-01-02,2026-01-02T03:04:05Z\n'
        ",,,,,,,\n"
        "-1,+2,.5,1.255,x,FALSE,2026-1-2,2026-01-02 03:04:05.678\n"
    )
    rows.add_text(
        "1.0,2e3,1d,123456.7, y ,yes,02.01.2026,soon\n"
        "2147483648,9223372036854775807,Infinity,-0.005,é,1,2026-01-02 00:00,"
        "2026-01-02\n"
    )
    return run_batches(rows.read(spark, SCHEMA), folder)
