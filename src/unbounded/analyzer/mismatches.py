"""Mismatches: the errors for arguments of wrong number or type.

Spark's `WRONG_NUM_ARGS` and `DATATYPE_MISMATCH` families, made in one place so
that each names its parameters as Spark does.
"""

from __future__ import annotations

from collections.abc import Sequence

from unbounded.analyzer.argument_types import ArgumentType, is_integral
from unbounded.errors import AnalysisError
from unbounded.types import BinaryType, BooleanType, DataType, TimestampType

__all__ = [
    "binary_different_types",
    "binary_wrong_type",
    "cannot_cast",
    "different_types",
    "quote_function",
    "quote_sql",
    "quote_type",
    "unexpected_input",
    "wrong_number",
]

_ORDINALS = ("first", "second", "third")


def ordinal(index: int) -> str:
    """`first` for 0, as Spark's messages count."""
    return _ORDINALS[index] if index < 3 else f"{index + 1}th"


def quote_sql(text: str) -> str:
    """An expression's text as error messages quote it."""
    return '"' + text.replace('"', '""') + '"'


def quote_type(data_type: DataType) -> str:
    return f'"{data_type.sql}"'


def quote_function(name: str) -> str:
    return f"`{name}`"


def unexpected_input(
    sql: str, index: int, wanted: ArgumentType, argument_sql: str, found: DataType
) -> AnalysisError:
    """An argument whose type nothing implicit turns into the one wanted."""
    return AnalysisError(
        "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
        sqlExpr=quote_sql(sql),
        paramIndex=ordinal(index),
        requiredType=wanted.sql,
        inputSql=quote_sql(argument_sql),
        inputType=quote_type(found),
    )


def binary_different_types(sql: str, left: DataType, right: DataType) -> AnalysisError:
    return AnalysisError(
        "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
        sqlExpr=quote_sql(sql),
        left=quote_type(left),
        right=quote_type(right),
    )


def binary_wrong_type(sql: str, wanted: str, found: DataType) -> AnalysisError:
    return AnalysisError(
        "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE",
        sqlExpr=quote_sql(sql),
        inputType=wanted,
        actualDataType=quote_type(found),
    )


def _type_list(function: str, types: Sequence[DataType]) -> str:
    names = [quote_type(t) for t in types]
    if function in ("in", "greatest", "least"):
        return f"[{', '.join(names)}]"
    return f"({' or '.join(names)})"


def different_types(
    sql: str, function: str, types: Sequence[DataType]
) -> AnalysisError:
    """Arguments that have no common type."""
    return AnalysisError(
        "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
        sqlExpr=quote_sql(sql),
        functionName=quote_function(function),
        dataType=_type_list(function, types),
    )


def _legacy_only(source: DataType, target: DataType) -> bool:
    """Casts Spark has outside ANSI mode."""
    match source, target:
        case (BooleanType(), TimestampType()) | (TimestampType(), BooleanType()):
            return True
    return is_integral(source) and isinstance(target, BinaryType)


def cannot_cast(
    sql: str, source: DataType, target: DataType, function: str | None = None
) -> AnalysisError:
    """A cast ANSI mode has not; `function` does what it means, if there is one."""
    names = {
        "sqlExpr": quote_sql(sql),
        "srcType": quote_type(source),
        "targetType": quote_type(target),
    }
    if function is not None:
        condition = "DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION"
        return AnalysisError(condition, **names, functionNames=function)
    if _legacy_only(source, target):
        condition = "DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION"
        config = '"spark.sql.ansi.enabled"'
        return AnalysisError(condition, **names, config=config, configVal="'false'")
    return AnalysisError("DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", **names)


def wrong_number(function: str, expected: str, actual: int) -> AnalysisError:
    """Too many or too few arguments; `expected` as Spark lists it: `1`, `[2, 3]`."""
    return AnalysisError(
        "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
        functionName=quote_function(function),
        expectedNum=expected,
        actualNum=actual,
        docroot="https://spark.apache.org/docs/latest",
    )
