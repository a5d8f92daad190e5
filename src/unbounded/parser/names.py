"""Names: dotted column and table names with backticks, `a.`b c`.d`."""

from __future__ import annotations

import re

from unbounded.errors import ParseError

__all__ = ["parse_name"]

_SIMPLE = re.compile(r"\w+(?:\.\w+)*")
_PART = re.compile(r"`((?:[^`]|``)*)`|([^.`]+)")


def parse_name(text: str) -> tuple[str, ...]:
    """The parts of a dotted name, as Spark's `UnresolvedAttribute.parseAttributeName`.

    Outside backticks any character but a dot may stand in a part; inside, two
    backticks are one.

    Raises:
        ParseError: a part is empty or a backtick is not closed.
    """
    if _SIMPLE.fullmatch(text):
        return tuple(text.split("."))
    parts: list[str] = []
    position = 0
    while match := _PART.match(text, position):
        quoted, plain = match.groups()
        parts.append(plain if quoted is None else quoted.replace("``", "`"))
        position = match.end()
        if position == len(text):
            return tuple(parts)
        if text[position] != ".":
            break
        position += 1
    raise ParseError("INVALID_ATTRIBUTE_NAME_SYNTAX", name=text)
