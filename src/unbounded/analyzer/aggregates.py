"""Aggregates: `groupBy` and `GROUP BY` split into Aggregate, Filter and Project.

An `Aggregate` computes calls alone. What is written over them (`sum(x) + 1`), or
under them on keys, becomes a `Project` above; `HAVING` becomes a `Filter` between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from unbounded.analyzer.canonical import canonical
from unbounded.analyzer.column_names import column_name, expression_sql
from unbounded.analyzer.context import Context
from unbounded.analyzer.expressions import (
    Place,
    expand_stars,
    resolve_condition,
    resolve_expression,
)
from unbounded.analyzer.functions.signature import is_nullable
from unbounded.analyzer.grouping_sets import (
    GroupingCall,
    KeySets,
    check_sessions,
    grouping_value,
    in_only_set,
    key_sets,
    map_keys,
    refuse_grouping_call,
    with_nulls_of,
    with_sets,
    without_grouping_calls,
)
from unbounded.analyzer.mismatches import quote_sql
from unbounded.analyzer.projections import (
    Item,
    has_aggregate,
    make_columns,
    place_over,
    place_with_groups,
    resolve_items,
    scope_of_columns,
    with_expressions,
)
from unbounded.analyzer.resolved import Aggregation, Resolved
from unbounded.analyzer.windows import WINDOWS
from unbounded.errors import AnalysisError
from unbounded.plan.expressions import (
    AggregateCall,
    Alias,
    AttributeReference,
    Expression,
    Literal,
    UnresolvedAttribute,
)
from unbounded.plan.relations import Expand, UnresolvedAggregate
from unbounded.plan.tree import transform_down, walk
from unbounded.types import DataType, IntegerType, LongType

__all__ = ["aggregate", "aggregate_items", "filter_aggregation", "over_aggregation"]


def aggregate(node: UnresolvedAggregate, child: Resolved, context: Context) -> Resolved:
    """A resolved aggregation of `child`."""
    place = place_over(child, context)
    written = list(expand_stars(with_sets(node), place))
    wanted = list(expand_stars(node.aggregates, place))
    if not node.keeps_grouping:
        written = _written_keys(written, wanted, place)
    sets = key_sets(written)
    keys = [_resolve_key(key, place) for key in (sets.keys if sets else written)]
    windows = {k.name: k.expression for k in keys if isinstance(k.expression, WINDOWS)}
    items = resolve_items(wanted, replace(place, laterals=windows))
    if node.keeps_grouping:
        shown = [_resolve_key(key, place) for key in node.grouping] if sets else keys
        items = [*shown, *items]
    resolved = aggregate_items(child, keys, items, context, sets)
    if node.having is None:
        return resolved
    return filter_aggregation(resolved, node.having, context)


# --- keys -------------------------------------------------------------------


def _written_keys(
    grouping: Sequence[Expression], wanted: Sequence[Expression], place: Place
) -> list[Expression]:
    """SQL's keys: positions and aliases stand for items of the select list."""
    if len(grouping) == 1 and _is_all(grouping[0], place):
        return [e for e in wanted if not has_aggregate(resolve_items([e], place))]
    return [
        map_keys(key, lambda each: _written_key(each, wanted, place))
        for key in grouping
    ]


def _is_all(key: Expression, place: Place) -> bool:
    return (
        isinstance(key, UnresolvedAttribute)
        and [p.lower() for p in key.name_parts] == ["all"]
        and not place.find(key)
    )


def _written_key(
    key: Expression, wanted: Sequence[Expression], place: Place
) -> Expression:
    if isinstance(key, Literal) and isinstance(key.data_type, IntegerType):
        index = int(key.value)
        if not 1 <= index <= len(wanted):
            raise AnalysisError(
                "GROUP_BY_POS_OUT_OF_RANGE", index=index, size=len(wanted)
            )
        chosen = wanted[index - 1]
        if has_aggregate(resolve_items([chosen], place)):
            raise AnalysisError(
                "GROUP_BY_POS_AGGREGATE",
                index=index,
                aggExpr=expression_sql(chosen, place),
            )
        return chosen
    if isinstance(key, UnresolvedAttribute) and not place.find(key):
        (name, *more) = key.name_parts
        same = place.context.same_name
        named = (i for i in wanted if isinstance(i, Alias) and same(i.name, name))
        return key if more else next(named, key)
    return key


def _resolve_key(key: Expression, place: Place) -> Item:
    resolved = resolve_expression(key, place)
    metadata = None
    if isinstance(resolved, Alias):
        metadata = resolved.metadata
        resolved = resolved.child
    if any(isinstance(node, AggregateCall) for node in walk(resolved)):
        raise AnalysisError("GROUP_BY_AGGREGATE", sqlExpr=expression_sql(key, place))
    return Item(column_name(key, place), resolved, metadata)


# --- the split --------------------------------------------------------------


def aggregate_items(
    child: Resolved,
    keys: Sequence[Item],
    items: Sequence[Item],
    context: Context,
    sets: KeySets | None = None,
) -> Resolved:
    """An aggregation by `keys`, or by `sets` of them, whose columns are `items`."""
    if sets is not None and sets.is_one_of_no_keys:
        items = [_in_only_set(item) for item in items]
        sets = None
    expressions = [item.expression for item in (*keys, *items)]
    below, placed = with_expressions(child, expressions, context)
    aggregation = Aggregation(below.relation, child.scope, (), (), (), ())
    if sets is None:
        grouping = _grouping(keys, placed[: len(keys)], context)
        aggregation = replace(aggregation, grouping=grouping)
    else:
        aggregation = _over_sets(aggregation, keys, placed, sets, context)
    rewriter = _Rewriter(aggregation, context)
    outputs = [
        Item(item.name, rewriter.rewrite(expression, item.name), item.metadata)
        for item, expression in zip(items, placed[len(keys) :], strict=True)
    ]
    columns = make_columns(outputs, context)
    aggregation = replace(rewriter.aggregation, columns=columns)
    scope = replace(scope_of_columns(columns, child.scope), below=None)
    return Resolved(aggregation.relation(), scope, aggregation)


def _grouping(
    keys: Sequence[Item], expressions: Sequence[Expression], context: Context
) -> tuple[Alias, ...]:
    """The keys as aliases, equal ones once; a column keeps its id."""
    grouping: dict[Expression, Alias] = {}
    for key, expression in zip(keys, expressions, strict=True):
        form = canonical(expression)
        if form in grouping:
            continue
        keeps_id = isinstance(expression, AttributeReference) and (
            expression.name == key.name and key.metadata is None
        )
        new_id = (
            expression.attribute_id
            if keeps_id and isinstance(expression, AttributeReference)
            else context.new_attribute_id()
        )
        grouping[form] = Alias(expression, (key.name,), new_id, key.metadata)
    return tuple(grouping.values())


def _over_sets(
    aggregation: Aggregation,
    keys: Sequence[Item],
    expressions: Sequence[Expression],
    sets: KeySets,
    context: Context,
) -> Aggregation:
    """The aggregation by `sets` of `keys`, whose rows are doubled for each set."""
    names = dict(zip(map(canonical, expressions), keys, strict=False))
    distinct = sets.distinct(expressions[: len(keys)])
    aliases = []
    for expression in distinct.keys:
        item = names[canonical(expression)]
        new_id = context.new_attribute_id()
        aliases.append(Alias(expression, (item.name,), new_id, item.metadata))

    def number(name: str, data_type: DataType) -> AttributeReference:
        return AttributeReference(name, data_type, False, context.new_attribute_id())

    expand = Expand(
        aggregation.child,
        tuple(aliases),
        distinct.sets,
        number("spark_grouping_id", LongType()),
        number("_gen_grouping_pos", IntegerType()) if distinct.has_duplicates else None,
    )
    check_sessions(expand)
    columns = (*expand.key_columns, *expand.set_columns)
    grouping = tuple(
        Alias(column, (column.name,), context.new_attribute_id()) for column in columns
    )
    return replace(aggregation, child=expand, grouping=grouping)


def _in_only_set(item: Item) -> Item:
    return replace(item, expression=in_only_set(item.expression))


class _Rewriter:
    """Expressions over an aggregate's input, rewritten over its output.

    Adds each new aggregate call to the aggregation on the way.
    """

    def __init__(self, aggregation: Aggregation, context: Context) -> None:
        self.aggregation = aggregation
        self._context = context
        self._keys = {
            canonical(form): k.to_attribute()
            for form, k in zip(aggregation.key_forms, aggregation.grouping, strict=True)
        }
        self._made_nullable = frozenset(
            column.attribute_id
            for form, column in self._keys.items()
            if column.nullable and not is_nullable(form)
        )
        self._calls = {canonical(c.child): c.to_attribute() for c in aggregation.calls}
        self._outputs = {
            a.attribute_id: a for a in (*self._keys.values(), *self._calls.values())
        }
        self._outputs.update(
            (c.to_attribute().attribute_id, c.to_attribute())
            for c in aggregation.columns
            if isinstance(c, Alias)
        )

    def rewrite(self, expression: Expression, name: str) -> Expression:
        """The expression over keys and calls; `name` is what it will be called.

        Raises:
            AnalysisError: it uses a column that is neither grouped nor aggregated.
        """
        is_whole = isinstance(expression, AggregateCall)

        def replace_node(node: Any) -> Any:
            if not isinstance(node, Expression):
                return node
            key = self._keys.get(canonical(node))
            if key is not None:
                return key
            if isinstance(node, GroupingCall):
                return self._grouping_value(node)
            if isinstance(node, AggregateCall):
                return self._call(node, name if is_whole else _call_name(node))
            if isinstance(node, AttributeReference):
                return self._column(node)
            return node

        rewritten: Expression = transform_down(expression, replace_node)
        return with_nulls_of(self._made_nullable, rewritten)

    def _grouping_value(self, call: GroupingCall) -> Expression:
        expand = self.aggregation.expand
        if expand is None:
            raise refuse_grouping_call()
        grouping_id = self._keys[canonical(expand.grouping_id)]
        keys = [key.child for key in expand.keys]
        arguments = tuple(self._key_form(each) for each in call.arguments)
        return grouping_value(replace(call, arguments=arguments), keys, grouping_id)

    def _key_form(self, argument: Expression) -> Expression:
        """The key that a column of the output is, as it stands below."""
        aggregation = self.aggregation
        forms = {
            alias.attribute_id: form
            for form, alias in zip(
                aggregation.key_forms, aggregation.grouping, strict=True
            )
        }
        inlined = _inline(argument, aggregation.columns)
        if isinstance(inlined, AttributeReference):
            return forms.get(inlined.attribute_id, inlined)
        return inlined

    def _call(self, call: AggregateCall, name: str) -> AttributeReference:
        if self.aggregation.expand is not None:
            call = without_grouping_calls(call, self.aggregation.expand)
        form = canonical(call)
        if form not in self._calls:
            alias = Alias(call, (name,), self._context.new_attribute_id())
            calls = (*self.aggregation.calls, alias)
            self.aggregation = replace(self.aggregation, calls=calls)
            self._calls[form] = alias.to_attribute()
            self._outputs[alias.attribute_id] = self._calls[form]
        return self._calls[form]

    def _column(self, attribute: AttributeReference) -> AttributeReference:
        if attribute.attribute_id in self._outputs:
            return self._outputs[attribute.attribute_id]
        if not self.aggregation.grouping:
            raise AnalysisError("MISSING_GROUP_BY")
        raise AnalysisError(
            "MISSING_AGGREGATION",
            expression=quote_sql(attribute.name),
            expressionAnyValue=quote_sql(f"any_value({attribute.name})"),
        )


def _call_name(call: AggregateCall) -> str:
    inner = ", ".join(getattr(a, "name", "…") for a in call.arguments)
    return f"{call.name}({inner})"


# --- above an aggregation ---------------------------------------------------


def over_aggregation(
    resolved: Resolved, expressions: Sequence[Expression], context: Context
) -> tuple[Resolved, list[Expression]]:
    """Resolved expressions rewritten over an aggregation, which puts out all
    they need: keys and calls its select list left out.
    """
    aggregation = resolved.aggregation
    assert aggregation is not None
    rewriter = _Rewriter(aggregation, context)
    rewritten = [rewriter.rewrite(e, "") for e in expressions]
    aggregation = rewriter.aggregation
    shown = {a.attribute_id for a in resolved.output}
    used: dict[int, AttributeReference] = {}
    for expression in rewritten:
        for node in walk(expression):
            if isinstance(node, AttributeReference) and node.attribute_id not in shown:
                used[node.attribute_id] = node
    columns = (*aggregation.columns, *used.values())
    aggregation = replace(aggregation, columns=columns)
    return Resolved(aggregation.relation(), resolved.scope, aggregation), rewritten


def filter_aggregation(
    resolved: Resolved, condition: Expression, context: Context
) -> Resolved:
    """An aggregation with a condition on its groups, above the calls and below
    the select list.
    """
    aggregation = resolved.aggregation
    assert aggregation is not None
    place = place_with_groups(resolved, context)
    checked = resolve_condition(condition, place)
    if not aggregation.grouping and not aggregation.calls:
        raise AnalysisError("MISSING_GROUP_BY")
    rewriter = _Rewriter(aggregation, context)
    rewritten = _inline(rewriter.rewrite(checked, ""), aggregation.columns)
    aggregation = replace(
        rewriter.aggregation, conditions=(*aggregation.conditions, rewritten)
    )
    return Resolved(aggregation.relation(), resolved.scope, aggregation)


def _inline(expression: Expression, columns: Sequence[Expression]) -> Expression:
    """The expression with the select list's aliases replaced by what they name."""
    children = {c.attribute_id: c.child for c in columns if isinstance(c, Alias)}

    def replace_alias(node: Any) -> Any:
        if isinstance(node, AttributeReference):
            return children.get(node.attribute_id, node)
        return node

    inlined: Expression = transform_down(expression, replace_alias)
    return inlined
