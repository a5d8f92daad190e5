"""Join pruning: the inputs of joins of streams, without what nothing asks for.

What a join keeps of a row is what it is given of it, and a table that a stream is
joined with is kept as it is read, so columns that neither its
condition nor anything above reads are left out below it, and rows that can't be in
the result too (`join_filters.py`). Whether rows of a side are late is asked only
where their event time is among what is left, as in Spark. Spark's `ColumnPruning`.

    Project(k, x)                      Project(k, x)
    └─ Join(l.k = r.k)            →    └─ Join(l.k = r.k)
       ├─ l: k, t, v                      ├─ Project(k)
       └─ r: k, t, x                      └─ Project(k, x)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from unbounded.analyzer.join_filters import filter_join_inputs
from unbounded.analyzer.streaming_checks import is_streaming
from unbounded.plan.expressions import (
    WATERMARK_DELAY,
    Alias,
    AttributeReference,
    Expression,
    attributes_in,
)
from unbounded.plan.observation import CollectMetrics
from unbounded.plan.python_functions import EvaluatePython
from unbounded.plan.relations import (
    Aggregate,
    AssignWindows,
    Distinct,
    EventTimeWatermark,
    Expand,
    Filter,
    Join,
    Limit,
    Offset,
    Project,
    Relation,
    Repartition,
    Sort,
    Tail,
    Union,
    output_of,
)
from unbounded.plan.tree import Node, walk

__all__ = ["prune_join_inputs"]

Ids = frozenset[int]

# What comes out is what went in, by columns, and columns of its own.
_KEEPS_COLUMNS = (
    CollectMetrics,
    EvaluatePython,
    Expand,
    Filter,
    Limit,
    Offset,
    Repartition,
    Sort,
    Tail,
)


def prune_join_inputs(plan: Relation) -> Relation:
    """The same table, whose joins of streams are given no more than they need."""
    plan = filter_join_inputs(plan)
    return _prune(plan, _ids(output_of(plan)))


def _ids(columns: Iterable[AttributeReference]) -> Ids:
    return frozenset(column.attribute_id for column in columns)


def _read_by(node: Relation) -> Ids:
    """The columns in a node's own expressions."""
    own = [child for child in node.children() if isinstance(child, Expression)]
    return _ids(attributes_in(own))


def _joins_a_stream(node: Relation) -> bool:
    return isinstance(node, Join) and is_streaming(node)


def _prune(node: Relation, wanted: Ids) -> Relation:
    """The relation with at least the columns `wanted`, in their order."""
    if not any(isinstance(n, Relation) and _joins_a_stream(n) for n in walk(node)):
        return node
    match node:
        case Project():
            columns = _kept(node.columns, wanted)
            return _over(replace(node, columns=columns), _ids(attributes_in(columns)))
        case Union():
            return _prune_union(node, wanted)
        case Join():
            condition = () if node.condition is None else (node.condition,)
            return _prune_join(node, wanted | _ids(attributes_in(condition)))
        case EventTimeWatermark():
            child = _prune(node.child, wanted | {node.event_time.attribute_id})
            there = _ids(output_of(child))
            output = tuple(c for c in node.output if c.attribute_id in there)
            return replace(node, child=child, output=output)
        case Aggregate():
            return _over(node, _read_by(node))
        case AssignWindows():
            return _over(node, wanted | _ids(attributes_in([node.time])))
        case Distinct():
            return _over(node, wanted | _keys_of(node))
    if isinstance(node, _KEEPS_COLUMNS):
        return _over(node, wanted | _read_by(node))
    return _over(node, None)


def _over(node: Relation, wanted: Ids | None) -> Relation:
    """The node over inputs with what is wanted of them; None: with all."""

    def pruned(child: Node) -> Node:
        if not isinstance(child, Relation):
            return child
        return _prune(child, _ids(output_of(child)) if wanted is None else wanted)

    return node.map_children(pruned)


def _kept(columns: tuple[Expression, ...], wanted: Ids) -> tuple[Expression, ...]:
    """Those wanted; a row without columns is none, so one stays."""
    kept = [
        column
        for column in columns
        if isinstance(column, Alias | AttributeReference)
        and column.attribute_id in wanted
    ]
    return tuple(kept) or columns[:1]


def _keys_of(node: Distinct) -> Ids:
    """What a deduplication tells rows apart by, and how long it remembers them."""
    columns = output_of(node)
    times = [c for c in columns if WATERMARK_DELAY in c.metadata]
    return _ids(node.keys or columns) | _ids(times if node.within_watermark else ())


def _prune_union(node: Union, wanted: Ids) -> Relation:
    """Columns of a union are known by their places, the same in all its inputs."""
    places = [i for i, c in enumerate(node.output) if c.attribute_id in wanted] or [0]
    inputs = []
    for table in node.inputs:
        columns = tuple(output_of(table)[place] for place in places)
        inputs.append(_narrowed(_prune(table, _ids(columns)), columns))
    return Union(tuple(inputs), tuple(node.output[place] for place in places))


def _narrowed(relation: Relation, columns: tuple[AttributeReference, ...]) -> Relation:
    return relation if output_of(relation) == columns else Project(relation, columns)


def _prune_join(node: Join, needed: Ids) -> Relation:
    left, right = (_prune(side, needed) for side in (node.left, node.right))
    if _joins_a_stream(node):
        left, right = (_without_rest(side, needed) for side in (left, right))
    there = _ids((*output_of(left), *output_of(right)))
    output = tuple(c for c in node.output if c.attribute_id in there)
    return replace(node, left=left, right=right, output=output)


def _without_rest(side: Relation, needed: Ids) -> Relation:
    columns = output_of(side)
    kept = tuple(c for c in columns if c.attribute_id in needed)
    if not kept:
        # A row has a column, but no event time, by which it could be late.
        plain = [c for c in columns if WATERMARK_DELAY not in c.metadata]
        kept = ((plain or columns)[0],)
    return _narrowed(side, kept)
