"""Stages: a streaming plan cut at its stateful operators.

A stage is an operator, what computes its inputs, and who reads its output. What lies
above the last one is the rest of the plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from unbounded.compiler import fixed_offset_us
from unbounded.operators import WEIGHT, MakesRows, StatefulOperator
from unbounded.plan.expressions import AttributeReference
from unbounded.plan.relations import (
    EventTimeWatermark,
    OperatorOutput,
    Relation,
    SourceScan,
)
from unbounded.plan.tree import walk
from unbounded.runtime.emission import Emission
from unbounded.runtime.operator_planning import (
    OperatorSite,
    number_operators,
    plan_operator,
)
from unbounded.runtime.plan_ids import PlanIds
from unbounded.runtime.retained_plan import Snapshot
from unbounded.runtime.segment_chain import SegmentChain
from unbounded.runtime.watermark import WatermarkFlow
from unbounded.runtime.weighted_plan import keeping_weight, with_weight
from unbounded.state import KeyedState, StateStore
from unbounded.types import LongType

__all__ = ["Stage", "Stages"]

Reader = OneOf["sink", "operator", "table"]
"""What reads a stage: the sink, an operator above it, or a plan over its table."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stateful operator, what computes its inputs, and how its output is read.

    `computing` runs over the operator's own rows where it asks for that. `tables`
    are the places of its state in the store. `weight` is the column of
    weights where another operator takes what this one revises.
    """

    operator: StatefulOperator
    operator_id: int
    leaf_id: int
    inner_leaf_id: int
    chains: tuple[SegmentChain, ...]
    computing: SegmentChain | None
    tables: range
    reader: Reader
    weight: AttributeReference | None

    @property
    def all_chains(self) -> tuple[SegmentChain, ...]:
        """All that is compiled for it."""
        return self.chains if self.computing is None else (*self.chains, self.computing)

    def states(self, store: StateStore) -> list[KeyedState]:
        return [store.operator(place) for place in self.tables]


class Stages:
    """The stages of a plan, from the sources up, and the rest above them.

    `flow` tells what of the watermark reaches each.

    Args:
        time_zone: the session's, by whose clock days are added to times.

    Raises:
        UnsupportedError: an operator has no incremental form yet.
    """

    def __init__(
        self, plan: Relation, emission: Emission, ids: PlanIds, time_zone: str
    ) -> None:
        self._emission = emission
        self._has_even_days = fixed_offset_us(time_zone) is not None
        self._ids = ids
        self._operator_ids = number_operators(plan)
        self._table_count = 0
        self.stages: list[Stage] = []
        self.flow = WatermarkFlow()
        self.rest = self._cut(plan, "sink")

    def _cut(self, node: Relation, reader: Reader) -> Relation:
        """The plan above the stages below it, which are noted as they are met."""
        if isinstance(node, SourceScan):
            return node
        if isinstance(node, Snapshot):
            return self._cut(node.child, "table")
        is_operator = id(node) in self._operator_ids
        below: Reader = "operator" if is_operator else reader
        rest: Relation = node.map_children(
            lambda child: (
                self._cut(child, below) if isinstance(child, Relation) else child
            )
        )
        if not is_operator:
            return keeping_weight(rest)
        return self._add_stage(rest, self._operator_ids[id(node)], reader)

    def _add_stage(self, node: Relation, operator_id: int, reader: Reader) -> Relation:
        """Note the operator of `node`; what reads its output stands for the node."""
        site = OperatorSite(
            operator_id,
            self._ids.leaf_id(),
            self._ids.leaf_id(),
            self._ids.next_attribute_id,
            self._emission.evicts,
            self._emission.follows_watermark,
            self._has_even_days,
        )
        operator = plan_operator(node, site)
        result = operator.result_plan
        computed = _computed_plan(operator)
        plans = (*operator.input_plans, *([computed] if computed else []), result)
        self._ids.pass_over(plans)
        weight = None
        is_revised = self._emission.revises and not operator.is_append_only
        if reader == "operator" and is_revised:
            weight = AttributeReference(
                WEIGHT, LongType(), False, self._ids.attribute_id()
            )
            result = with_weight(result, weight)
        first = self._table_count
        self._table_count += len(operator.state_schemas)
        stage = Stage(
            operator,
            operator_id,
            site.leaf_id,
            site.inner_leaf_id,
            tuple(SegmentChain(p, self._ids.leaf_id) for p in operator.input_plans),
            None if computed is None else SegmentChain(computed, self._ids.leaf_id),
            range(first, first + len(operator.state_schemas)),
            reader,
            weight,
        )
        self._note_flow(operator)
        self.stages.append(stage)
        return result

    def _note_flow(self, operator: StatefulOperator) -> None:
        """What of the watermark reaches an operator, before it is a stage."""
        below = [node for plan in operator.input_plans for node in walk(plan)]
        leaves = {n.leaf_id for n in below if isinstance(n, OperatorOutput)}
        self.flow.add(
            operator,
            (n for n, s in enumerate(self.stages) if s.leaf_id in leaves),
            any(isinstance(node, EventTimeWatermark) for node in below),
        )


def _computed_plan(operator: StatefulOperator) -> Relation | None:
    return operator.computed_plan if isinstance(operator, MakesRows) else None
