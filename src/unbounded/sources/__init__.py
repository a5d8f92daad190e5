"""Sources: where rows come from, as streams and as tables."""

from unbounded.sources.file_log import FileStreamSourceLog, log_id_of
from unbounded.sources.json import ReadCare
from unbounded.sources.memory import MemoryBuffer, MemoryStreamSource
from unbounded.sources.offset_shapes import is_offset_of
from unbounded.sources.registry import (
    infer_schema,
    list_files,
    located,
    open_source,
    read_relation,
    read_sql,
)
from unbounded.sources.source import (
    REREAD_CONDITIONS,
    Offset,
    ReportsSourceMetrics,
    Source,
    SourceRelation,
)
from unbounded.sources.state_formats import STATE_FORMATS
from unbounded.sources.stream_formats import STREAM_FORMATS, StreamServices

__all__ = [
    "REREAD_CONDITIONS",
    "STATE_FORMATS",
    "FileStreamSourceLog",
    "STREAM_FORMATS",
    "MemoryBuffer",
    "MemoryStreamSource",
    "Offset",
    "ReadCare",
    "ReportsSourceMetrics",
    "Source",
    "SourceRelation",
    "StreamServices",
    "infer_schema",
    "is_offset_of",
    "list_files",
    "located",
    "log_id_of",
    "open_source",
    "read_relation",
    "read_sql",
]
