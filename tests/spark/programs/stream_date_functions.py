"""Stateless: dates and times in a zone with summer time."""

from tests.spark.streams import Input, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add({"t": "2026-03-08T06:59:59Z", "d": "2026-02-28"})
    rows.add({"t": "2026-03-08T07:00:00.123456Z", "d": "2024-02-29"})
    rows.add({"t": "2026-11-01T05:30:00Z", "d": None}, {"t": None, "d": "1969-12-31"})
    with setting(spark, "spark.sql.session.timeZone", "America/New_York"):
        frame = rows.read(spark, "t TIMESTAMP, d DATE").selectExpr(
            "t",
            "cast(t AS STRING) AS shown",
            "hour(t)",
            "dayofweek(t)",
            "weekofyear(d)",
            "dayofyear(d)",
            "quarter(d)",
            "last_day(d)",
            "add_months(d, 12)",
            "months_between(t, d)",
            "date_trunc('HOUR', t)",
            "trunc(d, 'MM')",
            "date_format(t, 'yyyy-MM-dd EEE HH:mm:ss.SSS')",
            "t + INTERVAL 1 DAY AS next",
            "t + INTERVAL 24 HOURS AS later",
            "to_utc_timestamp(t, 'Asia/Kolkata')",
            "unix_timestamp(t)",
            "unix_micros(t)",
            "datediff(d, DATE'2026-01-01')",
            "cast(t AS DATE)",
            "make_date(year(d), 1, 1)",
            "extract(SECOND FROM t)",
        )
        return run_batches(frame, folder)
