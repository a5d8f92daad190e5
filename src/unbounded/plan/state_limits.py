"""State limits: what a join's condition and watermarks say of rows' times.

A conjunct like `l.t + c1 > r.t + c2` with a watermark on `r.t` says which rows of
`l` no row to come can be joined with. Spark's `StreamingJoinHelper`:

    l.t >= r.t - 8 min      with r.t > 12:34 for all to come
    l.t > 12:26             or equal, so what is up to 12:25:59.999 is not needed

As in Spark, sums and differences of columns, numbers (of seconds) and day-time
intervals count, through casts to numbers and timestamps; a day has 24 hours. The
column limited may be any of its side; that of the other side has a watermark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unbounded.plan.conjunctions import split
from unbounded.plan.expressions import (
    WATERMARK_DELAY,
    AttributeReference,
    Cast,
    Expression,
    FunctionCall,
    Literal,
)
from unbounded.plan.join_condition import (
    Inequality,
    KeyPair,
    inequality_of,
    interval_us,
)
from unbounded.types import (
    ByteType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    ShortType,
    TimestampType,
)

__all__ = ["StateLimit", "event_time_of", "event_time_pair", "state_limits"]

_NUMBERS = (
    ByteType,
    ShortType,
    IntegerType,
    LongType,
    FloatType,
    DoubleType,
    DecimalType,
)
_KEEPS_TIME = (*_NUMBERS, TimestampType)
_SECOND_US = 1_000_000

Columns = Sequence[AttributeReference]


@dataclass(frozen=True, slots=True)
class StateLimit:
    """One conjunct, solved for a side's time: `watermark + offset < column`.

    `factor` is that of the watermark: 1, or 0 where the conjunct has constants alone.
    """

    column: AttributeReference
    offset_us: float
    factor: int = 1
    allows_equal: bool = False

    def bound_ms(self, watermark_ms: int) -> int:
        """The latest time that no row to come asks for; parts of a ms are cut off."""
        us = self.factor * watermark_ms * 1000.0 + self.offset_us
        return int(us / 1000.0) - self.allows_equal


def event_time_of(columns: Columns) -> AttributeReference | None:
    """The first column with a watermark."""
    return next((c for c in columns if WATERMARK_DELAY in c.metadata), None)


def event_time_pair(keys: Sequence[KeyPair]) -> int | None:
    """The place of the first pair of keys that has a column with a watermark.

    Left keys come before right ones. A computed key has none, and `<=>` makes its
    keys computed ones, as in Spark.
    """
    for side in ([pair.left for pair in keys], [pair.right for pair in keys]):
        for place, key in enumerate(side):
            is_time = (
                isinstance(key, AttributeReference) and WATERMARK_DELAY in key.metadata
            )
            if is_time and not keys[place].is_null_safe:
                return place
    return None


def state_limits(
    condition: Expression | None, limited: Columns, others: Columns
) -> tuple[StateLimit, ...]:
    """What the conjuncts say of a side with columns `limited`; all of it holds.

    `others` are the other side's columns; nothing is known without a watermark there.
    """
    if condition is None or event_time_of(others) is None:
        return ()
    found = (_limit(conjunct, limited, others) for conjunct in split(condition))
    return tuple(limit for limit in found if limit is not None)


def _limit(
    conjunct: Expression, limited: Columns, others: Columns
) -> StateLimit | None:
    inequality = inequality_of(conjunct)
    if inequality is None:
        return None
    terms = _terms_below_zero(inequality)
    if terms is None:
        return None
    limited_ids = {column.attribute_id for column in limited}
    own = [t for t in terms if t.column and t.column.attribute_id in limited_ids]
    rest = [t for t in terms if t not in own]
    other = [t for t in rest if t.column]
    # Below zero the limited time has a minus: `watermark + offset - time < 0`.
    if len(own) != 1 or own[0].factor != -1 or not rest or len(other) > 1:
        return None
    if any(t.column and WATERMARK_DELAY not in t.column.metadata for t in other):
        return None
    offset_us = sum(t.factor * t.constant_us for t in rest)
    factor = sum(t.factor for t in other)
    assert own[0].column is not None, "a term of the side's columns"
    return StateLimit(own[0].column, offset_us, factor, inequality.allows_equal)


# --- a comparison as a sum ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Term:
    """A column or a constant, to be added or, if `factor` is -1, subtracted."""

    factor: int
    column: AttributeReference | None = None
    constant_us: float = 0.0


def _terms_below_zero(inequality: Inequality) -> list[_Term] | None:
    """The terms of `smaller - greater`; None if one of them is no such term."""
    terms = [
        *_terms(inequality.smaller, 1),
        *_terms(inequality.greater, -1),
    ]
    return None if None in terms else [term for term in terms if term is not None]


def _terms(expression: Expression, factor: int) -> Iterator[_Term | None]:
    us = _constant_us(expression)
    if us is not None:
        yield _Term(factor, constant_us=us)
        return
    match expression:
        case AttributeReference():
            yield _Term(factor, expression)
        case Cast(child=child, data_type=kind) if isinstance(kind, _KEEPS_TIME):
            yield from _terms(child, factor)
        case FunctionCall(name="add" | "add_interval", arguments=(one, other)):
            yield from _terms(one, factor)
            yield from _terms(other, factor)
        case FunctionCall(name="subtract", arguments=(one, other)):
            yield from _terms(one, factor)
            yield from _terms(other, -factor)
        case FunctionCall(name="negative", arguments=(one,)):
            yield from _terms(one, -factor)
        case _:
            yield None


def _constant_us(expression: Expression) -> float | None:
    """A constant interval, or a number of seconds, in microseconds."""
    us = interval_us(expression)
    if us is not None:
        return float(us)
    if isinstance(expression, Literal) and isinstance(expression.data_type, _NUMBERS):
        is_null = expression.value is None
        return None if is_null else float(expression.value) * _SECOND_US
    return None
