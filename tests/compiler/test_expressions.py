"""Every recorded expression gives what real Spark gave.

`tests/spark/record_expressions.py` made the record.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from unbounded.compiler import CompileContext
from unbounded.errors import UnboundedError

_GOLDEN = Path(__file__).parent.parent / "golden" / "expressions.json"
_RECORDS = json.loads(_GOLDEN.read_text("utf-8"))

_BOUNDS = "day-time intervals keep no field bounds: all print as DAY TO SECOND"

# Where we knowingly answer differently, and why.
_DEVIATIONS: Mapping[str, str] = {
    "INTERVAL 5 MINUTES": _BOUNDS,
    "DATE '2024-03-01' - DATE '2024-02-01'": _BOUNDS,
    "INTERVAL 1 DAY + INTERVAL 2 HOURS": _BOUNDS,
    "-INTERVAL 3 HOURS": _BOUNDS,
    "CAST(INTERVAL 90 SECONDS AS STRING)": _BOUNDS,
    "CAST('2024-01-05 10:20:30 Nowhere/City' AS TIMESTAMP)": (
        "an unknown zone in the data is INVALID_DATA"
    ),
    "CASE WHEN NULL THEN 1 END": "accepted: a null condition is a boolean",
    "concat(array(1), NULL)": "accepted: a null takes the other's type",
    "upper('straße')": "DuckDB has a capital ß",
    "CAST(1.17549435E-38 AS FLOAT)": "Java 19 and later print the shorter digits too",
    "regexp_replace('path\\to', '\\\\', '/')": "a broken pattern is INVALID_DATA",
    "date_format(TIMESTAMP '2024-01-05 12:30:00', 'K k')": "refused by name",
    "try_divide(INTERVAL 3 HOURS, 0)": "raises INTERVAL_DIVIDED_BY_ZERO",
}


def _is_same(ours: str | None, sparks: str | None) -> bool:
    """Equal, but for the last bits of a double."""
    if ours == sparks:
        return True
    try:
        return math.isclose(float(ours or ""), float(sparks or ""), rel_tol=1e-13)
    except ValueError:
        return False


@pytest.mark.parametrize(
    "record",
    [r for r in _RECORDS if r["sql"] not in _DEVIATIONS],
    ids=lambda r: f"{r['zone']}: {r['sql']}",
)
def test_expression_gives_sparks_answer(answers, record) -> None:
    context = CompileContext(time_zone=record["zone"])
    sql = f"SELECT CAST(value AS STRING) FROM (SELECT {record['sql']} AS value)"
    if "error" in record:
        with pytest.raises(UnboundedError) as caught:
            answers.rows(sql, context)
        assert caught.value.condition == record["error"]
        assert caught.value.message
        return
    ((value,),) = answers.rows(sql, context)
    assert _is_same(value, record["value"]), f"{value!r} is not {record['value']!r}"


def test_every_deviation_is_a_recorded_expression() -> None:
    assert {r["sql"] for r in _RECORDS} >= set(_DEVIATIONS)
