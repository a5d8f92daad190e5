"""Rows: functions of one row at a time, `udf`, over batches of columns.

Arrow → Python lists, one list comprehension over the rows, back to Arrow. What a
value becomes is Spark's: by `pa.array` for a function declared with Arrow, by the
type's own rules for a pickled one (`pickled_values.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
from pyspark.sql.conversion import (
    ArrowTableToRowsConversion,
    LocalDataToArrowConversion,
)
from pyspark.sql.pandas.types import from_arrow_type, to_arrow_type
from pyspark.util import fail_on_stopiteration

from unbounded.plan.python_functions import PythonSettings
from unbounded.types import DataType, to_arrow
from unbounded.udf.loading import UserCall
from unbounded.udf.pickled_values import value_converter

__all__ = ["RowFunction", "arrow_rows", "pickled_rows"]

RowFunction = Callable[[pa.RecordBatch], pa.Array]


def arrow_rows(
    call: UserCall, data_type: DataType, settings: PythonSettings
) -> RowFunction:
    """Eval type 101."""
    arrow_type = to_arrow_type(call.return_type, timezone="UTC")
    convert = LocalDataToArrowConversion._create_converter(
        call.return_type,
        none_on_identity=True,
        int_to_decimal_coercion_enabled=settings.takes_int_for_decimal,
    )

    def run(batch: pa.RecordBatch) -> pa.Array:
        results = _results(call, batch, settings)
        if convert is not None:
            results = [convert(result) for result in results]
        try:
            return pa.array(results, type=arrow_type)
        except pa.ArrowInvalid:
            safely = settings.converts_safely
            return pa.array(results).cast(target_type=arrow_type, safe=safely)

    return run


def pickled_rows(
    call: UserCall, data_type: DataType, settings: PythonSettings
) -> RowFunction:
    """Eval type 100."""
    arrow_type = to_arrow(data_type)
    convert = value_converter(call.return_type)

    def run(batch: pa.RecordBatch) -> pa.Array:
        results = _results(call, batch, settings)
        return pa.array([convert(result) for result in results], type=arrow_type)

    return run


@fail_on_stopiteration
def _results(
    call: UserCall, batch: pa.RecordBatch, settings: PythonSettings
) -> list[Any]:
    function = call.function
    columns = [_values(batch.column(name), settings) for name in call.columns]
    if len(columns) == 1:
        return [function(value) for value in columns[0]]
    if not columns:
        return [function() for _ in range(batch.num_rows)]
    return [function(*row) for row in zip(*columns, strict=True)]


def _values(column: pa.Array, settings: PythonSettings) -> list[Any]:
    convert = ArrowTableToRowsConversion._create_converter(
        from_arrow_type(column.type),
        none_on_identity=True,
        binary_as_bytes=settings.binary_as_bytes,
    )
    values: list[Any] = ArrowTableToRowsConversion._to_pylist(column)
    return values if convert is None else [convert(value) for value in values]
