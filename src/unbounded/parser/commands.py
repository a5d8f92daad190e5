"""Commands: the statements of SQL, by their first words.

A query goes to `relations.py`. The few commands we have are read here, since
their text is not SQL to the end (`SET key = any text`). Every other statement
that Spark knows is refused by its name. Loaded by `parse.py` alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from sqlglot.tokenizer_core import TokenType

from unbounded.errors import ParseError
from unbounded.parser.dialect import parse_query_tree, too_deep
from unbounded.parser.expressions import ParseContext, unsupported
from unbounded.parser.intervals import MICROS_PER_DAY, parse_interval
from unbounded.parser.lexer import TokenStream, syntax_error
from unbounded.parser.literals import read_string
from unbounded.parser.relations import to_relation
from unbounded.parser.table_commands import (
    column_names,
    create_table,
    expect_end,
    insert,
    read_name,
    read_options,
)
from unbounded.plan.commands import (
    Command,
    CreateView,
    DropTable,
    DropView,
    ResetConf,
    SetConf,
    ShowTables,
)
from unbounded.plan.expressions import Expression
from unbounded.plan.relations import Relation, ToDF, UnresolvedDataSource

__all__ = ["parse_statement"]

_TIME_ZONE = "spark.sql.session.timeZone"
_QUERY_WORDS = frozenset({"SELECT", "WITH", "VALUES", "FROM", "TABLE", "("})
_STATEMENTS = frozenset(
    {
        "ADD",
        "ALTER",
        "ANALYZE",
        "BEGIN",
        "CACHE",
        "CALL",
        "CLEAR",
        "COMMENT",
        "CREATE",
        "DECLARE",
        "DELETE",
        "DESC",
        "DESCRIBE",
        "DROP",
        "EXECUTE",
        "EXPLAIN",
        "GRANT",
        "LIST",
        "LOAD",
        "MAP",
        "MERGE",
        "MSCK",
        "REDUCE",
        "REFRESH",
        "REPAIR",
        "REPLACE",
        "REVOKE",
        "SET",
        "SHOW",
        "TRUNCATE",
        "UNCACHE",
        "UPDATE",
        "USE",
    }
)
_KEY = re.compile(r"`(?:[^`]|``)*`|[\w.:*-]+")
_TABLE = re.compile(r"^(\s*)TABLE\b", re.IGNORECASE)
_SETTING = re.compile(rf"({_KEY.pattern})\s*(?:=\s*(.*))?", re.DOTALL)


def parse_statement(
    text: str,
    named: Mapping[str, Expression],
    positional: Sequence[Expression],
) -> Relation | Command:
    """The query or command that `text` writes.

    Raises:
        ParseError: the text is not Spark SQL, or an argument is missing.
        UnsupportedError: it is, and we don't have it yet.
    """
    tokens = TokenStream(text)
    if tokens.current.kind == "end" or tokens.current.text == ";":
        raise ParseError("PARSE_EMPTY_STATEMENT").at(text, 0)
    first = tokens.current.text.upper()
    if first in _QUERY_WORDS:
        return _parse_query(text, named, positional)
    if first == "CREATE":
        return _create(tokens, named, positional)
    if first == "INSERT":
        return insert(tokens, lambda: _rest_as_query(tokens, named, positional))
    if reader := _READERS.get(first):
        tokens.advance()
        return reader(tokens)
    if first in _STATEMENTS:
        raise _unsupported_statement(tokens)
    raise tokens.error()


def _unsupported_statement(tokens: TokenStream) -> Exception:
    words = [tokens.advance().text.upper()]
    while len(words) < 2 and tokens.current.kind == "word":
        words.append(tokens.advance().text.upper())
    return unsupported(f"the statement {' '.join(words)}", "Use the DataFrame API.")


def _parse_query(
    text: str,
    named: Mapping[str, Expression],
    positional: Sequence[Expression],
) -> Relation:
    # `TABLE t` is `FROM t`, and sqlglot knows only that.
    tree, tokens = parse_query_tree(_TABLE.sub(r"\1FROM ", text))
    marks = tuple(t.start for t in tokens if t.token_type == TokenType.PLACEHOLDER)
    try:
        return to_relation(tree, ParseContext(text, named, positional, marks))
    except RecursionError as error:
        raise too_deep() from error


def _create(
    tokens: TokenStream,
    named: Mapping[str, Expression],
    positional: Sequence[Expression],
) -> Command:
    """`CREATE [OR REPLACE] [GLOBAL] TEMPORARY VIEW name [(columns)] AS query`."""
    tokens.advance()
    replaces = tokens.accept("OR", "REPLACE")
    if tokens.accept("TABLE"):
        return create_table(
            tokens, replaces, lambda: _rest_as_query(tokens, named, positional)
        )
    is_global = tokens.accept("GLOBAL")
    is_temporary = tokens.accept("TEMP") or tokens.accept("TEMPORARY")
    if not tokens.accept("VIEW"):
        kind = tokens.current.text.upper()
        raise unsupported(f"the statement CREATE {kind}", "Use the DataFrame API.")
    if not is_temporary:
        raise unsupported("CREATE VIEW of a catalog", "Write CREATE TEMPORARY VIEW.")
    if tokens.accept("IF", "NOT", "EXISTS"):
        raise tokens.error(": a temporary view can't be IF NOT EXISTS")
    name = tokens.identifier()
    if tokens.current.text == ".":
        raise ParseError(
            "TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS",
            actualName=tokens.text[name.start : tokens.following.start]
            + tokens.following.text,
        ).at(tokens.text, name.start)
    if tokens.accept("USING"):
        return CreateView(name.name, _data_source(tokens), is_global, replaces)
    columns = column_names(tokens)
    if tokens.current.keyword == "USING":
        raise unsupported(
            "CREATE VIEW … USING with columns", "Use spark.read.schema(…)."
        )
    tokens.expect("AS")
    query = _rest_as_query(tokens, named, positional)
    if columns:
        query = ToDF(query, columns)
    return CreateView(name.name, query, is_global, replaces)


def _rest_as_query(
    tokens: TokenStream,
    named: Mapping[str, Expression],
    positional: Sequence[Expression],
) -> Relation:
    """The query that the rest of the text is."""
    if tokens.current.text.upper() not in _QUERY_WORDS:
        raise tokens.error()
    return _parse_query(_blank_before(tokens), named, positional)


def _data_source(tokens: TokenStream) -> Relation:
    """`format [OPTIONS (key [=] 'value', …)]`, after USING."""
    format = tokens.identifier().name.lower()
    options = read_options(tokens) if tokens.accept("OPTIONS") else {}
    expect_end(tokens)
    path = options.pop("path", None)
    return UnresolvedDataSource(format, None, options, (path,) if path else ())


def _blank_before(tokens: TokenStream) -> str:
    """The rest of the text, everything before it blank, so places stay true."""
    start = tokens.current.start
    return re.sub(r"[^\n]", " ", tokens.text[:start]) + tokens.text[start:]


def _drop(tokens: TokenStream) -> Command:
    is_table = tokens.accept("TABLE")
    if not (is_table or tokens.accept("VIEW")):
        kind = tokens.current.text.upper()
        raise unsupported(
            f"the statement DROP {kind}", "Only tables and views can be dropped."
        )
    if_exists = tokens.accept("IF", "EXISTS")
    parts = read_name(tokens)
    if is_table:
        tokens.accept("PURGE")
    expect_end(tokens)
    return DropTable(parts, if_exists) if is_table else DropView(parts, if_exists)


def _set(tokens: TokenStream) -> Command:
    if tokens.accept("TIME", "ZONE"):
        return _set_time_zone(tokens)
    if tokens.current.keyword in ("VAR", "VARIABLE", "CATALOG"):
        raise unsupported(f"the statement SET {tokens.current.keyword}")
    rest = tokens.text[tokens.current.start :].strip().removesuffix(";").rstrip()
    if rest in ("", "-v"):
        return SetConf()
    match = _SETTING.fullmatch(rest)
    if match is None:
        raise ParseError("INVALID_SET_SYNTAX").at(tokens.text, tokens.current.start)
    key, value = match.groups()
    return SetConf(_unquoted(key), None if value is None else _unquoted(value))


def _unquoted(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] == text[-1] == "`"
    return text[1:-1].replace("``", "`") if is_quoted else text


def _set_time_zone(tokens: TokenStream) -> Command:
    if tokens.accept("LOCAL"):
        expect_end(tokens)
        # Unset, the session's zone is the machine's.
        return ResetConf(_TIME_ZONE)
    if tokens.current.kind == "string":
        zone = read_string(tokens.advance().text)
        expect_end(tokens)
        return SetConf(_TIME_ZONE, zone)
    if tokens.current.keyword != "INTERVAL":
        raise ParseError("INVALID_SET_SYNTAX").at(tokens.text, tokens.current.start)
    rest = tokens.text[tokens.current.start :].strip().removesuffix(";")
    interval = parse_interval(rest.rstrip())
    microseconds = interval.days * MICROS_PER_DAY + interval.microseconds
    sign, seconds = "-" if microseconds < 0 else "+", abs(microseconds) // 1_000_000
    hours, minutes = divmod(seconds // 60, 60)
    return SetConf(_TIME_ZONE, f"{sign}{hours:02d}:{minutes:02d}")


def _reset(tokens: TokenStream) -> Command:
    rest = tokens.text[tokens.current.start :].strip().removesuffix(";").rstrip()
    if not rest:
        return ResetConf()
    if _KEY.fullmatch(rest) is None:
        raise syntax_error(tokens.text, tokens.current.text, tokens.current.start)
    return ResetConf(_unquoted(rest))


def _show(tokens: TokenStream) -> Command:
    if tokens.current.kind == "end":
        raise tokens.error()
    if not (tokens.accept("TABLES") or tokens.accept("VIEWS")):
        raise unsupported(f"the statement SHOW {tokens.current.text.upper()}")
    if tokens.accept("IN") or tokens.accept("FROM"):
        tokens.identifier()
    tokens.accept("LIKE")
    pattern = None
    if tokens.current.kind == "string":
        pattern = read_string(tokens.advance().text)
    expect_end(tokens)
    return ShowTables(pattern)


_READERS: dict[str, Callable[[TokenStream], Command]] = {
    "DROP": _drop,
    "SET": _set,
    "RESET": _reset,
    "SHOW": _show,
}
