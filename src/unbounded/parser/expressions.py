"""Expressions: sqlglot's trees of expressions, turned into our nodes.

One small handler for each class that Spark's grammar can make; what has none is
Spark's and not ours, and is refused by name. Loaded by `parse.py` alone.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from unbounded.errors import ParseError, UnsupportedError
from unbounded.parser.ddl import parse_type_name
from unbounded.parser.dialect import parse_expression_tree, too_deep
from unbounded.parser.lexer import syntax_error
from unbounded.parser.literals import read_number
from unbounded.parser.typed_literals import read_text_literal
from unbounded.plan.expressions import (
    Alias,
    Cast,
    EvalMode,
    Expression,
    LambdaFunction,
    LambdaVariable,
    Literal,
    SortOrder,
    UnresolvedAttribute,
    UnresolvedExtractValue,
    UnresolvedFunction,
    UnresolvedStar,
)
from unbounded.plan.python_functions import NamedArgument
from unbounded.plan.relations import Relation
from unbounded.plan.tree import transform_up
from unbounded.types import BooleanType, DataType, IntegerType, NullType, StringType

__all__ = [
    "ParseContext",
    "parse_sql_expression",
    "to_expression",
    "to_name_parts",
    "unsupported",
]


@dataclass(frozen=True, slots=True)
class ParseContext:
    """What a text is parsed with: itself, and the arguments it may name.

    `marks` are the places of its `?`, in order; `tables` the queries that WITH
    has named, by lower-case name.
    """

    sql: str
    named: Mapping[str, Expression] = field(default_factory=dict)
    positional: Sequence[Expression] = ()
    marks: tuple[int, ...] = ()
    tables: Mapping[str, Relation] = field(default_factory=dict)


_OPERATORS: dict[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.IntDiv: "div",
    exp.DPipe: "concat",
    exp.EQ: "==",
    exp.NullSafeEQ: "<=>",
    exp.LT: "<",
    exp.GT: ">",
    exp.LTE: "<=",
    exp.GTE: ">=",
    exp.And: "and",
    exp.Or: "or",
    exp.BitwiseAnd: "&",
    exp.BitwiseOr: "|",
    exp.BitwiseXor: "^",
}
_MATCHES: dict[type[exp.Expr], str] = {
    exp.Like: "like",
    exp.ILike: "ilike",
    exp.RegexpLike: "rlike",
}
# Names that are functions though written without parentheses.
_BARE_FUNCTIONS = frozenset({"current_date", "current_timestamp", "current_user"})
# Functions whose first argument of three is the name of a unit: Spark's name.
_UNIT_FUNCTIONS = {
    "date_add": "timestampadd",
    "date_diff": "timestampdiff",
    "dateadd": "timestampadd",
    "datediff": "timestampdiff",
    "timestampadd": "timestampadd",
    "timestampdiff": "timestampdiff",
}
_BUILTIN_NAMESPACES = (("builtin",), ("system", "builtin"))
# What is Spark SQL and has no node of ours yet: what the user reads for it.
_UNSUPPORTED: dict[type[exp.Expr], str] = {
    exp.Window: "a window function (OVER) in SQL",
    exp.Subquery: "a scalar subquery",
    exp.Select: "a scalar subquery",
    exp.SetOperation: "a scalar subquery",
    exp.Exists: "EXISTS with a subquery",
    exp.Any: "ANY with a subquery",
    exp.All: "ALL with a subquery",
    exp.Collate: "COLLATE",
    exp.AtTimeZone: "AT TIME ZONE",
    exp.Order: "an ORDER BY inside a function",
    exp.Limit: "a LIMIT inside a function",
}


def parse_sql_expression(text: str) -> Expression:
    """The expression that `text` writes, read by sqlglot."""
    tree, _ = parse_expression_tree(text)
    try:
        return to_expression(tree, ParseContext(text))
    except RecursionError as error:
        raise too_deep() from error


def unsupported(feature: str, advice: str = "") -> UnsupportedError:
    advice = advice or "Write the query without it, or with the DataFrame API."
    return UnsupportedError("UNSUPPORTED_FEATURE", feature=feature, advice=advice)


def to_name_parts(parts: Sequence[exp.Expr]) -> tuple[str, ...]:
    """The text of identifiers in order: `a.`b c`` is ("a", "b c")."""
    return tuple(part.name for part in parts)


@functools.singledispatch
def to_expression(node: object, context: ParseContext) -> Expression:
    """Our node for sqlglot's.

    Raises:
        UnsupportedError: the text is Spark SQL that we don't have.
        ParseError: sqlglot accepts the text and Spark does not.
    """
    for kind, feature in _UNSUPPORTED.items():
        if isinstance(node, kind):
            raise unsupported(feature)
    shown = node.sql("spark") if isinstance(node, exp.Expr) else str(node)
    raise syntax_error(context.sql, shown, max(context.sql.find(shown), 0))


def _all(
    nodes: Sequence[exp.Expr | None], context: ParseContext
) -> tuple[Expression, ...]:
    return tuple(to_expression(node, context) for node in nodes)


def _call(name: str, *arguments: Expression) -> UnresolvedFunction:
    return UnresolvedFunction(name, arguments)


def _negated_if(is_negated: object, expression: Expression) -> Expression:
    return _call("not", expression) if is_negated else expression


# --- names and literals -----------------------------------------------------


@to_expression.register
def _column(node: exp.Column, context: ParseContext) -> Expression:
    parts = to_name_parts(node.parts)
    if isinstance(node.this, exp.Star):
        _refuse_star_clauses(node.this)
        return UnresolvedStar(parts[:-1])
    if len(parts) == 1 and not node.this.args.get("quoted"):
        name = parts[0].lower()
        if name in _BARE_FUNCTIONS:
            return _call(name)
    return UnresolvedAttribute(parts)


@to_expression.register
def _identifier(node: exp.Identifier, context: ParseContext) -> Expression:
    # A lambda's parameter, as sqlglot leaves it in the lambda's body.
    return UnresolvedAttribute((node.name,))


@to_expression.register
def _star(node: exp.Star, context: ParseContext) -> Expression:
    _refuse_star_clauses(node)
    return UnresolvedStar()


def _refuse_star_clauses(node: exp.Star) -> None:
    if any(node.args.values()):
        raise unsupported("EXCEPT after *", "Use DataFrame.drop.")


@to_expression.register
def _dot(node: exp.Dot, context: ParseContext) -> Expression:
    if isinstance(node.expression, exp.Anonymous):
        qualifier = node.this.sql("spark").lower().replace("`", "").split(".")
        if tuple(qualifier) in _BUILTIN_NAMESPACES:
            return to_expression(node.expression, context)
        raise unsupported(f"the function {node.sql('spark')} of another catalog")
    child = to_expression(node.this, context)
    if isinstance(node.expression, exp.Star):
        if isinstance(child, UnresolvedAttribute):
            return UnresolvedStar(child.name_parts)
        raise unsupported("* after an expression", "Name the fields.")
    name = node.expression.name
    if isinstance(child, UnresolvedAttribute):
        return UnresolvedAttribute((*child.name_parts, name))
    return UnresolvedExtractValue(child, Literal(name, StringType()))


@to_expression.register
def _bracket(node: exp.Bracket, context: ParseContext) -> Expression:
    if len(node.expressions) != 1:
        raise syntax_error(context.sql, "[", max(context.sql.find("["), 0))
    key = to_expression(node.expressions[0], context)
    return UnresolvedExtractValue(to_expression(node.this, context), key)


@to_expression.register
def _literal(node: exp.Literal, context: ParseContext) -> Expression:
    return read_text_literal(node.this) if node.is_string else read_number(node.this)


@to_expression.register
def _adjacent_strings(node: exp.Concat, context: ParseContext) -> Expression:
    parts = [to_expression(part, context) for part in node.expressions]
    text = "".join(part.value for part in parts if isinstance(part, Literal))
    return Literal(text, StringType())


@to_expression.register
def _boolean(node: exp.Boolean, context: ParseContext) -> Expression:
    return Literal(bool(node.this), BooleanType())


@to_expression.register
def _null(node: exp.Null, context: ParseContext) -> Expression:
    return Literal(None, NullType())


@to_expression.register
def _placeholder(node: exp.Placeholder, context: ParseContext) -> Expression:
    if isinstance(node.this, int):
        index = context.marks.index(node.this)
        if index < len(context.positional):
            return context.positional[index]
        raise ParseError("UNBOUND_SQL_PARAMETER", name=f"_{node.this}")
    if node.name in context.named:
        return context.named[node.name]
    raise ParseError("UNBOUND_SQL_PARAMETER", name=node.name)


# --- operators --------------------------------------------------------------


@to_expression.register
def _paren(node: exp.Paren, context: ParseContext) -> Expression:
    return to_expression(node.this, context)


@to_expression.register
def _tuple(node: exp.Tuple, context: ParseContext) -> Expression:
    if not node.expressions:
        raise syntax_error(context.sql, ")", max(context.sql.find(")"), 0))
    return _call("struct", *_all(node.expressions, context))


def _operator(node: exp.Expr, context: ParseContext) -> Expression:
    # A chain of thousands of ANDs leans to the left: it is walked, not recursed.
    rights: list[tuple[str, exp.Expr]] = []
    left = node
    while name := _OPERATORS.get(type(left)):
        rights.append((name, left.expression))
        left = left.this
    result = to_expression(left, context)
    for name, right in reversed(rights):
        result = _call(name, result, to_expression(right, context))
    return result


for _kind in _OPERATORS:
    to_expression.register(_kind, _operator)


@to_expression.register
def _not_equal(node: exp.NEQ, context: ParseContext) -> Expression:
    return _call("not", _call("==", *_all((node.this, node.expression), context)))


@to_expression.register
def _distinct_from(node: exp.NullSafeNEQ, context: ParseContext) -> Expression:
    return _call("not", _call("<=>", *_all((node.this, node.expression), context)))


@to_expression.register
def _negative(node: exp.Neg, context: ParseContext) -> Expression:
    child = node.this
    if child.meta.get("is_postfix") and _is_number(child.this):
        # `-1::INT` casts the literal -1, though here the cast binds tighter.
        negative = read_number(child.this.this, is_negative=True)
        return Cast(negative, _cast_type(child.args["to"], context))
    if _is_number(child):
        return read_number(child.this, is_negative=True)
    return _call("-", to_expression(node.this, context))


def _is_number(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string


@to_expression.register
def _not(node: exp.Not, context: ParseContext) -> Expression:
    return _call("not", to_expression(node.this, context))


@to_expression.register
def _bitwise_not(node: exp.BitwiseNot, context: ParseContext) -> Expression:
    return _call("~", to_expression(node.this, context))


@to_expression.register
def _is(node: exp.Is, context: ParseContext) -> Expression:
    child = to_expression(node.this, context)
    is_negated, word = node.args.get("negate"), node.expression.name or "NULL"
    if word in ("NULL", "UNKNOWN"):
        return _call("isNotNull" if is_negated else "isNull", child)
    truth = Literal(word == "TRUE", BooleanType())
    return _negated_if(is_negated, _call("<=>", child, truth))


@to_expression.register
def _in(node: exp.In, context: ParseContext) -> Expression:
    if node.args.get("query"):
        raise unsupported("IN with a subquery", "Use a left semi join.")
    if not node.expressions:
        raise syntax_error(context.sql, "IN", max(context.sql.upper().find("IN"), 0))
    arguments = _all((node.this, *node.expressions), context)
    return _negated_if(node.args.get("negate"), _call("in", *arguments))


@to_expression.register
def _between(node: exp.Between, context: ParseContext) -> Expression:
    low_high = (node.args["low"], node.args["high"])
    child, low, high = _all((node.this, *low_high), context)
    inside = _call("between", child, low, high)
    return _negated_if(node.args.get("negate"), inside)


def _match(node: exp.Expr, context: ParseContext, *escape: Expression) -> Expression:
    name, is_negated = _MATCHES[type(node)], node.args.get("negate")
    child, pattern = to_expression(node.this, context), node.expression
    if not isinstance(pattern, (exp.Any, exp.All)):
        arguments = (child, to_expression(pattern, context), *escape)
        return _negated_if(is_negated, _call(name, *arguments))
    listed = pattern.this.unnest()
    patterns = listed.expressions if isinstance(listed, exp.Tuple) else [listed]
    tests = [
        _negated_if(is_negated, _call(name, child, to_expression(each, context)))
        for each in patterns
    ]
    joined = "or" if isinstance(pattern, exp.Any) else "and"
    return functools.reduce(lambda left, right: _call(joined, left, right), tests)


for _kind in _MATCHES:
    to_expression.register(_kind, _match)


@to_expression.register
def _escape(node: exp.Escape, context: ParseContext) -> Expression:
    escape = to_expression(node.expression, context)
    is_character = isinstance(escape, Literal) and len(str(escape.value)) == 1
    if not is_character:
        raise ParseError("INVALID_ESCAPE_CHAR", sqlExpr=node.expression.name)
    return _match(node.this, context, escape)


@to_expression.register
def _case(node: exp.Case, context: ParseContext) -> Expression:
    subject = to_expression(node.this, context) if node.this else None
    arguments: list[Expression] = []
    for branch in node.args["ifs"]:
        condition = to_expression(branch.this, context)
        if subject is not None:
            condition = _call("==", subject, condition)
        arguments += (condition, to_expression(branch.args["true"], context))
    if (default := node.args.get("default")) is not None:
        arguments.append(to_expression(default, context))
    return _call("when", *arguments)


@to_expression.register
def _cast(node: exp.Cast, context: ParseContext) -> Expression:
    mode: EvalMode = "TRY" if isinstance(node, exp.TryCast) else "ANSI"
    data_type = _cast_type(node.args["to"], context)
    return Cast(to_expression(node.this, context), data_type, mode)


def _cast_type(node: exp.Expr, context: ParseContext) -> DataType:
    try:
        return parse_type_name(node.name)
    except ParseError as error:
        raise error.at(context.sql, node.meta["start"] + max(error.offset, 0)) from None


# --- functions --------------------------------------------------------------


@to_expression.register
def _function(node: exp.Anonymous, context: ParseContext) -> Expression:
    name = node.name.lower()
    nodes, is_distinct = node.expressions, False
    if len(nodes) == 1 and isinstance(nodes[0], exp.Distinct):
        nodes, is_distinct = nodes[0].expressions, True
    if name == "count" and not is_distinct and _is_bare_star(nodes):
        return _call("count", Literal(1, IntegerType()))
    if name in _UNIT_FUNCTIONS and len(nodes) == 3:
        return _call_with_word(_UNIT_FUNCTIONS[name], nodes, context)
    if name == "extract":
        return _call_with_word(name, nodes, context)
    ignores_nulls = bool(nodes) and isinstance(nodes[-1], exp.IgnoreNulls)
    if ignores_nulls:
        nodes = [*nodes[:-1], nodes[-1].this]
    call = UnresolvedFunction(name, _all(nodes, context), is_distinct)
    return _ignoring_nulls(call) if ignores_nulls else call


@to_expression.register
def _named_argument(node: exp.Kwarg, context: ParseContext) -> Expression:
    return NamedArgument(node.this.name, to_expression(node.expression, context))


def _call_with_word(
    name: str, nodes: Sequence[exp.Expr], context: ParseContext
) -> Expression:
    """A call whose first argument is a bare word, `day` or `year`, given as text."""
    word = Literal(nodes[0].name.strip("'\""), StringType())
    return _call(name, word, *_all(nodes[1:], context))


def _is_bare_star(nodes: Sequence[exp.Expr]) -> bool:
    return len(nodes) == 1 and isinstance(nodes[0], exp.Star)


def _ignoring_nulls(call: UnresolvedFunction) -> UnresolvedFunction:
    return replace(call, arguments=(*call.arguments, Literal(True, BooleanType())))


@to_expression.register
def _ignore_nulls(node: exp.IgnoreNulls, context: ParseContext) -> Expression:
    call = to_expression(node.this, context)
    if not isinstance(call, UnresolvedFunction):
        raise unsupported("IGNORE NULLS here")
    return _ignoring_nulls(call)


@to_expression.register
def _respect_nulls(node: exp.RespectNulls, context: ParseContext) -> Expression:
    return to_expression(node.this, context)


@to_expression.register
def _within_group(node: exp.WithinGroup, context: ParseContext) -> Expression:
    call = to_expression(node.this, context)
    if not isinstance(call, UnresolvedFunction):
        raise unsupported("WITHIN GROUP after what is not a function")
    return replace(call, within_group=_all(node.expression.expressions, context))


@to_expression.register
def _filter(node: exp.Filter, context: ParseContext) -> Expression:
    call = to_expression(node.this, context)
    if not isinstance(call, UnresolvedFunction):
        raise unsupported("FILTER after what is not a function")
    return replace(call, filter=to_expression(node.expression.this, context))


@to_expression.register
def _lambda(node: exp.Lambda, context: ParseContext) -> Expression:
    parameters = tuple(LambdaVariable(each.name) for each in node.expressions)
    known = {each.name.lower(): each for each in parameters}

    def bind(part: Expression) -> Expression:
        if not isinstance(part, UnresolvedAttribute):
            return part
        first, *fields = part.name_parts
        variable: Expression | None = known.get(first.lower())
        if variable is None:
            return part
        for name in fields:
            variable = UnresolvedExtractValue(variable, Literal(name, StringType()))
        return variable

    body: Expression = transform_up(to_expression(node.this, context), bind)
    return LambdaFunction(body, parameters)


# --- names given, orders ----------------------------------------------------


@to_expression.register
def _alias(node: exp.Alias, context: ParseContext) -> Expression:
    name = node.args["alias"]
    if not isinstance(name, exp.Identifier):
        raise syntax_error(context.sql, name.name, max(context.sql.find(name.name), 0))
    return Alias(to_expression(node.this, context), (name.name,))


@to_expression.register
def _aliases(node: exp.Aliases, context: ParseContext) -> Expression:
    names = to_name_parts(node.expressions)
    return Alias(to_expression(node.this, context), names)


@to_expression.register
def _ordered(node: exp.Ordered, context: ParseContext) -> Expression:
    if isinstance(node.this, exp.Var):
        child: Expression = UnresolvedAttribute((node.this.name,))
    else:
        child = to_expression(node.this, context)
    nulls_first = bool(node.args.get("nulls_first"))
    return SortOrder(child, not node.args.get("desc"), nulls_first)
