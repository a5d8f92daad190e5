"""Dialect: sqlglot's Spark, kept from rewriting what the user wrote.

sqlglot reads Spark SQL in order to translate it: it renames functions, turns
literals into casts and reorders arguments. We need the user's own words, for
Spark's column names and rules, so here every function call stays a name with
arguments, and every literal stays its text, to be read by `literals.py`.

Stands on sqlglot, whose import takes tens of milliseconds: import this module
only when a text has to be parsed. Other modules of this package that import it
are loaded by `parse.py`, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, TypeVar

from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.errors import ParseError as SqlglotParseError, TokenError
from sqlglot.parsers.spark import SparkParser
from sqlglot.tokenizer_core import Token, TokenType

from unbounded.errors import ParseError, UnsupportedError
from unbounded.parser.lexer import syntax_error
from unbounded.parser.literal_tokens import join_literals

__all__ = [
    "SpellingDialect",
    "parse_expression_tree",
    "parse_query_tree",
    "too_deep",
]

T = TypeVar("T")
_NOT_NAMES = frozenset({TokenType.STRING, TokenType.NUMBER})
_TYPE_BRACKETS = {
    TokenType.LT: (TokenType.LT, TokenType.GT),
    TokenType.L_PAREN: (TokenType.L_PAREN, TokenType.R_PAREN),
}
_INTERVAL_TYPE_WORDS = frozenset(
    {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO"}
)


class _Misplaced(SqlglotParseError):
    """sqlglot's parse error with the place where it arose."""

    def __init__(self, message: str, token: Token | None) -> None:
        super().__init__(message)
        self.token = token


class _BitOperator(NamedTuple):
    """An operator on bits: how tightly it binds, and a node's class or a name."""

    precedence: int
    kind: type[exp.Expr] | str

    def build(self, left: exp.Expr | None, right: exp.Expr | None) -> exp.Expr:
        if isinstance(self.kind, str):
            return exp.Anonymous(this=self.kind, expressions=[left, right])
        return self.kind(this=left, expression=right)


_BIT_OPERATORS = {
    TokenType.AMP: _BitOperator(3, exp.BitwiseAnd),
    TokenType.CARET: _BitOperator(2, exp.BitwiseXor),
    TokenType.PIPE: _BitOperator(1, exp.BitwiseOr),
}


def _reduce_while_binding(
    operands: list[exp.Expr | None], waiting: list[_BitOperator], precedence: int
) -> None:
    """Apply the waiting operators that bind at least as tightly."""
    while waiting and waiting[-1].precedence >= precedence:
        right, left = operands.pop(), operands.pop()
        operands.append(waiting.pop().build(left, right))


def _postfix_cast(this: exp.Expr, to: exp.Expr) -> exp.Expr:
    cast = exp.Cast(this=this, to=to)
    cast.meta["is_postfix"] = True
    return cast


class _Tokenizer(Spark.Tokenizer):
    IDENTIFIER_ESCAPES: ClassVar = ["`"]
    NUMERIC_LITERALS: ClassVar[dict[str, str]] = {}


class _Parser(SparkParser):
    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTIONS_WITH_ALIASED_ARGS: ClassVar[set[str]] = set()
    NO_PAREN_FUNCTIONS: ClassVar[dict[TokenType, Any]] = {}
    NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        "CASE": lambda self: self._parse_case()
    }
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        "CAST": lambda self: self._parse_cast_of(exp.Cast),
        "TRY_CAST": lambda self: self._parse_cast_of(exp.TryCast),
        "EXTRACT": lambda self: self._parse_keyword_call("extract", "FROM"),
        "POSITION": lambda self: self._parse_position_call(),
        "SUBSTRING": lambda self: self._parse_keyword_call("substring", "FROM", "FOR"),
        "SUBSTR": lambda self: self._parse_keyword_call("substr", "FROM", "FOR"),
        "OVERLAY": lambda self: self._parse_keyword_call(
            "overlay", "PLACING", "FROM", "FOR"
        ),
        "TRIM": lambda self: self._parse_trim_call(),
    }
    UNARY_PARSERS: ClassVar[dict[TokenType, Any]] = {
        kind: parse
        for kind, parse in SparkParser.UNARY_PARSERS.items()
        if kind in (TokenType.NOT, TokenType.TILDE, TokenType.DASH)
    }
    UNARY_PARSERS[TokenType.PLUS] = lambda self: exp.Anonymous(
        this="+", expressions=[self._parse_unary()]
    )
    FUNC_TOKENS: ClassVar = SparkParser.FUNC_TOKENS | {
        TokenType.DATABASE,
        TokenType.SCHEMA,
    }
    ADD_JOIN_ON_TRUE = False
    ARRAY_CONSTRUCTORS: ClassVar[dict[str, Any]] = {}
    TERM: ClassVar = {
        TokenType.DASH: exp.Sub,
        TokenType.PLUS: exp.Add,
        TokenType.DPIPE: exp.DPipe,
    }
    COLUMN_OPERATORS: ClassVar[dict[TokenType, Any]] = {
        TokenType.DOT: None,
        TokenType.DCOLON: lambda self, this, to: _postfix_cast(this, to),
    }
    CAST_COLUMN_OPERATORS: ClassVar = {TokenType.DCOLON}
    PLACEHOLDER_PARSERS: ClassVar[dict[TokenType, Any]] = {
        TokenType.PLACEHOLDER: lambda self: exp.Placeholder(this=self._prev.start),
        TokenType.COLON: lambda self: self._parse_named_argument(),
    }

    def raise_error(self, message: str, token: Token | None = None) -> None:
        raise _Misplaced(message, token or self._curr or None)

    def _parse_type(
        self, parse_interval: bool = True, fallback_to_identifier: bool = False
    ) -> exp.Expr | None:
        # Typed literals are one token already: no type can begin an expression.
        if fallback_to_identifier:
            return super()._parse_type(parse_interval, fallback_to_identifier)
        return self._parse_atom() or self._parse_column()

    def _parse_bitwise(self) -> exp.Expr | None:
        """Shifts, then `&`, then `^`, then `|`, each from left to right.

        One loop with a stack, where a function for each would nest: the depth
        of an expression is bounded by Python's stack.
        """
        operands = [self._parse_term()]
        waiting: list[_BitOperator] = []
        while operator := self._match_bit_operator():
            _reduce_while_binding(operands, waiting, operator.precedence)
            waiting.append(operator)
            operands.append(self._parse_term())
        _reduce_while_binding(operands, waiting, 0)
        return operands[0]

    def _match_bit_operator(self) -> _BitOperator | None:
        if not self._curr:
            return None
        operator = _BIT_OPERATORS.get(self._curr.token_type)
        if operator is not None:
            self._advance()
            return operator
        if self._match_pair(TokenType.LT, TokenType.LT):
            return _BitOperator(4, "shiftleft")
        if not self._match_pair(TokenType.GT, TokenType.GT):
            return None
        is_unsigned = self._match(TokenType.GT)
        return _BitOperator(4, "shiftrightunsigned" if is_unsigned else "shiftright")

    def _parse_is(self, this: exp.Expr | None) -> exp.Expr | None:
        """`x IS [NOT] …`, remembering where NOT stood: names show it."""
        negate = self._match(TokenType.NOT)
        if self._match_text_seq("DISTINCT", "FROM"):
            kind = exp.NullSafeEQ if negate else exp.NullSafeNEQ
            operand = self._parse_bitwise()
            return self.expression(kind(this=this, expression=operand))
        for word in ("NULL", "TRUE", "FALSE", "UNKNOWN"):
            if self._match_text_seq(word):
                test = exp.Is(this=this, expression=exp.Var(this=word), negate=negate)
                return self.expression(test)
        self.raise_error("nothing to compare with")
        return None

    RANGE_PARSERS: ClassVar[dict[TokenType, Any]] = {
        **{
            kind: parse
            for kind, parse in SparkParser.RANGE_PARSERS.items()
            if kind
            in (
                TokenType.BETWEEN,
                TokenType.ILIKE,
                TokenType.IN,
                TokenType.LIKE,
                TokenType.RLIKE,
            )
        },
        TokenType.IS: lambda self, this: self._parse_is(this),
    }

    def _parse_cast_of(self, kind: type[exp.Expr]) -> exp.Expr:
        """`CAST(x AS type)`; the type stays text, for `ddl.py` to read."""
        this = self._parse_disjunction()
        if not self._match(TokenType.ALIAS):
            self.raise_error("a type must follow")
        first, depth = self._curr, 0
        while self._curr and (depth or self._curr.token_type != TokenType.R_PAREN):
            depth += self._curr.token_type == TokenType.L_PAREN
            depth -= self._curr.token_type == TokenType.R_PAREN
            self._advance()
        if not self._curr or self._curr is first:
            self.raise_error("a type must follow")
        return self.expression(kind(this=this, to=self._type_text(first)))

    def _parse_dcolon(self) -> exp.Expr | None:
        """The type after `::`: a name, then what is in brackets or follows it."""
        first = self._curr
        if not first:
            return None
        self._advance()
        if first.text.upper() == "INTERVAL":
            while self._curr and self._curr.text.upper() in _INTERVAL_TYPE_WORDS:
                self._advance()
        pair = _TYPE_BRACKETS.get(self._curr.token_type) if self._curr else None
        depth = 0
        while self._curr and pair:
            depth += self._curr.token_type == pair[0]
            depth -= self._curr.token_type == pair[1]
            self._advance()
            if not depth:
                break
        return self._type_text(first)

    def _type_text(self, first: Token) -> exp.Expr:
        """The text since `first`, with the place where it starts."""
        text = exp.Var(this=self._find_sql(first, self._prev))
        text.meta["start"] = first.start
        return text

    def _parse_keyword_call(self, name: str, *keywords: str) -> exp.Expr:
        """A call whose arguments may be parted by words: `substring(a FROM 1)`."""
        first = self._parse_lambda()
        arguments = [first] if first else []
        if any(self._is_word(keyword) for keyword in keywords):
            for keyword in keywords:
                if self._match_text_seq(keyword):
                    arguments.append(self._parse_operand())
        elif self._match(TokenType.COMMA):
            arguments.extend(self._parse_function_args())
        return self.expression(exp.Anonymous(this=name, expressions=arguments))

    def _parse_position_call(self) -> exp.Expr:
        """`position(a IN b)` is Spark's `locate`; `position(a, b)` is itself."""
        # IN is an operator elsewhere, so this operand stops before it.
        arguments = [self._parse_operand()]
        name = "locate" if self._match(TokenType.IN) else "position"
        if name == "locate":
            arguments.append(self._parse_operand())
        elif self._match(TokenType.COMMA):
            arguments.extend(self._parse_function_args())
        return self.expression(exp.Anonymous(this=name, expressions=arguments))

    def _parse_operand(self) -> exp.Expr:
        operand = self._parse_bitwise()
        if operand is None:
            self.raise_error("an operand must follow")
        assert operand is not None
        return operand

    def _is_word(self, word: str) -> bool:
        return bool(self._curr) and self._curr.text.upper() == word

    def _parse_trim_call(self) -> exp.Expr:
        """`TRIM([BOTH | LEADING | TRAILING] [what] FROM x)` or plain `trim(…)`."""
        names = {"BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}
        side = self._curr.text.upper() if self._curr else ""
        if side in names and self._next.token_type not in (
            TokenType.COMMA,
            TokenType.R_PAREN,
            TokenType.DOT,
        ):
            self._advance()
        else:
            side = "BOTH"
        arguments = [] if self._is_word("FROM") else self._parse_function_args()
        if self._match(TokenType.FROM):
            arguments.append(self._parse_operand())
        return self.expression(exp.Anonymous(this=names[side], expressions=arguments))

    def _parse_alias(self, *args: Any, **kwargs: Any) -> exp.Expr | None:
        this = super()._parse_alias(*args, **kwargs)
        if self._prev and self._prev.token_type == TokenType.ALIAS:
            self.raise_error("a name must follow")
        return this

    def _parse_csv(
        self,
        parse_method: Callable[[], T | None],
        sep: TokenType = TokenType.COMMA,
    ) -> list[T]:
        """Items parted by commas: none at all, or no comma too many."""
        first = parse_method()
        items = [] if first is None else [first]
        if first is None and self._match(sep, advance=False):
            self.raise_error("an item must stand before")
        while self._match(sep):
            item = parse_method()
            if item is None:
                self.raise_error("an item must follow")
            assert item is not None
            items.append(item)
        return items

    def _parse_id_var(self, *args: Any, **kwargs: Any) -> exp.Expr | None:
        # Spark gives no name by a string or a number: `a AS 'b'` is an error.
        if self._curr and self._curr.token_type in _NOT_NAMES:
            return None
        return super()._parse_id_var(*args, **kwargs)

    def _parse_named_argument(self) -> exp.Expr | None:
        if self._curr.token_type in (TokenType.NUMBER, TokenType.STRING):
            return None
        self._advance()
        return exp.Placeholder(this=self._prev.text)

    def _parse_table(self, *args: Any, **kwargs: Any) -> exp.Expr | None:
        """A table; `STREAM t` and `STREAM(t)` mark it as read as a stream."""
        if not self._is_stream_ahead():
            return super()._parse_table(*args, **kwargs)
        self._advance()
        is_wrapped = self._match(TokenType.L_PAREN)
        table = self._parse_table_parts()
        if is_wrapped:
            self._match_r_paren()
        assert isinstance(table, exp.Table)
        table.set("alias", self._parse_table_alias())
        table.meta["is_streaming"] = True
        return table

    def _is_stream_ahead(self) -> bool:
        if not self._is_word("STREAM") or not self._next:
            return False
        return self._next.token_type in (
            TokenType.VAR,
            TokenType.IDENTIFIER,
            TokenType.L_PAREN,
        )


class SpellingDialect(Spark):
    """Spark as the user spelled it."""

    Tokenizer = _Tokenizer
    Parser = _Parser


_DIALECT = SpellingDialect()


def too_deep() -> UnsupportedError:
    return UnsupportedError(
        "UNSUPPORTED_FEATURE",
        feature="a text nested this deeply",
        advice="Compute the inner parts as columns first.",
    )


def parse_expression_tree(sql: str) -> tuple[exp.Expr, list[Token]]:
    """sqlglot's tree of one expression, and its tokens.

    Raises:
        ParseError: PARSE_SYNTAX_ERROR.
    """
    return _parse(sql, lambda parser: parser._parse_expression())


def parse_query_tree(sql: str) -> tuple[exp.Expr, list[Token]]:
    """sqlglot's tree of one query, and its tokens.

    Raises:
        ParseError: PARSE_SYNTAX_ERROR.
    """
    return _parse(sql, lambda parser: parser._parse_statement())


def _parse(
    sql: str, parse: Callable[[Any], exp.Expr | None]
) -> tuple[exp.Expr, list[Token]]:
    try:
        tokens = join_literals(sql, _Tokenizer(dialect=_DIALECT).tokenize(sql))
    except TokenError as error:
        raise syntax_error(sql, sql.strip(), 0, ": a quote is not closed") from error
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    try:
        trees = _Parser(dialect=_DIALECT)._parse(parse, tokens, sql)
    except _Misplaced as error:
        raise _misplaced(sql, error.token) from error
    except SqlglotParseError as error:
        raise syntax_error(sql, "", len(sql)) from error
    except RecursionError as error:
        raise too_deep() from error
    tree = trees[0] if trees else None
    if tree is None:
        raise syntax_error(sql, "", len(sql))
    if len(trees) > 1:
        semicolon = next(t for t in tokens if t.token_type == TokenType.SEMICOLON)
        raise _misplaced(sql, semicolon)
    return tree, tokens


def _misplaced(sql: str, token: Token | None) -> ParseError:
    if token is None or not token.text:
        return syntax_error(sql, "", len(sql))
    return syntax_error(sql, sql[token.start : token.end + 1], token.start)
