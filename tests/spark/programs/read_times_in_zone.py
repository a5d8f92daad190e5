"""Files: times without a zone are in the session's zone, or in the option's."""

from tests.spark.streams import Input, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add({"t": "2026-07-01 12:00:00"}, {"t": "2026-07-01T12:00:00Z"})
    answer = []
    with setting(spark, "spark.sql.session.timeZone", "Europe/Berlin"):
        for name, options in (("session", {}), ("option", {"timeZone": "Asia/Tokyo"})):
            read = rows.read(spark, "t TIMESTAMP", **options)
            frame = read.selectExpr("cast(t AS STRING) AS s", "unix_seconds(t)")
            answer += run_batches(frame, folder, name=name)
    return answer
