"""Bad input: every case there is, and how one is run, here and on real Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.client import bad_frames, bad_joins, bad_streams
from tests.client.bad_answers import CASES, answer
from tests.client.bad_sql import TABLE, TEXTS

__all__ = ["NAMES", "describe"]

NAMES = sorted([*TEXTS, *CASES])

assert not set(TEXTS) & set(CASES), "a name is used twice"
assert bad_frames.CONTENTS
assert bad_joins.JOINS
assert bad_streams.RUINS


def describe(spark: Any, name: str, folder: Path) -> Any:
    """What comes of a case, in an empty folder and a session of its own settings."""
    if name in CASES:
        return answer(lambda: CASES[name](spark, folder))
    text = TEXTS[name]
    spark.sql(TABLE).createOrReplaceTempView("t")
    spark.conf.set("spark.sql.ansi.enabled", str(not text.startswith("!")).lower())
    return answer(lambda: spark.sql(text.removeprefix("!")).collect())
