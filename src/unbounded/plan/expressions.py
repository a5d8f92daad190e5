"""Expressions: values computed from a row, as nodes.

Two kinds share this file. *Unresolved* nodes come from the client and the
parser and know names only. *Resolved* nodes come out of the analyzer and carry
a type. After analysis a plan holds resolved nodes alone.

A resolved column is an `AttributeReference` with an `attribute_id`, unique in
its plan, so equal names never collide; in SQL it is called `column_name`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal as OneOf

from unbounded.plan.tree import Node, walk
from unbounded.types import DataType

__all__ = [
    "AggregateCall",
    "Alias",
    "AttributeReference",
    "Cast",
    "EvalMode",
    "Expression",
    "FunctionCall",
    "GroupingKind",
    "GroupingSets",
    "KeySet",
    "LambdaFunction",
    "LambdaVariable",
    "Literal",
    "SortOrder",
    "UnresolvedAttribute",
    "UnresolvedExtractValue",
    "UnresolvedFunction",
    "UnresolvedRegex",
    "UnresolvedStar",
    "WATERMARK_DELAY",
    "TIME_WINDOW",
    "attributes_in",
    "type_of",
]

EvalMode = OneOf["ANSI", "TRY", "LEGACY"]
GroupingKind = OneOf["rollup", "cube", "grouping_sets"]

# Column metadata keys, Spark's own spelling.
WATERMARK_DELAY = "spark.watermarkDelayMs"
TIME_WINDOW = "spark.timeWindow"


@dataclass(frozen=True, slots=True)
class Expression(Node):
    """A value per row."""


# --- unresolved -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnresolvedAttribute(Expression):
    """A column by name; `plan_id` names the relation node of `df["x"]`."""

    name_parts: tuple[str, ...]
    plan_id: int | None = None
    is_metadata_column: bool = False


@dataclass(frozen=True, slots=True)
class UnresolvedStar(Expression):
    """All columns, or those of `target`."""

    target: tuple[str, ...] | None = None
    plan_id: int | None = None


@dataclass(frozen=True, slots=True)
class UnresolvedRegex(Expression):
    """The columns whose name matches, `df.colRegex`."""

    pattern: str
    plan_id: int | None = None


@dataclass(frozen=True, slots=True)
class UnresolvedFunction(Expression):
    """A function by name. Operators are functions too, under Spark's names:
    `+ - * / % == <=> < > <= >= and or not & | ^ ~ negative in like rlike isNull
    isNotNull when` (`when` takes condition, value pairs and an optional else).

    `within_group` is the order that an aggregate is given by WITHIN GROUP.
    """

    name: str
    arguments: tuple[Expression, ...]
    is_distinct: bool = False
    filter: Expression | None = None
    within_group: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class UnresolvedExtractValue(Expression):
    """`child[extraction]`: a field, an element or the value of a key."""

    child: Expression
    extraction: Expression


@dataclass(frozen=True, slots=True)
class KeySet(Expression):
    """Several keys that ROLLUP, CUBE or GROUPING SETS takes or leaves as one."""

    keys: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class GroupingSets(Expression):
    """One key of a grouping that stands for several sets of keys.

    `elements` are keys and `KeySet`s, and in GROUPING SETS more of this node.
    `more_keys` are keys that GROUPING SETS names beside its sets.
    """

    kind: GroupingKind
    elements: tuple[Expression, ...]
    more_keys: tuple[Expression, ...] = ()


# --- resolved, or the same before and after ---------------------------------


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """A constant.

    `value` is None, or a Python value: bool, int, float, `Decimal`, str, bytes,
    `datetime.date`; for timestamps and day-time intervals an int of microseconds
    (UTC for TimestampType, local for TimestampNTZType); for year-month intervals
    an int of months; a tuple for arrays, a tuple of pairs for maps, a tuple of
    field values for structs.
    """

    value: Any
    data_type: DataType

    @property
    def nullable(self) -> bool:
        return self.value is None


@dataclass(frozen=True, slots=True)
class AttributeReference(Expression):
    """A resolved column of a child's output."""

    name: str
    data_type: DataType
    nullable: bool
    attribute_id: int
    qualifier: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def column_name(self) -> str:
        """The column's name in compiled SQL, unique in its plan."""
        return f"{self.name}#{self.attribute_id}"


@dataclass(frozen=True, slots=True)
class Alias(Expression):
    """A named expression.

    Unresolved: `attribute_id` is -1. Resolved: `to_attribute()` is the column
    it makes. Several `names` are for generators only.
    """

    child: Expression
    names: tuple[str, ...]
    attribute_id: int = -1
    metadata: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def data_type(self) -> DataType:
        return self.child.data_type  # type: ignore[attr-defined, no-any-return]

    @property
    def nullable(self) -> bool:
        return self.child.nullable  # type: ignore[attr-defined, no-any-return]

    def to_attribute(self) -> AttributeReference:
        """The output column of this resolved alias.

        Metadata is the alias's own, else that of a column named again, so a
        watermark travels through renames and not through computations.
        """
        metadata = self.metadata
        if metadata is None:
            source = self.child
            metadata = source.metadata if isinstance(source, AttributeReference) else {}
        return AttributeReference(
            self.name, self.data_type, self.nullable, self.attribute_id, (), metadata
        )


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    """`CAST` (ANSI), `TRY_CAST` (TRY), or a cast that never raises (LEGACY)."""

    child: Expression
    data_type: DataType
    mode: EvalMode = "ANSI"
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class FunctionCall(Expression):
    """A resolved scalar function: a row of the function tables.

    `name` is the canonical lower-case name that keys the compiler's table.
    Arguments have already been cast to what the function takes. `node_id`
    finds the user's expression again when an ANSI check fails.
    """

    name: str
    arguments: tuple[Expression, ...]
    data_type: DataType
    nullable: bool = True
    node_id: int = 0


@dataclass(frozen=True, slots=True)
class AggregateCall(Expression):
    """A resolved aggregate function over a group."""

    name: str
    arguments: tuple[Expression, ...]
    data_type: DataType
    nullable: bool = True
    is_distinct: bool = False
    filter: Expression | None = None


@dataclass(frozen=True, slots=True)
class LambdaVariable(Expression):
    """A lambda's parameter; resolved when `data_type` is set."""

    name: str
    data_type: DataType | None = None
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class LambdaFunction(Expression):
    """A function literal `(x, i) -> body` for higher-order functions."""

    body: Expression
    parameters: tuple[LambdaVariable, ...]


@dataclass(frozen=True, slots=True)
class SortOrder(Expression):
    """One key of an ordering. NaN is the greatest value, as in Spark."""

    child: Expression
    is_ascending: bool = True
    nulls_first: bool = True


def type_of(expression: Expression) -> DataType:
    """The type of a resolved expression."""
    return expression.data_type  # type: ignore[attr-defined, no-any-return]


def attributes_in(expressions: Iterable[Expression]) -> list[AttributeReference]:
    """The columns some expressions use, each once."""
    found: dict[int, AttributeReference] = {}
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, AttributeReference):
                found.setdefault(node.attribute_id, node)
    return list(found.values())
