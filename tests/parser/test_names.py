"""Tests of dotted names."""

from __future__ import annotations

import pytest

from unbounded.errors import ParseError
from unbounded.parser import parse_name


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a", ("a",)),
        ("a.b.c", ("a", "b", "c")),
        ("`a.b`.c", ("a.b", "c")),
        ("`a``b`", ("a`b",)),
        ("a b.c-d", ("a b", "c-d")),
    ],
)
def test_name_is_split_at_dots_outside_backticks(
    text: str, expected: tuple[str, ...]
) -> None:
    assert parse_name(text) == expected


@pytest.mark.parametrize("text", ["", "a.", ".a", "a..b", "`a", "a`b`", "`a`b"])
def test_name_with_an_empty_part_or_an_open_backtick_is_refused(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_name(text)
    assert caught.value.condition == "INVALID_ATTRIBUTE_NAME_SYNTAX"
