"""Oracle: real Spark in a process of its own, asked over its standard input.

Run by the Python of `.venv-spark`. A line asks for one program, by path, with an
empty folder; the answer is one line of JSON. Spark is a Connect server in this
process, and the programs use the same client as on `unbounded`.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import traceback
from typing import IO, Any

from tests.spark.rows import plain

_SETTINGS = {
    "spark.master": "local[2]",
    "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
    "spark.connect.grpc.binding.port": "0",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.session.timeZone": "UTC",
    "spark.log.level": "OFF",
    # With these on, numInputRows leaves out the rows that a reader's filter met.
    "spark.sql.csv.filterPushdown.enabled": "false",
    "spark.sql.json.filterPushdown.enabled": "false",
}


def open_session() -> Any:
    from pyspark import SparkConf, SparkContext
    from pyspark.sql.connect.session import SparkSession

    context: Any = SparkContext(conf=SparkConf().setAll(list(_SETTINGS.items())))
    name = "org.apache.spark.sql.connect.service.SparkConnectService$"
    port = getattr(getattr(context._jvm, name), "MODULE$").localPort()
    # From here on pyspark's functions make columns for the Connect client.
    os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
    return SparkSession.builder.remote(f"sc://localhost:{port}").getOrCreate()


def run(spark: Any, program: str, folder: str) -> Any:
    """A program's answer, or the text of what it died of."""
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    try:
        return {"rows": plain(runpy.run_path(program)["run"](spark, folder))}
    except Exception:
        return {"died": traceback.format_exc()}


def main(answers: IO[str]) -> None:
    spark = open_session()
    for line in sys.stdin:
        program, folder = json.loads(line)
        answer = run(spark, program, folder)
        print(json.dumps(answer), file=answers, flush=True)
    spark.stop()


if __name__ == "__main__":
    # Spark and the programs may print; answers have a channel of their own.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    main(channel)
