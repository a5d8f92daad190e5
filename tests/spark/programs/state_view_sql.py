"""State: as views of SQL, of the last batch and of another; joined and grouped."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "b", "v": 5})
    rows.add({"k": "a", "v": 7}, {"k": "c", "v": 2})
    frame = (
        rows.read(spark, "k STRING, v INT")
        .groupBy("k")
        .agg(f.sum("v"), f.max("v"), f.avg("v"))
    )
    run_batches(frame, folder, "update")
    source = f"USING statestore OPTIONS (path '{folder}/query-checkpoint', "
    spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW kept {source} operatorId 0)")
    spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW first {source} batchId 0)")
    queries = [
        "SELECT key.k, value.max, value.count FROM kept ORDER BY 1",
        "SELECT key.k, value.max FROM first ORDER BY 1",
        "SELECT count(*), sum(value.max) FROM kept WHERE key.k <> 'b'",
        "SELECT kept.key.k, kept.value.max - first.value.max FROM kept "
        "JOIN first ON kept.key = first.key ORDER BY 1",
        "SELECT kept.key.k FROM kept LEFT ANTI JOIN first ON kept.key = first.key",
    ]
    return [[list(row) for row in spark.sql(query).collect()] for query in queries]
