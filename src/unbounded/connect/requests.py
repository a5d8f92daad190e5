"""Requests: what arrives, before its meaning: compressed plans and uploads."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from pyspark.sql.connect.proto import base_pb2, commands_pb2, relations_pb2

from unbounded.connect.conversion import refuse, variant_of
from unbounded.errors import AnalysisError

__all__ = ["Artifact", "is_reattachable", "operation_of", "read_artifacts"]

Artifact = tuple[str, bytes, bool]
"""Name, contents, and whether every checksum was right."""


def operation_of(plan: Any) -> tuple[str, Any]:
    """A plan's `root` or `command` by name, unpacked if it came compressed.

    Raises:
        AnalysisError: the compressed text is not a plan.
    """
    kind = variant_of(plan, "op_type")
    if kind in ("root", "command"):
        return kind, getattr(plan, kind)
    if kind == "compressed_operation":
        return _decompressed(plan.compressed_operation)
    raise refuse("plan", kind, "The client sent an empty plan.")


def _decompressed(message: Any) -> tuple[str, Any]:
    import zstandard
    from google.protobuf.message import DecodeError

    is_relation = message.op_type == message.OP_TYPE_RELATION
    target: Any = relations_pb2.Relation() if is_relation else commands_pb2.Command()
    try:
        target.ParseFromString(zstandard.decompress(message.data))
    except (zstandard.ZstdError, DecodeError) as error:
        raise AnalysisError("CONNECT_INVALID_PLAN.CANNOT_PARSE") from error
    return ("root" if is_relation else "command"), target


def is_reattachable(request: base_pb2.ExecutePlanRequest) -> bool:
    """Whether the client will release the operation itself."""
    return any(
        option.reattach_options.reattachable for option in request.request_options
    )


def read_artifacts(requests: Iterable[Any]) -> Iterator[Artifact]:
    """The uploaded files of a stream of requests, put together."""
    name = ""
    chunks: list[Any] = []
    missing = 0
    for request in requests:
        kind = variant_of(request, "payload")
        if kind == "batch":
            for artifact in request.batch.artifacts:
                yield _artifact(artifact.name, [artifact.data])
            continue
        if kind == "begin_chunk":
            begin = request.begin_chunk
            name, missing, chunks = begin.name, begin.num_chunks, []
            chunks.append(begin.initial_chunk)
        else:
            chunks.append(request.chunk)
        if len(chunks) == missing:
            yield _artifact(name, chunks)


def _artifact(name: str, chunks: list[Any]) -> Artifact:
    data = b"".join(chunk.data for chunk in chunks)
    is_whole = all(zlib.crc32(chunk.data) == chunk.crc for chunk in chunks)
    return name, data, is_whole
