"""Kinds: the eval types, and what runs a function of each.

The one module of `udf/` that the rest of it leads to; importing it imports the
client and pandas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from unbounded.plan.expressions import Expression
from unbounded.plan.python_functions import (
    EvalType,
    PythonCall,
    PythonFunction,
    PythonSettings,
)
from unbounded.udf.batches import BatchFunction, map_arrow, map_pandas
from unbounded.udf.columns import (
    arrow_columns,
    arrow_iterator,
    pandas_columns,
    pandas_iterator,
)
from unbounded.udf.loading import load_call
from unbounded.udf.rows import arrow_rows, pickled_rows

__all__ = ["array_function", "batch_function"]

ArrayFunction = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.Array]]

_OF_BATCH: Mapping[EvalType, Callable[..., Callable[[pa.RecordBatch], pa.Array]]] = {
    EvalType.BATCHED: pickled_rows,
    EvalType.ARROW_BATCHED: arrow_rows,
    EvalType.SCALAR_PANDAS: pandas_columns,
    EvalType.SCALAR_ARROW: arrow_columns,
}
_OF_BATCHES: Mapping[EvalType, Callable[..., Any]] = {
    EvalType.SCALAR_PANDAS_ITER: pandas_iterator,
    EvalType.SCALAR_ARROW_ITER: arrow_iterator,
}
_MAPS: Mapping[EvalType, Callable[..., BatchFunction]] = {
    EvalType.MAP_PANDAS_ITER: map_pandas,
    EvalType.MAP_ARROW_ITER: map_arrow,
}


def array_function(call: Expression, settings: PythonSettings) -> ArrayFunction:
    """What makes a column of all batches, by a scalar function."""
    assert isinstance(call, PythonCall)
    kind, data_type = call.function.eval_type, call.data_type
    if kind in _OF_BATCHES:
        loaded = load_call(call, is_iterator=True)
        made: ArrayFunction = _OF_BATCHES[kind](loaded, data_type, settings)
        return made
    function = _OF_BATCH[kind](load_call(call), data_type, settings)
    return lambda batches: map(function, batches)


def batch_function(function: PythonFunction, settings: PythonSettings) -> BatchFunction:
    """What makes batches of all batches, by a function of `mapInPandas` or so."""
    return _MAPS[function.eval_type](function, settings)
