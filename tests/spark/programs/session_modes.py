"""Sessions: which output modes they go with."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, accepted, at, outcome


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, k="a"))
    plain = rows.read(spark, "time TIMESTAMP, value INT, k STRING")
    window = f.session_window("time", "5 minutes")
    frames = {
        "marked": rows.events(spark, "k STRING").groupBy("k", window).count(),
        "plain": plain.groupBy("k", window).count(),
        "other": plain.select("*", f.col("time").alias("t"))
        .withWatermark("t", "1 minute")
        .groupBy("k", window)
        .count(),
        "two": plain.groupBy(
            "k", window, f.session_window("time", "1 minute").alias("b")
        ).count,
    }
    return [
        [name, mode, *accepted(frame, folder, mode)]
        for name, frame in frames.items()
        if name != "two"
        for mode in ("append", "complete")
    ] + [outcome(frames["two"])]
