"""Every case of bad input, held to how real Spark answered it.

Where ours is another answer, it stands in `tests/golden/bad_input_differences.json`
and `docs/semantics.md` says why, by the name of the case.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.client.bad_input import NAMES, describe

_TESTS = Path(__file__).resolve().parent.parent
SPARK: dict[str, Any] = json.loads(
    (_TESTS / "golden" / "bad_input.json").read_text("utf-8")
)
DIFFERENT: dict[str, Any] = json.loads(
    (_TESTS / "golden" / "bad_input_differences.json").read_text("utf-8")
)
EXPLAINED = frozenset(
    re.findall(
        r"^- `(.+)`$",
        (_TESTS.parent / "docs" / "semantics.md").read_text("utf-8"),
        re.MULTILINE,
    )
)


@pytest.mark.parametrize("name", NAMES)
def test_bad_input_is_answered_as_by_spark(
    spark: Any, tmp_path: Path, name: str
) -> None:
    assert describe(spark, name, tmp_path) == DIFFERENT.get(name, SPARK[name])


def test_every_case_was_asked_of_spark_and_they_are_many() -> None:
    assert sorted(SPARK) == NAMES
    assert len(NAMES) >= 150


def test_every_difference_is_one_and_is_explained_by_name() -> None:
    assert [name for name in DIFFERENT if DIFFERENT[name] == SPARK[name]] == []
    assert set(DIFFERENT) == EXPLAINED
