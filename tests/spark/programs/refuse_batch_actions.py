"""Refused: actions of a batch on a stream."""

from tests.spark.streams import Input, outcome


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1})
    read = rows.read(spark, "k STRING, v INT")
    actions = {
        "collect": read.collect,
        "show": read.show,
        "count": read.count,
        "head": read.head,
        "take": lambda: read.take(1),
        "toPandas": read.toPandas,
        "write": lambda: read.write.json(f"{folder}/written"),
        "aggregate": lambda: read.groupBy("k").count().collect(),
        "cache": lambda: read.cache().count(),
        "schema": lambda: read.schema,
        "explain": lambda: read.explain(),
    }
    return [[name, *outcome(action)] for name, action in actions.items()]
