"""Files: with fileNameOnly, those of one name are one file wherever they lie."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    answer = []
    for number, only in enumerate((False, True)):
        rows = Input(folder, f"input{number}")
        for below in ("x", "y"):
            rows.add_text(f'{{"s": "{below}"}}\n', below, "same.json")
        rows.add_text('{"s": "z"}\n', "z", "other.json")
        options = {"recursiveFileLookup": True, "fileNameOnly": only}
        for name in ("first", "second"):
            read = rows.read(spark, "s STRING", **options)
            answer += run_batches(read, folder, name=f"query{number}")
            rows.add_text(f'{{"s": "{name}"}}\n', name, "same.json")
    return answer
