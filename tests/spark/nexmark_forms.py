"""Nexmark's forms: what real Spark says of each query as it is asked originally.

Run by the Python of `.venv-spark`; prints one line of JSON: the queries that Spark
refuses as streams, and of those that are asked otherwise whether the answers of both
forms are the same for a table at rest.
"""

from __future__ import annotations

import json
import sys
import tempfile
from typing import Any

from pyspark.errors import AnalysisException

from bench.nexmark.queries import QUERIES, RANKED
from bench.programs.streaming_query import open_session
from tests.spark.nexmark import views, write


def is_refused(frame: Any, mode: str, folder: str) -> bool:
    checkpoint = tempfile.mkdtemp(dir=folder)
    writer = frame.writeStream.format("noop").outputMode(mode)
    try:
        writer.option("checkpointLocation", checkpoint).start().stop()
    except AnalysisException:
        return True
    return False


def main(folder: str) -> None:
    spark = open_session("spark")
    events = write(folder)
    stream, table = (views(spark, events, is_stream) for is_stream in (True, False))
    report = {
        "refused": [
            name
            for name, query in QUERIES.items()
            if is_refused(query.ask(stream), query.mode, folder)
        ],
        "refused ranked": [
            name
            for name, ask in RANKED.items()
            if is_refused(ask(stream), "append", folder)
        ],
        "same": [
            name for name, ask in RANKED.items() if same(QUERIES[name].ask, ask, table)
        ],
    }
    spark.stop()
    sys.stdout.write(json.dumps(report) + "\n")


def same(left: Any, right: Any, table: Any) -> bool:
    found, expected = (sorted(map(repr, ask(table).collect())) for ask in (left, right))
    return bool(expected) and found == expected


if __name__ == "__main__":
    main(sys.argv[1])
