"""Python functions: a client's functions as the plan holds them.

Their code stays pickled here; `udf/` unpickles it where it runs.
"""

from __future__ import annotations

from typing import Any

from unbounded.connect import data_types
from unbounded.connect.conversion import refuse, variant_of
from unbounded.errors import AnalysisError
from unbounded.plan.python_functions import EvalType, PythonFunction
from unbounded.types import NullType, StructType

__all__ = ["map_function", "scalar_function"]

_MAPS = frozenset({EvalType.MAP_PANDAS_ITER, EvalType.MAP_ARROW_ITER})
_ADVICE = (
    "Use a scalar function (udf, pandas_udf, arrow_udf), mapInPandas or mapInArrow;"
    " or do it inside a foreachBatch."
)


def scalar_function(message: Any) -> PythonFunction:
    """The function of a column.

    Raises:
        UnsupportedError: a function of groups, or one of the JVM.
    """
    function = _function(message)
    if function.eval_type in _MAPS:
        raise refuse("function", "of whole batches as a column", _ADVICE)
    return function


def map_function(message: Any) -> PythonFunction:
    """The function of `mapInPandas` and `mapInArrow`.

    Raises:
        UnsupportedError: it is of another kind.
        AnalysisError: what it gives is no row.
    """
    function = _function(message)
    if function.eval_type not in _MAPS:
        raise refuse("function", "of a column over whole batches", _ADVICE)
    if not isinstance(function.return_type, StructType):
        raise AnalysisError(
            "INVALID_SCHEMA.NON_STRUCT_TYPE",
            inputSchema=function.return_type.sql,
            dataType=function.return_type.sql,
        )
    return function


def _function(message: Any) -> PythonFunction:
    kind = variant_of(message, "function")
    if kind != "python_udf":
        raise refuse("function", kind, "Write it in Python.")
    python = message.python_udf
    try:
        eval_type = EvalType(python.eval_type)
    except ValueError as error:
        name = f"of eval type {python.eval_type}"
        raise refuse("function", name, _ADVICE) from error
    return_type = data_types.from_proto(python.output_type)
    if return_type == StructType() and eval_type not in _MAPS:
        # `df.foreach` declares a struct of nothing, which SQL has no type for.
        return_type = NullType()
    return PythonFunction(
        message.function_name,
        python.command,
        eval_type,
        return_type,
        message.deterministic,
        python.python_ver,
    )
