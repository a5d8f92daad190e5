"""Literal tokens: sqlglot's tokens with each literal put together as one.

sqlglot cuts `1.5BD`, `DATE '2020-01-01'` and `INTERVAL 1 HOUR 2 MINUTES` into
parts and reads meaning into them. Here such parts become one token, whose text
is the user's own, for `literals.py` and `typed_literals.py` to read. Called by
`dialect.py` before it parses.
"""

from __future__ import annotations

import re

from sqlglot.tokenizer_core import Token, TokenType

from unbounded.parser.literals import NUMBER

__all__ = ["join_literals"]

_STRINGS = frozenset({TokenType.STRING, TokenType.RAW_STRING, TokenType.HEX_STRING})
_TYPED_LITERALS = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ"})
_SIGNS = frozenset({TokenType.DASH, TokenType.PLUS})
_INTERVAL_UNIT = re.compile(
    r"(?:year|month|week|day|hour|minute|second|millisecond|microsecond)s?",
    re.IGNORECASE,
)


def join_literals(sql: str, tokens: list[Token]) -> list[Token]:
    """The tokens with each literal as one, its text as written."""
    joined: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = _literal_end(sql, tokens, index, joined[-1] if joined else None)
        if end == index:
            joined.append(_as_name(token) if _is_window_name(tokens, index) else token)
            index += 1
            continue
        is_number = token.token_type in (TokenType.NUMBER, TokenType.VAR)
        is_number = is_number and token.text[:1] in "0123456789."
        kind = TokenType.NUMBER if is_number else TokenType.STRING
        last = tokens[end - 1]
        text = sql[token.start : last.end + 1]
        joined.append(
            Token(kind, text, token.line, token.col, token.start, last.end, [])
        )
        index = end
    return joined


def _is_window_name(tokens: list[Token], index: int) -> bool:
    """Whether WINDOW is a function or a column, and not the clause `WINDOW w AS (`."""
    if tokens[index].token_type != TokenType.WINDOW:
        return False
    return not _is_word(tokens, index + 2, "AS")


def _as_name(token: Token) -> Token:
    return Token(
        TokenType.VAR, token.text, token.line, token.col, token.start, token.end, []
    )


def _literal_end(
    sql: str, tokens: list[Token], index: int, previous: Token | None
) -> int:
    """The index after the literal that begins at `index`; `index` if none does."""
    token = tokens[index]
    if token.token_type in _STRINGS:
        # `0x1F` is a name in Spark, not bytes.
        is_bare = sql[token.start] == "0"
        return index if is_bare else _string_end(tokens, index)
    if previous is not None and previous.token_type == TokenType.DOT:
        return index
    if token.text[:1].isdigit() and token.token_type != TokenType.IDENTIFIER:
        return _number_end(sql, tokens, index)
    if token.token_type == TokenType.IDENTIFIER or index + 1 == len(tokens):
        return index
    word = token.text.upper()
    if word in _TYPED_LITERALS and tokens[index + 1].token_type in _STRINGS:
        return _string_end(tokens, index + 1)
    if word == "INTERVAL":
        return _interval_end(tokens, index)
    return index


def _string_end(tokens: list[Token], index: int) -> int:
    """After a string and those glued to it: `'it''s'` is one string."""
    while (
        index + 1 < len(tokens)
        and tokens[index + 1].token_type == TokenType.STRING
        and tokens[index + 1].start == tokens[index].end + 1
    ):
        index += 1
    return index + 1


def _number_end(sql: str, tokens: list[Token], index: int) -> int:
    match = NUMBER.match(sql, tokens[index].start)
    if match is None:
        return index
    while index < len(tokens) and tokens[index].start < match.end():
        index += 1
    return index


def _interval_end(tokens: list[Token], index: int) -> int:
    """After `INTERVAL '1' DAY`, `INTERVAL 1 HOUR 2 MINUTES`, `INTERVAL '1 day'`."""
    start = index
    index += 1
    while index < len(tokens):
        value = index + (tokens[index].token_type in _SIGNS)
        if value >= len(tokens):
            break
        is_string = tokens[value].token_type in _STRINGS
        if not is_string and tokens[value].token_type != TokenType.NUMBER:
            break
        has_unit = _is_unit(tokens, value + 1)
        if not has_unit and not (is_string and index == start + 1):
            break
        index = value + 1 + has_unit
        if has_unit and _is_word(tokens, index, "TO") and _is_unit(tokens, index + 1):
            return index + 2
    return start if index == start + 1 else index


def _is_unit(tokens: list[Token], index: int) -> bool:
    return index < len(tokens) and bool(_INTERVAL_UNIT.fullmatch(tokens[index].text))


def _is_word(tokens: list[Token], index: int, word: str) -> bool:
    return index < len(tokens) and tokens[index].text.upper() == word
