"""Foreach: the user's functions of `foreachBatch` and `foreach`, as sinks run them.

A function runs in the query's thread, with the client's session active there.
Its error becomes a `UserFunctionError` that holds the user's own traceback.
"""

from __future__ import annotations

import json
import pickle
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from unbounded.connect import client
from unbounded.connect.call import Call
from unbounded.connect.results import in_time_zone
from unbounded.errors import IllegalArgumentError, UserFunctionError
from unbounded.plan.relations import LocalRelation
from unbounded.session import Session
from unbounded.types import StructField, StructType, from_arrow

__all__ = ["BatchFunction", "batch_function", "sink_function"]

BatchFunction = Callable[[pa.Table, int], None]
"""What a sink calls: the batch's rows, and its id."""


def sink_function(message: Any, call: Call) -> BatchFunction | None:
    """The function of a `foreachBatch` or `foreach` sink, None for other sinks.

    Raises:
        IllegalArgumentError: it could not be unpickled here.
    """
    if message.HasField("foreach_batch"):
        function, spark = _load(message.foreach_batch.python_function, call)
        return batch_function(function, spark, call.session)
    if message.HasField("foreach_writer"):
        writer, spark = _load(message.foreach_writer.python_function, call)
        return _row_function(writer, spark, call.session)
    return None


def _load(udf: Any, call: Call) -> tuple[Any, Any]:
    """The function, and the client's session it belongs to."""
    handle = call.servicer.functions.find(udf.command)
    if handle is not None and handle.session.session_id == call.holder.id:
        return handle.function, handle.session
    spark = call.holder.client_session(call.servicer)
    with client.active_session(spark):
        try:
            loaded = pickle.loads(udf.command)
        except Exception as error:
            raise IllegalArgumentError(
                "STREAMING_RUNNER_INITIALIZATION", reason=repr(error)
            ) from error
    # `foreach` sends its function with serializers it needs on a cluster.
    return (loaded[0] if isinstance(loaded, tuple) else loaded), spark


def batch_function(function: Any, spark: Any, session: Session) -> BatchFunction:
    def run(table: pa.Table, batch_id: int) -> None:
        relation_id = session.shared.new_id()
        session.catalog.keep(relation_id, LocalRelation(table, _schema_of(table)))
        try:
            with (
                client.active_session(spark),
                _user_code("FOREACH_BATCH_USER_FUNCTION_ERROR"),
            ):
                function(spark._create_remote_dataframe(relation_id), batch_id)
        finally:
            session.catalog.forget(relation_id)

    return run


def _row_function(writer: Any, spark: Any, session: Session) -> BatchFunction:
    def run(table: pa.Table, batch_id: int) -> None:
        rows = _client_rows(table, session.time_zone)
        with (
            client.active_session(spark),
            client.task_context(batch_id),
            _user_code("FOREACH_USER_FUNCTION_ERROR"),
        ):
            # The writer is a generator over a partition's rows: run it out.
            for _ in writer(0, iter(rows)) or ():
                pass

    return run


def _client_rows(table: pa.Table, time_zone: str) -> list[Any]:
    from pyspark.sql.conversion import ArrowTableToRowsConversion
    from pyspark.sql.types import StructType as ClientStructType

    schema = ClientStructType.fromJson(json.loads(_schema_of(table).json))
    zoned = in_time_zone(table, time_zone)
    return list(ArrowTableToRowsConversion.convert(zoned, schema))


def _schema_of(table: pa.Table) -> StructType:
    return StructType(
        tuple(StructField(f.name, from_arrow(f.type), f.nullable) for f in table.schema)
    )


@contextmanager
def _user_code(condition: str) -> Iterator[None]:
    """What the user's function raises, with the user's frames alone."""
    try:
        yield
    except (Exception, SystemExit) as error:
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_globals is globals():
            frames = frames.tb_next
        text = "".join(
            traceback.format_exception(
                type(error), error.with_traceback(frames), frames
            )
        )
        raise UserFunctionError(condition, reason=text.rstrip()) from error
