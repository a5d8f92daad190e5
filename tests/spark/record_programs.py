"""Record what real Spark answers to each program: `tests/golden/spark/<name>.json`.

    make record-spark
    make record-spark PROGRAMS="window_sliding_update watermark_late_rows"

A row of an answer stands on a line of its own, so that a diff can be read.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.spark.spark_process import GOLDEN, PROGRAMS, SparkProcess, program_file


def main(names: list[str]) -> int:
    GOLDEN.mkdir(parents=True, exist_ok=True)
    unknown = set(names) - set(PROGRAMS)
    if unknown:
        say(f"no such programs: {', '.join(sorted(unknown))}")
        return 2
    died = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        SparkProcess(Path(folder, "spark.log")) as spark,
    ):
        for name in names or PROGRAMS:
            workspace = Path(folder, name)
            workspace.mkdir()
            died += not record(spark, name, workspace)
    remove_forgotten()
    return 1 if died else 0


def record(spark: SparkProcess, name: str, workspace: Path) -> bool:
    try:
        rows = spark.answer(name, workspace)
    except AssertionError as error:
        say(str(error))
        return False
    (GOLDEN / f"{name}.json").write_text(document(rows), "utf-8")
    say(f"{name}: {len(rows)} rows")
    return True


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def document(rows: list[Any]) -> str:
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    return "[\n" + ",\n".join(lines) + "\n]\n"


def remove_forgotten() -> None:
    """Answers to programs that are gone by now; others may have come meanwhile."""
    for file in GOLDEN.glob("*.json"):
        if not program_file(file.stem).exists():
            file.unlink()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
