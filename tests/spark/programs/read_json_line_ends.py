"""JSON: line ends, a byte order mark, blank lines, no line end at the last."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add_text(b'\xef\xbb\xbf{"a": 1}\r\n\r\n{"a": 2}\r{"a": 3}\n\n{"a": 4}')
    rows.add_text(b"")
    rows.add_text('{"a": 5, "s": "größe ☃ \\u00e9 \\n"}'.encode())
    answer = run_batches(rows.read(spark, "a INT, s STRING"), folder)
    split = Input(folder, "split")
    split.add_text('{"a": 1};{"a": 2};')
    read = split.read(spark, "a INT", lineSep=";")
    return answer + run_batches(read, folder, name="split")
