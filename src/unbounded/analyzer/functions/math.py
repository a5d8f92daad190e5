"""Math functions: rows of the function tables.

`abs`, `negative` and `positive` keep their argument's type. `ceil`, `floor`,
`round` and `bround` of a decimal give the decimal their result needs.
"""

from __future__ import annotations

from collections.abc import Sequence

from unbounded.analyzer.argument_types import (
    ANY,
    BINARY,
    BOOLEAN,
    DAY_TIME_INTERVAL,
    DECIMAL,
    DOUBLE,
    INT,
    INTEGRAL,
    LONG,
    NUMERIC,
    STRING,
    YEAR_MONTH_INTERVAL,
    Choice,
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
    DataType,
    DecimalType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
)

__all__ = ["MATH_FUNCTIONS"]

_DOUBLE = DoubleType()
_LONG = LongType()
_INT = IntegerType()


def _same(arguments: Sequence[Expression]) -> DataType:
    return type_of(arguments[0])


def _whole(arguments: Sequence[Expression]) -> DataType:
    """The type of `ceil` and `floor` without a scale."""
    match type_of(arguments[0]):
        case DecimalType(precision, scale):
            return DecimalType(min(precision - scale + 1, 38), 0)
    return _LONG


def _rounded(arguments: Sequence[Expression]) -> DataType:
    """The type of `round`: a decimal keeps the digits its scale leaves."""
    data_type = type_of(arguments[0])
    if not isinstance(data_type, DecimalType):
        return data_type
    scale = arguments[1].value if isinstance(arguments[1], Literal) else 0
    scale = 0 if scale is None else int(scale)
    whole = data_type.precision - data_type.scale + 1
    if scale < 0:
        return DecimalType(min(max(whole, -scale + 1), 38), 0)
    scale = min(data_type.scale, scale)
    return DecimalType(min(whole + scale, 38), scale)


def _double(name: str, *aliases: str) -> Signature:
    """A function of one double. Spark calls them all nullable."""
    return row(
        name, (DOUBLE,), _DOUBLE, nullable=always_nullable, aliases=(name, *aliases)
    )


_SIGNED = Choice((NUMERIC, DAY_TIME_INTERVAL, YEAR_MONTH_INTERVAL))
_ROUNDABLE = Choice((LONG, DOUBLE, DECIMAL))
_ROUNDED_BY = (Literal(0, _INT),)


def _rounding(name: str) -> Signature:
    return row(
        name,
        (NUMERIC, INT),
        _rounded,
        nullable=always_nullable,
        defaults=_ROUNDED_BY,
    )


MATH_FUNCTIONS: tuple[Signature, ...] = (
    row("negative", (_SIGNED,), _same),
    row("positive", (_SIGNED,), _same),
    row("abs", (_SIGNED,), _same),
    _double("sign", "signum"),
    row(
        "ceil",
        (_ROUNDABLE,),
        _whole,
        nullable=always_nullable,
        aliases=("ceil", "ceiling"),
    ),
    row("floor", (_ROUNDABLE,), _whole, nullable=always_nullable),
    _rounding("round"),
    _rounding("bround"),
    *(
        _double(name)
        for name in [
            "rint",
            "sqrt",
            "exp",
            "expm1",
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
            "sinh",
            "cosh",
            "tanh",
            "asinh",
            "acosh",
            "atanh",
            "cot",
            "cbrt",
            "degrees",
            "radians",
            "sec",
            "csc",
        ]
    ),
    row("ln", (DOUBLE,), _DOUBLE, nullable=always_nullable),
    row("log10", (DOUBLE,), _DOUBLE, nullable=always_nullable),
    row("log2", (DOUBLE,), _DOUBLE, nullable=always_nullable),
    row("log1p", (DOUBLE,), _DOUBLE, nullable=always_nullable),
    row("log", (DOUBLE, DOUBLE), _DOUBLE, nullable=always_nullable),
    row("power", (DOUBLE, DOUBLE), _DOUBLE, aliases=("power", "pow")),
    row("atan2", (DOUBLE, DOUBLE), _DOUBLE),
    row("hypot", (DOUBLE, DOUBLE), _DOUBLE),
    row("factorial", (INT,), _LONG, nullable=always_nullable),
    row("e", (), _DOUBLE, nullable=never_null),
    row("pi", (), _DOUBLE, nullable=never_null),
    row(
        "rand",
        (LONG,),
        _DOUBLE,
        required=0,
        nullable=never_null,
        aliases=("rand", "random"),
    ),
    row("randn", (LONG,), _DOUBLE, required=0, nullable=never_null),
    row("shiftleft", (Choice((INT, LONG)), INT), _same, aliases=("shiftleft", "<<")),
    row("shiftright", (Choice((INT, LONG)), INT), _same, aliases=("shiftright", ">>")),
    row(
        "shiftrightunsigned",
        (Choice((INT, LONG)), INT),
        _same,
        aliases=("shiftrightunsigned", ">>>"),
    ),
    row("bit_count", (Choice((INTEGRAL, BOOLEAN)),), _INT),
    row("bitwise_not", (INTEGRAL,), _same, aliases=("~", "bitwise_not")),
    row("conv", (STRING, INT, INT), StringType(), nullable=always_nullable),
    row(
        "width_bucket", (DOUBLE, DOUBLE, DOUBLE, LONG), _LONG, nullable=always_nullable
    ),
    row("hash", (ANY,), _INT, repeats=True, required=1, nullable=never_null),
    row("xxhash64", (ANY,), _LONG, repeats=True, required=1, nullable=never_null),
    row("crc32", (BINARY,), _LONG),
)
