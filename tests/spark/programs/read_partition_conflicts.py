"""Files: folders that do not agree on the columns in their names."""

from tests.spark.streams import Input, outcome, run_batches


def run(spark, folder):
    layouts = {
        "other names": ["a=1", "b=1"],
        "other depth": ["a=1", "a=1/b=2"],
        "other case": ["a=1", "A=2"],
        "not of a kind": ["a=1/x", "a=2/x"],
        "empty name": ["=1"],
        "empty value": ["a="],
        "same twice": ["a=1/a=2"],
    }
    answer = []
    for name, folders in layouts.items():
        rows = Input(folder, name.replace(" ", "_"))
        for number, below in enumerate(folders):
            rows.add_text(f'{{"v": {number}}}\n', below=below)

        def show(name=name, rows=rows):
            frame = spark.read.schema("v INT").json(rows.path)
            found = sorted(([*row] for row in frame.collect()), key=repr)
            answer.append([name, frame.schema.simpleString(), found])

        error = outcome(show)
        if error != ["done"]:
            answer.append([name, *error])
    data = Input(folder, "in_data")
    data.add_text('{"v": 1, "a": 7}\n', below="a=5")
    frame = spark.read.json(data.path)
    answer.append(
        ["in data", frame.schema.simpleString(), [[*r] for r in frame.collect()]]
    )
    frame = spark.read.schema("a STRING, v INT").json(data.path)
    answer.append(
        ["in schema", frame.schema.simpleString(), [[*r] for r in frame.collect()]]
    )
    answer += run_batches(data.read(spark, "v INT"), folder, name="unnamed")
    return [row for row in answer if row[0] != "progress"]
