"""Results: tables as the client reads them.

Each message holds one Arrow stream of one record batch, its `row_count` that
batch's rows: the client counts. An empty table is one batch of no rows.
Timestamps get the session's time zone, which changes their type, not their value.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql.connect.proto import base_pb2

from unbounded.connect import data_types
from unbounded.connect.execute import Operation
from unbounded.types import StructType

__all__ = ["arrow_stream", "in_time_zone", "send_table"]

# Well below the 128 MiB a gRPC client takes in one message.
_BATCH_BYTES_MAX = 16 * 1024 * 1024


def send_table(
    operation: Operation, schema: StructType, table: pa.Table, time_zone: str
) -> None:
    """Send a query's schema and rows."""
    start = 0
    fields = {"schema": data_types.to_proto(schema)}
    for batch in _batches(in_time_zone(table, time_zone)):
        arrow_batch = base_pb2.ExecutePlanResponse.ArrowBatch(
            row_count=batch.num_rows, data=arrow_stream(batch), start_offset=start
        )
        operation.send(arrow_batch=arrow_batch, **fields)
        start += batch.num_rows
        fields = {}


def in_time_zone(table: pa.Table, time_zone: str) -> pa.Table:
    """`table` with its timestamps shown in `time_zone`, nested ones too."""
    fields = [field.with_type(_zoned(field.type, time_zone)) for field in table.schema]
    schema = pa.schema(fields)
    return table if schema == table.schema else table.cast(schema)


def arrow_stream(batch: pa.RecordBatch) -> bytes:
    """One record batch as an Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def _batches(table: pa.Table) -> Iterator[pa.RecordBatch]:
    if table.num_rows == 0:
        columns = [pa.array([], field.type) for field in table.schema]
        yield pa.RecordBatch.from_arrays(columns, schema=table.schema)
        return
    count = -(-table.nbytes // _BATCH_BYTES_MAX) or 1
    rows = -(-table.num_rows // count)
    for start in range(0, table.num_rows, rows):
        part = table.slice(start, rows).combine_chunks()
        yield from part.to_batches()


def _zoned(arrow_type: pa.DataType, time_zone: str) -> pa.DataType:
    if pa.types.is_timestamp(arrow_type):
        return pa.timestamp("us", time_zone) if arrow_type.tz else arrow_type
    if pa.types.is_map(arrow_type):
        key = _zoned(arrow_type.key_type, time_zone)
        item = arrow_type.item_field
        return pa.map_(key, item.with_type(_zoned(item.type, time_zone)))
    if pa.types.is_list(arrow_type):
        item = arrow_type.value_field
        return pa.list_(item.with_type(_zoned(item.type, time_zone)))
    if pa.types.is_struct(arrow_type):
        return pa.struct([f.with_type(_zoned(f.type, time_zone)) for f in arrow_type])
    return arrow_type
