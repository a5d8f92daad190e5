from __future__ import annotations

import pytest

from unbounded.compiler.regex import java_pattern, java_replacement
from unbounded.errors import UnsupportedError


@pytest.mark.parametrize(
    ("java", "re2"),
    [
        (r"(\d+)[a-z]*?", r"(\d+)[a-z]*?"),
        (r"(?<year>\d{4})", r"(?P<year>\d{4})"),
        (r"\p{Alpha}\Z", r"[[:alpha:]]\z"),
        (r"a\+\(?=", r"a\+\(?="),
    ],
)
def test_pattern_is_rewritten_where_it_is_spelled_differently(java, re2) -> None:
    assert java_pattern(java) == re2


@pytest.mark.parametrize(
    "pattern", ["(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", r"(a)\1", "a*+", "(?>a)"]
)
def test_construct_that_re2_lacks_is_refused(pattern) -> None:
    with pytest.raises(UnsupportedError, match="regular expression"):
        java_pattern(pattern)


@pytest.mark.parametrize(
    ("java", "re2"),
    [("[$1]", r"[\1]"), (r"\$1", "$1"), (r"a\\b", r"a\\b"), ("$", "$")],
)
def test_replacement_names_groups_by_a_backslash(java, re2) -> None:
    assert java_replacement(java) == re2
