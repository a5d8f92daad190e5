"""File formats: how a session's tables become files, for streams and `df.write`."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from unbounded.compiler import datetime_text
from unbounded.conf import SESSION_TIME_ZONE, RuntimeConf
from unbounded.engine import Cursor
from unbounded.session.shared_state import SharedState
from unbounded.sinks import FileFormat
from unbounded.sinks.text_rendering import ROWS
from unbounded.types import StructType

__all__ = ["FileFormats"]


class FileFormats:
    """Makes writers of files under a session's settings."""

    def __init__(self, shared: SharedState, conf: RuntimeConf) -> None:
        self._shared = shared
        self._conf = conf

    def of(
        self, name: str, schema: StructType, options: Mapping[str, str]
    ) -> FileFormat:
        """How tables of `schema` are written.

        Raises:
            AnalysisError: no such format, or it can't hold a column.
        """
        if name.lower() in ("orc", "parquet"):
            codec = self._conf.get(f"spark.sql.{name.lower()}.compression.codec")
            options = {"compression": codec, **options}
        rows_max = self._conf.get("spark.sql.files.maxRecordsPerFile")
        options = {"maxrecordsperfile": rows_max, **options}
        time_zone = self._conf.get(SESSION_TIME_ZONE)
        run_over = _Statements(self._shared)
        return FileFormat(
            name.lower(), schema, options, time_zone, run_over, datetime_text
        )


class _Statements:
    """Runs statements over a table, all on one cursor, opened when first needed.

    Used by one thread at a time: the query's that owns the sink.
    """

    def __init__(self, shared: SharedState) -> None:
        self._shared = shared
        self._cursor: Cursor | None = None

    def __call__(self, sql: str, table: pa.Table) -> pa.Table:
        if self._cursor is None:
            self._cursor = self._shared.cursor("UTC")
        self._cursor.register(ROWS, table)
        try:
            return self._cursor.query(sql)
        finally:
            self._cursor.unregister(ROWS)
