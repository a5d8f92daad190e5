"""Join condition: ON taken apart into keys, one-sided filters and a range of times.

What a join of two streams finds its rows by. A condition is a list of conjuncts,
and each of them is in one place:

    l.k = r.k                                  keys
    l.v > 3                                    left_only
    l.t <= r.t and r.t < l.t + 1 hour          time_range: 0 <= r.t - l.t <= 1 h - 1 µs
    l.v < r.v                                  residual
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal as OneOf

from unbounded.plan.conjunctions import is_random, split
from unbounded.plan.expressions import (
    AttributeReference,
    Cast,
    Expression,
    FunctionCall,
    Literal,
    attributes_in,
)
from unbounded.plan.python_functions import PythonCall
from unbounded.plan.relations import Join, output_of
from unbounded.plan.tree import walk
from unbounded.types import DayTimeIntervalType, TimestampNTZType, TimestampType

__all__ = [
    "Inequality",
    "JoinCondition",
    "KeyPair",
    "TimeRange",
    "inequality_of",
    "interval_us",
    "split_condition",
]

_DAY_US = 86_400_000_000
_UNITS_US = (_DAY_US, 3_600_000_000, 60_000_000, 1_000_000)
_KEY_FUNCTIONS = {"equal": False, "null_safe_equal": True}
# Each comparison as `smaller < greater` or `smaller <= greater`: whether its
# operands change places, and whether equal ones satisfy it.
_COMPARISONS = {
    "less": (False, False),
    "less_or_equal": (False, True),
    "greater": (True, False),
    "greater_or_equal": (True, True),
}
_OPPOSITES = {
    "less": "greater_or_equal",
    "less_or_equal": "greater",
    "greater": "less_or_equal",
    "greater_or_equal": "less",
}

Side = OneOf["left", "right", "both", "none"]


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Two expressions that are equal in joined rows, each over its own side.

    Nulls are equal to nulls if `is_null_safe`, and to nothing if not.
    """

    left: Expression
    right: Expression
    is_null_safe: bool


@dataclass(frozen=True, slots=True)
class TimeRange:
    """`low_us <= right - left <= high_us`, in microseconds; None is no bound.

    Neither time is null in joined rows.
    """

    left: AttributeReference
    right: AttributeReference
    low_us: int | None
    high_us: int | None


@dataclass(frozen=True, slots=True)
class JoinCondition:
    """A condition's conjuncts: it holds where all of them do.

    `residual` asks for both sides, or for what must be computed once a pair.
    """

    keys: tuple[KeyPair, ...]
    left_only: tuple[Expression, ...]
    right_only: tuple[Expression, ...]
    time_range: TimeRange | None
    residual: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Inequality:
    """A conjunct `smaller < greater`, or `<=` if it `allows_equal`."""

    smaller: Expression
    greater: Expression
    allows_equal: bool


def split_condition(join: Join, *, has_even_days: bool = False) -> JoinCondition:
    """The parts of a resolved join's condition; what is not in it is empty.

    A day added to a TIMESTAMP is a day of the session's clock. `has_even_days`
    says that each has 24 hours there, and lets whole days bound a time range.
    """
    sides = _Sides.of(join)
    conjuncts = split(join.condition) if join.condition is not None else []
    keys: list[KeyPair] = []
    lefts: list[Expression] = []
    rights: list[Expression] = []
    mixed: list[Expression] = []
    places = {"left": lefts, "right": rights, "both": mixed, "none": mixed}
    for conjunct in conjuncts:
        pair = _key_pair(conjunct, sides)
        if pair is not None:
            keys.append(pair)
        else:
            place = sides.side_of(conjunct) if _may_move(conjunct) else "both"
            places[place].append(conjunct)
    time_range, residual = _take_range(mixed, sides, has_even_days)
    return JoinCondition(
        tuple(keys), tuple(lefts), tuple(rights), time_range, tuple(residual)
    )


def inequality_of(conjunct: Expression) -> Inequality | None:
    """A comparison by order, its smaller operand first, also under a `not`."""
    if not isinstance(conjunct, FunctionCall):
        return None
    name, compared = conjunct.name, conjunct
    if name == "not":
        inner = conjunct.arguments[0]
        if not isinstance(inner, FunctionCall) or inner.name not in _OPPOSITES:
            return None
        name, compared = _OPPOSITES[inner.name], inner
    if name not in _COMPARISONS:
        return None
    is_swapped, allows_equal = _COMPARISONS[name]
    first, second = compared.arguments
    if is_swapped:
        first, second = second, first
    return Inequality(first, second, allows_equal)


def interval_us(expression: Expression) -> int | None:
    """A constant day-time interval's microseconds, None for all else."""
    match expression:
        case Literal(value=int(value), data_type=DayTimeIntervalType()):
            return value
        case FunctionCall(name="negative", arguments=(inner,)):
            us = interval_us(inner)
            return None if us is None else -us
        case FunctionCall(name="add" | "subtract" as name, arguments=(one, other)):
            first, second = interval_us(one), interval_us(other)
            if first is None or second is None:
                return None
            return first + second if name == "add" else first - second
        case FunctionCall(
            name="multiply_interval" | "divide_interval" as name, arguments=(one, other)
        ):
            first, number = interval_us(one), _number(other)
            if first is None or number is None or (name[0] == "d" and not number):
                return None
            scaled = first * number if name[0] == "m" else first / number
            return int(scaled.quantize(Decimal(1), ROUND_HALF_UP))
        case FunctionCall(name="make_dt_interval", arguments=arguments):
            return _made_interval_us([_number(argument) for argument in arguments])
    return None


def _made_interval_us(parts: Sequence[Decimal | None]) -> int | None:
    """Of days, hours, minutes and seconds."""
    total = Decimal(0)
    for part, unit_us in zip(parts, _UNITS_US, strict=False):
        if part is None:
            return None
        total += part * unit_us
    return int(total)


def _number(expression: Expression) -> Decimal | None:
    match expression:
        case Literal(value=int() | float() | Decimal() as value):
            return Decimal(value)
        case Cast(child=child):
            return _number(child)
    return None


# --- sides and keys -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sides:
    """The columns of a join's sides, by id."""

    left: frozenset[int]
    right: frozenset[int]

    @classmethod
    def of(cls, join: Join) -> _Sides:
        return cls(_ids(output_of(join.left)), _ids(output_of(join.right)))

    def side_of(self, expression: Expression) -> Side:
        used = _ids(attributes_in([expression]))
        is_left, is_right = bool(used & self.left), bool(used & self.right)
        if is_left and is_right:
            return "both"
        if is_left:
            return "left"
        return "right" if is_right else "none"


def _ids(columns: Iterable[AttributeReference]) -> frozenset[int]:
    return frozenset(column.attribute_id for column in columns)


def _may_move(conjunct: Expression) -> bool:
    """Whether it has one value for a row, wherever and however often computed."""
    has_call = any(isinstance(node, PythonCall) for node in walk(conjunct))
    return not has_call and not is_random([conjunct])


def _key_pair(conjunct: Expression, sides: _Sides) -> KeyPair | None:
    if not isinstance(conjunct, FunctionCall) or conjunct.name not in _KEY_FUNCTIONS:
        return None
    if not _may_move(conjunct):
        return None
    first, second = conjunct.arguments
    is_null_safe = _KEY_FUNCTIONS[conjunct.name]
    match sides.side_of(first), sides.side_of(second):
        case "left", "right":
            return KeyPair(first, second, is_null_safe)
        case "right", "left":
            return KeyPair(second, first, is_null_safe)
    return None


# --- the range of times -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Bound:
    """One conjunct as a bound of `right - left`, its place among the others."""

    place: int
    left: AttributeReference
    right: AttributeReference
    low_us: int | None
    high_us: int | None


def _take_range(
    conjuncts: Sequence[Expression], sides: _Sides, has_even_days: bool
) -> tuple[TimeRange | None, list[Expression]]:
    """The pair of times that most conjuncts bound, and the conjuncts left over."""
    by_pair: dict[tuple[int, int], list[_Bound]] = {}
    for place, conjunct in enumerate(conjuncts):
        bound = _bound(place, conjunct, sides, has_even_days)
        if bound is not None:
            pair = (bound.left.attribute_id, bound.right.attribute_id)
            by_pair.setdefault(pair, []).append(bound)
    if not by_pair:
        return None, list(conjuncts)
    chosen = max(by_pair.values(), key=len)
    taken = {bound.place for bound in chosen}
    rest = [c for place, c in enumerate(conjuncts) if place not in taken]
    lows = [bound.low_us for bound in chosen if bound.low_us is not None]
    highs = [bound.high_us for bound in chosen if bound.high_us is not None]
    left, right = chosen[0].left, chosen[0].right
    low, high = max(lows, default=None), min(highs, default=None)
    return TimeRange(left, right, low, high), rest


def _bound(
    place: int, conjunct: Expression, sides: _Sides, has_even_days: bool
) -> _Bound | None:
    inequality = inequality_of(conjunct)
    if inequality is None:
        return None
    smaller = _moved_column(inequality.smaller, has_even_days)
    greater = _moved_column(inequality.greater, has_even_days)
    if smaller is None or greater is None:
        return None
    (early, early_us), (late, late_us) = smaller, greater
    if early.data_type != late.data_type:
        return None
    # early + early_us < late + late_us: late - early is above early_us - late_us.
    least_us = early_us - late_us + (not inequality.allows_equal)
    if sides.side_of(early) == "left":
        return _Bound(place, early, late, least_us, None)
    return _Bound(place, late, early, None, -least_us)


def _moved_column(
    expression: Expression, has_even_days: bool
) -> tuple[AttributeReference, int] | None:
    """A column of timestamps and by how many microseconds it is moved."""
    match expression:
        case AttributeReference(data_type=TimestampType() | TimestampNTZType()):
            return expression, 0
        case FunctionCall(name="add_interval", arguments=(time, interval)):
            moved, by_us = _moved_column(time, has_even_days), interval_us(interval)
            if moved is None or by_us is None:
                return None
            column, so_far_us = moved
            has_days = abs(by_us) >= _DAY_US and column.data_type == TimestampType()
            if has_days and not has_even_days:
                return None
            return column, so_far_us + by_us
    return None
