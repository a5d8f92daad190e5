"""Status: our errors as the client expects them.

A failed call carries a `google.rpc.Status` with an `ErrorInfo`: condition,
parameters, SQLSTATE and the JVM class names by which the client picks its own
exception. Whole messages and causes are fetched afterwards by `errorId`
(`FetchErrorDetails`), so `ErrorLog` keeps the last errors of a session.
"""

from __future__ import annotations

import json
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterator

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from pyspark.sql.connect.proto import base_pb2

from unbounded.errors import (
    AnalysisError,
    CheckpointError,
    ExecutionError,
    IllegalArgumentError,
    InternalError,
    ParseError,
    QueryError,
    UnboundedError,
    UnsupportedError,
    UserFunctionError,
    condition_text,
)
from unbounded.files import disk_error

__all__ = ["ErrorLog", "Failure", "class_hierarchy", "handle_failure", "to_status"]

Details = base_pb2.FetchErrorDetailsResponse

_SPARK = "org.apache.spark."
_ANALYSIS = (_SPARK + "sql.AnalysisException", "java.lang.Exception")
_RUNTIME = (_SPARK + "SparkRuntimeException", "java.lang.RuntimeException")
_ARGUMENT = (
    _SPARK + "SparkIllegalArgumentException",
    "java.lang.IllegalArgumentException",
)

_BY_CLASS: tuple[tuple[type[UnboundedError], tuple[str, ...]], ...] = (
    (ParseError, (_SPARK + "sql.catalyst.parser.ParseException", *_ANALYSIS)),
    (AnalysisError, _ANALYSIS),
    (IllegalArgumentError, _ARGUMENT),
    (
        UnsupportedError,
        (
            _SPARK + "SparkUnsupportedOperationException",
            "java.lang.UnsupportedOperationException",
        ),
    ),
    (QueryError, (_SPARK + "sql.streaming.StreamingQueryException",)),
    (UserFunctionError, (_SPARK + "api.python.PythonException",)),
    (CheckpointError, (_SPARK + "SparkException",)),
    (ExecutionError, _RUNTIME),
    (InternalError, (_SPARK + "SparkException",)),
)

_ARITHMETIC = (_SPARK + "SparkArithmeticException", "java.lang.ArithmeticException")
_NUMBER = (_SPARK + "SparkNumberFormatException", "java.lang.NumberFormatException")
_DATE_TIME = (_SPARK + "SparkDateTimeException", "java.time.DateTimeException")
_BOUNDS = (
    _SPARK + "SparkArrayIndexOutOfBoundsException",
    "java.lang.ArrayIndexOutOfBoundsException",
)
_NO_SUCH_ELEMENT = (
    _SPARK + "SparkNoSuchElementException",
    "java.util.NoSuchElementException",
)

_BY_CONDITION: dict[str, tuple[str, ...]] = {
    "ARITHMETIC_OVERFLOW": _ARITHMETIC,
    "BINARY_ARITHMETIC_OVERFLOW": _ARITHMETIC,
    "CANNOT_PARSE_TIMESTAMP": _DATE_TIME,
    "CAST_INVALID_INPUT": _NUMBER,
    "CAST_OVERFLOW": _ARITHMETIC,
    "CAST_OVERFLOW_IN_TABLE_INSERT": _ARITHMETIC,
    "CONNECT_INVALID_PLAN.DEDUPLICATE_REQUIRES_COLUMNS_OR_ALL": (
        _SPARK + "sql.connect.common.InvalidPlanInput",
    ),
    "DATETIME_FIELD_OUT_OF_BOUNDS": _DATE_TIME,
    "DATETIME_OVERFLOW": _ARITHMETIC,
    "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION": _ARITHMETIC,
    "DIVIDE_BY_ZERO": _ARITHMETIC,
    "FAILED_READ_FILE": (_SPARK + "SparkException",),
    "ILLEGAL_DAY_OF_WEEK": _ARGUMENT,
    "ILLEGAL_SEQUENCE_BOUNDARIES": _ARGUMENT,
    "INTERVAL_ARITHMETIC_OVERFLOW": _ARITHMETIC,
    "INTERVAL_DIVIDED_BY_ZERO": _ARITHMETIC,
    "INVALID_ARRAY_INDEX": _BOUNDS,
    "INVALID_ARRAY_INDEX_IN_ELEMENT_AT": _BOUNDS,
    "INVALID_CORRUPT_RECORD_TYPE": _ANALYSIS,
    "INVALID_TIMEZONE": _DATE_TIME,
    "NUMERIC_VALUE_OUT_OF_RANGE": _ARITHMETIC,
    "REMAINDER_BY_ZERO": _ARITHMETIC,
    "SQL_CONF_NOT_FOUND": _NO_SUCH_ELEMENT,
    "STREAMING_CHECKPOINT_MISSING_METADATA_FILE": _RUNTIME,
    "STREAMING_RUNNER_INITIALIZATION": (
        _SPARK + "api.python.StreamingPythonRunner"
        "$StreamingPythonRunnerInitializationException",
    ),
    "UNBOUND_SQL_PARAMETER": _ANALYSIS,
}


class Failure(Exception):
    """A failed call: what travels to the client."""

    def __init__(self, code: grpc.StatusCode, message: str, details: bytes) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


class ErrorLog:
    """The last errors of a session, by the id the client asks for."""

    _KEPT = 100

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._lock = threading.Lock()
        self._errors: OrderedDict[str, Details] = OrderedDict()

    def add(self, error: BaseException) -> str:
        error_id, details = self._new_id(), _error_details(error)
        with self._lock:
            self._errors[error_id] = details
            while len(self._errors) > self._KEPT:
                self._errors.popitem(last=False)
        return error_id

    def find(self, error_id: str) -> Details | None:
        with self._lock:
            return self._errors.get(error_id)


def to_status(error: BaseException, log: ErrorLog | None = None) -> Failure:
    """The failure that tells the client of `error`."""
    ours = _as_ours(error)
    classes = class_hierarchy(ours)
    metadata = {
        "classes": json.dumps(classes),
        "errorClass": ours.condition,
        "sqlState": ours.sqlstate,
        "messageParameters": json.dumps(ours.parameters),
    }
    if log is not None:
        metadata["errorId"] = log.add(error)
    info = error_details_pb2.ErrorInfo(
        reason=classes[0], domain="org.apache.spark", metadata=metadata
    )
    return _failure(grpc.StatusCode.INTERNAL, ours.message, info)


def handle_failure(condition: str, message: str) -> Failure:
    """An invalid handle, by the text the client's reattach logic looks for."""
    info = error_details_pb2.ErrorInfo(
        reason=_SPARK + "SparkSQLException",
        domain="org.apache.spark",
        metadata={
            "classes": json.dumps(["java.sql.SQLException"]),
            "errorClass": condition,
            "sqlState": "HY000",
            "messageParameters": "{}",
        },
    )
    return _failure(grpc.StatusCode.INTERNAL, f"[{condition}] {message}", info)


def _failure(
    code: grpc.StatusCode, message: str, info: error_details_pb2.ErrorInfo
) -> Failure:
    packed = any_pb2.Any()
    packed.Pack(info)
    status = status_pb2.Status(code=code.value[0], message=message, details=[packed])
    return Failure(code, message, status.SerializeToString())


def class_hierarchy(error: UnboundedError) -> list[str]:
    """JVM class names, most special first; the client takes the first it knows."""
    if error.condition == "CAST_INVALID_INPUT":
        target = error.parameters.get("targetType", "").strip('"').upper()
        if target.startswith(("DATE", "TIMESTAMP")):
            return list(_DATE_TIME)
        if target == "BOOLEAN":
            return list(_RUNTIME)
    parent = error.condition.partition(".")[0]
    named = _BY_CONDITION.get(error.condition) or _BY_CONDITION.get(parent)
    if named is not None:
        return list(named)
    for kind, classes in _BY_CLASS:
        if isinstance(error, kind):
            return list(classes)
    return [_SPARK + "SparkException"]


def _error_details(error: BaseException) -> Details:
    """The error and its causes, whole; not the frames, which hold data."""
    response = Details(root_error_idx=0)
    chain = list(_causes(error))
    for position, link in enumerate(chain):
        response.errors.append(_error_message(link))
        if position + 1 < len(chain):
            response.errors[position].cause_idx = position + 1
    return response


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__


def _error_message(error: BaseException) -> base_pb2.FetchErrorDetailsResponse.Error:
    ours = _as_ours(error)
    message = base_pb2.FetchErrorDetailsResponse.Error(
        error_type_hierarchy=class_hierarchy(ours), message=ours.message
    )
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        message.stack_trace.add(
            declaring_class="python",
            method_name=frame.name,
            file_name=frame.filename,
            line_number=frame.lineno or 0,
        )
    throwable = message.spark_throwable
    throwable.error_class = ours.condition
    throwable.sql_state = ours.sqlstate
    throwable.message_parameters.update(ours.parameters)
    return message


def _as_ours(error: BaseException) -> UnboundedError:
    if isinstance(error, UnboundedError):
        try:
            condition_text(error.condition, error.parameters)
        except KeyError as missing:
            # A defect, and no reason to leave the client without an answer.
            text = f"{error.condition} is told without {missing}"
            return InternalError("INTERNAL_ERROR", message=text)
        return error
    if isinstance(error, OSError):
        return disk_error(error)
    if isinstance(error, MemoryError):
        reason = "the machine gives no more memory"
        return ExecutionError("UNABLE_TO_ACQUIRE_MEMORY", message=reason)
    name = type(error).__name__
    return InternalError("INTERNAL_ERROR", message=f"{name}: {error}")
