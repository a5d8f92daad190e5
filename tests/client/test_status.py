from __future__ import annotations

import errno
import json
from typing import Any

import pytest
from pyspark.errors.exceptions import connect as client
from pyspark.errors.exceptions.base import PySparkException

from unbounded.connect.status import ErrorLog, class_hierarchy, to_status
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
)

DATE_CAST = {"expression": "'x'", "sourceType": '"STRING"', "targetType": '"DATE"'}
CLASSES: list[tuple[UnboundedError, type[Exception]]] = [
    (AnalysisError("WRITE_STREAM_NOT_ALLOWED"), client.AnalysisException),
    (ParseError("PARSE_SYNTAX_ERROR", error="x"), client.ParseException),
    (IllegalArgumentError("INVALID_CONF_VALUE"), client.IllegalArgumentException),
    (IllegalArgumentError("SQL_CONF_NOT_FOUND"), client.SparkNoSuchElementException),
    (UnsupportedError("UNSUPPORTED_FEATURE"), client.UnsupportedOperationException),
    (QueryError("STREAM_FAILED"), client.StreamingQueryException),
    (ExecutionError("DIVIDE_BY_ZERO"), client.ArithmeticException),
    (ExecutionError("ARITHMETIC_OVERFLOW"), client.ArithmeticException),
    (ExecutionError("CAST_INVALID_INPUT"), client.NumberFormatException),
    (ExecutionError("CAST_INVALID_INPUT", **DATE_CAST), client.DateTimeException),
    (ExecutionError("OPERATION_CANCELED"), client.SparkRuntimeException),
    (CheckpointError("CHECKPOINT_IN_USE"), client.SparkException),
    (UserFunctionError("FOREACH_USER_FUNCTION_ERROR"), client.PythonException),
    (InternalError("INTERNAL_ERROR"), client.SparkException),
]


@pytest.mark.parametrize(
    "error, kind", CLASSES, ids=[f"{error.condition}" for error, _ in CLASSES]
)
def test_client_raises_its_own_class(
    error: UnboundedError, kind: type[Exception]
) -> None:
    names = class_hierarchy(error)
    known = [name for name in names if name in client.EXCEPTION_CLASS_MAPPING]
    assert client.EXCEPTION_CLASS_MAPPING[known[0]] is kind


def test_error_carries_condition_parameters_and_state(spark: Any) -> None:
    with pytest.raises(client.AnalysisException) as caught:
        spark.range(1).select("nothing").collect()
    error: PySparkException = caught.value
    assert error.getCondition() == "UNRESOLVED_COLUMN.WITH_SUGGESTION"
    assert error.getSqlState() == "42703"
    assert "nothing" in json.dumps(error.getMessageParameters())


def test_whole_error_is_fetched_with_its_causes() -> None:
    log = ErrorLog(lambda: "e1")
    try:
        raise ValueError("deep")
    except ValueError as cause:
        error = AnalysisError("WRITE_STREAM_NOT_ALLOWED")
        error.__cause__ = cause
    to_status(error, log)
    details = log.find("e1")
    assert details is not None
    assert details.errors[0].cause_idx == 1
    assert "deep" in details.errors[1].message
    assert details.errors[1].stack_trace[0].method_name == (
        "test_whole_error_is_fetched_with_its_causes"
    )


def test_log_forgets_the_oldest_errors() -> None:
    numbers = iter(range(1000))
    log = ErrorLog(lambda: str(next(numbers)))
    for _ in range(150):
        log.add(ValueError("x"))
    assert log.find("0") is None
    assert log.find("149") is not None


def test_error_of_the_server_keeps_nothing_of_it_alive(spark: Any) -> None:
    with pytest.raises(client.ParseException) as caught:
        spark.sql("selec 1")
    chain: BaseException | None = caught.value
    while chain is not None:
        frames = []
        trace = chain.__traceback__
        while trace is not None:
            frames.append(trace.tb_frame.f_globals.get("__name__", ""))
            trace = trace.tb_next
        assert not [name for name in frames if "unbounded.session" in name]
        chain = chain.__context__


def test_defect_is_called_one_and_logged(
    spark: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from unbounded.session import Session

    def broken(self: Any, plan: Any) -> None:
        raise RuntimeError("unexpected")

    monkeypatch.setattr(Session, "schema", broken)
    with pytest.raises(client.SparkException) as caught:
        spark.range(1).schema.json()
    assert caught.value.getCondition() == "INTERNAL_ERROR"
    assert "RuntimeError: unexpected" in caplog.text


def test_disk_that_refuses_is_called_by_its_name() -> None:
    error = OSError(errno.ENOSPC, "No space left on device", "/checkpoint/metadata")
    log = ErrorLog(lambda: "e1")
    to_status(error, log)
    details = log.find("e1")
    assert details is not None
    assert details.errors[0].spark_throwable.error_class == "DISK_FULL"
    assert "/checkpoint/metadata" in details.errors[0].message


def test_error_whose_sentence_lacks_a_word_is_told_as_a_defect() -> None:
    failure = to_status(AnalysisError("PARSE_SYNTAX_ERROR", error="x"))
    assert "INTERNAL_ERROR" in failure.message
    assert "PARSE_SYNTAX_ERROR is told without 'hint'" in failure.message
