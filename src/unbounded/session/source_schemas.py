"""Source schemas: the columns of a source that is only named so far."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from unbounded.conf import SESSION_TIME_ZONE, RuntimeConf
from unbounded.errors import AnalysisError, IllegalArgumentError, UnsupportedError
from unbounded.plan.relations import UnresolvedDataSource
from unbounded.session.shared_state import MEMORY_STREAM, SharedState
from unbounded.sources import STATE_FORMATS, STREAM_FORMATS, infer_schema
from unbounded.sources.file_metadata import metadata_field
from unbounded.types import ArrayType, DataType, MapType, StructType

__all__ = ["SourceSchemas"]

_INFERS_PARTITION_TYPES = "spark.sql.sources.partitionColumnTypeInference.enabled"
_FIXED_SCHEMA_FORMATS = frozenset({"text", "binaryfile"})


class SourceSchemas:
    """What columns the sources of a session's plans have."""

    def __init__(self, shared: SharedState, conf: RuntimeConf) -> None:
        self._shared = shared
        self._conf = conf

    def of(self, source: UnresolvedDataSource) -> StructType:
        """The user's columns, or those found by looking.

        Raises:
            AnalysisError: there is no such format or path, or nothing to look at.
            IllegalArgumentError: a stream of files without a schema.
        """
        name = source.format.lower()
        if name == MEMORY_STREAM:
            if not source.is_streaming:
                raise AnalysisError("DATA_SOURCE_NOT_FOUND", provider=name, known="")
            return self._shared.memory_buffer(source.options).schema
        if name in STREAM_FORMATS:
            return _stream_schema(name, source)
        if name in STATE_FORMATS:
            return self._state_schema(name, source)
        if source.is_streaming and source.schema is None:
            self._check_inference(name)
        found = infer_schema(
            name,
            source.options,
            source.paths,
            self._query,
            schema=source.schema,
            files=self._shared.files,
            clock=self._shared.clock,
            time_zone=self._conf.get(SESSION_TIME_ZONE),
            infers_partition_types=self._conf.get(_INFERS_PARTITION_TYPES) == "true",
        )
        _check_names(found)
        # What lies in a file is never promised to be there.
        columns = _nullable_struct(found)
        metadata = metadata_field(name)
        if any(column.lower() == metadata.name for column in columns.names):
            return columns
        return StructType((*columns.fields, metadata))

    def _state_schema(self, name: str, source: UnresolvedDataSource) -> StructType:
        state = STATE_FORMATS[name]
        if source.is_streaming:
            raise UnsupportedError(
                "_LEGACY_ERROR_TEMP_2049", className=name, operator="reading"
            )
        if source.schema is not None:
            raise UnsupportedError("_LEGACY_ERROR_TEMP_2242", provider=state.provider)
        found = state.schema(source.options, source.paths, self._shared.files)
        return _nullable_struct(found)

    def _check_inference(self, name: str) -> None:
        is_allowed = self._conf.get("spark.sql.streaming.schemaInference") == "true"
        if not is_allowed and name not in _FIXED_SCHEMA_FORMATS:
            raise IllegalArgumentError("_LEGACY_ERROR_TEMP_2048", format=name)

    def _query(self, sql: str) -> pa.Table:
        cursor = self._shared.cursor(self._conf.get(SESSION_TIME_ZONE))
        try:
            return cursor.query(sql)
        finally:
            cursor.close()


def _stream_schema(name: str, source: UnresolvedDataSource) -> StructType:
    if not source.is_streaming:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1135", className=name)
    if source.schema is not None:
        raise UnsupportedError("_LEGACY_ERROR_TEMP_2242", provider=name)
    return STREAM_FORMATS[name].schema(source.options)


def _check_names(schema: StructType) -> None:
    names = [name.lower() for name in schema.names]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise AnalysisError("COLUMN_ALREADY_EXISTS", columnName=f"`{twice}`")


def _nullable_struct(schema: StructType) -> StructType:
    return StructType(
        tuple(
            replace(field, data_type=_nullable(field.data_type), nullable=True)
            for field in schema.fields
        )
    )


def _nullable(data_type: DataType) -> DataType:
    match data_type:
        case StructType():
            return _nullable_struct(data_type)
        case ArrayType(element, _):
            return ArrayType(_nullable(element), True)
        case MapType(key, value, _):
            return MapType(_nullable(key), _nullable(value), True)
    return data_type
