"""Regular expressions: Java's patterns for DuckDB's engine, RE2.

Both share the usual syntax. RE2 runs in linear time and therefore has no
lookaround, no backreferences and no possessive quantifiers: a pattern with one
of these is refused when the query is compiled. What is only spelled differently
is rewritten. A pattern that is no literal is handed over as it is.
"""

from __future__ import annotations

import re

from unbounded.compiler.site import Site
from unbounded.compiler.sql_text import quote_text
from unbounded.errors import UnsupportedError

__all__ = ["group_count", "java_pattern", "java_replacement", "pattern_sql"]

_UNSUPPORTED = re.compile(
    r"\\.|(?P<look>\(\?<?[=!])|(?P<atomic>\(\?>)|(?P<possessive>[*+?}]\+)", re.DOTALL
)
_REWRITES = {
    r"\Z": r"\z",
    r"\h": r"[ \t]",
    r"\R": r"(?:\r\n|[\n\r\x0b\x0c])",
    r"\p{Alpha}": "[[:alpha:]]",
    r"\p{Digit}": "[[:digit:]]",
    r"\p{Alnum}": "[[:alnum:]]",
    r"\p{Upper}": "[[:upper:]]",
    r"\p{Lower}": "[[:lower:]]",
    r"\p{Punct}": "[[:punct:]]",
    r"\p{Space}": "[[:space:]]",
    r"\p{IsAlphabetic}": r"\p{L}",
    r"\p{IsDigit}": r"\p{Nd}",
}
_GROUPS = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<group>\((?!\?)|\(\?<[A-Za-z])", re.DOTALL
)
_ESCAPE = re.compile(r"\\[pP]\{\w+\}|\\.|\(\?<(?=[A-Za-z])", re.DOTALL)


def java_pattern(pattern: str) -> str:
    """The RE2 pattern that matches what `java.util.regex` matches.

    Raises:
        UnsupportedError: RE2 has no such construct.
    """
    for match in _UNSUPPORTED.finditer(pattern):
        if match.lastgroup or re.fullmatch(r"\\[1-9]", match.group()):
            raise UnsupportedError(
                "UNSUPPORTED_FEATURE",
                feature=f"{match.group()} in the regular expression {pattern}",
                advice="Lookaround, backreferences and possessive quantifiers can't "
                "be used; write the pattern without them.",
            )
    return _ESCAPE.sub(_rewrite, pattern)


def _rewrite(match: re.Match[str]) -> str:
    text = match.group()
    if text == "(?<":
        return "(?P<"
    return _REWRITES.get(text, text)


def group_count(pattern: str) -> int:
    """How many groups a Java pattern captures."""
    return sum(match.lastgroup == "group" for match in _GROUPS.finditer(pattern))


def java_replacement(text: str) -> str:
    r"""Java's `$1` and `\$` as RE2's `\1` and `$`."""
    parts = []
    index = 0
    while index < len(text):
        char = text[index]
        following = text[index + 1 : index + 2]
        if char == "\\" and following:
            parts.append("\\\\" if following == "\\" else following)
            index += 2
        elif char == "$" and following.isdigit():
            parts.append("\\" + following)
            index += 2
        else:
            parts.append(char)
            index += 1
    return "".join(parts)


def pattern_sql(site: Site, index: int) -> str:
    """The pattern argument of a call as SQL."""
    pattern = site.literal(index)
    return site.args[index] if pattern is None else quote_text(java_pattern(pattern))
