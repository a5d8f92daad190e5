"""Names: dotted column and table names with backticks, `a.`b c`.d`; paths as names."""

from __future__ import annotations

import re

from unbounded.errors import AnalysisError, ParseError
from unbounded.plan.relations import UnresolvedDataSource

__all__ = ["parse_name", "path_source"]

# What a path may stand behind. Spark lets only files; a state is as much a path.
_PATH_FORMATS = frozenset(
    {
        "avro",
        "csv",
        "delta",
        "json",
        "orc",
        "parquet",
        "state-metadata",
        "statestore",
        "text",
    }
)

_SIMPLE = re.compile(r"\w+(?:\.\w+)*")
_PART = re.compile(r"`((?:[^`]|``)*)`|([^.`]+)")


def path_source(
    name_parts: tuple[str, ...], is_streaming: bool = False
) -> UnresolvedDataSource | None:
    """What json.`/a/path` reads; None for a name of another form.

    Raises:
        AnalysisError: the path is empty.
    """
    if len(name_parts) != 2 or name_parts[0].lower() not in _PATH_FORMATS:
        return None
    format_name, path = name_parts
    if not path:
        raise AnalysisError("INVALID_EMPTY_LOCATION", location=path)
    return UnresolvedDataSource(format_name.lower(), None, {}, (path,), is_streaming)


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
