"""Casts: which types `CAST` turns into which, under ANSI rules."""

from __future__ import annotations

from unbounded.analyzer.argument_types import is_datetime, is_numeric
from unbounded.analyzer.coercion import (
    can_null_safe_cast_to_decimal,
    cast_makes_null,
    tightest_common_type,
)
from unbounded.analyzer.functions.signature import is_nullable, type_of
from unbounded.analyzer.mismatches import cannot_cast
from unbounded.plan.expressions import AttributeReference, Cast, EvalMode, Expression
from unbounded.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    MapType,
    NullType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
    YearMonthIntervalType,
)

__all__ = ["can_cast", "make_cast"]


def can_cast(source: DataType, target: DataType) -> bool:
    """Spark's `Cast.canAnsiCast`."""
    if source == target or isinstance(source, NullType):
        return True
    match source, target:
        case ArrayType(), ArrayType():
            return can_cast(source.element_type, target.element_type)
        case MapType(), MapType():
            return can_cast(source.key_type, target.key_type) and can_cast(
                source.value_type, target.value_type
            )
        case StructType(), StructType():
            return len(source.fields) == len(target.fields) and all(
                can_cast(a.data_type, b.data_type)
                for a, b in zip(source.fields, target.fields, strict=True)
            )
    return _can_cast_atom(source, target)


def _can_cast_atom(source: DataType, target: DataType) -> bool:
    if isinstance(target, StringType):
        return True
    if isinstance(source, StringType):
        return not isinstance(target, (NullType, ArrayType, MapType, StructType))
    if isinstance(target, BinaryType):
        return False
    if isinstance(target, BooleanType):
        return is_numeric(source)
    if is_numeric(source):
        return is_numeric(target) or _can_cast_number(source, target)
    if isinstance(source, BooleanType):
        return is_numeric(target)
    if isinstance(source, TimestampType) and is_numeric(target):
        return True
    if is_datetime(source):
        return is_datetime(target)
    if isinstance(source, (DayTimeIntervalType, YearMonthIntervalType)):
        return is_numeric(target)
    return False


def _can_cast_number(source: DataType, target: DataType) -> bool:
    if isinstance(target, TimestampType):
        return True
    if isinstance(target, (DayTimeIntervalType, YearMonthIntervalType)):
        return not isinstance(source, (DateType, TimestampNTZType))
    return False


def _always_succeeds(source: DataType, target: DataType) -> bool:
    """Spark's `Cast.canUpCast`: no value is lost or refused."""
    if isinstance(target, StringType):
        return not isinstance(source, (ArrayType, MapType, StructType))
    if isinstance(target, DecimalType):
        return can_null_safe_cast_to_decimal(source, target)
    if is_numeric(source) and is_numeric(target):
        wider = tightest_common_type(source, target)
        return not isinstance(source, DecimalType) and wider == target
    if isinstance(source, StringType):
        return isinstance(target, BinaryType)
    return isinstance(source, DateType) and isinstance(target, TimestampType)


def _instead(source: DataType, target: DataType) -> str | None:
    """The function that does what a refused cast means."""
    if isinstance(source, DateType) and is_numeric(target):
        return "`UNIX_DATE`"
    if isinstance(target, DateType) and is_numeric(source):
        return "`DATE_FROM_UNIX_DATE`"
    return None


def _says_more(child: Expression) -> bool:
    """Whether a column has metadata, such as a watermark, which no cast keeps."""
    return isinstance(child, AttributeReference) and bool(child.metadata)


def make_cast(
    child: Expression, target: DataType, mode: EvalMode, sql: str
) -> Expression:
    """The cast a user wrote; `sql` is its text for the error.

    Raises:
        AnalysisError: no value of the one type turns into the other.
    """
    source = type_of(child)
    if not can_cast(source, target):
        raise cannot_cast(sql, source, target, _instead(source, target))
    if source == target and not _says_more(child):
        return child
    may_fail = mode != "ANSI" and not _always_succeeds(source, target)
    nullable = is_nullable(child) or may_fail or cast_makes_null(source, target)
    return Cast(child, target, mode, nullable)
