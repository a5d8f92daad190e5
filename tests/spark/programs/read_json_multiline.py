"""JSON: a document a file, one object or an array of them."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add_text('{\n  "a": 1,\n  "b": [\n    1\n  ]\n}\n')
    rows.add_text('[{"a": 2},\n {"a": 3, "b": []}]')
    rows.add_text('{"a": \n')
    read = rows.read(
        spark, "a INT, b ARRAY<INT>, _corrupt_record STRING", multiLine=True
    )
    return run_batches(read, folder)
