"""Batches: functions of all batches at once, `mapInPandas` and `mapInArrow`.

They may give fewer or more rows than they were given, of columns of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
from pyspark.errors import PySparkRuntimeError
from pyspark.sql.conversion import ArrowBatchTransformer
from pyspark.sql.types import StructType as ClientStructType
from pyspark.util import fail_on_stopiteration

from unbounded.errors import UserFunctionError
from unbounded.plan.python_functions import PythonFunction, PythonSettings
from unbounded.types import StructType, to_arrow
from unbounded.udf.columns import iterate, pandas_to_arrow, to_pandas, zoned
from unbounded.udf.loading import client_type, load_function

__all__ = ["BatchFunction", "map_arrow", "map_pandas"]

BatchFunction = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def map_pandas(function: PythonFunction, settings: PythonSettings) -> BatchFunction:
    """Eval type 205."""
    schema = client_type(function.return_type)
    assert isinstance(schema, ClientStructType)
    run_user = fail_on_stopiteration(load_function(function))

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        given = (_frame(batch, settings) for batch in batches)
        expected = "iterator of pandas.DataFrame"
        for frame in iterate(_iterator(run_user(given)), expected, pd.DataFrame):
            _check_columns(frame, schema.names)
            rows = pandas_to_arrow(frame, schema, settings)
            yield ArrowBatchTransformer.flatten_struct(
                pa.RecordBatch.from_arrays([rows], ["_0"])
            )

    return run


def _frame(batch: pa.RecordBatch, settings: PythonSettings) -> Any:
    rows = ArrowBatchTransformer.wrap_struct(batch)
    return to_pandas(rows, settings)[0]


def _check_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """By name if the frame has names; columns too many are left out."""
    if frame.empty and len(frame.columns) == 0:
        return
    found = list(frame.columns[: len(names)])
    if not any(isinstance(name, str) for name in frame.columns):
        if len(found) != len(names):
            raise PySparkRuntimeError(
                errorClass="RESULT_COLUMN_SCHEMA_MISMATCH",
                messageParameters={
                    "expected": str(len(names)),
                    "actual": str(len(found)),
                },
            )
        return
    missing = sorted(set(names) - set(found))
    extra = sorted(set(found) - set(names))
    if missing or extra:
        raise PySparkRuntimeError(
            errorClass="RESULT_COLUMN_NAMES_MISMATCH",
            messageParameters={
                "missing": f" Missing: {', '.join(missing)}." if missing else "",
                "extra": f" Unexpected: {', '.join(extra)}." if extra else "",
            },
        )


def map_arrow(function: PythonFunction, settings: PythonSettings) -> BatchFunction:
    """Eval type 207."""
    run_user = fail_on_stopiteration(load_function(function))
    assert isinstance(function.return_type, StructType), "a map gives rows"
    wanted = [to_arrow(f.data_type) for f in function.return_type.fields]

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        given = (zoned(batch, settings.time_zone) for batch in batches)
        expected = "iterator of pyarrow.RecordBatch"
        for batch in iterate(_iterator(run_user(given)), expected, pa.RecordBatch):
            _check_types(batch, wanted)
            yield batch

    return run


def _iterator(result: Any) -> Any:
    """Spark takes anything that can be iterated, not an iterator alone."""
    return iter(result) if isinstance(result, Iterable) else result


def _check_types(batch: pa.RecordBatch, wanted: Sequence[pa.DataType]) -> None:
    """Columns count by position, and are not converted."""
    found = [
        zoned_alike(c.type, w) for c, w in zip(batch.columns, wanted, strict=False)
    ]
    if len(batch.columns) < len(wanted) or not all(found):
        raise UserFunctionError(
            "ARROW_TYPE_MISMATCH",
            operation="Input iterator",
            outputTypes=", ".join(map(str, wanted)),
            actualDataTypes=", ".join(str(c.type) for c in batch.columns),
        )


def zoned_alike(actual: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether a column may stand for another: zones and item names do not count."""
    if pa.types.is_timestamp(actual) and pa.types.is_timestamp(wanted):
        return bool(actual.tz) == bool(wanted.tz) and actual.unit == wanted.unit
    if actual.num_fields == 0 or actual.id != wanted.id:
        return bool(actual == wanted)
    if actual.num_fields != wanted.num_fields:
        return False
    pairs = ((actual.field(i), wanted.field(i)) for i in range(actual.num_fields))
    return all(zoned_alike(a.type, w.type) for a, w in pairs)
