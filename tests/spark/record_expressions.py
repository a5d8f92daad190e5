"""Record what real Spark answers to each expression of `expressions.txt`.

Run in the environment of real Spark; rewrites `tests/golden/expressions.json`:

    .venv-spark/bin/python tests/spark/record_expressions.py

A line is an SQL expression; `# zone: <name>` sets the session's zone for the
lines below it. Each answer holds the column's name and type, and the value as
`CAST(… AS STRING)` gives it, or the error's condition.
"""

from __future__ import annotations

import json
import pathlib
import re

from pyspark.sql import SparkSession

_HERE = pathlib.Path(__file__).parent
_LISTED = _HERE / "expressions.txt"
_GOLDEN = _HERE.parent / "golden" / "expressions.json"


def main() -> None:
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    zone = "UTC"
    records = []
    for line in _LISTED.read_text("utf-8").splitlines():
        if line.startswith("# zone: "):
            zone = line.removeprefix("# zone: ")
            spark.conf.set("spark.sql.session.timeZone", zone)
        elif line.strip() and not line.startswith("#"):
            records.append({"sql": line, "zone": zone, **answer(spark, line)})
    text = json.dumps(records, indent=1, ensure_ascii=False)
    _GOLDEN.write_text(text + "\n", "utf-8")
    spark.stop()


def answer(spark: SparkSession, sql: str) -> dict[str, object]:
    try:
        table = spark.sql(f"SELECT {sql}")
        field = table.schema.fields[0]
        shown = table.selectExpr(f"CAST(`{field.name.replace('`', '``')}` AS STRING)")
        value = shown.collect()[0][0]
    except Exception as error:
        condition = re.search(r"\[([A-Z_0-9.]+)\]", str(error))
        return {"error": condition[1] if condition else str(error)[:200]}
    return {"name": field.name, "type": field.dataType.simpleString(), "value": value}


if __name__ == "__main__":
    main()
