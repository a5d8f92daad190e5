"""Sources: where rows come from, as streams and as tables."""

from unbounded.sources.json import ReadCare
from unbounded.sources.memory import MemoryBuffer, MemoryStreamSource
from unbounded.sources.registry import (
    infer_schema,
    located,
    open_source,
    read_sql,
)
from unbounded.sources.source import (
    REREAD_CONDITIONS,
    Offset,
    Source,
    SourceRelation,
)

__all__ = [
    "REREAD_CONDITIONS",
    "MemoryBuffer",
    "MemoryStreamSource",
    "Offset",
    "ReadCare",
    "Source",
    "SourceRelation",
    "infer_schema",
    "located",
    "open_source",
    "read_sql",
]
