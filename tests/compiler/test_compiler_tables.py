"""Every recorded query shows what real Spark shows, to the last blank.

`tests/spark/record_tables.py` made the record.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unbounded.errors import UnboundedError

_GOLDEN = Path(__file__).parent.parent / "golden" / "tables.json"
_RECORDS = json.loads(_GOLDEN.read_text("utf-8"))


@pytest.mark.parametrize("record", _RECORDS, ids=lambda r: r["sql"])
def test_query_shows_sparks_table(answers, record) -> None:
    shape = record["rows"], record["truncate"], record["vertical"]
    if "error" in record:
        with pytest.raises(UnboundedError) as caught:
            answers.shown(record["sql"], *shape)
        assert caught.value.condition == record["error"]
        return
    assert answers.shown(record["sql"], *shape).split("\n") == record["lines"]


@pytest.mark.parametrize(
    "record", [r for r in _RECORDS if "error" not in r], ids=lambda r: r["sql"]
)
def test_query_gives_columns_of_the_exact_arrow_types(answers, record) -> None:
    answers.table(record["sql"]).validate(full=True)
