"""Lexer: the words of short texts that are read without sqlglot.

Used for types, schemas, names and the heads of commands. Its tokens keep their
place in the text, so that an error can point at the user's own character.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal as OneOf

from unbounded.errors import ParseError

__all__ = ["Token", "TokenKind", "TokenStream", "syntax_error", "tokenize"]

TokenKind = OneOf["word", "quoted", "string", "number", "symbol", "end"]

_TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|/\*.*?\*/)
      | (?P<quoted>`(?:[^`]|``)*`)
      | (?P<string>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")
      | (?P<number>\d+(?!\w))
      | (?P<word>\w+)
      | (?P<symbol>.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word: its kind, its text as written, and where it starts."""

    kind: TokenKind
    text: str
    start: int

    @property
    def keyword(self) -> str:
        """The text in upper case if it can be a keyword, else nothing."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def name(self) -> str:
        """The identifier this token writes, backticks taken away."""
        if self.kind == "quoted":
            return self.text[1:-1].replace("``", "`")
        return self.text


def tokenize(text: str) -> list[Token]:
    """The tokens of `text`, spaces and comments left out, an `end` token last."""
    tokens = [
        Token(match.lastgroup, match.group(), match.start())  # type: ignore[arg-type]
        for match in _TOKEN.finditer(text)
        if match.lastgroup != "skip"
    ]
    tokens.append(Token("end", "", len(text)))
    return tokens


def syntax_error(text: str, near: str, start: int, hint: str = "") -> ParseError:
    """The error for a word that can't stand where it does; `near` may be empty."""
    error = f"'{near}'" if near else "end of input"
    return ParseError("PARSE_SYNTAX_ERROR", error=error, hint=hint).at(text, start)


class TokenStream:
    """A place in a text that moves forward token by token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = tokenize(text)
        self._index = 0

    @property
    def current(self) -> Token:
        return self._tokens[self._index]

    @property
    def following(self) -> Token:
        return self._tokens[min(self._index + 1, len(self._tokens) - 1)]

    def advance(self) -> Token:
        token = self.current
        if token.kind != "end":
            self._index += 1
        return token

    def accept(self, *words: str) -> bool:
        """Move past these keywords or symbols if they all come next."""
        end = self._index + len(words)
        ahead = self._tokens[self._index : end]
        if len(ahead) < len(words):
            return False
        for token, word in zip(ahead, words, strict=True):
            if token.kind not in ("word", "symbol") or token.text.upper() != word:
                return False
        self._index = end
        return True

    def expect(self, word: str) -> None:
        if not self.accept(word):
            raise self.error(f": missing '{word}'" if len(word) == 1 else "")

    def expect_end(self) -> None:
        if self.current.kind != "end":
            raise self.error(f": extra input '{self.current.text}'")

    def identifier(self) -> Token:
        if self.current.kind not in ("word", "quoted"):
            raise self.error()
        return self.advance()

    def error(self, hint: str = "") -> ParseError:
        """The error that the current token can't stand here."""
        return syntax_error(self.text, self.current.text, self.current.start, hint)
