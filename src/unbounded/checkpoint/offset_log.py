"""Offset log: what each batch reads, written before the batch runs.

Spark's `OffsetSeqLog`, a write-ahead log. A batch that is in it and not in the
commit log is run again, from the same offsets, with the same watermark, time
and settings.

On disk:       `offsets/7`, lines joined by a line feed, none at the end

    v1
    {"batchWatermarkMs":0,"batchTimestampMs":1767225600000,"conf":{...}}
    {"logOffset":7}         the end of source 0 in its own JSON; `-` if it has none
    -                       source 1 has given nothing yet

    v2                      where sources go by names, which begin their lines
    {"batchWatermarkMs":0,…}
    clicks:{"logOffset":7}
    orders:-

Invariants:
    - `conf` holds every key of `PINNED_CONFS`, so that Spark can go on: it takes
      the state's format from there, and an old default for what is missing
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from unbounded.checkpoint.batch_log import BatchLog
from unbounded.checkpoint.metadata_log import MetadataLog, damaged, parse_versioned
from unbounded.files import Files

__all__ = ["PINNED_CONFS", "OffsetLog", "OffsetSeq"]

_PROVIDERS = "org.apache.spark.sql.execution.streaming.state"

# Spark 4.3's `OffsetSeqMetadata.relevantSQLConfs`, in the order it writes them.
PINNED_CONFS: Mapping[str, str] = MappingProxyType(
    {
        "spark.sql.streaming.stateStore.providerClass": (
            f"{_PROVIDERS}.HDFSBackedStateStoreProvider"
        ),
        "spark.sql.dropDuplicates.deterministicKeyOrder.enabled": "true",
        "spark.sql.streaming.stateStore.rocksdb.mergeOperatorVersion": "2",
        "spark.sql.streaming.stateStore.rocksdb.formatVersion": "5",
        "spark.sql.streaming.queryEvolution.enableSourceEvolution": "false",
        "spark.sql.streaming.stateStore.encodingFormat": "unsaferow",
        "spark.sql.streaming.statefulOperator.useStrictDistribution": "true",
        "spark.sql.streaming.flatMapGroupsWithState.stateFormatVersion": "2",
        "spark.sql.streaming.multipleWatermarkPolicy": "min",
        "spark.sql.streaming.stateStore.rowChecksum.enabled": "false",
        "spark.sql.streaming.statefulOperator.alwaysNullableOutput.enabled": "true",
        "spark.sql.streaming.aggregation.stateFormatVersion": "2",
        "spark.sql.function.protobufExtensions.enabled": "false",
        "spark.sql.shuffle.partitions": "200",
        "spark.sql.streaming.join.stateFormatVersion": "2",
        "spark.sql.streaming.stateStore.compression.codec": "lz4",
        "spark.sql.optimizer.pruneFiltersCanPruneStreamingSubplan": "false",
    }
)

_NO_OFFSET = "-"


@dataclass(frozen=True, slots=True)
class OffsetSeq:
    """Where each source stands at the end of a batch, and what the batch saw.

    Args:
        offsets: by position of the source in the plan; None: nothing yet.
        batch_watermark_ms: the watermark the batch runs with.
        batch_timestamp_ms: the batch's `current_timestamp`.
        conf: the settings the batch is pinned to.
        names: of the sources, in the order of `offsets`; none where the plan's order
            tells them apart.
    """

    offsets: tuple[str | None, ...]
    batch_watermark_ms: int = 0
    batch_timestamp_ms: int = 0
    conf: Mapping[str, str] = field(default_factory=lambda: PINNED_CONFS)
    names: tuple[str, ...] = ()


class OffsetLog(BatchLog[OffsetSeq]):
    """`OffsetSeq` by batch id; a batch is added before anything of it is run."""

    def __init__(self, files: Files, folder: str, purge_count_min: int = 10) -> None:
        log = MetadataLog(files, folder, purge_count_min)
        super().__init__(log, to_text, from_text)


def to_text(offsets: OffsetSeq) -> str:
    """The file of one batch, byte for byte as Spark writes it."""
    metadata = {
        "batchWatermarkMs": offsets.batch_watermark_ms,
        "batchTimestampMs": offsets.batch_timestamp_ms,
        "conf": dict(offsets.conf),
    }
    lines = [_NO_OFFSET if offset is None else offset for offset in offsets.offsets]
    assert not any("\n" in line for line in lines), "an offset is one line"
    if not offsets.names:
        return "\n".join(["v1", compact_json(metadata), *lines])
    named = map(":".join, zip(offsets.names, lines, strict=True))
    return "\n".join(["v2", compact_json(metadata), *named])


def from_text(text: str, path: str) -> OffsetSeq:
    """Read one batch's file, ours or Spark's."""
    lines = parse_versioned(text, path, supported=2)
    if not lines:
        raise damaged(path, "its line of metadata is missing")
    names: tuple[str, ...] = ()
    if text.startswith("v2\n"):
        names, lines[1:] = _named(lines[1:], path)
    try:
        metadata = json.loads(lines[0])
        return OffsetSeq(
            offsets=tuple(None if line == _NO_OFFSET else line for line in lines[1:]),
            batch_watermark_ms=int(metadata["batchWatermarkMs"]),
            batch_timestamp_ms=int(metadata["batchTimestampMs"]),
            conf={str(key): str(value) for key, value in metadata["conf"].items()},
            names=names,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(path, "its line of metadata can't be read") from error


def _named(lines: list[str], path: str) -> tuple[tuple[str, ...], list[str]]:
    """The sources' names, and their offsets."""
    pairs = [line.partition(":") for line in lines]
    if not all(name and colon for name, colon, _ in pairs):
        raise damaged(path, "a line has no source's name")
    return tuple(name for name, _, _ in pairs), [offset for _, _, offset in pairs]


def compact_json(value: object) -> str:
    """JSON as Spark writes it: no spaces, keys as given, letters as they are."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
