"""Files: the types of columns that stand in names of folders."""

from tests.spark.streams import Input, outcome, run_batches, setting

VALUES = {
    "whole": ["1", "-2", "007"],
    "long": ["1", "3000000000"],
    "huge": ["1", "123456789012345678901234567890"],
    "double": ["1", "2.5", "1e3"],
    "small": ["0.1", ".5", "5."],
    "date": ["2026-01-02", "2026-1-3"],
    "time": ["2026-01-02 03%3A04%3A05", "2026-01-02"],
    "iso": ["2026-01-02T03%3A04%3A05"],
    "mixed": ["1", "2026-01-02"],
    "word": ["1", "x"],
    "boolean": ["true", "false"],
    "null": ["1", "__HIVE_DEFAULT_PARTITION__"],
    "only_null": ["__HIVE_DEFAULT_PARTITION__"],
    "float": ["1f", "2d"],
    "special": ["NaN", "1"],
    "blank": [" 1", "2"],
    "escaped": ["a%2Fb", "c%3Dd", "e+f", "g%25h"],
}


def run(spark, folder):
    answer = []
    for name, values in VALUES.items():
        rows = Input(folder, name)
        for number, value in enumerate(values):
            rows.add_text(f'{{"v": {number}}}\n', below=f"p={value}")

        def show(name=name, rows=rows, **options):
            frame = spark.read.schema("v INT").options(**options).json(rows.path)
            found = sorted(([*row] for row in frame.collect()), key=repr)
            answer.append([name, frame.schema.simpleString(), found])

        error = outcome(show)
        if error != ["done"]:
            answer.append([name, *error])
    inference = "spark.sql.sources.partitionColumnTypeInference.enabled"
    with setting(spark, inference, "false"):
        frame = spark.read.schema("v INT").json(f"{folder}/whole")
        answer.append(["off", frame.schema.simpleString()])
    for column in ("p STRING", "p BIGINT", "p DOUBLE", "P INT"):
        rows = Input(folder, "whole")
        read = rows.read(spark, f"v INT, {column}")
        answer += run_batches(read, folder, name=f"query{len(answer)}")
        frame = spark.read.schema(f"{column}, v INT").json(rows.path)
        answer.append([frame.schema.simpleString()])
    unread = Input(folder, "word").read(spark, "v INT, p INT")
    answer.append(
        ["word as INT", *outcome(lambda: run_batches(unread, folder, name="w"))]
    )
    return [row for row in answer if row[0] != "progress"]
