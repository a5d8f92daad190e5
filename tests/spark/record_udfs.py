"""Record what real Spark makes of each program of `tests/udf`.

Run in the environment of real Spark, which needs pyarrow and pandas too; rewrites
`tests/golden/udfs.json`:

    TZ=UTC PYSPARK_PYTHON=.venv-spark/bin/python \\
        .venv-spark/bin/python tests/spark/record_udfs.py
"""

from __future__ import annotations

import importlib
import json
import pathlib
import sys

from pyspark import cloudpickle
from pyspark.sql import SparkSession

_TESTS = pathlib.Path(__file__).parent.parent
_GOLDEN = _TESTS / "golden" / "udfs.json"


def main() -> None:
    spark = (
        SparkSession.builder.remote("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .getOrCreate()
    )
    # Which functions the module makes depends on the session there is.
    sys.path.insert(0, str(_TESTS / "udf"))
    cases = importlib.import_module("cases")
    conversions = importlib.import_module("conversions")
    # The workers have no such modules, so their functions travel by value.
    cloudpickle.register_pickle_by_value(cases)
    cloudpickle.register_pickle_by_value(conversions)
    known = {**cases.CASES, **conversions.CONVERSIONS}
    chosen = sys.argv[1:] or list(known)
    records = json.loads(_GOLDEN.read_text("utf-8")) if sys.argv[1:] else {}
    for name in chosen:
        records[name] = cases.describe(spark, known[name])
        spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "10000")
    text = json.dumps(records, indent=0, ensure_ascii=False, sort_keys=True)
    _GOLDEN.write_text(text + "\n", "utf-8")
    spark.stop()


if __name__ == "__main__":
    main()
