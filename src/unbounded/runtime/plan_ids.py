"""Plan ids: the numbers of leaves and columns that a plan does not have yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from unbounded.plan.expressions import Alias, AttributeReference
from unbounded.plan.relations import Relation
from unbounded.plan.tree import walk

__all__ = ["PlanIds"]


class PlanIds:
    """Gives out numbers above those of a plan, each once."""

    def __init__(self, plan: Relation) -> None:
        self._next_leaf_id = 1 + max(_leaf_ids(plan), default=-1)
        self.next_attribute_id = 1 + max(_attribute_ids(plan), default=-1)

    def leaf_id(self) -> int:
        """A number of no leaf."""
        self._next_leaf_id += 1
        return self._next_leaf_id - 1

    def attribute_id(self) -> int:
        """A number of no column."""
        self.next_attribute_id += 1
        return self.next_attribute_id - 1

    def pass_over(self, plans: Iterable[Relation]) -> None:
        """Let the columns of other plans keep their numbers."""
        used = (number for plan in plans for number in _attribute_ids(plan))
        following = 1 + max(used, default=-1)
        self.next_attribute_id = max(self.next_attribute_id, following)


def _leaf_ids(plan: Relation) -> Iterator[int]:
    for node in walk(plan):
        leaf_id = getattr(node, "leaf_id", None)
        if leaf_id is not None:
            yield leaf_id


def _attribute_ids(plan: Relation) -> Iterator[int]:
    for node in walk(plan):
        if isinstance(node, Alias | AttributeReference):
            yield node.attribute_id
