"""Streaming: the client's commands about streaming queries and listeners."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_args

from pyspark.sql.connect.proto import commands_pb2

from unbounded.connect.call import Call
from unbounded.connect.conversion import refuse, variant_of
from unbounded.connect.expressions import name_parts
from unbounded.connect.foreach import sink_function
from unbounded.connect.listener_events import event_document
from unbounded.connect.relations import convert_relation
from unbounded.connect.status import to_status
from unbounded.errors import ExecutionError, IllegalArgumentError
from unbounded.parser import parse_interval
from unbounded.plan import commands as plan
from unbounded.runtime import StreamingQuery

__all__ = [
    "MANAGER_COMMANDS",
    "QUERY_COMMANDS",
    "TRIGGERS",
    "command_manager",
    "command_query",
    "start_query",
]

# --- start ------------------------------------------------------------------


def _interval_ms(text: str) -> int:
    months, days, microseconds = parse_interval(text)
    if months:
        raise IllegalArgumentError("_LEGACY_ERROR_TEMP_3262", interval=text)
    interval_ms = days * 86_400_000 + microseconds // 1000
    if interval_ms < 0:
        raise IllegalArgumentError("INVALID_TRIGGER_INTERVAL", interval=text)
    return interval_ms


TRIGGERS: dict[str, Callable[[Any], plan.Trigger]] = {
    "": lambda value: plan.ProcessingTimeTrigger(0),
    "processing_time_interval": lambda value: plan.ProcessingTimeTrigger(
        _interval_ms(value)
    ),
    "available_now": lambda value: plan.AvailableNowTrigger(),
    "once": lambda value: plan.OnceTrigger(),
    "continuous_checkpoint_interval": lambda value: plan.ContinuousTrigger(
        _interval_ms(value)
    ),
    "real_time_batch_duration": lambda value: plan.RealTimeTrigger(_interval_ms(value)),
}


def start_query(message: Any, call: Call) -> None:
    """`writeStream…start()`: refusals come before the answer, failures after."""
    command = _write_stream(message, call)
    function = sink_function(message, call)
    query = call.session.start(command, function)
    answer = commands_pb2.WriteStreamOperationStartResult(name=query.name or "")
    answer.query_id.id = query.id
    answer.query_id.run_id = query.run_id
    if call.session.streams.bus.has_listeners:
        answer.query_started_event_json = json.dumps(query.started_event())
    call.operation.send(write_stream_operation_start_result=answer)


def _write_stream(message: Any, call: Call) -> plan.WriteStream:
    mode = message.output_mode.lower() or "append"
    if mode not in get_args(plan.OutputMode):
        raise IllegalArgumentError(
            "STREAMING_OUTPUT_MODE.INVALID", outputMode=message.output_mode
        )
    if message.clustering_column_names:
        raise refuse("write option", "clusterBy", "Use partitionBy.")
    trigger = variant_of(message, "trigger")
    default = call.session.conf.get("spark.sql.sources.default")
    return plan.WriteStream(
        convert_relation(message.input, call.context),
        _format(message) or default,
        mode,  # type: ignore[arg-type]
        TRIGGERS[trigger](getattr(message, trigger) if trigger else None),
        message.query_name or None,
        message.path or None,
        name_parts(message.table_name) if message.table_name else None,
        {key.lower(): value for key, value in message.options.items()},
        tuple(message.partitioning_column_names),
    )


def _format(message: Any) -> str:
    if message.HasField("foreach_batch"):
        return "foreachbatch"
    if message.HasField("foreach_writer"):
        return "foreach"
    return str(message.format)


# --- one query --------------------------------------------------------------

Answer = commands_pb2.StreamingQueryCommandResult


def command_query(message: Any, call: Call) -> None:
    """A question or an order to one run of one query."""
    kind = variant_of(message, "command")
    handle = QUERY_COMMANDS.get(kind)
    if handle is None:
        raise refuse("streaming query command", kind, "Use a client of Spark 4.2.")
    named = message.query_id
    query = call.session.streams.find(named.id, named.run_id)
    answer = Answer(query_id=named)
    handle(query, getattr(message, kind), call, answer)
    call.operation.send(streaming_query_command_result=answer)


def _status(query: StreamingQuery, value: Any, call: Call, answer: Answer) -> None:
    status = query.status
    answer.status.status_message = status.message
    answer.status.is_data_available = status.is_data_available
    answer.status.is_trigger_active = status.is_trigger_active
    answer.status.is_active = query.is_active


def _last(query: StreamingQuery, value: Any, call: Call, answer: Answer) -> None:
    answer.recent_progress.SetInParent()
    last = query.last_progress
    if last is not None:
        answer.recent_progress.recent_progress_json.append(event_document(last))


def _recent(query: StreamingQuery, value: Any, call: Call, answer: Answer) -> None:
    answer.recent_progress.SetInParent()
    documents = map(event_document, query.recent_progress)
    answer.recent_progress.recent_progress_json.extend(documents)


def _stop(query: StreamingQuery, value: Any, call: Call, answer: Answer) -> None:
    if not query.stop():
        raise ExecutionError(
            "STREAMING_QUERY_STOP_TIMEOUT",
            id=query.id,
            timeout_ms=round(query.stop_timeout_ms),
        )


def _process_all(query: StreamingQuery, value: Any, call: Call, answer: Answer) -> None:
    _cancel_by_failing(call)
    query.process_all_available()


def _explain(query: StreamingQuery, value: Any, call: Call, answer: Answer) -> None:
    answer.explain.result = call.session.streams.explain(query, value.extended)


def _exception(query: StreamingQuery, value: Any, call: Call, answer: Answer) -> None:
    answer.exception.SetInParent()
    error = query.exception
    if error is not None:
        # The client shows what follows the first colon.
        name = "org.apache.spark.sql.streaming.StreamingQueryException"
        answer.exception.exception_message = f"{name}: {error.message}"
        answer.exception.error_class = error.condition


def _await(query: StreamingQuery, value: Any, call: Call, answer: Answer) -> None:
    _cancel_by_failing(call)
    timeout_ms = value.timeout_ms if value.HasField("timeout_ms") else None
    answer.await_termination.terminated = query.await_termination(timeout_ms)
    if query.exception is not None:
        raise query.exception


def _cancel_by_failing(call: Call) -> None:
    """Let an interrupt free the client, though the wait itself goes on."""

    def fail() -> None:
        error = ExecutionError("OPERATION_CANCELED")
        call.operation.fail(to_status(error, call.holder.errors))

    call.operation.on_start(fail)


QUERY_COMMANDS: dict[str, Callable[[StreamingQuery, Any, Call, Answer], None]] = {
    "status": _status,
    "last_progress": _last,
    "recent_progress": _recent,
    "stop": _stop,
    "process_all_available": _process_all,
    "explain": _explain,
    "exception": _exception,
    "await_termination": _await,
}


# --- all queries of the session ---------------------------------------------

ManagerAnswer = commands_pb2.StreamingQueryManagerCommandResult


def command_manager(message: Any, call: Call) -> None:
    """A question about the session's queries."""
    kind = variant_of(message, "command")
    handle = MANAGER_COMMANDS.get(kind)
    if handle is None:
        raise refuse("streaming manager command", kind, "Use a client of Spark 4.2.")
    answer = ManagerAnswer()
    handle(getattr(message, kind), call, answer)
    call.operation.send(streaming_query_manager_command_result=answer)


def _instance(query: StreamingQuery) -> Any:
    instance = ManagerAnswer.StreamingQueryInstance()
    instance.id.id = query.id
    instance.id.run_id = query.run_id
    if query.name is not None:
        instance.name = query.name
    return instance


def _active(value: Any, call: Call, answer: ManagerAnswer) -> None:
    answer.active.SetInParent()
    instances = map(_instance, call.session.streams.manager.active())
    answer.active.active_queries.extend(instances)


def _get_query(value: Any, call: Call, answer: ManagerAnswer) -> None:
    query = call.session.streams.manager.get(value)
    if query is not None:
        answer.query.CopyFrom(_instance(query))


def _await_any(value: Any, call: Call, answer: ManagerAnswer) -> None:
    _cancel_by_failing(call)
    timeout_ms = value.timeout_ms if value.HasField("timeout_ms") else None
    manager = call.session.streams.manager
    terminated = manager.await_any_termination(timeout_ms)
    answer.await_any_termination.terminated = terminated


def _reset_terminated(value: Any, call: Call, answer: ManagerAnswer) -> None:
    call.session.streams.manager.reset_terminated()
    answer.reset_terminated = True


MANAGER_COMMANDS: dict[str, Callable[[Any, Call, ManagerAnswer], None]] = {
    "active": _active,
    "get_query": _get_query,
    "await_any_termination": _await_any,
    "reset_terminated": _reset_terminated,
}
