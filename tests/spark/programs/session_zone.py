"""Sessions: shown in the session's zone; local times make sessions too."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 3, k="a", n="2026-03-29T01:58:00"))
    rows.add(*at(60, k="a", n="2026-03-29T02:01:00"))
    with setting(spark, "spark.sql.session.timeZone", "Europe/Berlin"):
        read = rows.events(spark, "k STRING, n TIMESTAMP_NTZ")
        marked = read.groupBy("k", f.session_window("time", "5 minutes")).count()
        local = read.groupBy("k", f.session_window("n", "5 minutes")).count()
        shown = marked.selectExpr(
            "string(session_window.start)", "session_window", "count"
        )
        return [
            *run_batches(shown, folder, name="marked"),
            *run_batches(local, folder, "complete", name="local"),
        ]
