"""CSV: a quoted field over several lines, with and without multiLine."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder, suffix="csv")
    rows.add_text('1,"one\nline",x\n2,two,y\n')
    rows.add_text('3,"a ""b""\n\nc",z\n')
    answer = []
    for multi in (True, False):
        read = rows.read(
            spark, "n INT, s STRING, t STRING", multiLine=multi, escape='"'
        )
        answer += run_batches(read, folder, name=f"query{multi}")
    return answer
