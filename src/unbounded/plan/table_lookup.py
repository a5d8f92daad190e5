"""Table lookup: a stream's rows pick those of a table that they may be joined with.

    Join(stream, table)   becomes   Join(TableLookup(stream, key), table)

The join stays as it is, and may read no more of the table than what the lookup has
found: the rows whose hash of the join's keys is that of one of the stream's rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Expression,
    FunctionCall,
    Literal,
)
from unbounded.plan.join_condition import KeyPair
from unbounded.plan.relations import Project, Relation, output_of
from unbounded.types import BooleanType, LongType

__all__ = ["TableLookup", "key_hash"]


@dataclass(frozen=True, slots=True)
class TableLookup(Relation):
    """The rows of `child`; what they pick of a table is read as `table_leaf_id`."""

    child: Relation
    key: Alias
    table_leaf_id: int

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return output_of(self.child)

    @property
    def keyed_rows(self) -> Project:
        """The rows with their keys."""
        return Project(self.child, (*output_of(self.child), self.key))


def key_hash(pairs: Sequence[KeyPair], of_left: bool) -> Expression:
    """A number that is the same in rows with equal keys; null if they equal nothing."""
    keys = [pair.left if of_left else pair.right for pair in pairs]
    hashed = FunctionCall("key_hash", tuple(keys), LongType())
    missing = [
        FunctionCall("is_null", (key,), BooleanType(), False)
        for key, pair in zip(keys, pairs, strict=True)
        if not pair.is_null_safe
    ]
    if not missing:
        return hashed
    is_missing = reduce(
        lambda one, other: FunctionCall("or", (one, other), BooleanType()), missing
    )
    nothing = Literal(None, LongType())
    return FunctionCall("if", (is_missing, nothing, hashed), LongType())
