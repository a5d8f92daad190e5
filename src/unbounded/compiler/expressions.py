"""Expression compilation: resolved expressions to DuckDB SQL text.

Columns are called by their `column_name`. Every text is a complete term: it can
be put into another without brackets.
"""

from __future__ import annotations

from functools import singledispatch

from unbounded.compiler.aggregate_buffers import BUFFER_TEMPLATES, FINISH_TEMPLATES
from unbounded.compiler.aggregates import AGGREGATE_TEMPLATES
from unbounded.compiler.casts import cast_sql
from unbounded.compiler.context import CompileContext
from unbounded.compiler.functions import SCALAR_TEMPLATES
from unbounded.compiler.literals import literal_sql
from unbounded.compiler.ordered_aggregates import LIST_FINISHES
from unbounded.compiler.site import Site, fill, type_of
from unbounded.errors import InternalError
from unbounded.plan.expressions import (
    AggregateCall,
    Alias,
    AttributeReference,
    Cast,
    Expression,
    FunctionCall,
    LambdaFunction,
    LambdaVariable,
    Literal,
    SortOrder,
)
from unbounded.types import quote_name

__all__ = ["compile_expression"]

# Functions that plans alone call: ends of aggregates, and the hash of a join's keys.
_PLANNED = {
    **FINISH_TEMPLATES,
    **LIST_FINISHES,
    "key_hash": "CAST(hash({args}) >> 1 AS BIGINT)",
}


@singledispatch
def compile_expression(expression: Expression, context: CompileContext) -> str:
    """The SQL text of a resolved expression."""
    name = type(expression).__name__
    raise InternalError("INTERNAL_ERROR", message=f"{name} can't be compiled")


@compile_expression.register
def _attribute(expression: AttributeReference, context: CompileContext) -> str:
    return quote_name(expression.column_name)


@compile_expression.register
def _literal(expression: Literal, context: CompileContext) -> str:
    return literal_sql(expression.value, expression.data_type)


@compile_expression.register
def _alias(expression: Alias, context: CompileContext) -> str:
    return compile_expression(expression.child, context)


@compile_expression.register
def _cast(expression: Cast, context: CompileContext) -> str:
    mode = expression.mode
    if mode == "ANSI" and not context.ansi:
        mode = "LEGACY"
    return cast_sql(
        compile_expression(expression.child, context),
        type_of(expression.child),
        expression.data_type,
        mode,
        context,
    )


@compile_expression.register
def _function(expression: FunctionCall, context: CompileContext) -> str:
    template = SCALAR_TEMPLATES.get(expression.name)
    if template is None:
        template = _PLANNED.get(expression.name)
    if template is None:
        message = f"no template for the function {expression.name}"
        raise InternalError("INTERNAL_ERROR", message=message)
    arguments = tuple(compile_expression(a, context) for a in expression.arguments)
    return fill(template, Site(expression, arguments, context))


@compile_expression.register
def _aggregate(expression: AggregateCall, context: CompileContext) -> str:
    template = AGGREGATE_TEMPLATES.get(expression.name)
    if template is None:
        template = BUFFER_TEMPLATES.get(expression.name)
    if template is None:
        message = f"no template for the aggregate {expression.name}"
        raise InternalError("INTERNAL_ERROR", message=message)
    arguments = tuple(compile_expression(a, context) for a in expression.arguments)
    condition = None
    if expression.filter is not None:
        condition = compile_expression(expression.filter, context)
    return template(Site(expression, arguments, context), condition)


@compile_expression.register
def _lambda_variable(expression: LambdaVariable, context: CompileContext) -> str:
    return quote_name(expression.name)


@compile_expression.register
def _lambda(expression: LambdaFunction, context: CompileContext) -> str:
    names = ", ".join(quote_name(p.name) for p in expression.parameters)
    return f"lambda {names}: {compile_expression(expression.body, context)}"


@compile_expression.register
def _sort_order(expression: SortOrder, context: CompileContext) -> str:
    child = compile_expression(expression.child, context)
    direction = "ASC" if expression.is_ascending else "DESC"
    nulls = "FIRST" if expression.nulls_first else "LAST"
    return f"{child} {direction} NULLS {nulls}"
