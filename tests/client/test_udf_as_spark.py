"""Every case of `tests/udf`, held to what real Spark made of it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.udf.cases import CASES, describe
from tests.udf.conversions import CONVERSIONS

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "golden" / "udfs.json").read_text("utf-8")
)
ALL = {**CASES, **CONVERSIONS}

# Where we answer another way on purpose, and what we answer; see docs/udf.md.
ARROW_TYPES = "PythonException|ARROW_TYPE_MISMATCH"
EXPLAINED: dict[str, str] = {
    # Spark fails in its JVM, without a word about the function.
    "map_in_arrow_of_another_type": ARROW_TYPES,
    "map_in_arrow_of_too_few": ARROW_TYPES,
    # A function of groups, not of rows.
    "aggregating_function_is_another_thing": (
        "UnsupportedOperationException|UNSUPPORTED_FEATURE"
    ),
    # Spark prints a Java object's address, or a whole GregorianCalendar.
    "bytes as string, pickled": "b'b'",
    "bytearray as string, pickled": "bytearray(b'b')",
    "tuple as string, pickled": "(1, 2)",
    "short as string, pickled": "(1,)",
    "date as string, pickled": "2024-02-29",
    "time as string, pickled": "2024-02-29 12:30:01.000005",
}
# What Spark's JVM can't unpickle ends its task with the unpickler's own error.
UNREADABLE = re.compile(r"(zoned|row|turned) as .*, pickled")
# A null that can't be is noted at more places of an Arrow type in Spark.
NULLABLE = " to a function of arrays"


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Python's own zone, in which functions of rows are given timestamps."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("name", list(ALL))
def test_function_gives_what_it_gives_in_spark(spark: Any, name: str) -> None:
    ours = describe(spark, ALL[name])
    assert _comparable(name, ours) == _comparable(name, _expected(name))


def _expected(name: str) -> dict[str, Any]:
    spark: dict[str, Any] = GOLDEN[name]
    told = EXPLAINED.get(name)
    if told is None:
        return spark
    if "error" in spark:
        return {"error": told}
    return {"error": told} if "|" in told else {**spark, "rows": [repr((told,))]}


def _comparable(name: str, answer: dict[str, Any]) -> dict[str, Any]:
    if UNREADABLE.fullmatch(name) and "error" in answer:
        parts = answer["error"].split("|")
        if parts[0] == "PickleException" or "none that Spark can read" in parts[-1]:
            return {"error": "unreadable"}
    if name.endswith(NULLABLE) and "rows" in answer:
        rows = [row.replace(" not null", "") for row in answer["rows"]]
        return {**answer, "rows": rows}
    return answer
