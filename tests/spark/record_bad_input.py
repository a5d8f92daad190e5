"""Record how real Spark answers bad input.

Run in the environment of real Spark, from the root of the repository; rewrites
`tests/golden/bad_input.json`, or the cases that are named alone:

    TZ=UTC PYTHONPATH=. PYSPARK_PYTHON=.venv-spark/bin/python \\
        .venv-spark/bin/python tests/spark/record_bad_input.py
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from pathlib import Path

from pyspark import cloudpickle
from pyspark.sql import SparkSession

_GOLDEN = Path(__file__).parent.parent / "golden" / "bad_input.json"


def main() -> None:
    spark = (
        SparkSession.builder.remote("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.log.level", "OFF")
        .getOrCreate()
    )
    bad_input = importlib.import_module("tests.client.bad_input")
    # The workers have no such module, so its functions travel by value.
    cloudpickle.register_pickle_by_value(
        importlib.import_module("tests.client.bad_streams")
    )
    chosen = sys.argv[1:] or bad_input.NAMES
    records = json.loads(_GOLDEN.read_text("utf-8")) if sys.argv[1:] else {}
    for name in chosen:
        with tempfile.TemporaryDirectory() as folder:
            records[name] = bad_input.describe(spark, name, Path(folder))
        for query in spark.streams.active:
            query.stop()
        for table in spark.catalog.listTables():
            spark.catalog.dropTempView(table.name)
        spark.sql("RESET")
        spark.conf.set("spark.sql.session.timeZone", "UTC")
        spark.conf.set("spark.sql.shuffle.partitions", "1")
    text = json.dumps(records, indent=0, ensure_ascii=False, sort_keys=True)
    _GOLDEN.write_text(text + "\n", "utf-8")
    spark.stop()


if __name__ == "__main__":
    main()
