"""ORC: a table as the bytes of one file, as Spark writes them.

A TIMESTAMP is the time on the wall of the machine's zone, as Spark writes it with the
zone of its process; a reader in another zone reads another instant, there as here.
"""

from __future__ import annotations

import pyarrow as pa

from unbounded.conf import local_time_zone
from unbounded.types import StructType, TimestampType

__all__ = ["write_orc"]


def write_orc(table: pa.Table, schema: StructType, codec: str) -> pa.Buffer:
    """The file that holds the rows.

    Args:
        codec: as Arrow calls it: uncompressed, snappy, zlib, lz4, zstd.
    """
    # Loaded by those alone who write ORC.
    from pyarrow import orc

    zone = local_time_zone()
    columns = [
        _on_the_wall(column, zone) if isinstance(f.data_type, TimestampType) else column
        for column, f in zip(table.columns, schema.fields, strict=True)
    ]
    sink = pa.BufferOutputStream()
    plain = pa.table(columns, names=table.column_names)
    orc.write_table(plain, sink, compression=codec)
    return sink.getvalue()


def _on_the_wall(column: pa.ChunkedArray, zone: str) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.local_timestamp(column.cast(pa.timestamp("us", zone)))
