"""Projections: select lists resolved, named and put above their input.

Also what filters and sorts share with them: expressions over a relation that
may name columns its select list left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from unbounded.analyzer.column_names import column_name
from unbounded.analyzer.context import Context
from unbounded.analyzer.expressions import Place, expand_stars, resolve_expression
from unbounded.analyzer.generators import generate_rows, named_columns
from unbounded.analyzer.names import Scope, ScopeColumn
from unbounded.analyzer.resolved import Resolved, expose
from unbounded.analyzer.windows import assign_windows
from unbounded.plan.expressions import (
    AggregateCall,
    Alias,
    AttributeReference,
    Expression,
    attributes_in,
)
from unbounded.plan.generators import GeneratorCall
from unbounded.plan.relations import Project
from unbounded.plan.tree import walk

__all__ = [
    "Item",
    "has_aggregate",
    "make_columns",
    "place_over",
    "place_with_groups",
    "project",
    "resolve_items",
    "scope_of_columns",
    "with_expressions",
]


@dataclass(frozen=True, slots=True)
class Item:
    """One column of a select list: a resolved expression and its name."""

    name: str
    expression: Expression
    metadata: Mapping[str, Any] | None = None


def place_over(resolved: Resolved, context: Context) -> Place:
    """The place of expressions over a relation."""
    return Place(replace(resolved.scope, below=None), context)


def place_with_groups(resolved: Resolved, context: Context) -> Place:
    """The place of a sort or filter, which belongs to an aggregation below it."""
    aggregation = resolved.aggregation
    input_scope = None if aggregation is None else aggregation.input_scope
    return Place(resolved.scope, context, input_scope, keeps_columns=True)


def resolve_items(expressions: Sequence[Expression], place: Place) -> list[Item]:
    """A select list with stars written out; later items see earlier aliases."""
    items: list[Item] = []
    laterals = dict(place.laterals)
    for expression in expand_stars(expressions, place):
        here = Place(place.scope, place.context, place.input_scope, laterals)
        resolved = resolve_expression(expression, here)
        call = resolved.child if isinstance(resolved, Alias) else resolved
        if isinstance(call, GeneratorCall):
            names = resolved.names if isinstance(resolved, Alias) else ()
            items += [Item(*column) for column in named_columns(call, names)]
        elif isinstance(resolved, Alias):
            items.append(Item(resolved.name, resolved.child, resolved.metadata))
            laterals.setdefault(resolved.name.lower(), resolved.child)
        else:
            items.append(Item(column_name(expression, here), resolved))
    return items


def has_aggregate(items: Sequence[Item]) -> bool:
    """Whether a select list aggregates."""
    return any(
        isinstance(node, AggregateCall) for i in items for node in walk(i.expression)
    )


def make_columns(items: Sequence[Item], context: Context) -> tuple[Expression, ...]:
    """Items as columns: a column passed on keeps its id, others get new ones."""
    taken: set[int] = set()
    columns: list[Expression] = []
    for item in items:
        expression = item.expression
        if (
            isinstance(expression, AttributeReference)
            and expression.name == item.name
            and item.metadata is None
            and expression.attribute_id not in taken
        ):
            taken.add(expression.attribute_id)
            columns.append(expression)
        else:
            new_id = context.new_attribute_id()
            columns.append(Alias(expression, (item.name,), new_id, item.metadata))
    return tuple(columns)


def _with_hidden(scope: Scope, below: Resolved) -> Scope:
    """Hidden columns can be named above a select list that leaves them out."""
    ids = {column.attribute.attribute_id for column in scope.columns}
    hidden = (
        column
        for column in below.scope.columns
        if column.is_hidden and column.attribute.attribute_id not in ids
    )
    return replace(scope, columns=(*scope.columns, *hidden))


def scope_of_columns(columns: Sequence[Expression], below: Scope) -> Scope:
    """The scope above a select list; columns passed on keep their qualifier."""
    qualifiers = {c.attribute.attribute_id: c.qualifier for c in below.columns}
    seen = []
    for column in columns:
        if isinstance(column, Alias):
            copy_of = _copied_id(column, columns)
            seen.append(ScopeColumn(column.to_attribute(), copy_of=copy_of))
        else:
            assert isinstance(column, AttributeReference)
            qualifier = qualifiers.get(column.attribute_id, ())
            seen.append(ScopeColumn(column, qualifier))
    return below.over(seen, below=below)


def _copied_id(alias: Alias, columns: Sequence[Expression]) -> int | None:
    """The id of the column an alias repeats under its own name."""
    child = alias.child
    if isinstance(child, AttributeReference) and child.name == alias.name:
        return child.attribute_id if child in columns else None
    return None


def with_expressions(
    resolved: Resolved, expressions: Sequence[Expression], context: Context
) -> tuple[Resolved, list[Expression]]:
    """The relation with everything below it that resolved expressions need."""
    relation = expose(resolved.relation, attributes_in(expressions))
    exposed = Resolved(relation, resolved.scope)
    return assign_windows(exposed, expressions, context)


def project(resolved: Resolved, items: Sequence[Item], context: Context) -> Resolved:
    """A `Project` of the items above the relation."""
    below, expressions = with_expressions(
        resolved, [item.expression for item in items], context
    )
    relation, expressions = generate_rows(below.relation, expressions, context)
    placed = [
        Item(item.name, expression, item.metadata)
        for item, expression in zip(items, expressions, strict=True)
    ]
    columns = make_columns(placed, context)
    scope = scope_of_columns(columns, resolved.scope)
    return Resolved(Project(relation, columns), _with_hidden(scope, resolved))
