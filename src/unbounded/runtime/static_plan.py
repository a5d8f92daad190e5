"""Static plan: a streaming plan over leaves that stand for the tables it joins.

    Join(Scan(stream), Scan(files))   becomes   Join(Scan(stream), leaf 7)
                                                leaf 7: Project(Filter(Scan(files)))

What reads no stream is a plan of its own, computed apart. It takes along the
conditions on its columns alone, and gives the columns that are asked for. Where rows
are found by equal keys, it gives a hash of them too, and the stream looks them up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from unbounded.analyzer import is_streaming
from unbounded.plan.conjunctions import is_random, joined, over_input, split
from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Expression,
    attributes_in,
    type_of,
)
from unbounded.plan.join_condition import KeyPair, split_condition
from unbounded.plan.observation import CollectMetrics
from unbounded.plan.python_functions import EvaluatePython, PythonCall
from unbounded.plan.relations import (
    Aggregate,
    AssignWindows,
    Distinct,
    EventTimeWatermark,
    Expand,
    Filter,
    Join,
    JoinType,
    Limit,
    Offset,
    OperatorOutput,
    Project,
    Relation,
    Repartition,
    Sort,
    SourceScan,
    Tail,
    output_of,
)
from unbounded.plan.table_lookup import TableLookup, key_hash
from unbounded.plan.tree import transform_up, walk
from unbounded.runtime.retained_plan import Difference, Snapshot

__all__ = ["NewIds", "StaticSide", "cut_static_sides"]

# Joins in which a row of the table is in the result only beside one of the stream.
_TABLE_RIGHT: frozenset[JoinType] = frozenset({"inner", "left", "semi", "anti"})
_TABLE_LEFT: frozenset[JoinType] = frozenset({"inner", "right"})
# Nodes that ask for no column of their child but those they name.
_HANDING_ON = (
    Aggregate,
    AssignWindows,
    CollectMetrics,
    Difference,
    EvaluatePython,
    EventTimeWatermark,
    Expand,
    Filter,
    Join,
    Limit,
    Offset,
    Project,
    Repartition,
    Snapshot,
    Sort,
    SourceScan,
    TableLookup,
    Tail,
)


@dataclass(frozen=True, slots=True)
class StaticSide:
    """A plan without a stream, whose rows are read as the leaf `leaf_id`.

    `key` is the column by which rows of a stream find its own, if they do.
    """

    leaf_id: int
    plan: Relation
    key: AttributeReference | None


@dataclass(frozen=True, slots=True)
class NewIds:
    """Where a rewriting takes the ids of what it adds."""

    leaf_id: Callable[[], int]
    attribute_id: Callable[[], int]


def cut_static_sides(
    plan: Relation, new_ids: NewIds
) -> tuple[Relation, tuple[StaticSide, ...]]:
    """The plan over leaves that stand for its static sides, and those."""
    if not any(isinstance(node, Join) and _is_with_table(node) for node in walk(plan)):
        return plan, ()
    wanted = {column.attribute_id for column in output_of(plan)}
    plan = transform_up(plan, _push_filter)
    plan = transform_up(plan, _push_condition)
    sides: list[StaticSide] = []
    plan = _Cut(new_ids, wanted | set(_used_ids(plan)), sides).over(plan)
    return plan, tuple(sides)


def _is_with_table(node: Join) -> bool:
    return is_streaming(node.left) != is_streaming(node.right)


# --- conditions ---------------------------------------------------------------


def _push_filter(node: Any) -> Any:
    """Filter(Join(stream, table)) → Join(stream, Filter(table)), of inner joins."""
    if not isinstance(node, Filter) or not is_streaming(node):
        return node
    conditions = split(node.condition)
    child = node.child
    if isinstance(child, Project):
        if not isinstance(child.child, Join) or not _only_picks(child):
            return node
        below = [over_input(condition, child.columns) for condition in conditions]
        join: Relation = child.child
    else:
        below, join = conditions, child
    if not isinstance(join, Join) or not _is_with_table(join):
        return node
    if join.join_type not in ("inner", "cross"):
        return node
    ids = {c.attribute_id for c in output_of(_table_of(join))}
    is_low = [_is_over(c, ids) for c in below]
    low = [c for c, takes in zip(below, is_low, strict=True) if takes]
    high = [c for c, takes in zip(conditions, is_low, strict=True) if not takes]
    if not low:
        return node
    join = _with_table(join, Filter(_table_of(join), joined(low)))
    over = replace(child, child=join) if isinstance(child, Project) else join
    return Filter(over, joined(high)) if high else over


def _only_picks(node: Project) -> bool:
    return all(
        isinstance(column, AttributeReference)
        or (isinstance(column, Alias) and isinstance(column.child, AttributeReference))
        for column in node.columns
    )


def _push_condition(node: Any) -> Any:
    """Join(stream, table, ON … AND table.x > 1) → Join(stream, Filter(table))."""
    if not isinstance(node, Join) or not _is_with_table(node):
        return node
    if node.condition is None or not _drops_unmatched(node):
        return node
    ids = {c.attribute_id for c in output_of(_table_of(node))}
    conditions = split(node.condition)
    low = [c for c in conditions if _is_over(c, ids)]
    high = [c for c in conditions if c not in low]
    if not low:
        return node
    node = replace(node, condition=joined(high) if high else None)
    return _with_table(node, Filter(_table_of(node), joined(low)))


def _is_over(condition: Expression, ids: set[int]) -> bool:
    """Whether it may be computed once a row of what has those columns."""
    used = {a.attribute_id for a in attributes_in([condition])}
    has_call = any(isinstance(node, PythonCall) for node in walk(condition))
    return bool(used) and used <= ids and not has_call and not is_random([condition])


def _table_of(node: Join) -> Relation:
    return node.right if is_streaming(node.left) else node.left


def _with_table(node: Join, table: Relation) -> Join:
    if is_streaming(node.left):
        return replace(node, right=table)
    return replace(node, left=table)


def _drops_unmatched(node: Join) -> bool:
    """Whether the table's rows are in the result beside the stream's alone."""
    kinds = _TABLE_RIGHT if is_streaming(node.left) else _TABLE_LEFT
    return node.join_type in kinds


# --- columns ------------------------------------------------------------------


def _used_ids(node: Relation) -> Iterator[int]:
    """The columns that nodes over a stream ask for by name, or take whatever it is."""
    if not is_streaming(node):
        return
    names: tuple[str, ...] = node.__match_args__
    for name in names:
        if name != "output" or not isinstance(node, Join | EventTimeWatermark):
            yield from _ids_in(getattr(node, name))
    for child in node.children():
        if not isinstance(child, Relation):
            continue
        yield from _used_ids(child)
        if not isinstance(node, _HANDING_ON) and not _has_keys(node):
            yield from (column.attribute_id for column in output_of(child))


def _has_keys(node: Relation) -> bool:
    return isinstance(node, Distinct) and bool(node.keys)


def _ids_in(value: object) -> Iterator[int]:
    if isinstance(value, Expression):
        yield from (a.attribute_id for a in attributes_in([value]))
    elif isinstance(value, tuple):
        for item in value:
            yield from _ids_in(item)


# --- the cut ------------------------------------------------------------------


class _Cut:
    """One plan cut at its static sides, which are noted in `sides`."""

    def __init__(
        self, new_ids: NewIds, wanted: set[int], sides: list[StaticSide]
    ) -> None:
        self._new_ids = new_ids
        self._wanted = wanted
        self._sides = sides
        self._left_out: set[int] = set()

    def over(self, node: Relation) -> Relation:
        """`node` over leaves, without the columns that are left out."""
        if not is_streaming(node):
            return node
        node = node.map_children(
            lambda c: self.over(c) if isinstance(c, Relation) else c
        )
        if isinstance(node, Join) and _is_with_table(node):
            node = self._cut_join(node)
        if isinstance(node, Join | EventTimeWatermark):
            kept = [c for c in node.output if c.attribute_id not in self._left_out]
            node = replace(node, output=tuple(kept))
        return node

    def _cut_join(self, node: Join) -> Join:
        """The join over a leaf for its table, and a lookup where there are keys."""
        table, leaf_id = _table_of(node), self._new_ids.leaf_id()
        output = self._picked(output_of(table))
        columns: tuple[Expression, ...] = output
        key: AttributeReference | None = None
        pairs = _hashed_pairs(node)
        if pairs:
            is_left = is_streaming(node.right)
            alias = Alias(
                key_hash(pairs, is_left), ("key",), self._new_ids.attribute_id()
            )
            columns, key = (*columns, alias), alias.to_attribute()
        self._sides.append(StaticSide(leaf_id, Project(table, columns), key))
        leaf = OperatorOutput(leaf_id, output)
        if key is None:
            return _with_table(node, leaf)
        mine = Alias(
            key_hash(pairs, not is_left), ("key",), self._new_ids.attribute_id()
        )
        if is_left:
            right = TableLookup(node.right, mine, leaf_id)
            return replace(node, left=leaf, right=right)
        left = TableLookup(node.left, mine, leaf_id)
        return replace(node, left=left, right=leaf)

    def _picked(
        self, output: tuple[AttributeReference, ...]
    ) -> tuple[AttributeReference, ...]:
        """The columns that are wanted; one at least, as there are rows of none."""
        wanted = tuple(c for c in output if c.attribute_id in self._wanted)
        kept = wanted or output[:1]
        ids = {c.attribute_id for c in kept}
        self._left_out |= {c.attribute_id for c in output} - ids
        return kept


def _hashed_pairs(node: Join) -> tuple[KeyPair, ...]:
    """The keys by which rows of the table are found."""
    if not _drops_unmatched(node):
        return ()
    return tuple(
        pair
        for pair in split_condition(node).keys
        if type_of(pair.left) == type_of(pair.right)
    )
