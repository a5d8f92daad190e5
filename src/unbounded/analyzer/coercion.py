"""Coercion: the common type of several, and the implicit cast to one wanted.

Spark's `AnsiTypeCoercion`: numbers widen, a string meets another type by being
read as it, decimals keep their whole digits first. Pure functions over types;
`cast_to` and `coerce_to` put them on expressions.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from unbounded.analyzer.argument_types import (
    ArgumentType,
    Choice,
    Exactly,
    Family,
    is_datetime,
    is_integral,
    is_interval,
    is_numeric,
)
from unbounded.analyzer.functions.signature import is_nullable, type_of
from unbounded.plan.expressions import Cast, Expression, Literal
from unbounded.types import (
    ArrayType,
    AtomicType,
    BinaryType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    NullType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
)

__all__ = [
    "can_null_safe_cast_to_decimal",
    "cast_makes_null",
    "cast_to",
    "coerce_to",
    "decimal_for",
    "decimal_of_literal",
    "tightest_common_type",
    "wider_common_type",
    "wider_decimal",
    "wider_type",
    "wider_type_for_string",
]

_PRECEDENCE: tuple[DataType, ...] = (
    ByteType(),
    ShortType(),
    IntegerType(),
    LongType(),
    FloatType(),
    DoubleType(),
)
_DECIMAL_DIGITS: dict[DataType, DecimalType] = {
    ByteType(): DecimalType(3, 0),
    ShortType(): DecimalType(5, 0),
    IntegerType(): DecimalType(10, 0),
    LongType(): DecimalType(20, 0),
    FloatType(): DecimalType(14, 7),
    DoubleType(): DecimalType(30, 15),
}


# --- decimals ---------------------------------------------------------------


def decimal_for(data_type: DataType) -> DecimalType:
    """The decimal that holds every value of a numeric type."""
    if isinstance(data_type, DecimalType):
        return data_type
    return _DECIMAL_DIGITS[data_type]


def decimal_of_literal(literal: Literal) -> DecimalType:
    """The decimal with just the digits of an integer literal."""
    return DecimalType(max(len(str(abs(int(literal.value)))), 1), 0)


def wider_decimal(left: DecimalType, right: DecimalType) -> DecimalType:
    """A decimal for both; past 38 digits the fraction gives way."""
    scale = max(left.scale, right.scale)
    whole = max(left.precision - left.scale, right.precision - right.scale)
    excess = max(whole + scale - 38, 0)
    return DecimalType(min(whole + scale, 38), max(scale - excess, 0))


def _is_wider(decimal: DecimalType, other: DecimalType) -> bool:
    whole = decimal.precision - decimal.scale
    return whole >= other.precision - other.scale and decimal.scale >= other.scale


def can_null_safe_cast_to_decimal(source: DataType, target: DecimalType) -> bool:
    """Whether every value of `source` fits `target`."""
    if is_integral(source) or isinstance(source, DecimalType):
        return _is_wider(target, decimal_for(source))
    return False


# --- common types -----------------------------------------------------------


def tightest_common_type(left: DataType, right: DataType) -> DataType | None:
    """The common type that loses nothing, without reading strings."""
    if left == right:
        return left
    if isinstance(left, NullType):
        return right
    if isinstance(right, NullType):
        return left
    if isinstance(left, DecimalType) or isinstance(right, DecimalType):
        return _tightest_decimal(left, right)
    if is_numeric(left) and is_numeric(right):
        return _wider_number(left, right)
    if is_datetime(left) and is_datetime(right):
        return _wider_datetime(left, right)
    return _complex_common_type(left, right, tightest=True)


def _tightest_decimal(left: DataType, right: DataType) -> DataType | None:
    """A decimal that already holds the other side's integers."""
    for decimal, other in ((left, right), (right, left)):
        if isinstance(decimal, DecimalType) and is_integral(other):
            return decimal if _is_wider(decimal, decimal_for(other)) else None
    return None


def _wider_number(left: DataType, right: DataType) -> DataType:
    wider = _PRECEDENCE[max(_PRECEDENCE.index(left), _PRECEDENCE.index(right))]
    if isinstance(wider, FloatType) and left != right:
        return DoubleType()
    return wider


def _wider_datetime(left: DataType, right: DataType) -> DataType:
    if isinstance(left, TimestampType) or isinstance(right, TimestampType):
        return TimestampType()
    return TimestampNTZType()


def wider_type_for_string(left: DataType, right: DataType) -> DataType | None:
    """The type in which a string meets another: the other's, numbers widest."""
    if isinstance(right, StringType):
        left, right = right, left
    if not isinstance(left, StringType) or isinstance(right, StringType):
        return None
    if is_integral(right):
        return LongType()
    if is_numeric(right):
        return DoubleType()
    if is_interval(right):
        return None
    return right if isinstance(right, AtomicType) else None


def _wider_for_decimal(left: DataType, right: DataType) -> DataType | None:
    for decimal, other in ((left, right), (right, left)):
        if not isinstance(decimal, DecimalType):
            continue
        if isinstance(other, (FloatType, DoubleType)):
            return DoubleType()
        if is_integral(other) or isinstance(other, DecimalType):
            return wider_decimal(decimal, decimal_for(other))
    return None


def wider_type(left: DataType, right: DataType) -> DataType | None:
    """The common type of two, strings read as the other side where needed."""
    return (
        tightest_common_type(left, right)
        or _wider_for_decimal(left, right)
        or wider_type_for_string(left, right)
        or _complex_common_type(left, right, tightest=False)
    )


def _complex_common_type(
    left: DataType, right: DataType, *, tightest: bool
) -> DataType | None:
    common = tightest_common_type if tightest else wider_type
    match left, right:
        case ArrayType(), ArrayType():
            element = common(left.element_type, right.element_type)
            if element is None:
                return None
            return ArrayType(element, left.contains_null or right.contains_null)
        case MapType(), MapType():
            key = common(left.key_type, right.key_type)
            value = common(left.value_type, right.value_type)
            if key is None or value is None:
                return None
            return MapType(
                key, value, left.value_contains_null or right.value_contains_null
            )
        case StructType(), StructType():
            return _common_struct(left, right, tightest=tightest)
    return None


def _common_struct(
    left: StructType, right: StructType, *, tightest: bool
) -> StructType | None:
    common = tightest_common_type if tightest else wider_type
    if [n.lower() for n in left.names] != [n.lower() for n in right.names]:
        return None
    fields = []
    for a, b in zip(left.fields, right.fields, strict=True):
        data_type = common(a.data_type, b.data_type)
        if data_type is None:
            return None
        fields.append(StructField(a.name, data_type, a.nullable or b.nullable))
    return StructType(tuple(fields))


def _holds_string(data_type: DataType) -> bool:
    match data_type:
        case StringType():
            return True
        case ArrayType(element, _):
            return _holds_string(element)
    return False


def wider_common_type(types: Sequence[DataType]) -> DataType | None:
    """The common type of many; strings are folded in first, as Spark does."""
    ordered = sorted(types, key=lambda t: not _holds_string(t))
    start: DataType | None = NullType()
    return reduce(
        lambda found, t: None if found is None else wider_type(found, t), ordered, start
    )


# --- implicit casts ---------------------------------------------------------


def can_store_assign(source: DataType, target: DataType) -> bool:
    """Spark's `Cast.canANSIStoreAssign`: casts that seldom surprise."""
    if source == target or isinstance(source, NullType):
        return True
    if is_numeric(source) and is_numeric(target):
        return True
    if isinstance(target, StringType):
        return isinstance(source, (AtomicType, DecimalType))
    if is_datetime(source) and is_datetime(target):
        return True
    match source, target:
        case ArrayType(), ArrayType():
            return (target.contains_null or not source.contains_null) and (
                can_store_assign(source.element_type, target.element_type)
            )
        case MapType(), MapType():
            return can_store_assign(
                source.key_type, target.key_type
            ) and can_store_assign(source.value_type, target.value_type)
        case StructType(), StructType():
            return len(source.fields) == len(target.fields) and all(
                can_store_assign(a.data_type, b.data_type)
                for a, b in zip(source.fields, target.fields, strict=True)
            )
    return False


def _implicit_type(source: DataType, wanted: ArgumentType) -> DataType | None:
    """The type to cast `source` to so that `wanted` accepts it."""
    if wanted.accepts(source):
        return source
    match wanted:
        case Exactly(target):
            if isinstance(source, StringType) and isinstance(
                target, (AtomicType, DecimalType)
            ):
                return target
            return target if can_store_assign(source, target) else None
        case Family(name, _, default):
            if isinstance(source, NullType):
                return default
            if name == "DECIMAL" and is_numeric(source):
                return decimal_for(source)
            if isinstance(source, StringType) and isinstance(
                default, (AtomicType, DecimalType)
            ):
                return _string_as_family(name, default)
            return None
        case Choice(options):
            return _choose(source, options)
    return None


def _string_as_family(name: str, default: DataType) -> DataType | None:
    return DoubleType() if name == "NUMERIC" else default


def _choose(source: DataType, options: Sequence[ArgumentType]) -> DataType | None:
    """The option to cast to: the narrowest of those possible, else the first."""
    if isinstance(source, NullType):
        return _implicit_type(source, options[0])
    found = [t for o in options if (t := _implicit_type(source, o)) is not None]
    if not found:
        return None
    narrowest = [
        t
        for t in found
        if all(tightest_common_type(t, other) == other for other in found)
    ]
    return narrowest[0] if narrowest else found[0]


def coerce_to(expression: Expression, wanted: ArgumentType) -> Expression | None:
    """The expression cast to what `wanted` accepts; None if there is no such cast."""
    target = _implicit_type(type_of(expression), wanted)
    return None if target is None else cast_to(expression, target)


def cast_to(expression: Expression, target: DataType) -> Expression:
    """The expression as `target`; itself if it is that already."""
    source = type_of(expression)
    if source == target:
        return expression
    if isinstance(expression, Literal) and expression.value is None:
        return Literal(None, target)
    nullable = is_nullable(expression) or cast_makes_null(source, target)
    return Cast(expression, target, "ANSI", nullable)


def cast_makes_null(source: DataType, target: DataType) -> bool:
    """Whether Spark calls a cast nullable although its input is not.

    Spark's `Cast.forceNullable`, which ANSI mode uses too.
    """
    if source == target or isinstance(source, NullType):
        return False
    if isinstance(source, StringType):
        return not isinstance(target, (StringType, BinaryType))
    if isinstance(target, StringType):
        return False
    if isinstance(source, TimestampType):
        return isinstance(target, (ByteType, ShortType, IntegerType))
    if isinstance(target, TimestampType):
        return isinstance(source, (FloatType, DoubleType))
    if isinstance(target, TimestampNTZType):
        return isinstance(source, DateType)
    if isinstance(target, DateType):
        return True
    if isinstance(target, DecimalType):
        return not can_null_safe_cast_to_decimal(source, target)
    return is_integral(target) and isinstance(
        source, (FloatType, DoubleType, DecimalType)
    )
