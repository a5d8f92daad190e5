"""Static plan: a streaming plan over leaves that stand for the tables it joins.

    Join(Scan(stream), Scan(files))   becomes   Join(Scan(stream), leaf 7)
                                                leaf 7: Scan(files)

What reads no stream is a plan of its own, computed apart. Where rows are found by
equal keys, it gives a hash of them too, and the stream looks them up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from unbounded.analyzer import is_streaming
from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Expression,
    type_of,
)
from unbounded.plan.join_condition import KeyPair, split_condition
from unbounded.plan.relations import (
    Join,
    JoinType,
    OperatorOutput,
    Project,
    Relation,
    SourceScan,
    output_of,
)
from unbounded.plan.table_lookup import TableLookup, key_hash
from unbounded.runtime.plan_ids import PlanIds

__all__ = ["StaticSide", "cut_static_sides"]

# Joins in which a row of the table is in the result only beside one of the stream.
_TABLE_RIGHT: frozenset[JoinType] = frozenset({"inner", "left", "semi", "anti"})
_TABLE_LEFT: frozenset[JoinType] = frozenset({"inner", "right"})


@dataclass(frozen=True, slots=True)
class StaticSide:
    """A plan without a stream, whose rows are read as the leaf `leaf_id`.

    `key` is the column by which rows of a stream find its own, if they do.
    """

    leaf_id: int
    plan: Relation
    key: AttributeReference | None


def cut_static_sides(
    plan: Relation, new_ids: PlanIds
) -> tuple[Relation, tuple[StaticSide, ...]]:
    """The plan over leaves that stand for its static sides, and those."""
    sides: list[StaticSide] = []

    def cut(node: Relation) -> Relation:
        if isinstance(node, SourceScan) or not is_streaming(node):
            return node
        node = node.map_children(lambda c: cut(c) if isinstance(c, Relation) else c)
        if isinstance(node, Join) and _is_with_table(node):
            return _cut_join(node, new_ids, sides)
        return node.map_children(lambda c: side(c) if isinstance(c, Relation) else c)

    def side(node: Relation) -> Relation:
        if is_streaming(node):
            return node
        sides.append(StaticSide(new_ids.leaf_id(), node, None))
        return OperatorOutput(sides[-1].leaf_id, output_of(node))

    return cut(plan), tuple(sides)


def _is_with_table(node: Join) -> bool:
    return is_streaming(node.left) != is_streaming(node.right)


def _cut_join(node: Join, new_ids: PlanIds, sides: list[StaticSide]) -> Join:
    """The join over a leaf for its table, and a lookup where there are keys."""
    is_left = is_streaming(node.right)
    table, rows = (node.left, node.right) if is_left else (node.right, node.left)
    columns: tuple[Expression, ...] = output_of(table)
    leaf = OperatorOutput(new_ids.leaf_id(), output_of(table))
    key: AttributeReference | None = None
    pairs = _hashed_pairs(node)
    if pairs:
        its, mine = (
            Alias(key_hash(pairs, of_left), ("key",), new_ids.attribute_id())
            for of_left in (is_left, not is_left)
        )
        columns, key = (*columns, its), its.to_attribute()
        rows = TableLookup(rows, mine, leaf.leaf_id)
    sides.append(StaticSide(leaf.leaf_id, Project(table, columns), key))
    left, right = (leaf, rows) if is_left else (rows, leaf)
    return replace(node, left=left, right=right)


def _hashed_pairs(node: Join) -> tuple[KeyPair, ...]:
    """The keys by which rows of the table are found, if only those found count."""
    kinds = _TABLE_RIGHT if is_streaming(node.left) else _TABLE_LEFT
    if node.join_type not in kinds:
        return ()
    return tuple(
        pair
        for pair in split_condition(node).keys
        if type_of(pair.left) == type_of(pair.right)
    )
