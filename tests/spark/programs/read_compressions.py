"""Files: compressed in each way that a name can tell."""

import bz2
import gzip
import zlib

from tests.spark.streams import Input, failure, run_batches

LINES = b'{"n": 1}\n{"n": 2}\n'


def run(spark, folder):
    files = {
        "a.json.gz": gzip.compress(LINES),
        "a.json.bz2": bz2.compress(LINES),
        "a.json.deflate": zlib.compress(LINES),
        "a.json.GZ": gzip.compress(LINES),
        "a.gz.json": LINES,
        "two.json.gz": gzip.compress(LINES) + gzip.compress(b'{"n": 3}\n'),
        "two.json.bz2": bz2.compress(LINES) + bz2.compress(b'{"n": 3}\n'),
        "plain.json.gz": LINES,
        "half.json.gz": gzip.compress(LINES * 100)[:-12],
        "empty.json.gz": b"",
    }
    answer = []
    for number, (name, data) in enumerate(files.items()):
        rows = Input(folder, f"input{number}")
        rows.add_text(data, name=name)
        read = rows.read(spark, "n INT")
        error = failure(read, folder, name=f"try{number}")
        if error == ["done"]:
            answer.append([name, run_batches(read, folder, name=f"query{number}")[1:2]])
        else:
            answer.append([name, "fails"])
    for codec in ("bzip2", "deflate", "gzip", "none"):
        path = f"{folder}/{codec}"
        frame = spark.createDataFrame([(1,), (2,)], "n INT").coalesce(1)
        try:
            frame.write.option("compression", codec).json(path)
            found = spark.read.schema("n INT").json(path)
            answer.append([codec, sorted(row.n for row in found.collect())])
        except Exception as error:
            answer.append([codec, type(error).__name__])
    return answer
