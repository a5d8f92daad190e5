"""Loading: functions as they run, from what the client pickled."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable, Sequence
from typing import Any

from pyspark.errors import PySparkRuntimeError
from pyspark.sql.types import DataType as ClientType, StructType as ClientStructType
from pyspark.util import fail_on_stopiteration

from unbounded.plan.expressions import AttributeReference
from unbounded.plan.python_functions import PythonCall, PythonFunction
from unbounded.types import DataType, StructField, StructType

__all__ = ["UserCall", "client_type", "load_call", "load_function"]

Function = Callable[..., Any]


def load_function(function: PythonFunction) -> Function:
    """The function itself.

    Raises:
        PySparkRuntimeError: it was pickled by another Python.
    """
    here = "{}.{}".format(*sys.version_info[:2])
    if function.python_version not in ("", here):
        raise PySparkRuntimeError(
            errorClass="PYTHON_VERSION_MISMATCH",
            messageParameters={
                "worker_version": here,
                "driver_version": function.python_version,
            },
        )
    loaded: Function = pickle.loads(function.command)[0]
    return loaded


class UserCall:
    """A call ready to run: a function of columns, by their names.

    A call whose one argument is a call is one function of the inner arguments.
    """

    __slots__ = ("columns", "function", "return_type")

    columns: tuple[str, ...]
    function: Function

    def __init__(self, call: PythonCall, *, is_iterator: bool) -> None:
        function = load_function(call.function)
        self.return_type = client_type(call.function.return_type)
        (*_, inner) = call.arguments or (None,)
        if isinstance(inner, PythonCall):
            chained = UserCall(inner, is_iterator=is_iterator)
            self.columns = chained.columns
            self.function = _chain(chained.function, function)
            return
        self.columns = _column_names(call.arguments)
        if not is_iterator:
            # A StopIteration would end the loop over rows without a word.
            function = fail_on_stopiteration(function)
        self.function = _with_keywords(function, call.keywords, len(self.columns))


def load_call(call: PythonCall, *, is_iterator: bool = False) -> UserCall:
    """A call, its functions unpickled."""
    return UserCall(call, is_iterator=is_iterator)


def client_type(data_type: DataType) -> ClientType:
    """The client's type for ours."""
    schema = StructType((StructField("value", data_type),))
    client = ClientStructType.fromJson(json.loads(schema.json))
    return client.fields[0].dataType


def _column_names(arguments: Sequence[Any]) -> tuple[str, ...]:
    assert all(isinstance(a, AttributeReference) for a in arguments)
    return tuple(a.column_name for a in arguments)


def _chain(inner: Function, outer: Function) -> Function:
    return lambda *values: outer(inner(*values))


def _with_keywords(function: Function, keywords: Sequence[str], count: int) -> Function:
    if not keywords:
        return function
    positional = count - len(keywords)

    def call(*values: Any) -> Any:
        named = dict(zip(keywords, values[positional:], strict=True))
        return function(*values[:positional], **named)

    return call
