"""Joins: rows that an inner join leaves out do not move the watermark below it."""

from pyspark.sql import functions as f

from tests.spark.static_joins import names
from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(0, 12, k="a"), *at(55, k=None), *at(40, k="z"))
    rows.add(*at(3, 30, k="a"), *at(59, k=None))
    rows.add(*at(5, 45, k="c"))
    read = rows.events(spark, "k STRING")
    table = names(spark)
    window = f.window("time", "10 minutes")
    small = (read.k == table.k) & (read.value < 40)
    frames = {
        "inner": read.join(table, "k"),
        "left": read.join(table, "k", "left"),
        "semi": read.join(table, "k", "left_semi"),
        "anti": read.join(table, "k", "left_anti"),
        "condition": read.join(table, small).drop(table.k),
    }
    answer = []
    for name, frame in frames.items():
        answer += run_batches(frame.groupBy(window).count(), folder, "append", name)
    return answer
