"""Commands: what acts, from the client, by the name of its message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from pyspark.sql.connect.proto import base_pb2, commands_pb2, relations_pb2

from unbounded.connect.call import Call
from unbounded.connect.conversion import refuse, variant_of
from unbounded.connect.expressions import convert_expression, name_parts
from unbounded.connect.listener_events import command_listener_bus
from unbounded.connect.observed_metrics import send_observed
from unbounded.connect.python_functions import scalar_function
from unbounded.connect.relations import convert_relation, parse_sql
from unbounded.connect.results import arrow_stream, in_time_zone
from unbounded.connect.streaming import (
    command_manager,
    command_query,
    start_query,
)
from unbounded.errors import AnalysisError, UnsupportedError
from unbounded.plan.commands import (
    Command,
    CreateTable,
    CreateView,
    IfExists,
    Insert,
    Overwrites,
    SaveMode,
    Write,
)
from unbounded.plan.expressions import Expression, UnresolvedAttribute
from unbounded.session import Result

__all__ = ["HANDLERS", "UNSUPPORTED", "run_command"]

_USER_FUNCTIONS = "Use built-in functions, or foreachBatch with pandas or Arrow."

UNSUPPORTED: dict[str, str] = {
    "register_table_function": _USER_FUNCTIONS,
    "register_data_source": "Use a built-in format.",
    "create_resource_profile_command": "There is one machine, and all of it is used.",
    "merge_into_table_command": "Write the merged result with df.write.",
    "execute_external_command": "There is nothing external to run it.",
    "pipeline_command": "Start each flow as a streaming query.",
    "extension": "Plugins of Spark Connect can't run here.",
}


def run_command(message: Any, call: Call) -> None:
    """Do one command, and send what it answers.

    Raises:
        UnsupportedError: a command that is not to be had here.
    """
    kind = variant_of(message, "command_type")
    handle = HANDLERS.get(kind)
    if handle is None:
        raise refuse("command", kind, UNSUPPORTED.get(kind, ""))
    handle(getattr(message, kind), call)


def _sql_command(message: Any, call: Call) -> None:
    """A query stays lazy and is sent back; anything else is done at once."""
    relation = message.input
    if not message.HasField("input"):
        relation = relations_pb2.Relation()
        relation.sql.query = message.sql
        relation.sql.args.MergeFrom(message.args)
        relation.sql.pos_args.MergeFrom(message.pos_args)
        relation.sql.named_arguments.MergeFrom(message.named_arguments)
        relation.sql.pos_arguments.MergeFrom(message.pos_arguments)
    if variant_of(relation, "rel_type") == "sql":
        plan = parse_sql(relation.sql, call.context)
        if isinstance(plan, Command):
            result = call.session.run_command(plan)
            _send_relation(call, _local_relation(result, call))
            return
    call.session.schema(convert_relation(relation, call.context))
    _send_relation(call, relation)


def _send_relation(call: Call, relation: Any) -> None:
    answer = base_pb2.ExecutePlanResponse.SqlCommandResult(relation=relation)
    call.operation.send(sql_command_result=answer)


def _local_relation(result: Result, call: Call) -> Any:
    table = in_time_zone(result.table, call.session.time_zone).combine_chunks()
    batches = table.to_batches() or table.schema.empty_table().to_batches()
    relation = relations_pb2.Relation()
    if batches:
        relation.local_relation.data = arrow_stream(batches[0])
    relation.local_relation.schema = result.schema.json
    return relation


def _create_view(message: Any, call: Call) -> None:
    child = convert_relation(message.input, call.context)
    call.session.run_command(
        CreateView(message.name, child, message.is_global, message.replace)
    )


_SAVE_MODES: dict[int, SaveMode] = {
    0: "error",
    1: "append",
    2: "overwrite",
    3: "error",
    4: "ignore",
}
assert set(_SAVE_MODES.values()) == set(get_args(SaveMode))


def _write(message: Any, call: Call) -> None:
    if message.HasField("bucket_by") or message.sort_column_names:
        raise refuse("write option", "bucketBy", "Use partitionBy.")
    table_name = None
    if variant_of(message, "save_type") == "table":
        table_name = name_parts(message.table.table_name)
        if message.table.save_method == message.table.TABLE_SAVE_METHOD_INSERT_INTO:
            _insert_into(message, table_name, call)
            return
    default = call.session.conf.get("spark.sql.sources.default")
    result = call.session.run_command(
        Write(
            convert_relation(message.input, call.context),
            message.source or default,
            _SAVE_MODES[message.mode],
            message.path or None,
            table_name,
            {key.lower(): value for key, value in message.options.items()},
            tuple(message.partitioning_columns),
        )
    )
    send_observed(call.operation, result.observed)


def _insert_into(message: Any, table_name: tuple[str, ...], call: Call) -> None:
    if message.partitioning_columns:
        raise AnalysisError(
            "PARTITION_BY_NOT_ALLOWED_WITH_INSERT_INTO",
            tableName=".".join(table_name),
        )
    child = convert_relation(message.input, call.context)
    replaces = _SAVE_MODES[message.mode] == "overwrite"
    overwrites: Overwrites = "all" if replaces else "nothing"
    call.session.run_command(Insert(table_name, child, overwrites))


_CREATE_MODES: dict[int, tuple[IfExists, bool]] = {
    commands_pb2.WriteOperationV2.MODE_CREATE: ("error", False),
    commands_pb2.WriteOperationV2.MODE_REPLACE: ("replace", True),
    commands_pb2.WriteOperationV2.MODE_CREATE_OR_REPLACE: ("replace", False),
}
_INSERT_MODES: dict[int, Overwrites] = {
    commands_pb2.WriteOperationV2.MODE_APPEND: "nothing",
    commands_pb2.WriteOperationV2.MODE_OVERWRITE: "all",
    commands_pb2.WriteOperationV2.MODE_OVERWRITE_PARTITIONS: "partitions",
}


def _write_to(message: Any, call: Call) -> None:
    """`df.writeTo`: columns go by name."""
    child = convert_relation(message.input, call.context)
    name = name_parts(message.table_name)
    if message.mode in _INSERT_MODES:
        if message.HasField("overwrite_condition") and not _is_true(message):
            raise refuse(
                "overwrite", "of some rows", "Write overwritePartitions, or lit(True)."
            )
        overwrites = _INSERT_MODES[message.mode]
        call.session.run_command(Insert(name, child, overwrites, by_name=True))
        return
    if message.clustering_columns:
        raise refuse("write option", "clusterBy", "Use partitionedBy.")
    if_exists, must_exist = _CREATE_MODES[message.mode]
    columns = (
        convert_expression(c, call.context) for c in message.partitioning_columns
    )
    create = CreateTable(
        name,
        message.provider or None,
        child=child,
        partitioning=tuple(map(_partition_name, columns)),
        options={key.lower(): value for key, value in message.options.items()},
        if_exists=if_exists,
        must_exist=must_exist,
    )
    call.session.run_command(create)


def _is_true(message: Any) -> bool:
    return bool(message.overwrite_condition.literal.boolean)


def _partition_name(column: Expression) -> str:
    if isinstance(column, UnresolvedAttribute):
        return ".".join(column.name_parts)
    raise refuse("partitioning", "by an expression", "Add a column, and name it.")


def _register_function(message: Any, call: Call) -> None:
    call.session.catalog.functions.register(scalar_function(message))


def _checkpoint(message: Any, call: Call) -> None:
    plan = convert_relation(message.relation, call.context)
    relation_id = call.session.checkpoint(plan)
    answer = base_pb2.CheckpointCommandResult()
    answer.relation.relation_id = relation_id
    call.operation.send(checkpoint_command_result=answer)


def _remove_cached(message: Any, call: Call) -> None:
    call.session.catalog.forget(message.relation.relation_id)


def _get_resources(message: Any, call: Call) -> None:
    answer = commands_pb2.GetResourcesCommandResult()
    call.operation.send(get_resources_command_result=answer)


def _ml(message: Any, call: Call) -> None:
    """The client cleans its cache at exit; there never is anything in it."""
    if variant_of(message, "command") != "clean_cache":
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature="machine learning",
            advice="Run it on a Spark cluster.",
        )


HANDLERS: dict[str, Callable[[Any, Call], None]] = {
    "sql_command": _sql_command,
    "create_dataframe_view": _create_view,
    "write_operation": _write,
    "write_operation_v2": _write_to,
    "write_stream_operation_start": start_query,
    "streaming_query_command": command_query,
    "streaming_query_manager_command": command_manager,
    "streaming_query_listener_bus_command": command_listener_bus,
    "checkpoint_command": _checkpoint,
    "register_function": _register_function,
    "remove_cached_remote_relation_command": _remove_cached,
    "get_resources_command": _get_resources,
    "ml_command": _ml,
}
