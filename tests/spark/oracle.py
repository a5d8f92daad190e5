"""Oracle: real Spark in a process of its own, asked over its standard input.

Run by the Python of `.venv-spark`. A line asks for one program, by path, with an
empty folder; the answer is one line of JSON.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from typing import IO, Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from rows import plain


def open_session() -> Any:
    from pyspark.sql import SparkSession

    return (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.log.level", "OFF")
        .getOrCreate()
    )


def main(answers: IO[str]) -> None:
    spark = open_session()
    for line in sys.stdin:
        program, folder = json.loads(line)
        spark.conf.set("spark.sql.session.timeZone", "UTC")
        answer = runpy.run_path(program)["run"](spark, folder)
        print(json.dumps(plain(answer)), file=answers, flush=True)
    spark.stop()


if __name__ == "__main__":
    # Spark and the programs may print; answers have a channel of their own.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    main(channel)
