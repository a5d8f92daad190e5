"""Aggregate functions: rows of the function tables.

`count` takes any number of arguments and counts rows in which none is null;
`count(*)` is `count(1)`. `first`, `last` and `any_value` take (value, ignore
nulls), the second a boolean literal. Every row may carry `is_distinct` and a
`filter`.
"""

from __future__ import annotations

from collections.abc import Sequence

from unbounded.analyzer.argument_types import (
    ANY,
    BOOLEAN,
    DOUBLE,
    INTEGRAL,
    LONG,
    ORDERABLE,
    STRING_OR_BINARY,
    WITHOUT_MAP,
    Family,
    is_datetime,
    is_integral,
    is_interval,
    is_numeric,
)
from unbounded.analyzer.functions.signature import (
    Signature,
    always_nullable,
    never_null,
    row,
    type_of,
)
from unbounded.plan.expressions import Expression, Literal
from unbounded.types import (
    ArrayType,
    BooleanType,
    DataType,
    DecimalType,
    DoubleType,
    LongType,
    NullType,
)

__all__ = ["AGGREGATE_FUNCTIONS"]

_DOUBLE = DoubleType()
_LONG = LongType()
_BOOLEAN = BooleanType()
_KEEP_NULLS = (Literal(False, BooleanType()),)


def _same(arguments: Sequence[Expression]) -> DataType:
    return type_of(arguments[0])


def _sum(arguments: Sequence[Expression]) -> DataType:
    """Spark's `Sum.resultType`: ten digits more for a decimal."""
    data_type = type_of(arguments[0])
    if isinstance(data_type, DecimalType):
        return DecimalType(min(data_type.precision + 10, 38), data_type.scale)
    if is_integral(data_type):
        return _LONG
    return data_type if is_interval(data_type) else _DOUBLE


def _average(arguments: Sequence[Expression]) -> DataType:
    """Spark's `Average.resultType`: four digits more for a decimal."""
    data_type = type_of(arguments[0])
    if isinstance(data_type, DecimalType):
        precision, scale = data_type.precision, data_type.scale
        return DecimalType(min(precision + 4, 38), min(scale + 4, 38))
    return data_type if is_interval(data_type) else _DOUBLE


def _percentile(arguments: Sequence[Expression]) -> DataType:
    """An interval of intervals, else a double; of several shares an array."""
    data_type = type_of(arguments[0])
    return _of_shares(arguments, data_type if is_interval(data_type) else _DOUBLE)


def _percentile_value(arguments: Sequence[Expression]) -> DataType:
    return _of_shares(arguments, type_of(arguments[0]))


def _of_shares(arguments: Sequence[Expression], data_type: DataType) -> DataType:
    if len(arguments) > 1 and isinstance(type_of(arguments[1]), ArrayType):
        return ArrayType(data_type, False)
    return data_type


def _list(arguments: Sequence[Expression]) -> DataType:
    return ArrayType(type_of(arguments[0]), False)


def _statistic(name: str, *aliases: str) -> Signature:
    return row(
        name, (DOUBLE,), _DOUBLE, nullable=always_nullable, aliases=(name, *aliases)
    )


def _pair_statistic(name: str) -> Signature:
    return row(name, (DOUBLE, DOUBLE), _DOUBLE, nullable=always_nullable)


def _pick(name: str, *aliases: str) -> Signature:
    return row(
        name,
        (ANY, BOOLEAN),
        _same,
        nullable=always_nullable,
        defaults=_KEEP_NULLS,
        shows_defaults=False,
        aliases=(name, *aliases),
    )


_SUMMABLE = Family(
    'NUMERIC" or "ANSI INTERVAL',
    lambda t: is_numeric(t) or is_interval(t),
    DoubleType(),
)

_RANKED = Family(
    'NUMERIC" or "DATE" or "TIMESTAMP" or "TIMESTAMP_NTZ" or "INTERVAL',
    lambda t: is_numeric(t) or is_datetime(t) or is_interval(t),
    DoubleType(),
)

AGGREGATE_FUNCTIONS: tuple[Signature, ...] = (
    row("count", (ANY,), _LONG, required=1, repeats=True, nullable=never_null),
    row("count_if", (BOOLEAN,), _LONG, nullable=never_null),
    row("sum", (_SUMMABLE,), _sum, nullable=always_nullable),
    row(
        "avg", (_SUMMABLE,), _average, nullable=always_nullable, aliases=("avg", "mean")
    ),
    row("try_sum", (_SUMMABLE,), _sum, nullable=always_nullable),
    row("try_avg", (_SUMMABLE,), _average, nullable=always_nullable),
    row("min", (ORDERABLE,), _same, nullable=always_nullable),
    row("max", (ORDERABLE,), _same, nullable=always_nullable),
    _pick("first", "first_value"),
    _pick("last", "last_value"),
    _pick("any_value"),
    row(
        "bool_and",
        (BOOLEAN,),
        _BOOLEAN,
        nullable=always_nullable,
        aliases=("bool_and", "every"),
    ),
    row(
        "bool_or",
        (BOOLEAN,),
        _BOOLEAN,
        nullable=always_nullable,
        aliases=("bool_or", "some", "any"),
    ),
    _statistic("stddev_samp", "stddev", "std"),
    _statistic("stddev_pop"),
    _statistic("var_samp", "variance"),
    _statistic("var_pop"),
    _statistic("skewness"),
    _statistic("kurtosis"),
    _pair_statistic("corr"),
    _pair_statistic("covar_pop"),
    _pair_statistic("covar_samp"),
    row("regr_count", (DOUBLE, DOUBLE), _LONG, nullable=never_null),
    _pair_statistic("regr_avgx"),
    _pair_statistic("regr_avgy"),
    _pair_statistic("regr_intercept"),
    _pair_statistic("regr_r2"),
    _pair_statistic("regr_slope"),
    _pair_statistic("regr_sxx"),
    _pair_statistic("regr_sxy"),
    _pair_statistic("regr_syy"),
    row(
        "collect_list",
        (ANY,),
        _list,
        nullable=never_null,
        aliases=("collect_list", "array_agg"),
    ),
    row("collect_set", (WITHOUT_MAP,), _list, nullable=never_null),
    row(
        "mode",
        (ANY, BOOLEAN),
        _same,
        nullable=always_nullable,
        defaults=_KEEP_NULLS,
        shows_defaults=False,
    ),
    row("max_by", (ANY, ORDERABLE), _same, nullable=always_nullable),
    row("min_by", (ANY, ORDERABLE), _same, nullable=always_nullable),
    row("bit_and", (INTEGRAL,), _same, nullable=always_nullable),
    row("bit_or", (INTEGRAL,), _same, nullable=always_nullable),
    row("bit_xor", (INTEGRAL,), _same, nullable=always_nullable),
    row("product", (DOUBLE,), _DOUBLE, nullable=always_nullable),
    row("median", (_SUMMABLE,), _percentile, nullable=always_nullable),
    row(
        "percentile",
        (_SUMMABLE, ANY, LONG),
        _percentile,
        nullable=always_nullable,
        defaults=(Literal(1, LongType()),),
    ),
    row(
        "percentile_approx",
        (_RANKED, ANY, LONG),
        _percentile_value,
        nullable=always_nullable,
        defaults=(Literal(10_000, LongType()),),
        aliases=("percentile_approx", "approx_percentile"),
    ),
    row("percentile_cont", (_SUMMABLE, ANY), _percentile, nullable=always_nullable),
    row("percentile_disc", (_SUMMABLE, ANY), _percentile, nullable=always_nullable),
    row(
        "listagg",
        (STRING_OR_BINARY, STRING_OR_BINARY),
        _same,
        nullable=always_nullable,
        defaults=(Literal(None, NullType()),),
        aliases=("listagg", "string_agg"),
    ),
    row(
        "approx_count_distinct",
        (ANY, DOUBLE),
        _LONG,
        nullable=never_null,
        defaults=(Literal(0.05, DoubleType()),),
        shows_defaults=False,
    ),
)
