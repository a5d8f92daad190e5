"""Python functions: calls of the user's functions resolved, and taken out below.

SQL can't call a Python function, so `extract_python_calls` puts an
`EvaluatePython` under each node whose expressions call one:

    Project [f(a + 1) * 2]  becomes  Project [f#3 * 2]
                                     +- EvaluatePython [f(a + 1#2) AS f#3]
                                        +- Project [a, a + 1 AS a + 1#2]

Spark's `ExtractPythonUDFs`, `ExtractGroupingPythonUDFFromAggregate` and
`ExtractPythonUDFFromJoinCondition`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from unbounded.analyzer.canonical import canonical
from unbounded.analyzer.context import Context
from unbounded.analyzer.expressions import Place, resolve_expression
from unbounded.analyzer.names import Scope, ScopeColumn
from unbounded.analyzer.relations import resolve_relation
from unbounded.analyzer.resolved import Resolved, restore
from unbounded.errors import AnalysisError
from unbounded.plan.conjunctions import joined, split
from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Expression,
    LambdaFunction,
    attributes_in,
)
from unbounded.plan.python_functions import (
    EvalType,
    EvaluatePython,
    MapBatches,
    NamedArgument,
    PythonCall,
    PythonSettings,
)
from unbounded.plan.relations import Filter, Join, Project, Relation, output_of
from unbounded.plan.tree import Node, transform_down, walk
from unbounded.types import StructType

__all__ = ["extract_python_calls"]

_CHAINED = frozenset(
    {
        EvalType.BATCHED,
        EvalType.ARROW_BATCHED,
        EvalType.SCALAR_PANDAS,
        EvalType.SCALAR_ARROW,
    }
)


# --- resolution ---------------------------------------------------------------


@resolve_expression.register
def _(expression: PythonCall, place: Place) -> Expression:
    values: list[Expression] = []
    keywords: list[str] = []
    for argument in expression.arguments:
        if isinstance(argument, NamedArgument):
            _check_keyword(argument.name, keywords, expression)
            keywords.append(argument.name)
            argument = argument.value
        elif keywords:
            raise AnalysisError(
                "UNEXPECTED_POSITIONAL_ARGUMENT",
                routineName=f"`{expression.function.name}`",
                parameterName=f"`{keywords[-1]}`",
            )
        resolved = resolve_expression(argument, place)
        values.append(resolved.child if isinstance(resolved, Alias) else resolved)
    call_id = 0 if expression.function.is_deterministic else place.context.new_call_id()
    return PythonCall(expression.function, tuple(values), tuple(keywords), call_id)


def _check_keyword(name: str, keywords: Sequence[str], call: PythonCall) -> None:
    if name in keywords:
        raise AnalysisError(
            "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE",
            routineName=f"`{call.function.name}`",
            parameterName=f"`{name}`",
        )


@resolve_relation.register
def _(node: MapBatches, context: Context) -> Resolved:
    child = resolve_relation(node.child, context)
    schema = node.function.return_type
    assert isinstance(schema, StructType), "a map gives rows"
    output = tuple(
        AttributeReference(
            f.name, f.data_type, f.nullable, context.new_attribute_id(), (), f.metadata
        )
        for f in schema.fields
    )
    given = restore(child.relation, child.scope.visible)
    relation = MapBatches(given, node.function, python_settings(context), output)
    return Resolved(relation, Scope(tuple(ScopeColumn(a) for a in output)))


def python_settings(context: Context) -> PythonSettings:
    """The session's settings for user functions, as they are now."""
    conf = context.catalog.conf

    def is_set(key: str) -> bool:
        return conf(key).lower() == "true"

    rows = int(conf("spark.sql.execution.arrow.maxRecordsPerBatch"))
    return PythonSettings(
        time_zone=conf("spark.sql.session.timeZone"),
        rows_per_batch=rows if rows > 0 else 2**31 - 1,
        converts_safely=is_set("spark.sql.execution.pandas.convertToArrowArraySafely"),
        assigns_by_name=is_set(
            "spark.sql.legacy.execution.pandas.groupedMap.assignColumnsByName"
        ),
        takes_int_for_decimal=is_set(
            "spark.sql.execution.pythonUDF.pandas.intToDecimalCoercionEnabled"
        ),
        prefers_int_extension=is_set(
            "spark.sql.execution.pythonUDF.pandas.preferIntExtensionDtype"
        ),
        binary_as_bytes=is_set("spark.sql.execution.pyspark.binaryAsBytes"),
    )


# --- extraction ---------------------------------------------------------------


def extract_python_calls(plan: Relation, context: Context) -> Relation:
    """The plan with every call of a Python function in an `EvaluatePython`."""
    if not any(isinstance(node, PythonCall) for node in walk(plan)):
        return plan
    for node in walk(plan):
        if isinstance(node, LambdaFunction) and _has_call(node):
            raise AnalysisError(
                "UNSUPPORTED_FEATURE.LAMBDA_FUNCTION_WITH_PYTHON_UDF",
                feature="a Python function in a lambda function",
                advice="Call it on the whole array, and loop in Python.",
            )
    return _extract(plan, context)


def _extract(node: Relation, context: Context) -> Relation:
    node = node.map_children(
        lambda child: _extract(child, context) if isinstance(child, Relation) else child
    )
    expressions = _own_expressions(node)
    if isinstance(node, EvaluatePython) or not _has_call(*expressions):
        return node
    match node:
        case Filter():
            return _extract_from_filter(node, context)
        case Join():
            return _extract_from_join(node, context)
    (child,) = (c for c in node.children() if isinstance(c, Relation))
    below, rewritten = _evaluate(child, expressions, context)
    new: dict[int, Node] = dict(zip(map(id, expressions), rewritten, strict=True))
    new[id(child)] = below
    rebuilt: Relation = node.map_children(lambda part: new.get(id(part), part))
    return restore(rebuilt, output_of(node))


def _own_expressions(node: Relation) -> list[Expression]:
    return [child for child in node.children() if isinstance(child, Expression)]


def _has_call(*expressions: Expression) -> bool:
    return any(isinstance(n, PythonCall) for e in expressions for n in walk(e))


def _extract_from_filter(node: Filter, context: Context) -> Relation:
    """Conditions that call nothing come first: the functions see fewer rows."""
    conditions = split(node.condition)
    plain = [c for c in conditions if not _has_call(c)]
    child = Filter(node.child, joined(plain)) if plain else node.child
    calling = [c for c in conditions if _has_call(c)]
    below, rewritten = _evaluate(child, calling, context)
    return restore(Filter(below, joined(rewritten)), output_of(node))


def _evaluate(
    child: Relation, expressions: Sequence[Expression], context: Context
) -> tuple[Relation, list[Expression]]:
    """`child` with the values of all calls, and the expressions over it."""
    rewritten = list(expressions)
    while _has_call(*rewritten):
        ready = list(dict.fromkeys(c for e in rewritten for c in _ready_calls(e)))
        child, calls = _with_arguments(child, ready, context)
        aliases = tuple(
            Alias(call, (call.function.name,), context.new_attribute_id())
            for call in calls
        )
        child = EvaluatePython(child, aliases, python_settings(context))
        columns = {c: a.to_attribute() for c, a in zip(ready, aliases, strict=True)}
        rewritten = [_replace_calls(e, columns) for e in rewritten]
    return child, rewritten


def _replace_calls(
    expression: Expression, columns: dict[PythonCall, AttributeReference]
) -> Expression:
    def put_column(node: Any) -> Any:
        return columns.get(node, node) if isinstance(node, PythonCall) else node

    replaced: Expression = transform_down(expression, put_column)
    return replaced


def _ready_calls(expression: Expression) -> Iterator[PythonCall]:
    """The outermost calls whose arguments SQL can compute."""
    if isinstance(expression, PythonCall) and _is_ready(expression):
        yield expression
        return
    for child in expression.children():
        if isinstance(child, Expression):
            yield from _ready_calls(child)


def _is_ready(call: PythonCall) -> bool:
    inner = _chained(call)
    return _is_ready(inner) if inner is not None else not _has_call(*call.arguments)


def _chained(call: PythonCall) -> PythonCall | None:
    """The one call whose value is handed on in Python, unconverted, as in Spark."""
    if len(call.arguments) != 1 or call.keywords:
        return None
    inner = call.arguments[0]
    if not isinstance(inner, PythonCall):
        return None
    kind = call.function.eval_type
    return inner if kind in _CHAINED and kind == inner.function.eval_type else None


def _with_arguments(
    child: Relation, calls: Sequence[PythonCall], context: Context
) -> tuple[Relation, list[PythonCall]]:
    """`child` with a column for each argument, and the calls over those."""
    computed: dict[Expression, Alias] = {}

    def column(argument: Expression) -> AttributeReference:
        if isinstance(argument, AttributeReference):
            return argument
        form = canonical(argument)
        if form not in computed:
            new_id = context.new_attribute_id()
            computed[form] = Alias(argument, ("argument",), new_id)
        return computed[form].to_attribute()

    def over_columns(call: PythonCall) -> PythonCall:
        inner = _chained(call)
        if inner is not None:
            return replace(call, arguments=(over_columns(inner),))
        return replace(call, arguments=tuple(map(column, call.arguments)))

    rewritten = [over_columns(call) for call in calls]
    if computed:
        child = Project(child, (*output_of(child), *computed.values()))
    return child, rewritten


# --- joins --------------------------------------------------------------------


def _extract_from_join(node: Join, context: Context) -> Relation:
    """Calls over one side are computed there, others above an inner join."""
    assert node.condition is not None
    left_ids, right_ids = (_ids(output_of(side)) for side in (node.left, node.right))
    mixed: list[Expression] = []
    one_sided: list[Expression] = []
    lefts: list[Expression] = []
    rights: list[Expression] = []
    for condition in split(node.condition):
        calls = list(_outermost_calls(condition))
        used = [_ids(attributes_in([call])) for call in calls]
        if any(ids & left_ids and ids & right_ids for ids in used):
            mixed.append(condition)
            continue
        one_sided.append(condition)
        for call, ids in zip(calls, used, strict=True):
            (rights if ids & right_ids else lefts).append(call)
    if mixed and node.join_type not in ("inner", "cross"):
        raise AnalysisError(
            "UNSUPPORTED_FEATURE.PYTHON_UDF_IN_ON_CLAUSE",
            feature="a Python function of both sides in a join condition",
            advice="Filter after an inner join instead.",
            joinType=f"{node.join_type.upper()} OUTER"
            if node.join_type in ("left", "right", "full")
            else f"LEFT {node.join_type.upper()}",
        )
    left, left_values = _evaluate(node.left, lefts, context)
    right, right_values = _evaluate(node.right, rights, context)
    calls_before = (*lefts, *rights)
    values = dict(zip(calls_before, (*left_values, *right_values), strict=True))
    conditions = [_replace_values(c, values) for c in one_sided]
    output = _joined_output(node, left, right)
    rest = joined(conditions) if conditions else None
    relation: Relation = Join(left, right, node.join_type, rest, output)
    if mixed:
        relation = _extract_from_filter(Filter(relation, joined(mixed)), context)
    return restore(relation, node.output)


def _ids(attributes: Sequence[AttributeReference]) -> set[int]:
    return {attribute.attribute_id for attribute in attributes}


def _outermost_calls(expression: Expression) -> Iterator[PythonCall]:
    if isinstance(expression, PythonCall):
        yield expression
        return
    for child in expression.children():
        if isinstance(child, Expression):
            yield from _outermost_calls(child)


def _replace_values(
    expression: Expression, values: dict[Expression, Expression]
) -> Expression:
    def put_value(node: Any) -> Any:
        return values.get(node, node) if isinstance(node, PythonCall) else node

    replaced: Expression = transform_down(expression, put_value)
    return replaced


def _joined_output(
    node: Join, left: Relation, right: Relation
) -> tuple[AttributeReference, ...]:
    """The columns of a join whose sides have more than before."""
    before = {a.attribute_id: a for a in node.output}
    sides = [*output_of(left)]
    if node.join_type not in ("semi", "anti"):
        sides += output_of(right)
    return tuple(before.get(a.attribute_id, a) for a in sides)
