"""State: the columns that the metadata of state gives."""

from tests.spark.streams import Input, outcome, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a"})
    run_batches(rows.read(spark, "k STRING").groupBy("k").count(), folder, "update")
    run_batches(rows.read(spark, "k STRING"), folder, name="stateless")
    state = spark.read.format("state-metadata").load(f"{folder}/query-checkpoint")
    none = spark.read.format("state-metadata").load(f"{folder}/stateless-checkpoint")
    return [
        *map(list, state.dtypes),
        outcome(lambda: none.collect()),
        outcome(
            lambda: spark.read.format("state-metadata").load(f"{folder}/no").collect()
        ),
    ]
