"""Sort and limit, complete: the first rows of each batch's whole result."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*({"k": k} for k in ["a", "b", "b", "c"]))
    rows.add(*({"k": k} for k in ["c", "c", "d", None]))
    counted = rows.read(spark, "k STRING").groupBy("k").count()
    top = counted.orderBy(f.desc("count"), "k").limit(2)
    nulls = counted.orderBy(f.col("k").desc_nulls_first())
    return [
        *run_batches(top, folder, "complete", name="top", is_ordered=True),
        *run_batches(nulls, folder, "complete", name="nulls", is_ordered=True),
    ]
