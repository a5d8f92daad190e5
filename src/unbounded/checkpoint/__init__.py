"""Checkpoint: the logs by which a query survives its process."""

from unbounded.checkpoint.commit_log import CommitLog, CommitMetadata
from unbounded.checkpoint.compactible_log import CompactibleLog
from unbounded.checkpoint.metadata_log import MetadataLog, parse_versioned
from unbounded.checkpoint.offset_log import PINNED_CONFS, OffsetLog, OffsetSeq
from unbounded.checkpoint.query_metadata import QueryMetadata
from unbounded.checkpoint.restart import Restart, plan_restart, read_restart
from unbounded.checkpoint.uri import from_uri, to_uri

__all__ = [
    "PINNED_CONFS",
    "CommitLog",
    "CommitMetadata",
    "CompactibleLog",
    "MetadataLog",
    "OffsetLog",
    "OffsetSeq",
    "QueryMetadata",
    "Restart",
    "from_uri",
    "parse_versioned",
    "plan_restart",
    "read_restart",
    "to_uri",
]
