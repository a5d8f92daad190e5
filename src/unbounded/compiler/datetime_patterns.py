"""Datetime patterns: Java's `yyyy-MM-dd` letters, translated when compiled.

Writing becomes `strftime` on the wall clock plus the few pieces DuckDB has no
letter for. Reading becomes `try_strptime` behind a regular expression, because
Java is strict where DuckDB is not: `MM` wants two digits. Letters that Spark 3
and later refuse are refused here too.

    yyyy-MM-dd HH:mm   writes strftime(t, '%Y-%m-%d %H:%M')
                       reads  [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from unbounded.errors import AnalysisError, ExecutionError, UnsupportedError

__all__ = ["DatetimePattern", "Piece", "read_pattern"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the pattern: a `strftime` text, or one of the special kinds

    `fraction` (digits), `quarter` (digits), `offset` (style), `zone`.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class DatetimePattern:
    """A pattern ready to write and to read with."""

    pieces: tuple[Piece, ...]
    read_formats: tuple[str, ...]
    read_regex: str
    has_year: bool
    has_zone: bool
    is_two_digit_year: bool


@dataclass(frozen=True, slots=True)
class _Letter:
    write: str
    read: str
    regex: str


_DIGITS = {1: "[0-9]{1,2}", 2: "[0-9]{2}"}
_YEAR = _Letter("%Y", "%Y", "[0-9]{4}")

# By letter and number of its repetitions; 0 stands for any other number.
_LETTERS: Mapping[tuple[str, int], _Letter] = {
    **{(letter, count): _YEAR for letter in "yu" for count in (1, 3, 4)},
    ("y", 2): _Letter("%y", "%y", "[0-9]{2}"),
    ("u", 2): _Letter("%y", "%y", "[0-9]{2}"),
    **{
        (letter, count): item
        for letter in "ML"
        for count, item in {
            1: _Letter("%-m", "%m", _DIGITS[1]),
            2: _Letter("%m", "%m", _DIGITS[2]),
            3: _Letter("%b", "%b", "[A-Za-z]{3}"),
            4: _Letter("%B", "%B", "[A-Za-z]+"),
        }.items()
    },
    ("d", 1): _Letter("%-d", "%d", _DIGITS[1]),
    ("d", 2): _Letter("%d", "%d", _DIGITS[2]),
    ("D", 1): _Letter("%-j", "%j", "[0-9]{1,3}"),
    ("D", 3): _Letter("%j", "%j", "[0-9]{3}"),
    **{("E", count): _Letter("%a", "%a", "[A-Za-z]{3}") for count in (1, 2, 3)},
    ("E", 4): _Letter("%A", "%A", "[A-Za-z]+"),
    ("H", 1): _Letter("%-H", "%H", _DIGITS[1]),
    ("H", 2): _Letter("%H", "%H", _DIGITS[2]),
    ("h", 1): _Letter("%-I", "%I", _DIGITS[1]),
    ("h", 2): _Letter("%I", "%I", _DIGITS[2]),
    ("m", 1): _Letter("%-M", "%M", _DIGITS[1]),
    ("m", 2): _Letter("%M", "%M", _DIGITS[2]),
    ("s", 1): _Letter("%-S", "%S", _DIGITS[1]),
    ("s", 2): _Letter("%S", "%S", _DIGITS[2]),
    ("a", 1): _Letter("%p", "%p", "(?i:am|pm)"),
}

_OFFSET_REGEX = r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)"
_ZONE_REGEX = r"[A-Za-z][A-Za-z0-9/_+-]*"
_TOKEN = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|\[|\]|.", re.DOTALL)


@lru_cache(maxsize=256)
def read_pattern(pattern: str) -> DatetimePattern:
    """The pattern's translation.

    Raises:
        AnalysisError: Spark has no such letter.
        ExecutionError: a quote is left open.
        UnsupportedError: Spark has it, this engine does not.
    """
    pieces: list[Piece] = []
    formats = [""]
    regex = ""
    optional_starts: list[list[str]] = []
    for match in _TOKEN.finditer(pattern):
        token = match.group()
        if token == "[":
            optional_starts.append(list(formats))
            regex += "(?:"
        elif token == "]" and optional_starts:
            formats = [*formats, *optional_starts.pop()]
            regex += ")?"
        else:
            piece, read, token_regex = _translate(token, pattern)
            pieces.append(piece)
            formats = [text + read for text in formats]
            regex += token_regex
    letters = {token[0] for token in (m.group() for m in _TOKEN.finditer(pattern))}
    return DatetimePattern(
        _joined(pieces),
        tuple(dict.fromkeys(formats)),
        regex,
        bool(letters & set("yu")),
        bool(letters & set("XxZzVO")),
        bool(re.search(r"(?<![yu])(?:yy|uu)(?![yu])", pattern)),
    )


def _translate(token: str, pattern: str) -> tuple[Piece, str, str]:
    letter, count = token[0], len(token)
    if token[0] == "'" and count > 1:
        text = token[1:-1].replace("''", "'") or "'"
        return _plain(text)
    if token == "'":
        raise ExecutionError(
            "INVALID_DATETIME_PATTERN.WITH_SUGGESTION",
            pattern=f"'{pattern}'",
            docroot="the page on datetime patterns",
        )
    if not token[0].isascii() or not token[0].isalpha():
        return _plain(token)
    if letter == "S":
        if count > 9:
            raise _refused(pattern, token)
        return Piece("fraction", str(count)), "%f", f"[0-9]{{{count}}}"
    if letter in "Qq" and count <= 2:
        raise_free = Piece("quarter", str(count))
        return raise_free, "%q", "[1-4]"
    if letter in "XxZ":
        return Piece("offset", token), "%z", _OFFSET_REGEX
    if letter == "V" or (letter == "z" and count <= 3):
        return Piece("zone", token), "%Z", _ZONE_REGEX
    found = _LETTERS.get((letter, count))
    if found is None:
        if letter in "GzOBkKFDhHmsdaMLEyu":
            raise UnsupportedError(
                "UNSUPPORTED_FEATURE",
                feature=f"{token} in the datetime pattern {pattern}",
                advice="Build the text from date_format of other letters.",
            )
        raise _refused(pattern, token)
    return Piece("text", found.write), found.read, found.regex


def _plain(text: str) -> tuple[Piece, str, str]:
    escaped = text.replace("%", "%%")
    return Piece("text", escaped), escaped, re.escape(text)


def _refused(pattern: str, token: str) -> AnalysisError:
    if token[0] in "YWw":
        return AnalysisError(
            "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION",
            pattern=pattern,
        )
    return AnalysisError(
        "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER", pattern=pattern, c=token[0]
    )


def _joined(pieces: list[Piece]) -> tuple[Piece, ...]:
    """Neighbouring texts as one."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and piece.kind == joined[-1].kind == "text":
            joined[-1] = Piece("text", joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return tuple(joined)
