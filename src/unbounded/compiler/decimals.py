"""Decimals: arithmetic whose result has Spark's precision and scale, exactly.

DuckDB divides decimals as doubles, keeps fewer digits in a product, and raises
where an intermediate result has more than 38. Here products are taken of
operands widened first, or by parts when they are longer still; quotients are
of whole numbers (HUGEINT). Everything is rounded half up once.
"""

from __future__ import annotations

from unbounded.compiler.sql_text import let
from unbounded.types import DataType, DecimalType, duckdb_type

__all__ = [
    "add_sql",
    "as_decimal",
    "divide_sql",
    "long_multiply_sql",
    "multiply_sql",
    "remainder_sql",
    "scaled_sql",
    "unscaled_sql",
]

_MAX = 38


def _kind(precision: int, scale: int) -> str:
    return f"DECIMAL({min(precision, _MAX)},{scale})"


def add_sql(operator: str, left: str, right: str, result: DecimalType) -> str:
    """`left + right` or `left - right`, rounded half up to the result's scale."""
    return f"CAST({left} {operator} {right} AS {duckdb_type(result)})"


def multiply_sql(
    left: str, a: DecimalType, right: str, b: DecimalType, result: DecimalType
) -> str:
    """The product rounded half up, through DuckDB's exact one.

    It raises when the exact product has more than 38 digits.
    """
    kind = duckdb_type(result)
    x = f"CAST({left} AS {_kind(_MAX, a.scale)})"
    y = f"CAST({right} AS {_kind(_MAX, b.scale)})"
    return f"CAST({x} * {y} AS {kind})"


def divide_sql(
    left: str, a: DecimalType, right: str, b: DecimalType, result: DecimalType
) -> str:
    """The quotient rounded half up; the divisor must not be zero."""
    exponent = result.scale - a.scale + b.scale
    denominator = unscaled_sql(right, b)
    if exponent < 0:
        denominator = f"{denominator} * {_power(-exponent)}"
    numerator = unscaled_sql(left, a)
    unit = _power(max(exponent, 0))

    def quotient(n: str, d: str) -> str:
        if a.precision + exponent <= _MAX:
            return f"spark_divide_half_up({n}, {d})"
        return f"spark_divide({n}, {d}, {unit})"

    if exponent > 0 and a.precision + exponent <= _MAX:
        numerator = f"{numerator} * {unit}"
    return scaled_sql(
        let(
            numerator,
            "numerator",
            lambda n: let(denominator, "denominator", lambda d: quotient(n, d)),
        ),
        result,
    )


def long_multiply_sql(
    left: str, a: DecimalType, right: str, b: DecimalType, result: DecimalType
) -> str:
    """The product rounded half up, by parts: its exact digits may be 76.

    Slower than `multiply_sql`, which it stands in for where that raises.
    """
    dropped = a.scale + b.scale - result.scale
    half = -(-dropped // 2)
    unit, part = _power(dropped), _power(half)
    spare = 10 if dropped % 2 else 1
    product = let(
        unscaled_sql(left, a),
        "factor_a",
        lambda x: let(
            unscaled_sql(right, b),
            "factor_b",
            lambda y: f"spark_multiply({x}, {y}, {unit}, {part}, {spare})",
        ),
    )
    return scaled_sql(product, result)


def remainder_sql(left: str, right: str, result: DecimalType) -> str:
    """The remainder, with the sign of the dividend."""
    return f"CAST({left} % {right} AS {duckdb_type(result)})"


def unscaled_sql(sql: str, data_type: DecimalType) -> str:
    """The digits of a decimal as a whole number: 1.50 is 150."""
    if data_type.scale == 0:
        return f"CAST({sql} AS HUGEINT)"
    if data_type.precision + data_type.scale <= _MAX:
        wide = f"CAST({sql} AS {_kind(_MAX, data_type.scale)})"
        factor = (
            f"CAST({_power_text(data_type.scale)} AS {_kind(data_type.scale + 1, 0)})"
        )
        return f"CAST({wide} * {factor} AS HUGEINT)"
    exact = f"CAST({sql} AS {duckdb_type(data_type)})"
    return f"CAST(replace(CAST({exact} AS VARCHAR), '.', '') AS HUGEINT)"


def scaled_sql(sql: str, data_type: DecimalType) -> str:
    """A whole number's digits as a decimal: 150 is 1.50."""
    whole = f"CAST({sql} AS {_kind(_MAX, 0)})"
    if data_type.scale == 0:
        return f"CAST({whole} AS {duckdb_type(data_type)})"
    # The factor's digits are a one, so the product has the same digits.
    unit = "0." + "0" * (data_type.scale - 1) + "1"
    factor = f"CAST('{unit}' AS {_kind(data_type.scale, data_type.scale)})"
    return f"CAST({whole} * {factor} AS {duckdb_type(data_type)})"


def _power(exponent: int) -> str:
    return f"CAST({_power_text(exponent)} AS HUGEINT)"


def _power_text(exponent: int) -> str:
    return "'1" + "0" * exponent + "'"


def as_decimal(data_type: DataType) -> DecimalType:
    """The type, known to be a decimal."""
    assert isinstance(data_type, DecimalType)
    return data_type
