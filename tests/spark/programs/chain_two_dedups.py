"""Chain: two deduplications, of a time and key and then of the key."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 1, 2, k="a"), *at(1, k="b"))
    rows.add(*at(3, k="a"), *at(30, k="c"))
    rows.add(*at(31, k="a"), *at(2, k="d"))
    read = rows.events(spark, "k STRING").dropDuplicates(["time", "k"])
    return [
        *run_batches(read.dropDuplicates(["k"]), folder, name="key"),
        *run_batches(read.dropDuplicatesWithinWatermark(["k"]), folder, name="within"),
    ]
