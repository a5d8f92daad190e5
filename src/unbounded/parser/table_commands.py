"""Table commands: the heads of `CREATE TABLE` and `INSERT`, up to their query.

Loaded by `commands.py` alone, which hands in how a query is read.
"""

from __future__ import annotations

from collections.abc import Callable

from unbounded.parser.ddl import parse_schema
from unbounded.parser.expressions import unsupported
from unbounded.parser.lexer import TokenStream
from unbounded.parser.literals import read_string
from unbounded.plan.commands import CreateTable, IfExists, Insert
from unbounded.plan.relations import Relation
from unbounded.types import StructType

__all__ = [
    "column_names",
    "create_table",
    "expect_end",
    "insert",
    "read_name",
    "read_options",
]

ReadQuery = Callable[[], Relation]


def create_table(
    tokens: TokenStream, replaces: bool, read_query: ReadQuery
) -> CreateTable:
    """`[IF NOT EXISTS] name [(columns)] [USING format] clauses [[AS] query]`."""
    is_ignored = tokens.accept("IF", "NOT", "EXISTS")
    if replaces and is_ignored:
        raise tokens.error()
    name = read_name(tokens)
    schema = _columns(tokens) if tokens.current.text == "(" else None
    format = tokens.identifier().name.lower() if tokens.accept("USING") else None
    clauses = _Clauses(tokens)
    tokens.accept("AS")
    child = None if tokens.current.text in ("", ";") else read_query()
    if child is None:
        expect_end(tokens)
    elif schema is not None:
        raise tokens.error(": the columns of CREATE TABLE … AS are the query's")
    if_exists: IfExists = "replace" if replaces else "ignore" if is_ignored else "error"
    return CreateTable(
        name,
        format,
        schema,
        child,
        clauses.partitioning,
        clauses.options,
        clauses.location,
        clauses.description,
        if_exists,
    )


def insert(tokens: TokenStream, read_query: ReadQuery) -> Insert:
    """`INSERT INTO|OVERWRITE [TABLE] name [(columns)] query`."""
    tokens.advance()
    overwrites = tokens.accept("OVERWRITE")
    if not overwrites:
        tokens.expect("INTO")
    tokens.accept("TABLE")
    name = read_name(tokens)
    if tokens.current.keyword == "PARTITION":
        raise unsupported(
            "INSERT … PARTITION", "Give the partition columns with the rows, last."
        )
    by_name = tokens.accept("BY", "NAME")
    columns = () if by_name else _inserted_columns(tokens)
    query = read_query()
    return Insert(name, query, "all" if overwrites else "nothing", by_name, columns)


def _inserted_columns(tokens: TokenStream) -> tuple[str, ...]:
    """Names in parentheses; those may also begin a query."""
    is_query = tokens.following.keyword in ("SELECT", "WITH", "VALUES", "FROM", "TABLE")
    return () if is_query else column_names(tokens)


class _Clauses:
    """What may follow the columns, in any order."""

    def __init__(self, tokens: TokenStream) -> None:
        self.partitioning: tuple[str, ...] = ()
        self.options: dict[str, str] = {}
        self.location: str | None = None
        self.description: str | None = None
        while self._read(tokens):
            pass

    def _read(self, tokens: TokenStream) -> bool:
        if tokens.accept("OPTIONS"):
            self.options |= read_options(tokens)
        elif tokens.accept("TBLPROPERTIES"):
            read_options(tokens)
        elif tokens.accept("PARTITIONED", "BY"):
            self.partitioning = column_names(tokens)
        elif tokens.accept("LOCATION"):
            self.location = _text(tokens)
        elif tokens.accept("COMMENT"):
            self.description = _text(tokens)
        elif tokens.current.keyword in ("CLUSTERED", "CLUSTER", "ROW", "STORED"):
            raise unsupported(
                f"CREATE TABLE … {tokens.current.keyword}", "Use PARTITIONED BY."
            )
        else:
            return False
        return True


def _columns(tokens: TokenStream) -> StructType:
    """The columns in parentheses, each as in a schema."""
    tokens.expect("(")
    start, depth = tokens.current.start, 1
    while depth:
        token = tokens.advance()
        if token.kind == "end":
            raise tokens.error()
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "symbol" else 0
    return parse_schema(tokens.text[start : token.start])


def _text(tokens: TokenStream) -> str:
    if tokens.current.kind != "string":
        raise tokens.error()
    return read_string(tokens.advance().text)


def read_name(tokens: TokenStream) -> tuple[str, ...]:
    """`a.b.c` as its parts."""
    parts = [tokens.identifier().name]
    while tokens.accept("."):
        parts.append(tokens.identifier().name)
    return tuple(parts)


def read_options(tokens: TokenStream) -> dict[str, str]:
    """`(key [=] 'value', …)`, keys in lower case."""
    options: dict[str, str] = {}
    tokens.expect("(")
    while True:
        key, value = _option(tokens)
        options[key.lower()] = value
        if not tokens.accept(","):
            break
    tokens.expect(")")
    return options


def _option(tokens: TokenStream) -> tuple[str, str]:
    if tokens.current.kind == "string":
        key = read_string(tokens.advance().text)
    else:
        key = tokens.identifier().name
        while tokens.accept("."):
            key += "." + tokens.identifier().name
    tokens.accept("=")
    token = tokens.current
    if token.kind not in ("string", "number", "word"):
        raise tokens.error()
    tokens.advance()
    return key, read_string(token.text) if token.kind == "string" else token.text


def column_names(tokens: TokenStream) -> tuple[str, ...]:
    """Names in parentheses; none without them."""
    if not tokens.accept("("):
        return ()
    names = [tokens.identifier().name]
    while tokens.accept(","):
        names.append(tokens.identifier().name)
    tokens.expect(")")
    return tuple(names)


def expect_end(tokens: TokenStream) -> None:
    """Nothing but semicolons may follow."""
    while tokens.accept(";"):
        pass
    tokens.expect_end()
