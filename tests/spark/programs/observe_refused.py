"""Observe: metrics that are none."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, accepted, outcome

WRONG = {
    "column": "v",
    "computed": "v + 1",
    "over a column": "count(1) + v",
    "random": "max(rand())",
    "random outside": "rand()",
    "nested": "sum(count(v))",
    "distinct": "count(DISTINCT v)",
    "filter": "count(v) FILTER (WHERE v > 1)",
    "unknown": "max(w)",
    "constant": "1",
    "star": "count(*)",
    "time": "max(current_timestamp()) IS NULL",
}


def run(spark, folder):
    rows = Input(folder)
    rows.add({"v": 3})
    frames = {
        "batch": spark.createDataFrame([(1,)], "v INT"),
        "stream": rows.read(spark, "v INT"),
    }
    answer = []
    for kind, frame in frames.items():
        for name, text in WRONG.items():
            observed = frame.observe("seen", f.expr(text).alias("m"))
            answer.append([kind, name, *outcome(lambda df=observed: df.schema)])
    count = f.count(f.lit(1))
    for kind, frame in frames.items():
        seen = frame.observe("seen", count)
        answer += [
            [kind, "no name", *outcome(lambda df=frame: df.observe("", count).schema)],
            [kind, "same twice", *outcome(lambda df=seen: df.union(df).schema)],
            [
                kind,
                "same name",
                *outcome(lambda df=seen: df.observe("seen", f.max("v")).schema),
            ],
            [kind, "again", *outcome(lambda df=seen: df.observe("seen", count).schema)],
        ]
    stream = frames["stream"]
    for mode in ("append", "update"):
        answer.append(
            ["mode", mode, *accepted(stream.observe("s", count), folder, mode)]
        )
    return answer
