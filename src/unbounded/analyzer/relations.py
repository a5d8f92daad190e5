"""Relations: one handler per node, children first.

`resolve_relation` turns an unresolved node into a `Resolved`: the relation and
what can be named above it. Joins, unions, aggregations and views have files of
their own.
"""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch

from unbounded.analyzer.aggregates import (
    aggregate,
    aggregate_items,
    filter_aggregation,
    over_aggregation,
)
from unbounded.analyzer.argument_types import is_orderable
from unbounded.analyzer.coercion import cast_to
from unbounded.analyzer.column_names import expression_sql
from unbounded.analyzer.context import Context
from unbounded.analyzer.duplicates import deduplicate, distinct_rows
from unbounded.analyzer.expressions import (
    SEARCH_PATH,
    Place,
    resolve_condition,
    resolve_expression,
)
from unbounded.analyzer.functions.registry import AGGREGATES
from unbounded.analyzer.functions.signature import type_of
from unbounded.analyzer.grouping_sets import GroupingCall, refuse_grouping_call
from unbounded.analyzer.joins import join
from unbounded.analyzer.mismatches import quote_sql, quote_type
from unbounded.analyzer.names import (
    Scope,
    ScopeColumn,
    quote_column,
    unresolved_column,
)
from unbounded.analyzer.projections import (
    Item,
    has_aggregate,
    place_over,
    place_with_groups,
    project,
    resolve_items,
    with_expressions,
)
from unbounded.analyzer.resolved import Resolved, restore
from unbounded.analyzer.set_operations import set_operation
from unbounded.analyzer.streaming_checks import is_streaming
from unbounded.analyzer.views import is_resolved, with_new_ids
from unbounded.errors import (
    AnalysisError,
    IllegalArgumentError,
    ParseError,
    UnsupportedError,
)
from unbounded.parser import parse_interval, parse_name
from unbounded.plan.expressions import (
    WATERMARK_DELAY,
    AggregateCall,
    AttributeReference,
    Expression,
    Literal,
    SortOrder,
    UnresolvedAttribute,
    UnresolvedFunction,
)
from unbounded.plan.relations import (
    CachedRemoteRelation,
    Deduplicate,
    Distinct,
    Drop,
    EventTimeWatermark,
    Filter,
    Limit,
    LocalRelation,
    Offset,
    Project,
    Range,
    Relation,
    Repartition,
    SetOperation,
    ShowString,
    Sort,
    SourceScan,
    SubqueryAlias,
    Tail,
    ToDF,
    UnresolvedAggregate,
    UnresolvedDataSource,
    UnresolvedJoin,
    UnresolvedTable,
    WithColumns,
    WithColumnsRenamed,
    WithPlanId,
    WithWatermark,
    output_of,
)
from unbounded.plan.tree import walk
from unbounded.types import (
    HIDDEN_COLUMN,
    IntegerType,
    LongType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    from_arrow,
)

__all__ = ["resolve_relation"]


@singledispatch
def resolve_relation(node: Relation, context: Context) -> Resolved:
    """The resolved form of a relation.

    Raises:
        AnalysisError: the query is wrong as written.
        UnsupportedError: Spark has it, and this engine does not.
    """
    raise UnsupportedError(
        "UNSUPPORTED_FEATURE",
        feature=f"the relation {type(node).__name__}",
        advice="Write the query with other operations.",
    )


# --- leaves -----------------------------------------------------------------


def _columns_of(schema: StructType, context: Context) -> tuple[AttributeReference, ...]:
    return tuple(
        AttributeReference(
            f.name, f.data_type, f.nullable, context.new_attribute_id(), (), f.metadata
        )
        for f in schema.fields
    )


def _leaf(relation: Relation) -> Resolved:
    columns = tuple(ScopeColumn(a) for a in output_of(relation))
    return Resolved(relation, Scope(columns))


@resolve_relation.register
def _(node: UnresolvedDataSource, context: Context) -> Resolved:
    return _scan(node, context, None)


def _scan(
    node: UnresolvedDataSource, context: Context, plan_id: int | None
) -> Resolved:
    output = _columns_of(context.catalog.source_schema(node), context)
    scan = SourceScan(node, output, context.new_leaf_id(), plan_id)
    shown = tuple(a for a in output if HIDDEN_COLUMN not in a.metadata)
    if len(shown) == len(output):
        return _leaf(scan)
    columns = (ScopeColumn(a, (), HIDDEN_COLUMN in a.metadata) for a in output)
    return Resolved(Project(scan, shown), Scope(tuple(columns)))


@resolve_relation.register
def _(node: Range, context: Context) -> Resolved:
    if node.step == 0:
        raise AnalysisError(
            "INVALID_PARAMETER_VALUE.ZERO_STEP",
            parameter="`step`",
            functionName="`range`",
        )
    schema = StructType((StructField("id", LongType(), False),))
    return _leaf(replace(node, output=_columns_of(schema, context)))


@resolve_relation.register
def _(node: LocalRelation, context: Context) -> Resolved:
    """Columns as the table has them, then cast to the schema the client wants."""
    table = StructType(
        tuple(
            StructField(f.name, from_arrow(f.type), f.nullable)
            for f in node.table.schema
        )
    )
    wanted = node.schema if node.schema is not None else table
    fits = len(wanted.fields) == len(table.fields) and all(
        a.data_type == b.data_type
        for a, b in zip(wanted.fields, table.fields, strict=True)
    )
    schema = wanted if fits else table
    leaf = LocalRelation(
        node.table.rename_columns(list(schema.names)),
        schema,
        _columns_of(schema, context),
        context.new_leaf_id(),
        node.current,
    )
    return _leaf(leaf) if fits else _cast_local(leaf, wanted, context)


def _cast_local(leaf: LocalRelation, wanted: StructType, context: Context) -> Resolved:
    if len(wanted.fields) != len(leaf.output):
        raise AnalysisError(
            "ASSIGNMENT_ARITY_MISMATCH",
            numTarget=len(wanted.fields),
            numExpr=len(leaf.output),
        )
    items = [
        Item(field.name, cast_to(column, field.data_type), field.metadata)
        for field, column in zip(wanted.fields, leaf.output, strict=True)
    ]
    return replace_below(project(_leaf(leaf), items, context))


def replace_below(resolved: Resolved) -> Resolved:
    """The same relation, through which nothing below can be named."""
    return replace(resolved, scope=replace(resolved.scope, below=None))


@resolve_relation.register
def _(node: UnresolvedTable, context: Context) -> Resolved:
    plan = context.catalog.table(node.name_parts, node.is_streaming, node.options)
    if plan is None:
        raise AnalysisError(
            "TABLE_OR_VIEW_NOT_FOUND",
            relationName=quote_column(node.name_parts),
            searchPath=SEARCH_PATH,
        )
    resolved = _resolve_kept(plan, context)
    scope = resolved.scope.without_hidden().qualified(node.name_parts)
    return replace(resolved, scope=scope)


@resolve_relation.register
def _(node: CachedRemoteRelation, context: Context) -> Resolved:
    plan = context.catalog.cached_relation(node.relation_id)
    return replace_below(_resolve_kept(plan, context))


def _resolve_kept(plan: Relation, context: Context) -> Resolved:
    """A plan kept by the session; each use gets ids of its own."""
    if is_resolved(plan):
        return _leaf(with_new_ids(plan, context))
    return resolve_relation(plan, context)


# --- names ------------------------------------------------------------------


@resolve_relation.register
def _(node: WithPlanId, context: Context) -> Resolved:
    if isinstance(node.child, UnresolvedDataSource):
        resolved = _scan(node.child, context, node.plan_id)
    else:
        resolved = resolve_relation(node.child, context)
    return replace(resolved, scope=resolved.scope.with_plan_id(node.plan_id))


@resolve_relation.register
def _(node: SubqueryAlias, context: Context) -> Resolved:
    resolved = resolve_relation(node.child, context)
    scope = resolved.scope.qualified((node.name,))
    return Resolved(resolved.relation, scope)


# --- select lists -----------------------------------------------------------


@resolve_relation.register
def _(node: Project, context: Context) -> Resolved:
    child = resolve_relation(node.child, context)
    items = resolve_items(node.columns, place_over(child, context))
    if has_aggregate(items):
        return aggregate_items(child, (), items, context)
    return project(child, items, context)


@resolve_relation.register
def _(node: WithColumns, context: Context) -> Resolved:
    child = resolve_relation(node.child, context)
    place = place_over(child, context)
    same = context.same_name
    given: list[Item] = []
    for column in node.columns:
        if any(same(column.name, item.name) for item in given):
            raise AnalysisError(
                "COLUMN_ALREADY_EXISTS", columnName=quote_column((column.name.lower(),))
            )
        (item,) = resolve_items([column], place)
        # A column given here keeps none of its source's metadata, no watermark
        # either: what Spark's server does with `withColumn`.
        given.append(replace(item, metadata=item.metadata or {}))
    items: list[Item] = []
    for attribute in child.scope.visible:
        new = [item for item in given if same(item.name, attribute.name)]
        items += new or [Item(attribute.name, attribute)]
    names = [a.name for a in child.scope.visible]
    items += [i for i in given if not any(same(i.name, name) for name in names)]
    if has_aggregate(items):
        return aggregate_items(child, (), items, context)
    return project(child, items, context)


@resolve_relation.register
def _(node: WithColumnsRenamed, context: Context) -> Resolved:
    child = resolve_relation(node.child, context)
    items = []
    for attribute in child.scope.visible:
        name = attribute.name
        for old, new in node.renames:
            if context.same_name(name, old):
                name = new
        items.append(Item(name, attribute))
    return project(child, items, context)


@resolve_relation.register
def _(node: ToDF, context: Context) -> Resolved:
    child = resolve_relation(node.child, context)
    visible = child.scope.visible
    if len(visible) != len(node.names):
        raise AnalysisError(
            "ASSIGNMENT_ARITY_MISMATCH",
            numTarget=len(node.names),
            numExpr=len(visible),
        )
    items = [Item(n, a) for n, a in zip(node.names, visible, strict=True)]
    return project(child, items, context)


@resolve_relation.register
def _(node: Drop, context: Context) -> Resolved:
    child = resolve_relation(node.child, context)
    place = place_over(child, context)
    dropped: set[int] = set()
    for column in node.columns:
        if isinstance(column, UnresolvedAttribute) and not place.find(column):
            continue
        resolved = resolve_expression(column, place)
        if isinstance(resolved, AttributeReference):
            dropped.add(resolved.attribute_id)
    kept = [
        a
        for a in child.scope.visible
        if a.attribute_id not in dropped
        and not any(context.same_name(a.name, name) for name in node.names)
    ]
    return project(child, [Item(a.name, a) for a in kept], context)


# --- rows -------------------------------------------------------------------


@resolve_relation.register
def _(node: Filter, context: Context) -> Resolved:
    child = resolve_relation(node.child, context)
    place = place_with_groups(child, context)
    condition = resolve_condition(node.condition, place)
    if any(isinstance(n, AggregateCall | GroupingCall) for n in walk(condition)):
        if child.aggregation is not None:
            return filter_aggregation(child, node.condition, context)
        if not any(isinstance(n, AggregateCall) for n in walk(condition)):
            raise refuse_grouping_call()
        raise AnalysisError(
            "INVALID_WHERE_CONDITION",
            condition=quote_sql(expression_sql(node.condition, place)),
            expressionList=_aggregates_in(node.condition, place),
        )
    below, (condition,) = with_expressions(child, [condition], context)
    relation = restore(Filter(below.relation, condition), child.output)
    return replace(child, relation=relation, scope=_deeper(child), aggregation=None)


def _aggregates_in(condition: Expression, place: Place) -> str:
    return ", ".join(
        expression_sql(n, place)
        for n in walk(condition)
        if isinstance(n, UnresolvedFunction) and n.name.lower() in AGGREGATES
    )


def _deeper(resolved: Resolved) -> Scope:
    """The scope of a node that keeps its input's columns."""
    scope = resolved.scope
    return scope.over(scope.columns, below=scope.below)


@resolve_relation.register
def _(node: Sort, context: Context) -> Resolved:
    child = resolve_relation(node.child, context)
    place = place_with_groups(child, context)
    written = [_at_position(order, child) for order in node.orders]
    orders = [_sort_order(resolve_expression(o, place)) for o in written]
    for order in orders:
        _check_orderable(order)
    if child.aggregation is not None:
        below, placed = over_aggregation(child, orders, context)
    else:
        below, placed = with_expressions(child, orders, context)
    relation = Sort(below.relation, tuple(placed), node.is_global)
    return replace(
        child,
        relation=restore(relation, child.output),
        scope=_deeper(child),
        aggregation=None,
    )


def _sort_order(expression: Expression) -> SortOrder:
    return expression if isinstance(expression, SortOrder) else SortOrder(expression)


def _check_orderable(order: SortOrder) -> None:
    data_type = type_of(order.child)
    if not is_orderable(data_type):
        raise AnalysisError(
            "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
            sqlExpr=quote_sql("sortorder"),
            functionName="`sortorder`",
            dataType=quote_type(data_type),
        )


def _at_position(order: Expression, child: Resolved) -> Expression:
    """`ORDER BY 2`: an integer literal stands for that column of the input."""
    key = order.child if isinstance(order, SortOrder) else order
    if not (isinstance(key, Literal) and isinstance(key.data_type, IntegerType)):
        return order
    index, size = int(key.value), len(child.scope.visible)
    if not 1 <= index <= size:
        raise AnalysisError("ORDER_BY_POS_OUT_OF_RANGE", index=index, size=size)
    column = child.scope.visible[index - 1]
    return replace(order, child=column) if isinstance(order, SortOrder) else column


@resolve_relation.register(Limit)
@resolve_relation.register(Offset)
@resolve_relation.register(Tail)
def _(node: Limit | Offset | Tail, context: Context) -> Resolved:
    name = type(node).__name__.lower()
    if node.count < 0:
        raise AnalysisError(
            "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE",
            name=name,
            expr=quote_sql(str(node.count)),
            v=node.count,
        )
    child = resolve_relation(node.child, context)
    relation = replace(node, child=child.relation)
    return replace(child, relation=relation, scope=_deeper(child), aggregation=None)


@resolve_relation.register
def _(node: Repartition, context: Context) -> Resolved:
    child = resolve_relation(node.child, context)
    relation = Repartition(child.relation)
    return replace(child, relation=relation, scope=_deeper(child), aggregation=None)


@resolve_relation.register
def _(node: ShowString, context: Context) -> Resolved:
    child = resolve_relation(node.child, context)
    return Resolved(replace(node, child=child.relation), child.scope)


@resolve_relation.register
def _(node: Deduplicate, context: Context) -> Resolved:
    return deduplicate(node, resolve_relation(node.child, context), context)


@resolve_relation.register
def _(node: Distinct, context: Context) -> Resolved:
    child = resolve_relation(node.child, context)
    return child.under(distinct_rows(child.relation))


# --- watermarks -------------------------------------------------------------


@resolve_relation.register
def _(node: WithWatermark, context: Context) -> Resolved:
    child = resolve_relation(node.child, context)
    parts = parse_name(node.event_time)
    column = resolve_expression(UnresolvedAttribute(parts), place_over(child, context))
    if not isinstance(column, AttributeReference):
        raise unresolved_column(parts, child.scope)
    delay_ms = _delay_ms(node.delay)
    if not is_streaming(child.relation):
        return child
    if not _can_carry_watermark(column):
        raise AnalysisError(
            "EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE",
            eventName=quote_column((column.name,)),
            eventType=quote_type(column.data_type),
        )
    node_id = context.new_watermark_id()
    output = tuple(_mark(a, column, delay_ms) for a in child.output)
    relation = EventTimeWatermark(child.relation, column, delay_ms, node_id, output)
    return child.under(relation)


def _can_carry_watermark(column: AttributeReference) -> bool:
    """A timestamp, or a window, whose end is the time."""
    kind = column.data_type
    if isinstance(kind, StructType):
        ends = [f.data_type for f in kind.fields if f.name == "end"]
        return bool(ends) and isinstance(ends[0], TimestampType)
    return isinstance(kind, (TimestampType, TimestampNTZType))


def _delay_ms(delay: str) -> int:
    """The delay in milliseconds; a month counts 31 days, as in Spark."""
    try:
        months, days, microseconds = parse_interval(delay)
    except ParseError as error:
        raise AnalysisError("CANNOT_PARSE_INTERVAL", intervalString=delay) from error
    delay_ms = (months * 31 + days) * 86_400_000 + microseconds // 1000
    if delay_ms < 0:
        raise IllegalArgumentError("WATERMARK_DELAY_IS_NEGATIVE", delay=delay)
    return delay_ms


def _mark(
    attribute: AttributeReference, column: AttributeReference, delay_ms: int
) -> AttributeReference:
    """Only the event time carries the watermark from here on."""
    metadata = {k: v for k, v in attribute.metadata.items() if k != WATERMARK_DELAY}
    if attribute.attribute_id == column.attribute_id:
        metadata[WATERMARK_DELAY] = delay_ms
    return replace(attribute, metadata=metadata)


# --- those with files of their own ------------------------------------------


@resolve_relation.register
def _(node: UnresolvedAggregate, context: Context) -> Resolved:
    return aggregate(node, resolve_relation(node.child, context), context)


@resolve_relation.register
def _(node: UnresolvedJoin, context: Context) -> Resolved:
    left = resolve_relation(node.left, context)
    right = resolve_relation(node.right, context)
    return join(node, left, right, context)


@resolve_relation.register
def _(node: SetOperation, context: Context) -> Resolved:
    left = resolve_relation(node.left, context)
    right = resolve_relation(node.right, context)
    return set_operation(node, left, right, context)
