"""Parse: from SQL text to a plan or an expression.

The one way into the parser of SQL. sqlglot is imported when a text needs it
for the first time: a bare name, `*`, and a plain literal never do.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from unbounded.parser.literals import read_number, read_string
from unbounded.plan.commands import Command
from unbounded.plan.expressions import (
    Expression,
    Literal,
    UnresolvedAttribute,
    UnresolvedStar,
)
from unbounded.plan.relations import Relation
from unbounded.types import StringType

__all__ = ["parse_expression", "parse_plan"]

# Words that stand alone as an expression and are not the name of a column.
_NOT_NAMES = frozenset(
    {
        "case",
        "current_date",
        "current_timestamp",
        "current_user",
        "false",
        "not",
        "null",
        "true",
        "distinct",
        "select",
        "from",
    }
)
_PART = r"(?:[A-Za-z_]\w*|`(?:[^`]|``)+`)"
_NAME = re.compile(rf"{_PART}(?:\.{_PART})*")
_NAME_PART = re.compile(r"`((?:[^`]|``)+)`|([A-Za-z_]\w*)")
_STAR = re.compile(rf"(?:({_PART}(?:\.{_PART})*)\.)?\*")
_INTEGER = re.compile(r"-?\d+")
_STRING = re.compile(r"'[^'\\]*'")


@functools.lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expression:
    """The expression that `text` writes, `AS name` included.

    Raises:
        ParseError: the text is not Spark SQL.
        UnsupportedError: it is, and we don't have it yet.
    """
    simple = _parse_simple(text.strip())
    if simple is not None:
        return simple
    from unbounded.parser.expressions import parse_sql_expression

    return parse_sql_expression(text)


def _parse_simple(text: str) -> Expression | None:
    if _NAME.fullmatch(text):
        return None if text.lower() in _NOT_NAMES else UnresolvedAttribute(_parts(text))
    if match := _STAR.fullmatch(text):
        return UnresolvedStar(_parts(match[1]) if match[1] else None)
    if _INTEGER.fullmatch(text):
        return read_number(text.removeprefix("-"), text.startswith("-"))
    if _STRING.fullmatch(text):
        return Literal(read_string(text), StringType())
    return None


def _parts(text: str) -> tuple[str, ...]:
    return tuple(
        match[1].replace("``", "`") if match[1] else match[2]
        for match in _NAME_PART.finditer(text)
    )


def parse_plan(
    text: str,
    named: Mapping[str, Expression] | None = None,
    positional: Sequence[Expression] = (),
) -> Relation | Command:
    """The query or command that `text` writes, its `:name` and `?` filled in.

    Raises:
        ParseError: the text is not Spark SQL, or an argument is missing.
        UnsupportedError: it is, and we don't have it yet.
    """
    from unbounded.parser.commands import parse_statement

    return parse_statement(text, named or {}, positional)
