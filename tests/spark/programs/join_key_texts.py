"""Join: texts as keys, equal only letter by letter."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches

TEXTS = ("", "a", "A", "a ", " a", "ä", "a\u0308", "日本", "🙂", "long " * 30, "\t\n")


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    left.add(*({"a": text, "l": n} for n, text in enumerate(TEXTS)))
    right.add({"b": "a", "r": 100})
    left.add({"a": "a", "l": 100})
    right.add(*({"b": text, "r": n} for n, text in enumerate(TEXTS)))
    lefts, rights = (
        left.read(spark, "a STRING, l INT"),
        right.read(spark, "b STRING, r INT"),
    )
    return run_batches(lefts.join(rights, f.expr("a = b")), folder)
