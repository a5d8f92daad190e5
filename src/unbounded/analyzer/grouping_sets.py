"""Grouping sets: ROLLUP, CUBE and GROUPING SETS as lists of keys, and who asks.

    GROUP BY a, ROLLUP(b, c)  →  keys a, b, c in the sets (a, b, c), (a, b), (a)

Each row is then doubled for every set by an `Expand` below an ordinary
aggregation, whose keys are the set's and the set's number, so that streams need
nothing of their own. `grouping()` and `grouping_id()` read that number. Spark's
`ResolveGroupingAnalytics`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from unbounded.analyzer.calls import Call, check_number
from unbounded.analyzer.canonical import canonical
from unbounded.analyzer.functions.registry import SCALARS
from unbounded.errors import AnalysisError, UnsupportedError
from unbounded.plan.event_time import session_position
from unbounded.plan.expressions import (
    AggregateCall,
    AttributeReference,
    Cast,
    Expression,
    FunctionCall,
    GroupingSets,
    KeySet,
    Literal,
)
from unbounded.plan.relations import Expand, UnresolvedAggregate
from unbounded.plan.tree import transform_down, transform_up
from unbounded.types import ByteType, DataType, IntegerType, LongType

__all__ = [
    "GROUPING_CALLS",
    "GroupingCall",
    "KeySets",
    "check_sessions",
    "grouping_value",
    "in_only_set",
    "key_sets",
    "map_keys",
    "refuse_grouping_call",
    "with_nulls_of",
    "with_sets",
    "without_grouping_calls",
]

_KEYS_MAX = 64
"""As many as `grouping_id` has bits."""
_SETS_MAX = 65_535
"""As many as DuckDB groups by in one statement."""


# --- sets of keys -----------------------------------------------------------


def with_sets(node: UnresolvedAggregate) -> tuple[Expression, ...]:
    """The keys of a grouping; one of sets alone is a `GroupingSets` too."""
    if node.group_type == "groupby":
        return node.grouping
    if node.group_type == "pivot":
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature="pivot",
            advice="Aggregate with a filter for each value instead.",
        )
    if node.group_type == "grouping_sets":
        return (GroupingSets("grouping_sets", node.sets, node.grouping),)
    return (GroupingSets(node.group_type, node.grouping),)


def map_keys(key: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """`key` changed, or each key inside of what stands for several sets."""
    match key:
        case GroupingSets():
            elements = tuple(map_keys(each, change) for each in key.elements)
            more = tuple(change(each) for each in key.more_keys)
            return replace(key, elements=elements, more_keys=more)
        case KeySet():
            return replace(key, keys=tuple(change(each) for each in key.keys))
    return change(key)


@dataclass(frozen=True, slots=True)
class KeySets:
    """Keys as written, and which of them, by place, each set has."""

    keys: tuple[Expression, ...]
    sets: tuple[tuple[int, ...], ...]

    def distinct(self, keys: Sequence[Expression]) -> KeySets:
        """The sets over resolved `keys`, in which equal ones stand once."""
        places: dict[Expression, int] = {}
        firsts: list[Expression] = []
        for key in keys:
            form = canonical(key)
            if form not in places:
                places[form] = len(firsts)
                firsts.append(key)
        moved = [places[canonical(key)] for key in keys]
        sets = [dict.fromkeys(moved[place] for place in each) for each in self.sets]
        if len(firsts) > _KEYS_MAX:
            raise AnalysisError("GROUPING_SIZE_LIMIT_EXCEEDED", maxSize=_KEYS_MAX)
        return KeySets(tuple(firsts), tuple(tuple(each) for each in sets))

    @property
    def is_one_of_no_keys(self) -> bool:
        """Whether all rows are one group, which is there without rows too."""
        return not self.keys and len(self.sets) == 1

    @property
    def has_duplicates(self) -> bool:
        return len({frozenset(each) for each in self.sets}) < len(self.sets)


def key_sets(written: Sequence[Expression]) -> KeySets | None:
    """The sets of a grouping that has any: those of its keys, multiplied."""
    if not any(isinstance(key, GroupingSets) for key in written):
        return None
    if math.prod(map(_set_count, written)) > _SETS_MAX:
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature=f"more than {_SETS_MAX} grouping sets",
            advice="Name the sets that are needed with GROUPING SETS.",
        )
    keys: list[Expression] = []
    parts = [_sets_of(key, keys) for key in written]
    sets = [tuple(itertools.chain(*each)) for each in itertools.product(*parts)]
    return KeySets(tuple(keys), tuple(sets))


def _set_count(key: Expression) -> int:
    match key:
        case GroupingSets("rollup", elements):
            return len(elements) + 1
        case GroupingSets("cube", elements):
            return 1 << len(elements)
        case GroupingSets(_, elements):
            return sum(map(_set_count, elements))
    return 1


_Set = tuple[int, ...]


def _sets_of(key: Expression, keys: list[Expression]) -> list[_Set]:
    """The sets that one key stands for; keys met on the way are added to `keys`."""
    match key:
        case GroupingSets("grouping_sets", elements, more_keys):
            sets = [each for element in elements for each in _sets_of(element, keys)]
            keys.extend(more_keys)
            return sets
        case GroupingSets(kind, elements):
            units = [_sets_of(element, keys)[0] for element in elements]
            return _prefixes(units) if kind == "rollup" else _subsets(units)
        case KeySet(members):
            return [tuple(_sets_of(member, keys)[0][0] for member in members)]
    keys.append(key)
    return [(len(keys) - 1,)]


def _prefixes(units: Sequence[_Set]) -> list[_Set]:
    """ROLLUP: all, then one less, down to none."""
    counts = range(len(units), -1, -1)
    return [tuple(itertools.chain(*units[:count])) for count in counts]


def _subsets(units: Sequence[_Set]) -> list[_Set]:
    """CUBE: with the first and without it, of the subsets of the others."""
    if not units:
        return [()]
    rest = _subsets(units[1:])
    return [*((*units[0], *each) for each in rest), *rest]


def check_sessions(expand: Expand) -> None:
    """Refuse sessions that a set leaves out: rows without one are in none.

    Spark accepts them, and fails when it meets the rows.
    """
    place = session_position(expand.keys)
    if place is not None and any(place not in each for each in expand.sets):
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature="a session window that a grouping set leaves out",
            advice="Name it in every set, as in GROUP BY session_window(…), CUBE(a).",
        )


# --- grouping() and grouping_id() -------------------------------------------


@dataclass(frozen=True, slots=True)
class GroupingCall(Expression):
    """A resolved `grouping(key)` or `grouping_id(keys)`; only until it is put
    above the aggregation it asks about.
    """

    name: str
    arguments: tuple[Expression, ...]

    @property
    def data_type(self) -> DataType:
        return ByteType() if self.name == "grouping" else LongType()

    @property
    def nullable(self) -> bool:
        return False


def _grouping(call: Call) -> Expression:
    check_number(call, 1, 1)
    return GroupingCall("grouping", call.arguments)


def _grouping_id(call: Call) -> Expression:
    return GroupingCall("grouping_id", call.arguments)


GROUPING_CALLS: Mapping[str, Callable[[Call], Expression]] = {
    "grouping": _grouping,
    "grouping_id": _grouping_id,
}


def refuse_grouping_call() -> AnalysisError:
    """There is no aggregation over grouping sets to ask about."""
    return AnalysisError("UNSUPPORTED_GROUPING_EXPRESSION")


def grouping_value(
    call: GroupingCall, keys: Sequence[Expression], grouping_id: Expression
) -> Expression:
    """A call as an expression over the set's number.

    `grouping(b)` of keys a, b, c → `CAST((spark_grouping_id >> 1) & 1 AS TINYINT)`

    Raises:
        AnalysisError: it asks about other columns than the keys.
    """
    forms = [canonical(key) for key in keys]
    asked = [canonical(argument) for argument in call.arguments]
    if call.name == "grouping_id":
        if asked and asked != forms:
            raise AnalysisError(
                "GROUPING_ID_COLUMN_MISMATCH",
                groupingIdColumn=_listed(call.arguments),
                groupByColumns=_listed(keys),
            )
        return grouping_id
    if asked[0] not in forms:
        raise AnalysisError(
            "GROUPING_COLUMN_MISMATCH",
            grouping=_listed(call.arguments),
            groupingColumns=_listed(keys),
        )
    shift = Literal(len(keys) - 1 - forms.index(asked[0]), IntegerType())
    long = LongType()
    shifted = FunctionCall("shiftright", (grouping_id, shift), long, False)
    bit = FunctionCall("bitwise_and", (shifted, Literal(1, long)), long, False)
    return Cast(bit, ByteType(), nullable=False)


def _listed(expressions: Iterable[Expression]) -> str:
    return ",".join(getattr(e, "name", type(e).__name__.lower()) for e in expressions)


def without_grouping_calls(call: AggregateCall, expand: Expand) -> AggregateCall:
    """A call of an aggregate function, over the expanded rows."""
    keys = [key.child for key in expand.keys]
    replaced: AggregateCall = _with_values(call, keys, expand.grouping_id)
    return replaced


def in_only_set(expression: Expression) -> Expression:
    """The expression where the only set is that of no keys, number 0."""
    replaced: Expression = _with_values(expression, (), Literal(0, LongType()))
    return replaced


def _with_values(
    expression: Expression, keys: Sequence[Expression], grouping_id: Expression
) -> Any:
    def replace_call(node: Any) -> Any:
        if isinstance(node, GroupingCall):
            return grouping_value(node, keys, grouping_id)
        return node

    return transform_down(expression, replace_call)


def with_nulls_of(columns: frozenset[int], expression: Expression) -> Expression:
    """The expression, nullable where a key is that was not so below.

    `c + 1` of a key `c` that is never null is null where a set leaves `c` out.
    """
    if not columns:
        return expression
    reached: list[Any] = []

    def mark(node: Any) -> Any:
        if isinstance(node, AttributeReference) and node.attribute_id in columns:
            reached.append(node)
        elif isinstance(node, FunctionCall | Cast) and any(
            child is each for child in node.children() for each in reached
        ):
            node = replace(node, nullable=node.nullable or _hands_on_nulls(node))
            reached.append(node)
        return node

    marked: Expression = transform_up(expression, mark)
    return marked


def _hands_on_nulls(node: FunctionCall | Cast) -> bool:
    if isinstance(node, Cast) or node.name not in SCALARS:
        return True
    return SCALARS[node.name].nullable(node.arguments)
