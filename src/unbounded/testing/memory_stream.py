"""Memory stream: rows handed to a streaming query by the program itself.

Spark's `MemoryStream`, for PySpark: rows added here are read by queries over
`to_df()`, in this process. They are kept until a query has committed them.

    stream = MemoryStream(spark, "word STRING")
    query = stream.to_df().groupBy("word").count().writeStream...start()
    stream.add_data([("a",), ("b",)])
    query.processAllAvailable()
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

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
        self._kinds = {field.name: field.dataType for field in self._schema.fields}
        ours = from_json(json.loads(self._schema.json()))
        assert isinstance(ours, StructType)
        self._buffer = MemoryBuffer(ours)
        self._id = _shared_state(spark).add_memory_buffer(self._buffer)

    def add_data(self, rows: Iterable[Any] | pa.Table) -> int:
        """Add rows, all in one step; the number of the step, counted from 0.

        Args:
            rows: tuples, dicts, Rows, single values of a stream of one column,
                or an Arrow table whose columns have the schema's names. A date or
                time may be a text, `"2026-01-01 10:00"`, in the session's zone.
        """
        if not isinstance(rows, pa.Table):
            rows = self._table([self._row(row) for row in rows])
        return self._buffer.add(rows)

    def add(self, *rows: Any) -> int:
        """Add rows, all in one step: `add(("a", 1), ("b", 2))`; see `add_data`."""
        return self.add_data(rows)

    def close(self) -> None:
        """Let go of the rows; a query that still reads the stream fails."""
        _shared_state(self._spark).remove_memory_buffer(self._id)

    def to_df(self) -> DataFrame:
        """The stream as a DataFrame."""
        reader = self._spark.readStream.format("unbounded.memory")
        return reader.option("id", self._id).load()

    def _row(self, value: Any) -> Any:
        fields = self._schema.fields
        if isinstance(value, dict):
            return {n: self._value(v, self._kinds.get(n)) for n, v in value.items()}
        if not isinstance(value, tuple | list):
            value = (value,)
        kinds = [field.dataType for field in fields]
        if len(kinds) != len(value):
            return value
        return tuple(map(self._value, value, kinds))

    def _value(self, value: Any, kind: Any) -> Any:
        """Times as the client takes them; a text is one in the session's zone."""
        if not isinstance(value, str) or kind is None:
            return value
        name = kind.typeName()
        if name == "date":
            return datetime.date.fromisoformat(value)
        if name not in ("timestamp", "timestamp_ntz"):
            return value
        moment = datetime.datetime.fromisoformat(value)
        if name == "timestamp" and moment.tzinfo is None:
            zone = ZoneInfo(str(self._spark.conf.get("spark.sql.session.timeZone")))
            return moment.replace(tzinfo=zone)
        return moment

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
