from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pytest

from unbounded.errors import ExecutionError, UserFunctionError
from unbounded.plan.expressions import Alias, AttributeReference
from unbounded.plan.python_functions import (
    EvalType,
    EvaluatePython,
    MapBatches,
    PythonCall,
    PythonFunction,
    PythonSettings,
)
from unbounded.plan.relations import Range
from unbounded.types import DataType, LongType, StringType, StructField, StructType
from unbounded.udf import PythonEvaluation

ID = AttributeReference("id", LongType(), False, 0)
CHILD = Range(0, 5, 1, (ID,))
ROWS = pa.table({"id#0": pa.array(range(5))})
SETTINGS = PythonSettings("UTC", rows_per_batch=2)


def never() -> bool:
    return False


def function(
    body: Callable[..., Any], kind: EvalType, gives: DataType
) -> PythonFunction:
    return PythonFunction("f", pickle.dumps((body, None)), kind, gives)


def evaluation(
    body: Callable[..., Any], kind: EvalType, gives: DataType
) -> PythonEvaluation:
    call = PythonCall(function(body, kind, gives), (ID,))
    node = EvaluatePython(CHILD, (Alias(call, ("v",), 1),), SETTINGS)
    return PythonEvaluation(node)


def add_one(n: int) -> int:
    return n + 1


def add_one_to_all(values: Any) -> Any:
    return values + 1


def add_one_in_turn(parts: Iterator[Any]) -> Iterator[Any]:
    for part in parts:
        yield part + 1


def shout(n: int) -> str:
    return "a" * n


@pytest.mark.parametrize(
    "body, kind",
    [
        (add_one, EvalType.BATCHED),
        (add_one, EvalType.ARROW_BATCHED),
        (add_one_to_all, EvalType.SCALAR_PANDAS),
        (add_one_in_turn, EvalType.SCALAR_PANDAS_ITER),
    ],
)
def test_column_is_added_over_all_batches(
    body: Callable[..., Any], kind: EvalType
) -> None:
    made = evaluation(body, kind, LongType()).run(ROWS, never)
    assert made.column_names == ["id#0", "v#1"]
    assert made.column("v#1").to_pylist() == [1, 2, 3, 4, 5]


def test_rows_in_many_chunks_stay_in_order() -> None:
    chunks = pa.chunked_array([[0], [1, 2, 3], [], [4]], pa.int64())
    rows = pa.Table.from_arrays([chunks], names=["id#0"])
    made = evaluation(add_one, EvalType.BATCHED, LongType()).run(rows, never)
    assert made.column("v#1").to_pylist() == [1, 2, 3, 4, 5]


def test_no_rows_give_a_column_of_the_declared_type() -> None:
    made = evaluation(shout, EvalType.BATCHED, StringType()).run(ROWS.slice(5), never)
    assert made.column("v#1").type == pa.string()
    assert made.num_rows == 0


def test_told_to_stop_the_function_sees_no_other_batch() -> None:
    answers = iter([False, True])
    seen: list[int] = []
    step = evaluation(add_one, EvalType.BATCHED, LongType())
    with pytest.raises(ExecutionError) as caught:
        step.run(ROWS, lambda: seen.append(1) or next(answers))  # type: ignore[func-returns-value]
    assert caught.value.condition == "OPERATION_CANCELED"
    assert len(seen) == 2


def swallow(frames: Iterator[Any]) -> Iterator[Any]:
    try:
        yield from frames
    except Exception as error:
        raise RuntimeError("mine") from error


def test_map_gives_rows_of_its_own() -> None:
    schema = StructType((StructField("id", LongType()),))
    output = (AttributeReference("id", LongType(), True, 7),)
    body = function(swallow, EvalType.MAP_PANDAS_ITER, schema)
    step = PythonEvaluation(MapBatches(CHILD, body, SETTINGS, output))
    assert step.run(ROWS, never).to_pydict() == {"id#7": [0, 1, 2, 3, 4]}


COUNTS: list[int] = []


def load_counted() -> Callable[[int], int]:
    COUNTS.append(1)
    return add_one


class Counted:
    def __call__(self, n: int) -> int:
        return n

    def __reduce__(self) -> Any:
        return load_counted, ()


def test_function_is_unpickled_once_for_all_runs() -> None:
    COUNTS.clear()
    step = evaluation(Counted(), EvalType.BATCHED, LongType())
    step.run(ROWS, never)
    step.run(ROWS, never)
    assert COUNTS == [1]


def fail(n: int) -> int:
    try:
        raise KeyError("first")
    except KeyError as error:
        raise ValueError("second") from error


def test_error_tells_its_cause_too() -> None:
    with pytest.raises(UserFunctionError) as caught:
        evaluation(fail, EvalType.BATCHED, LongType()).run(ROWS, never)
    text = caught.value.message
    assert "KeyError: 'first'" in text
    assert "ValueError: second" in text
    assert "/unbounded/udf/" not in text
