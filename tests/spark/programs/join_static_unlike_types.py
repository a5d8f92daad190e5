"""Joins: keys of two types are compared as one."""

from tests.spark.streams import Input, run_batches

PAIRS = [
    ("INT", "BIGINT"),
    ("INT", "DOUBLE"),
    ("INT", "DECIMAL(10,2)"),
    ("DECIMAL(6,1)", "DECIMAL(10,2)"),
    ("FLOAT", "DOUBLE"),
    ("INT", "STRING"),
    ("STRING", "DOUBLE"),
]


def run(spark, folder):
    rows = Input(folder)
    rows.add({"text": "1"}, {"text": "2"}, {})
    rows.add({"text": "2"})
    read = rows.read(spark, "text STRING")
    texts = spark.createDataFrame([("1",), ("3",), (None,)], "text STRING")
    frames = {}
    for one, other in PAIRS:
        left = read.selectExpr(f"CAST(text AS {one}) AS k")
        right = texts.selectExpr(f"CAST(text AS {other}) AS j")
        frames[f"{one} {other}"] = left.join(right, left.k == right.j, "left")
    return [
        row
        for number, frame in enumerate(frames.values())
        for row in run_batches(frame, folder, name=str(number))
    ]
