"""Analyze: questions about a plan that run nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pyspark.sql.connect.proto import base_pb2

from unbounded.connect import data_types
from unbounded.connect.conversion import Context, refuse, variant_of
from unbounded.connect.relations import convert_relation
from unbounded.connect.requests import operation_of
from unbounded.connect.session_holder import SessionHolder
from unbounded.parser import parse_data_type, parse_schema
from unbounded.plan.relations import Relation
from unbounded.session import ddl_of

__all__ = ["QUESTIONS", "answer_analyze"]

SPARK_VERSION = "4.2.0"

Response = base_pb2.AnalyzePlanResponse


def answer_analyze(request: Any, holder: SessionHolder, response: Response) -> None:
    """Put the answer to one question into `response`."""
    kind = variant_of(request, "analyze")
    answer = QUESTIONS.get(kind)
    if answer is None:
        raise refuse("analysis", kind, "Use a client of Spark 4.2.")
    answer(getattr(request, kind), holder, response)


def _plan(message: Any, holder: SessionHolder) -> Relation:
    _, relation = operation_of(message)
    return convert_relation(relation, Context(holder))


def _schema(message: Any, holder: SessionHolder, response: Response) -> None:
    schema = holder.session.schema(_plan(message.plan, holder))
    response.schema.schema.CopyFrom(data_types.to_proto(schema))


def _explain(message: Any, holder: SessionHolder, response: Response) -> None:
    mode = message.explain_mode
    is_extended = mode == message.EXPLAIN_MODE_EXTENDED
    plan = _plan(message.plan, holder)
    response.explain.explain_string = holder.session.explain(plan, is_extended)


def _tree_string(message: Any, holder: SessionHolder, response: Response) -> None:
    schema = holder.session.schema(_plan(message.plan, holder))
    struct = _client_type(schema)
    level = message.level if message.HasField("level") else None
    response.tree_string.tree_string = struct.treeString(level)


def _client_type(schema: Any) -> Any:
    from pyspark.sql.types import StructType

    return StructType.fromJson(json.loads(schema.json))


def _is_local(message: Any, holder: SessionHolder, response: Response) -> None:
    plan = _plan(message.plan, holder)
    response.is_local.is_local = holder.session.is_local(plan)


def _is_streaming(message: Any, holder: SessionHolder, response: Response) -> None:
    plan = _plan(message.plan, holder)
    response.is_streaming.is_streaming = holder.session.is_streaming(plan)


def _input_files(message: Any, holder: SessionHolder, response: Response) -> None:
    plan = _plan(message.plan, holder)
    response.input_files.files.extend(holder.session.input_files(plan))


def _spark_version(message: Any, holder: SessionHolder, response: Response) -> None:
    response.spark_version.version = SPARK_VERSION


def _ddl_parse(message: Any, holder: SessionHolder, response: Response) -> None:
    text = message.ddl_string
    data_type = parse_data_type(text)
    response.ddl_parse.parsed.CopyFrom(data_types.to_proto(data_type))


def _json_to_ddl(message: Any, holder: SessionHolder, response: Response) -> None:
    response.json_to_ddl.ddl_string = ddl_of(parse_schema(message.json_string))


def _same_semantics(message: Any, holder: SessionHolder, response: Response) -> None:
    left, right = (
        _plan(plan, holder) for plan in (message.target_plan, message.other_plan)
    )
    response.same_semantics.result = holder.session.is_same(left, right)


def _semantic_hash(message: Any, holder: SessionHolder, response: Response) -> None:
    plan = holder.session.analyze(_plan(message.plan, holder))
    # Of the plan's text, so that equal plans have equal hashes in every process.
    response.semantic_hash.result = _hash_text(repr(plan))


def _hash_text(text: str) -> int:
    import zlib

    return zlib.crc32(text.encode()) - (1 << 31)


def _persist(message: Any, holder: SessionHolder, response: Response) -> None:
    plan = convert_relation(message.relation, Context(holder))
    holder.session.persist(plan)
    response.persist.SetInParent()


def _unpersist(message: Any, holder: SessionHolder, response: Response) -> None:
    plan = convert_relation(message.relation, Context(holder))
    holder.session.unpersist(plan)
    response.unpersist.SetInParent()


def _get_storage_level(message: Any, holder: SessionHolder, response: Response) -> None:
    plan = convert_relation(message.relation, Context(holder))
    level = response.get_storage_level.storage_level
    is_persisted = holder.session.is_persisted(plan)
    level.use_disk = level.use_memory = level.deserialized = is_persisted
    level.replication = 1


QUESTIONS: dict[str, Callable[[Any, SessionHolder, Response], None]] = {
    "schema": _schema,
    "explain": _explain,
    "tree_string": _tree_string,
    "is_local": _is_local,
    "is_streaming": _is_streaming,
    "input_files": _input_files,
    "spark_version": _spark_version,
    "ddl_parse": _ddl_parse,
    "json_to_ddl": _json_to_ddl,
    "same_semantics": _same_semantics,
    "semantic_hash": _semantic_hash,
    "persist": _persist,
    "unpersist": _unpersist,
    "get_storage_level": _get_storage_level,
}
