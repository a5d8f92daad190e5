"""Which offsets a source can stand at."""

from __future__ import annotations

import pytest

from unbounded.sources import is_offset_of

OFFSETS = [
    '{"logOffset":3}',
    "3",
    '{"offset":3,"timestamp":1000}',
    '{"a":{"0":1}}',
    "x",
]


@pytest.mark.parametrize(
    ("source_format", "taken"),
    [
        ("json", [0, 1]),
        ("Parquet", [0, 1]),
        ("rate", [1]),
        ("socket", [1]),
        ("unbounded.memory", [1]),
        ("rate-micro-batch", [2]),
    ],
)
def test_offset_is_known_by_its_form(source_format: str, taken: list[int]) -> None:
    found = [n for n, o in enumerate(OFFSETS) if is_offset_of(source_format, o)]
    assert found == taken
