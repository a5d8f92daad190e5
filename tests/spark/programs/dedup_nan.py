"""Deduplication: NaN and minus nought, alone and in a struct."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"d": "NaN"}, {"d": -0.0}, {"d": 1.0})
    rows.add({"d": "NaN"}, {"d": 0.0}, {"d": None})
    rows.add({"d": None}, {"d": 1.0}, {"d": "Infinity"})
    read = rows.read(spark, "d DOUBLE")
    return [
        *run_batches(
            read.groupBy("d").count().select("d"), folder, "update", name="group"
        ),
        *run_batches(
            read.distinct().selectExpr("isnan(d)", "d = 0"), folder, name="plain"
        ),
    ]
