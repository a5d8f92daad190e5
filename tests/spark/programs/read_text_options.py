"""Text: lines, whole files, another line end."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder, suffix="text")
    rows.add_text("one\ntwo\r\nthree\rfour\n\nfive")
    rows.add_text("")
    rows.add_text("größe;☃\n")
    answer = []
    for number, options in enumerate([{}, {"wholetext": True}, {"lineSep": ";"}]):
        read = rows.read(spark, "value STRING", **options)
        answer += run_batches(read, folder, name=f"query{number}")
    return answer
