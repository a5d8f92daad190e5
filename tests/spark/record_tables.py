"""Record what real Spark shows for each query of `tables.txt`.

Run in the environment of real Spark; rewrites `tests/golden/tables.json`:

    .venv-spark/bin/python tests/spark/record_tables.py

A line is an SQL query; `# show: rows=20 truncate=20 vertical=false` sets how the
lines below it are shown.
"""

from __future__ import annotations

import json
import pathlib
import re

from pyspark.sql import SparkSession

_HERE = pathlib.Path(__file__).parent
_LISTED = _HERE / "tables.txt"
_GOLDEN = _HERE.parent / "golden" / "tables.json"


def main() -> None:
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    shape = (20, 20, False)
    records = []
    for line in _LISTED.read_text("utf-8").splitlines():
        if line.startswith("# show: "):
            options = dict(re.findall(r"(\w+)=(\w+)", line))
            vertical = options["vertical"] == "true"
            shape = (int(options["rows"]), int(options["truncate"]), vertical)
        elif line.strip() and not line.startswith("#"):
            rows, truncate, vertical = shape
            record = {"sql": line, "rows": rows, "truncate": truncate}
            record["vertical"] = vertical
            records.append({**record, **answer(spark, line, shape)})
    text = json.dumps(records, indent=1, ensure_ascii=False)
    _GOLDEN.write_text(text + "\n", "utf-8")
    spark.stop()


def answer(
    spark: SparkSession, sql: str, shape: tuple[int, int, bool]
) -> dict[str, object]:
    try:
        table = spark.sql(sql)
        lines = table._jdf.showString(*shape).split("\n")
        types = [field.dataType.simpleString() for field in table.schema.fields]
    except Exception as error:
        condition = re.search(r"\[([A-Z_0-9.]+)\]", str(error))
        return {"error": condition[1] if condition else str(error)[:200]}
    return {"types": types, "lines": lines}


if __name__ == "__main__":
    main()
