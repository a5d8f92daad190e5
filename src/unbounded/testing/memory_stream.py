"""Memory stream: rows handed to a streaming query by the program itself.

Spark's `MemoryStream`, for PySpark: rows added here are read by queries over
`to_df()`, in this process. They are kept until a query has committed them.

    stream = MemoryStream(spark, "word STRING")
    query = stream.to_df().groupBy("word").count().writeStream...start()
    stream.add_data([("a",), ("b",)])
    query.processAllAvailable()
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from unbounded.errors import UnsupportedError
from unbounded.sources import MemoryBuffer
from unbounded.types import StructType, from_json

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType as ClientStructType

__all__ = ["MemoryStream"]


class MemoryStream:
    """A stream of the rows given to `add_data`.

    Args:
        spark: a session of this process, from `unbounded.connect()`.
        schema: of the rows, as text (`"word STRING, n INT"`) or as a StructType.
    """

    def __init__(self, spark: SparkSession, schema: str | ClientStructType) -> None:
        self._spark = spark
        self._schema = _client_schema(spark, schema)
        ours = from_json(json.loads(self._schema.json()))
        assert isinstance(ours, StructType)
        self._buffer = MemoryBuffer(ours)
        self._id = _shared_state(spark).add_memory_buffer(self._buffer)

    def add_data(self, rows: Iterable[Any] | pa.Table) -> int:
        """Add rows, all in one step; the number of the step, counted from 0.

        Args:
            rows: tuples, dicts, Rows, single values of a stream of one column,
                or an Arrow table whose columns have the schema's names.
        """
        if not isinstance(rows, pa.Table):
            rows = self._table([self._row(row) for row in rows])
        return self._buffer.add(rows)

    def to_df(self) -> DataFrame:
        """The stream as a DataFrame."""
        reader = self._spark.readStream.format("unbounded.memory")
        return reader.option("id", self._id).load()

    def _row(self, value: Any) -> Any:
        if isinstance(value, (tuple, list, dict)) or len(self._schema.fields) > 1:
            return value
        return (value,)

    def _table(self, rows: list[Any]) -> pa.Table:
        from pyspark.sql.conversion import LocalDataToArrowConversion

        return LocalDataToArrowConversion.convert(rows, self._schema, False)


def _client_schema(spark: Any, schema: Any) -> Any:
    return spark._parse_ddl(schema) if isinstance(schema, str) else schema


def _shared_state(spark: Any) -> Any:
    from unbounded.connect.client_changes import channel_of

    channel = channel_of(spark)
    if channel is None:
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature="a memory stream of a remote session",
            advice="Make the session with unbounded.connect().",
        )
    return channel.servicer.shared
