"""Expressions: from names and calls to resolved, typed expressions.

`Names` is the place an expression stands in: the scope it sees, the aliases to
its left in a select list. One handler per node. An aggregate call stays in the
tree as an `AggregateCall`, a `window(…)` as a `TimeWindow`; `aggregates.py` and
`windows.py` take them out again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import singledispatch

from unbounded.analyzer.argument_types import BOOLEAN
from unbounded.analyzer.calls import Call, call_scalar, prepare_arguments
from unbounded.analyzer.casts import make_cast
from unbounded.analyzer.coercion import coerce_to
from unbounded.analyzer.column_names import expression_sql
from unbounded.analyzer.context import Context
from unbounded.analyzer.functions.registry import AGGREGATES, SCALARS
from unbounded.analyzer.functions.signature import type_of
from unbounded.analyzer.functions.unsupported import UNSUPPORTED_FUNCTIONS
from unbounded.analyzer.generators import GENERATOR_CALLS
from unbounded.analyzer.grouping_sets import GROUPING_CALLS
from unbounded.analyzer.mismatches import quote_sql, quote_type
from unbounded.analyzer.names import (
    Match,
    Scope,
    quote_column,
    unresolved_column,
)
from unbounded.analyzer.nested_calls import NESTED_CALLS, extract_value
from unbounded.analyzer.operators import OPERATORS
from unbounded.analyzer.ordered_calls import (
    call_arguments,
    check_shares,
    order_arguments,
)
from unbounded.analyzer.special_calls import SPECIAL_CALLS
from unbounded.analyzer.windows import WINDOW_CALLS
from unbounded.errors import AnalysisError, UnboundedError, UnsupportedError
from unbounded.plan.expressions import (
    AggregateCall,
    Alias,
    AttributeReference,
    Cast,
    Expression,
    LambdaFunction,
    Literal,
    SortOrder,
    UnresolvedAttribute,
    UnresolvedExtractValue,
    UnresolvedFunction,
    UnresolvedRegex,
    UnresolvedStar,
)
from unbounded.plan.generators import GeneratorCall
from unbounded.plan.python_functions import PythonCall
from unbounded.plan.tree import walk
from unbounded.types import DataType, IntegerType, StringType

__all__ = ["Place", "expand_stars", "resolve_expression"]

SEARCH_PATH = "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]"
_NO_PARENTHESES = frozenset(
    {"current_date", "current_timestamp", "localtimestamp", "now", "current_timezone"}
)


_HIVE_GROUPING_ID = "grouping__id"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands: what it sees, and what an aggregate in it sees.

    `input_scope` is set above an aggregation: arguments of aggregate functions
    are looked up there first. `laterals` are the aliases to the left in the same
    select list. `keeps_columns` in a sort or a filter.
    """

    scope: Scope
    context: Context
    input_scope: Scope | None = None
    laterals: Mapping[str, Expression] = field(default_factory=dict)
    keeps_columns: bool = False

    def inside_aggregate(self) -> Place:
        if self.input_scope is None:
            return self
        return Place(replace(self.input_scope, below=self.scope), self.context)

    def find(self, attribute: UnresolvedAttribute) -> list[Match]:
        """The columns an attribute can mean, nearest scope first.

        In a sort or a filter, what can mean several columns in one scope may mean
        one in a scope below.
        """
        scope: Scope | None = self.scope
        several: list[Match] = []
        while scope is not None:
            found = self._find_in(scope, attribute)
            if len(found) == 1 or (found and not self.keeps_columns):
                return found
            several = several or found
            scope = scope.below
        if several:
            return several
        if self.input_scope is not None:
            return self._find_in(self.input_scope, attribute)
        return []

    def _find_in(self, scope: Scope, attribute: UnresolvedAttribute) -> list[Match]:
        same = self.context.same_name
        if attribute.plan_id is not None:
            return scope.find_by_plan_id(attribute.plan_id, attribute.name_parts, same)
        return scope.find(attribute.name_parts, same)

    def attribute_name(self, attribute: UnresolvedAttribute) -> str:
        """The name without its qualifier, for generated column names."""
        found = self.find(attribute)
        if not found:
            return ".".join(attribute.name_parts)
        kept = len(found[0].fields) + 1
        return ".".join(attribute.name_parts[-kept:])

    def expand(self, expressions: Sequence[Expression]) -> Sequence[Expression]:
        """Stars written out, for generated column names."""
        return list(expand_stars(expressions, self))

    def function_title(self, name: str) -> str:
        """The name as registered, of a function that is no built-in."""
        if name in AGGREGATES or any(name in table for table in _SCALAR_TABLES):
            return name
        function = self.context.catalog.function(name)
        return name if function is None else function.name

    def type_of(self, expression: Expression) -> DataType | None:
        """The type of an unresolved expression, for generated column names."""
        try:
            return type_of(resolve_expression(expression, self))
        except UnboundedError:
            return None


@singledispatch
def resolve_expression(expression: Expression, place: Place) -> Expression:
    """The expression with every name and type known.

    Raises:
        AnalysisError: a name or type in it is wrong.
        UnsupportedError: Spark has it, and this engine does not.
    """
    raise UnsupportedError(
        "UNSUPPORTED_FEATURE",
        feature=f"the expression {type(expression).__name__}",
        advice="Write it with other functions.",
    )


@resolve_expression.register(Literal)
@resolve_expression.register(AttributeReference)
def _(expression: Expression, place: Place) -> Expression:
    return expression


# --- columns ----------------------------------------------------------------


@resolve_expression.register
def _(expression: UnresolvedAttribute, place: Place) -> Expression:
    found = place.find(expression)
    if not found:
        return _resolve_missing(expression, place)
    if len(found) > 1:
        raise _ambiguous(expression, found)
    attribute = found[0].column.attribute
    return _take_fields(attribute, attribute.name, found[0].fields, place)


def _take_fields(
    base: Expression, text: str, fields: Sequence[str], place: Place
) -> Expression:
    for name in fields:
        base = _take_field(base, text, name, place)
        text = f"{text}.{name}"
    return base


def _take_field(base: Expression, text: str, name: str, place: Place) -> Expression:
    key = Literal(name, StringType())
    call = Call(
        "getField",
        (base, key),
        place.context,
        lambda: (f"{text}.{name}", (text, name)),
    )
    return extract_value(call)


def _ambiguous(
    expression: UnresolvedAttribute, found: Sequence[Match]
) -> AnalysisError:
    if expression.plan_id is not None:
        text = quote_sql(".".join(expression.name_parts))
        return AnalysisError("AMBIGUOUS_COLUMN_REFERENCE", name=text)
    name = quote_column(expression.name_parts)
    references = ", ".join(m.column.quoted for m in found)
    return AnalysisError(
        "AMBIGUOUS_REFERENCE", name=name, referenceNames=f"[{references}]"
    )


def _resolve_missing(expression: UnresolvedAttribute, place: Place) -> Expression:
    """An alias further left, a function without parentheses, or an error."""
    first, *fields = expression.name_parts
    if expression.plan_id is None:
        if first.lower() in place.laterals:
            return _take_fields(place.laterals[first.lower()], first, fields, place)
        if not fields and first.lower() == _HIVE_GROUPING_ID:
            return resolve_expression(UnresolvedFunction("grouping_id", ()), place)
        if not fields and first.lower() in _NO_PARENTHESES:
            return resolve_expression(UnresolvedFunction(first, ()), place)
    else:
        name = quote_sql(".".join(expression.name_parts))
        raise AnalysisError("CANNOT_RESOLVE_DATAFRAME_COLUMN", name=name)
    raise unresolved_column(expression.name_parts, place.scope)


def expand_stars(
    expressions: Sequence[Expression], place: Place
) -> Iterator[Expression]:
    """The expressions with `*`, `t.*`, `struct.*` and regexes written out."""
    for expression in expressions:
        match expression:
            case UnresolvedStar():
                yield from _expand_star(expression, place)
            case UnresolvedRegex():
                yield from _expand_regex(expression, place)
            case _:
                yield expression


def _expand_star(star: UnresolvedStar, place: Place) -> list[Expression]:
    if star.plan_id is not None:
        places = place.scope.plan_outputs.get(star.plan_id, ())
        ids = {a.attribute_id for a in place.scope.visible}
        columns = [c for found in places[:1] for c in found if not c.is_hidden]
        return [c.attribute for c in columns if c.attribute.attribute_id in ids]
    if star.target is None:
        return list(place.scope.visible)
    same = place.context.same_name
    size = len(star.target)
    found: list[Expression] = [
        c.attribute
        for c in place.scope.columns
        if len(c.qualifier) >= size
        and all(map(same, c.qualifier[-size:], star.target))
        and not c.is_hidden
    ]
    return found or _expand_struct(star, place)


def _expand_struct(star: UnresolvedStar, place: Place) -> list[Expression]:
    assert star.target is not None
    attribute = UnresolvedAttribute(star.target)
    fields = getattr(place.type_of(attribute), "fields", None)
    if fields is None:
        names = sorted({a.name for a in place.scope.visible})
        columns = [quote_column((name,)) for name in names]
        raise AnalysisError(
            "CANNOT_RESOLVE_STAR_EXPAND",
            targetString=quote_column(star.target),
            columns=", ".join(columns),
        )
    return [UnresolvedAttribute((*star.target, f.name)) for f in fields]


def _expand_regex(regex: UnresolvedRegex, place: Place) -> list[Expression]:
    pattern = regex.pattern.strip("`")
    flags = 0 if place.context.is_case_sensitive else re.IGNORECASE
    return [a for a in place.scope.visible if re.fullmatch(pattern, a.name, flags)]


@resolve_expression.register(UnresolvedStar)
@resolve_expression.register(UnresolvedRegex)
def _(expression: Expression, place: Place) -> Expression:
    element = "'*'" if isinstance(expression, UnresolvedStar) else "regular expression"
    raise AnalysisError(
        "INVALID_USAGE_OF_STAR_OR_REGEX", elem=element, prettyName="expression"
    )


# --- functions --------------------------------------------------------------


@resolve_expression.register
def _(expression: UnresolvedFunction, place: Place) -> Expression:
    name = expression.name.lower()
    if name in AGGREGATES:
        return _aggregate(name, expression, place)
    if not any(name in table for table in _SCALAR_TABLES):
        return _registered(name, expression, place)
    _refuse_modifiers(name, expression)
    call = _call(name, expression.arguments, expression, place)
    for table in _CALL_TABLES:
        if name in table:
            return table[name](call)
    return call_scalar(call, SCALARS[name])


_CALL_TABLES = (
    *(SPECIAL_CALLS, OPERATORS, NESTED_CALLS),
    *(WINDOW_CALLS, GROUPING_CALLS, GENERATOR_CALLS),
)
_SCALAR_TABLES = (*_CALL_TABLES, SCALARS)


def _refuse_modifiers(name: str, expression: UnresolvedFunction) -> None:
    """Only an aggregate takes DISTINCT or FILTER."""
    syntax = "DISTINCT" if expression.is_distinct else "FILTER clause"
    if expression.is_distinct or expression.filter is not None:
        raise AnalysisError(
            "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
            prettyName=f"`{name}`",
            syntax=syntax,
        )


def _registered(name: str, expression: UnresolvedFunction, place: Place) -> Expression:
    """A call of a function the client has registered; built-in ones come first."""
    function = place.context.catalog.function(name)
    if function is None:
        raise unknown_function(name)
    return resolve_expression(PythonCall(function, expression.arguments), place)


def unknown_function(name: str) -> UnboundedError:
    """The error for a function Spark has and we do not, or that nobody has."""
    if name in UNSUPPORTED_FUNCTIONS:
        return UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature=f"the function {name}",
            advice="Write it with other functions, or in a foreachBatch.",
        )
    return AnalysisError(
        "UNRESOLVED_ROUTINE",
        routineName=quote_column(name.split(".")),
        searchPath=SEARCH_PATH,
    )


def _call(
    name: str,
    unresolved: Sequence[Expression],
    expression: Expression,
    place: Place,
) -> Call:
    arguments = tuple(expand_stars(unresolved, place))
    keeps_names = name == "struct"
    resolved = tuple(_argument(a, place, keeps_names) for a in arguments)
    return Call(
        name,
        resolved,
        place.context,
        lambda: (
            expression_sql(expression, place),
            tuple(expression_sql(a, place) for a in arguments),
        ),
    )


def _argument(expression: Expression, place: Place, keeps_name: bool) -> Expression:
    resolved = resolve_expression(expression, place)
    if isinstance(resolved, Alias) and not keeps_name:
        return resolved.child
    return resolved


def _aggregate(
    name: str, expression: UnresolvedFunction, place: Place
) -> AggregateCall:
    """A call of an aggregate function; `count(*)` counts the literal 1."""
    inside = place.inside_aggregate()
    signature = AGGREGATES[name]
    unresolved = call_arguments(signature.name, expression)
    counts_rows = name == "count" and not expression.is_distinct
    if counts_rows and any(isinstance(a, UnresolvedStar) for a in unresolved):
        unresolved = (Literal(1, IntegerType()),)
    call = _call(name, unresolved, expression, inside)
    if any(isinstance(n, AggregateCall) for a in call.arguments for n in walk(a)):
        raise AnalysisError("NESTED_AGGREGATE_FUNCTION")
    arguments = prepare_arguments(call, signature)
    check_shares(call, signature.name, arguments)
    data_type = signature.gives(arguments)
    arguments = order_arguments(
        signature.name, expression, arguments, lambda e: _argument(e, inside, False)
    )
    condition = None
    if expression.filter is not None:
        condition = resolve_condition(expression.filter, inside)
    return AggregateCall(
        signature.name,
        arguments,
        data_type,
        signature.nullable(arguments),
        expression.is_distinct,
        condition,
    )


def _not_a_filter(sql: str, data_type: str) -> AnalysisError:
    return AnalysisError(
        "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN", sqlExpr=sql, filter=sql, type=data_type
    )


def resolve_condition(
    expression: Expression,
    place: Place,
    refusal: Callable[[str, str], AnalysisError] = _not_a_filter,
) -> Expression:
    """A boolean expression.

    Args:
        refusal: the error for one of another type, of its SQL and its type.

    Raises:
        AnalysisError: it is of another type.
    """
    resolved = resolve_expression(expression, place)
    if isinstance(resolved, Alias):
        resolved = resolved.child
    if isinstance(type_of(resolved), StringType) or (
        coerce_to(resolved, BOOLEAN) is None
    ):
        sql = quote_sql(expression_sql(expression, place))
        raise refusal(sql, quote_type(type_of(resolved)))
    return coerce_to(resolved, BOOLEAN) or resolved


# --- the rest ---------------------------------------------------------------


@resolve_expression.register
def _(expression: UnresolvedExtractValue, place: Place) -> Expression:
    parts = (expression.child, expression.extraction)
    call = _call("extract_value", parts, expression, place)
    return extract_value(call)


@resolve_expression.register
def _(expression: Alias, place: Place) -> Expression:
    child = resolve_expression(expression.child, place)
    if len(expression.names) > 1 and not isinstance(child, GeneratorCall):
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature="an alias of several names",
            advice="Give each column its own alias.",
        )
    if isinstance(child, Alias):
        child = child.child
    return replace(expression, child=child)


@resolve_expression.register
def _(expression: Cast, place: Place) -> Expression:
    child = resolve_expression(expression.child, place)
    if isinstance(child, Alias):
        child = child.child
    sql = expression_sql(expression, place)
    mode = expression.mode
    return make_cast(child, expression.data_type, mode, sql)


@resolve_expression.register
def _(expression: SortOrder, place: Place) -> Expression:
    child = resolve_expression(expression.child, place)
    return replace(expression, child=child.child if isinstance(child, Alias) else child)


@resolve_expression.register
def _(expression: LambdaFunction, place: Place) -> Expression:
    raise UnsupportedError(
        "UNSUPPORTED_FEATURE",
        feature="a lambda function",
        advice="Write it with functions that take no function.",
    )
