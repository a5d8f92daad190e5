"""Refused: what may not follow a window's groups, by mode."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, accepted, at


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1))
    groups = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    frames = {
        "sorted": groups.orderBy("count"),
        "tail": groups.orderBy("window").limit(2),
        "filled": groups.fillna(0),
        "hinted": groups.hint("broadcast"),
        "repartitioned": groups.repartition(2),
    }
    return [
        [name, mode, *accepted(frame, folder, mode)]
        for name, frame in frames.items()
        for mode in ("append", "update", "complete")
        if (name, mode) != ("tail", "update")
    ]
