from __future__ import annotations

import re

import pytest

from unbounded.compiler.datetime_patterns import Piece, read_pattern
from unbounded.errors import AnalysisError, UnsupportedError


def test_plain_pattern_is_one_strftime_text() -> None:
    pattern = read_pattern("yyyy-MM-dd HH:mm:ss")
    assert pattern.pieces == (Piece("text", "%Y-%m-%d %H:%M:%S"),)
    assert pattern.read_formats == ("%Y-%m-%d %H:%M:%S",)


def test_quoted_text_stands_for_itself() -> None:
    assert read_pattern("'T'HH''").pieces == (Piece("text", "T%H'"),)


def test_percent_sign_is_escaped() -> None:
    assert read_pattern("d%").pieces == (Piece("text", "%-d%%"),)


def test_two_letters_want_two_digits() -> None:
    regex = read_pattern("MM/d").read_regex
    assert re.fullmatch(regex, "05/7")
    assert not re.fullmatch(regex, "5/07")


def test_optional_section_gives_two_formats() -> None:
    pattern = read_pattern("yyyy[-MM]")
    assert pattern.read_formats == ("%Y-%m", "%Y")
    assert re.fullmatch(pattern.read_regex, "2024")


def test_week_based_year_is_refused_as_in_spark() -> None:
    with pytest.raises(AnalysisError) as caught:
        read_pattern("YYYY-MM-dd")
    assert caught.value.condition.startswith("INCONSISTENT_BEHAVIOR_CROSS_VERSION")
    assert "week" in caught.value.message


def test_unknown_letter_is_refused() -> None:
    with pytest.raises(AnalysisError) as caught:
        read_pattern("yyyy-bb")
    assert caught.value.condition == "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER"
    assert "b is not a field" in caught.value.message


def test_field_without_a_counterpart_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match="G in the datetime pattern"):
        read_pattern("G yyyy")
