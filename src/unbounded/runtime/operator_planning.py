"""Operator planning: which operator keeps the state of which node of a plan.

One row a kind of node. The executor asks whether a node over a stream keeps state,
cuts the plan there, and has the operator made. Spark's `StatefulOperatorStrategy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from unbounded.operators import (
    WEIGHT,
    ResultDifference,
    RetainedRows,
    RetainedTable,
    RevisedAggregate,
    SessionWindowAggregate,
    StatefulOperator,
    StreamingAggregate,
    StreamingDeduplicate,
    StreamingGlobalLimit,
    StreamingSetOperation,
    StreamingSymmetricHashJoin,
)
from unbounded.plan.event_time import session_position
from unbounded.plan.expressions import Alias, AttributeReference
from unbounded.plan.relations import (
    Aggregate,
    Distinct,
    Except,
    Intersect,
    Join,
    Limit,
    Offset,
    Relation,
    output_of,
)
from unbounded.plan.tree import walk
from unbounded.runtime.retained_plan import Difference, Retain, reads_changes

__all__ = ["OperatorSite", "is_stateful", "number_operators", "plan_operator"]


@dataclass(frozen=True, slots=True)
class OperatorSite:
    """Where an operator stands in a query.

    Args:
        operator_id: its place among the query's operators, Spark's numbering.
        leaf_id: the number by which its output is read.
        inner_leaf_id: that by which it has rows of its own computed on.
        first_attribute_id: where the ids of columns made for it start.
        evicts: whether late rows are dropped, and final ones let go of.
        follows_watermark: whether a watermark that moved asks for a batch.
        has_even_days: whether each day of the session's clock has 24 hours.
    """

    operator_id: int
    leaf_id: int
    inner_leaf_id: int
    first_attribute_id: int
    evicts: bool
    follows_watermark: bool
    has_even_days: bool


def is_stateful(node: Relation) -> bool:
    """Whether a node keeps state from batch to batch.

    What runs over a whole table does not, but for what makes changes of it.
    """
    if isinstance(node, Difference):
        return True
    # Beside a static table a join only looks rows up.
    reads = all if isinstance(node, Join) else any
    return type(node) in _OPERATORS and reads(map(reads_changes, _inputs(node)))


def number_operators(plan: Relation) -> dict[int, int]:
    """Spark's operator ids, by node identity: from the sink down, left first."""
    stateful = (
        node for node in walk(plan) if isinstance(node, Relation) and is_stateful(node)
    )
    return {id(node): number for number, node in enumerate(stateful)}


def plan_operator(node: Relation, site: OperatorSite) -> StatefulOperator:
    """The operator of a stateful node, whose inputs are cut already."""
    operator = _OPERATORS[type(node)](node, site)
    takes_weights = isinstance(
        operator, RetainedTable | RevisedAggregate | StreamingSetOperation
    )
    assert takes_weights or not any(map(_is_revised, _inputs(node))), (
        f"{type(node).__name__} takes no revised rows"
    )
    return operator


def weight_of(plan: Relation) -> AttributeReference | None:
    """The column that says which rows of `plan` hold and which no longer do."""
    return next((c for c in output_of(plan) if c.name == WEIGHT), None)


def _is_revised(plan: Relation) -> bool:
    return weight_of(plan) is not None


def _inputs(node: Relation) -> Iterator[Relation]:
    return (child for child in node.children() if isinstance(child, Relation))


def _aggregate(node: Any, site: OperatorSite) -> StatefulOperator:
    by_session = session_position(node.grouping) is not None
    return (_by_session if by_session else _by_key)(node, site)


def _by_key(node: Aggregate, site: OperatorSite) -> StatefulOperator:
    weight = weight_of(node.child)
    if weight is not None:
        return _by_key_of_revised(node, weight, site)
    return StreamingAggregate(
        node,
        site.operator_id,
        site.leaf_id,
        site.first_attribute_id,
        drops_late_rows=site.evicts,
        follows_watermark=site.follows_watermark,
    )


def _by_key_of_revised(
    node: Aggregate, weight: AttributeReference, site: OperatorSite
) -> StatefulOperator:
    return RevisedAggregate(
        node,
        weight,
        site.operator_id,
        site.leaf_id,
        site.first_attribute_id,
        drops_late_rows=site.evicts,
        follows_watermark=site.follows_watermark,
    )


def _by_session(node: Aggregate, site: OperatorSite) -> StatefulOperator:
    return SessionWindowAggregate(
        node,
        site.operator_id,
        site.leaf_id,
        site.first_attribute_id,
        evicts=site.evicts,
        follows_watermark=site.follows_watermark,
    )


def _deduplicate(node: Distinct, site: OperatorSite) -> StatefulOperator:
    weight = weight_of(node.child)
    if weight is not None:
        columns = (c for c in node.output if c.name != WEIGHT)
        keys = tuple(Alias(c, (c.name,), c.attribute_id) for c in columns)
        return _by_key_of_revised(Aggregate(node.child, keys, ()), weight, site)
    return StreamingDeduplicate(node, site.operator_id, site.leaf_id)


def _global_limit(node: Any, site: OperatorSite) -> StatefulOperator:
    return StreamingGlobalLimit(node, site.operator_id, site.leaf_id)


def _join(node: Any, site: OperatorSite) -> StatefulOperator:
    return StreamingSymmetricHashJoin(
        node,
        site.operator_id,
        site.leaf_id,
        site.inner_leaf_id,
        site.first_attribute_id,
        evicts=site.evicts,
        has_even_days=site.has_even_days,
    )


def _set_operation(node: Any, site: OperatorSite) -> StatefulOperator:
    return StreamingSetOperation(
        node, site.operator_id, site.leaf_id, evicts=site.evicts
    )


def _retain(node: Any, site: OperatorSite) -> StatefulOperator:
    kind = RetainedTable if _is_revised(node.child) else RetainedRows
    return kind(node.child, site.operator_id, site.leaf_id)


def _difference(node: Any, site: OperatorSite) -> StatefulOperator:
    return ResultDifference(node.child, site.operator_id, site.leaf_id)


_OPERATORS: Mapping[type[Relation], Callable[[Any, OperatorSite], StatefulOperator]] = {
    Aggregate: _aggregate,
    Difference: _difference,
    Distinct: _deduplicate,
    Except: _set_operation,
    Intersect: _set_operation,
    Join: _join,
    Limit: _global_limit,
    Offset: _global_limit,
    Retain: _retain,
}
