"""Source names: by what a query's sources are known in its checkpoint.

By their position in the plan, so that their number and order must stay; or by the
names the user gave with `spark.readStream.name`, so that sources may be added, left
out and change places. Which of the two, the first batch of a checkpoint settles:
`spark.sql.streaming.queryEvolution.enableSourceEvolution` asks for names.

A source that is left out keeps its place in the offsets: taken in again under its
name, it goes on from there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from unbounded.checkpoint import OffsetSeq
from unbounded.errors import AnalysisError, CheckpointError
from unbounded.plan.relations import Relation, SourceScan
from unbounded.runtime.stream_inputs import stream_inputs
from unbounded.sources import is_offset_of

__all__ = [
    "SOURCE_EVOLUTION",
    "SourceNames",
    "check_offsets",
    "check_source_names",
    "source_names",
]

SOURCE_EVOLUTION = "spark.sql.streaming.queryEvolution.enableSourceEvolution"

_NAME = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class SourceNames:
    """The sources of one run.

    Args:
        count: how many there are.
        names: of each, in the order of the plan; none where they go by position.
        left_out: the offsets of those that the checkpoint knows besides.
    """

    count: int
    names: tuple[str, ...]
    left_out: Mapping[str, str | None]

    def folder(self, index: int) -> str:
        """The folder of a source's log, below the checkpoint."""
        return f"sources/{self.names[index] if self.names else index}"

    def in_plan_order(self, offsets: OffsetSeq) -> OffsetSeq:
        """A batch's offsets as the sources stand in this run's plan."""
        if not self.names:
            return offsets
        known = dict(zip(offsets.names, offsets.offsets, strict=True))
        return replace(offsets, offsets=tuple(map(known.get, self.names)), names=())

    def recorded(self, offsets: OffsetSeq) -> OffsetSeq:
        """A batch's offsets as the checkpoint keeps them."""
        if not self.names:
            return offsets
        return replace(
            offsets,
            offsets=(*offsets.offsets, *self.left_out.values()),
            names=(*self.names, *self.left_out),
        )


def check_offsets(
    scans: Sequence[SourceScan], offsets: OffsetSeq, checkpoint: str
) -> None:
    """Refuse a source in the place of one of another kind.

    Args:
        offsets: in the order of the plan.

    Raises:
        CheckpointError: an offset can't be one of the source that stands there.
    """
    for index, (scan, offset) in enumerate(zip(scans, offsets.offsets, strict=True)):
        if offset is not None and not is_offset_of(scan.source.format, offset):
            raise CheckpointError(
                "STREAMING_SOURCE_KIND_MISMATCH",
                checkpointLocation=checkpoint,
                source=scan.source.source_name or index,
                format=scan.source.format,
                offset=offset,
            )


def check_source_names(plan: Relation) -> None:
    """Refuse a plan whose sources can't go by names.

    Raises:
        AnalysisError: a source has no name, a wrong one, or another's.
    """
    _names_of([stream.scan for stream in stream_inputs(plan)])


def _names_of(scans: Sequence[SourceScan]) -> tuple[str, ...]:
    """The names of sources, each of its own.

    Raises:
        AnalysisError: as `check_source_names`.
    """
    names = [scan.source.source_name for scan in scans]
    nameless = [s.source.format for s in scans if not s.source.source_name]
    if nameless:
        raise AnalysisError(
            "STREAMING_QUERY_EVOLUTION_ERROR.UNNAMED_STREAMING_SOURCES_WITH_ENFORCEMENT",
            sourceInfo=", ".join(nameless),
        )
    for name in names:
        if not _NAME.fullmatch(name):
            raise AnalysisError(
                "STREAMING_QUERY_EVOLUTION_ERROR.INVALID_SOURCE_NAME", sourceName=name
            )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise AnalysisError(
            "STREAMING_QUERY_EVOLUTION_ERROR.DUPLICATE_SOURCE_NAMES",
            names=", ".join(f"'{name}'" for name in twice),
        )
    return tuple(names)


def source_names(
    scans: Sequence[SourceScan], known: OffsetSeq | None, asks: bool, checkpoint: str
) -> SourceNames:
    """How the sources of a run are known in its checkpoint.

    Args:
        known: the newest batch of the checkpoint, if it has one.
        asks: whether the session asks for names.

    Raises:
        AnalysisError: the checkpoint goes by positions, or names are missing.
        CheckpointError: it goes by positions, and the number is another.
    """
    if known is None:
        return SourceNames(len(scans), _names_of(scans) if asks else (), {})
    if not known.names:
        if asks:
            raise AnalysisError(
                "STREAMING_QUERY_EVOLUTION_ERROR.CANNOT_ENABLE_ON_EXISTING_CHECKPOINT",
                existingVersion=1,
            )
        if len(scans) != len(known.offsets):
            raise CheckpointError(
                "STREAMING_SOURCE_COUNT_MISMATCH",
                checkpointLocation=checkpoint,
                stored=len(known.offsets),
                found=len(scans),
            )
        return SourceNames(len(scans), (), {})
    names = _names_of(scans)
    pairs = zip(known.names, known.offsets, strict=True)
    left_out = {name: offset for name, offset in pairs if name not in names}
    return SourceNames(len(scans), names, left_out)
