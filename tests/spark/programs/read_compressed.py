"""Files: compressed ones are read by their names."""

import gzip

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add_text(gzip.compress(b'{"n": 1}\n{"n": 2}\n'), name="1.json.gz")
    rows.add({"n": 4})
    lines = Input(folder, "lines", "text")
    lines.add_text(gzip.compress("größe\n\n".encode()), name="1.gz")
    cells = Input(folder, "cells", "csv")
    cells.add_text(gzip.compress(b"1,a\n2,b\n"), name="1.csv.gz")
    return [
        *run_batches(rows.read(spark, "n INT"), folder),
        *run_batches(lines.read(spark, "value STRING"), folder, name="lines"),
        *run_batches(cells.read(spark, "n INT, s STRING"), folder, name="cells"),
    ]
