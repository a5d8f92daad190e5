"""Files: the folder from which on names of folders are columns."""

from pyspark.errors import PySparkException

from tests.spark.streams import Input, outcome, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add_text('{"v": 1}\n', below="a=1/b=x")
    rows.add_text('{"v": 2}\n', below="a=1/b=y")
    rows.add_text('{"v": 3}\n', below="a=2/b=x")
    answer = []

    def show(name, path, **options):
        try:
            frame = spark.read.schema("v INT").options(**options).json(path)
            found = sorted(([*row] for row in frame.collect()), key=repr)
        except PySparkException as error:
            answer.append([name, error.getCondition() or "is refused"])
            return
        answer.append([name, frame.schema.simpleString(), found])

    show("whole", rows.path)
    show("one folder", f"{rows.path}/a=1")
    show("based", f"{rows.path}/a=1", basePath=rows.path)
    show("pattern", f"{rows.path}/a=*")
    show("pattern, based", f"{rows.path}/a=*", basePath=rows.path)
    show("pattern of files", f"{rows.path}/*/b=x/*.json")
    show("several", [f"{rows.path}/a=1/b=x", f"{rows.path}/a=2"], basePath=rows.path)
    show("recursive", rows.path, recursiveFileLookup=True)
    wrong = [f"{folder}/elsewhere", f"{rows.path}/a=1", f"{rows.path}/a=1/b=x/000.json"]
    for number, base in enumerate(wrong):
        reader = spark.read.schema("v INT").option("basePath", base)
        error = outcome(lambda r=reader: r.json(rows.path).collect())
        answer.append(["is refused", number, error != ["done"]])
    reader = spark.readStream.schema("v INT, a INT, b STRING")
    answer += run_batches(reader.json(rows.path), folder, name="whole")
    return [row for row in answer if row[0] != "progress"]
