"""Columns: functions of whole columns, pandas Series or Arrow arrays.

Values go in and out through the client's own conversions, so what a function
sees and may give is what it is on a Spark cluster. A function of an iterator
sees every batch of a query's rows in one call, and may give them cut otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
from pyspark.errors import PySparkRuntimeError, PySparkTypeError, PySparkValueError
from pyspark.sql.conversion import (
    ArrowBatchTransformer,
    PandasToArrowConversion,
)
from pyspark.sql.pandas.types import to_arrow_type
from pyspark.sql.types import (
    DataType as ClientType,
    StructField as ClientField,
    StructType as ClientStructType,
)

from unbounded.plan.python_functions import PythonSettings
from unbounded.types import DataType
from unbounded.udf.loading import UserCall

__all__ = [
    "IteratorFunction",
    "arrow_columns",
    "arrow_iterator",
    "pandas_columns",
    "pandas_iterator",
    "pandas_to_arrow",
    "to_pandas",
    "zoned",
]

ColumnFunction = Callable[[pa.RecordBatch], pa.Array]
IteratorFunction = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.Array]]


# --- one batch at a time ------------------------------------------------------


def pandas_columns(
    call: UserCall, data_type: DataType, settings: PythonSettings
) -> ColumnFunction:
    """Eval type 200."""
    is_struct = isinstance(call.return_type, ClientStructType)

    def run(batch: pa.RecordBatch) -> pa.Array:
        arguments = _series(call, batch, settings)
        result = call.function(*arguments)
        if not hasattr(result, "__len__"):
            expected = "pandas.DataFrame" if is_struct else "pandas.Series"
            raise _wrong_type(expected, type(result).__name__)
        _check_length(len(result), batch.num_rows)
        if is_struct and not isinstance(result, pd.DataFrame):
            raise PySparkValueError(
                "Invalid return type. Please make sure that the UDF returns a "
                "pandas.DataFrame when the specified return type is StructType."
            )
        return pandas_to_arrow(result, call.return_type, settings)

    return run


def arrow_columns(
    call: UserCall, data_type: DataType, settings: PythonSettings
) -> ColumnFunction:
    """Eval type 250."""

    def run(batch: pa.RecordBatch) -> pa.Array:
        given = zoned(batch.select(call.columns), settings.time_zone)
        result = call.function(*given.columns)
        columns = pa.RecordBatch.from_arrays([result], ["_0"])
        enforced = _enforce(columns, call.return_type, settings)
        _check_length(len(enforced), batch.num_rows)
        return enforced

    return run


# --- all batches in one call --------------------------------------------------


def pandas_iterator(
    call: UserCall, data_type: DataType, settings: PythonSettings
) -> IteratorFunction:
    """Eval type 204."""
    is_struct = isinstance(call.return_type, ClientStructType)
    element = pd.DataFrame if is_struct else pd.Series
    expected = f"iterator of pandas.{element.__name__}"

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Array]:
        counted = _Counted(batches)
        given = (_one(_series(call, batch, settings)) for batch in counted)
        results = iterate(call.function(given), expected, element)
        arrays = (pandas_to_arrow(r, call.return_type, settings) for r in results)
        yield from _as_many(arrays, counted, given)

    return run


def arrow_iterator(
    call: UserCall, data_type: DataType, settings: PythonSettings
) -> IteratorFunction:
    """Eval type 251."""

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Array]:
        counted = _Counted(batches)
        given = (
            _one(zoned(batch.select(call.columns), settings.time_zone).columns)
            for batch in counted
        )
        results = iterate(call.function(given), "iterator of pyarrow.Array", pa.Array)
        columns = (pa.RecordBatch.from_arrays([r], ["_0"]) for r in results)
        arrays = (_enforce(c, call.return_type, settings) for c in columns)
        yield from _as_many(arrays, counted, given)

    return run


class _Counted:
    """Batches, and how many rows of them were taken."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self.row_count = 0

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._batches:
            self.row_count += batch.num_rows
            yield batch


def _as_many(
    arrays: Iterable[pa.Array], counted: _Counted, given: Iterator[Any]
) -> Iterator[pa.Array]:
    """The arrays, which must have together the rows that were taken, all of them."""
    row_count = 0
    for array in arrays:
        row_count += len(array)
        if row_count > counted.row_count:
            raise PySparkRuntimeError(
                errorClass="OUTPUT_EXCEEDS_INPUT_ROWS", messageParameters={}
            )
        yield array
    _check_length(row_count, counted.row_count)
    if next(given, None) is not None:
        raise PySparkRuntimeError(
            errorClass="INPUT_NOT_FULLY_CONSUMED", messageParameters={}
        )


def iterate(result: Any, expected: str, element: type) -> Iterator[Any]:
    """The elements of what a function gave, each of the type it must have."""
    if not isinstance(result, Iterator):
        raise _wrong_type(expected, type(result).__name__)
    for part in result:
        if not isinstance(part, element):
            raise _wrong_type(expected, f"iterator of {type(part).__name__}")
        yield part


# --- conversions --------------------------------------------------------------


def to_pandas(batch: pa.RecordBatch, settings: PythonSettings) -> list[Any]:
    """The columns as a function is given them; a struct is a DataFrame."""
    series: list[Any] = ArrowBatchTransformer.to_pandas(
        zoned(batch, settings.time_zone),
        timezone=settings.time_zone,
        struct_in_pandas="dict",
        ndarray_as_list=False,
        prefer_int_ext_dtype=settings.prefers_int_extension,
        df_for_struct=True,
    )
    return series


def pandas_to_arrow(
    result: Any, return_type: ClientType, settings: PythonSettings
) -> pa.Array:
    """What a function gave, as one Arrow array."""
    schema = ClientStructType([ClientField("_0", return_type)])
    batch = PandasToArrowConversion.convert(
        [result],
        schema,
        timezone=settings.time_zone,
        safecheck=settings.converts_safely,
        arrow_cast=True,
        assign_cols_by_name=settings.assigns_by_name,
        int_to_decimal_coercion_enabled=settings.takes_int_for_decimal,
    )
    return batch.column(0)


def zoned(batch: pa.RecordBatch, time_zone: str) -> pa.RecordBatch:
    """The batch with its timestamps shown in the session's zone."""
    fields = [
        field.with_type(_zoned_type(field.type, time_zone)) for field in batch.schema
    ]
    schema = pa.schema(fields)
    return batch if schema == batch.schema else batch.cast(schema)


def _zoned_type(arrow_type: pa.DataType, time_zone: str) -> pa.DataType:
    def inner(field: pa.Field) -> pa.Field:
        return field.with_type(_zoned_type(field.type, time_zone))

    if pa.types.is_timestamp(arrow_type):
        return pa.timestamp("us", time_zone) if arrow_type.tz else arrow_type
    if pa.types.is_map(arrow_type):
        return pa.map_(inner(arrow_type.key_field), inner(arrow_type.item_field))
    if pa.types.is_list(arrow_type):
        return pa.list_(inner(arrow_type.value_field))
    if pa.types.is_struct(arrow_type):
        return pa.struct([inner(field) for field in arrow_type])
    return arrow_type


def _series(
    call: UserCall, batch: pa.RecordBatch, settings: PythonSettings
) -> list[Any]:
    if not call.columns:
        return []
    return to_pandas(batch.select(call.columns), settings)


def _one(arguments: list[Any]) -> Any:
    return arguments[0] if len(arguments) == 1 else tuple(arguments)


def _enforce(
    batch: pa.RecordBatch, return_type: ClientType, settings: PythonSettings
) -> pa.Array:
    arrow_type = to_arrow_type(return_type, timezone="UTC")
    schema = pa.schema([pa.field("_0", arrow_type)])
    try:
        enforced = ArrowBatchTransformer.enforce_schema(batch, schema)
    except PySparkTypeError as error:
        mismatch = f"column '_0' (expected {arrow_type}, actual {batch.column(0).type})"
        raise PySparkRuntimeError(
            errorClass="RESULT_COLUMN_TYPES_MISMATCH",
            messageParameters={"mismatch": mismatch},
        ) from error
    return enforced.column(0)


def _check_length(length: int, expected: int) -> None:
    if length != expected:
        raise PySparkRuntimeError(
            errorClass="RESULT_ROWS_MISMATCH",
            messageParameters={
                "output_length": str(length),
                "input_length": str(expected),
            },
        )


def _wrong_type(expected: str, actual: str) -> PySparkTypeError:
    return PySparkTypeError(
        errorClass="UDF_RETURN_TYPE",
        messageParameters={"expected": expected, "actual": actual},
    )
