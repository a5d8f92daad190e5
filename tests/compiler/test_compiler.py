"""Plans made by hand: merging levels of SQL must not change what they mean."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from unbounded.compiler import CompileContext, compile_query
from unbounded.engine import Database, EngineSettings
from unbounded.errors import ExecutionError
from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Cast,
    FunctionCall,
    Literal,
    SortOrder,
)
from unbounded.plan.generators import Generate
from unbounded.plan.relations import (
    Distinct,
    Except,
    Filter,
    Intersect,
    Limit,
    LocalRelation,
    OperatorOutput,
    Project,
    Repartition,
    Sort,
    Tail,
)
from unbounded.types import (
    ArrayType,
    BooleanType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
)

_A = AttributeReference("a", IntegerType(), True, 0)
_B = AttributeReference("b", LongType(), True, 1)
_INPUT = OperatorOutput(0, (_A,))


def _numbers(answers, plan, *values) -> list:
    table = pa.table({"a#0": pa.array(values, pa.int32())})
    answers.cursor.register("numbers", table)
    sql = compile_query(plan, {0: '"numbers"'}, CompileContext())
    return answers.cursor.query(sql).column(0).to_pylist()


def _call(name, *arguments, data_type=None):
    return FunctionCall(name, arguments, data_type or BooleanType())


def _int(value):
    return Literal(value, IntegerType())


def _both_sides(answers, kind, is_all, left, right) -> list:
    column = AttributeReference("a", DoubleType(), True, 0)
    for number, values in enumerate((left, right)):
        table = pa.table({"a#0": pa.array(values, pa.float64())})
        answers.cursor.register(f"side{number}", table)
    sides = (OperatorOutput(number, (column,)) for number in (0, 1))
    sql = compile_query(
        kind(*sides, is_all, (column,)),
        {0: '"side0"', 1: '"side1"'},
        CompileContext(),
    )
    return sorted(answers.cursor.query(sql).column(0).to_pylist(), key=repr)


@pytest.mark.parametrize(
    ("kind", "is_all", "expected"),
    [
        (Intersect, False, [0.0, 1.0, None]),
        (Intersect, True, [0.0, 1.0, 1.0, None]),
        (Except, False, [2.0]),
        (Except, True, [0.0, 1.0, 2.0]),
    ],
)
def test_set_operation_counts_equal_rows(answers, kind, is_all, expected) -> None:
    left = [1.0, 1.0, 1.0, 2.0, 0.0, -0.0, None]
    right = [1.0, 1.0, -0.0, None, None, 3.0]
    assert _both_sides(answers, kind, is_all, left, right) == expected


def test_set_operation_holds_nan_equal_to_nan(answers) -> None:
    nan = float("nan")
    assert _both_sides(answers, Except, True, [nan, nan], [nan, nan]) == []


def test_limit_counts_before_a_filter_above_it(answers) -> None:
    plan = Filter(Limit(_INPUT, 2), _call("greater", _A, _int(1)))
    assert _numbers(answers, plan, 1, 2, 3) == [2]


def test_limit_of_a_limit_is_the_smaller(answers) -> None:
    assert _numbers(answers, Limit(Limit(_INPUT, 1), 5), 1, 2, 3) == [1]


def test_distinct_counts_before_a_limit_above_it(answers) -> None:
    assert len(_numbers(answers, Limit(Distinct(_INPUT), 2), 1, 1, 2)) == 2


def test_first_row_of_each_key_stays_in_the_order_of_rows() -> None:
    numbers = np.arange(600_000)
    keys = (numbers * 7919 % 200_000).astype(np.int32)
    database = Database.open(EngineSettings(threads=4))
    cursor = database.cursor()
    cursor.register("numbers", pa.table({"a#0": keys, "b#1": numbers}))
    plan = Distinct(OperatorOutput(0, (_A, _B)), (_A,))
    rows = cursor.query(compile_query(plan, {0: '"numbers"'}, CompileContext()))
    cursor.close()
    database.close()
    assert rows.column("b#1").to_pylist() == list(range(200_000))


def test_first_row_of_each_key_is_that_of_an_order_below(answers) -> None:
    ordered = Sort(OperatorOutput(0, (_A, _B)), (SortOrder(_B),))
    table = pa.table({"a#0": pa.array([1, 1, 2], pa.int32()), "b#1": [5, 3, 4]})
    answers.cursor.register("numbers", table)
    sql = compile_query(Distinct(ordered, (_A,)), {0: '"numbers"'}, CompileContext())
    assert answers.cursor.query(sql).column("b#1").to_pylist() == [3, 4]


def test_order_survives_a_projection(answers) -> None:
    plus = _call("add", _A, _int(1), data_type=IntegerType())
    plan = Project(Sort(_INPUT, (SortOrder(_A),)), (Alias(plus, ("b",), 1),))
    assert _numbers(answers, plan, 3, 1, 2) == [2, 3, 4]


def test_tail_keeps_the_last_rows_in_order(answers) -> None:
    plan = Tail(Sort(_INPUT, (SortOrder(_A),)), 2)
    assert _numbers(answers, plan, 3, 1, 2) == [2, 3]


def test_repartition_changes_nothing(answers) -> None:
    assert _numbers(answers, Repartition(_INPUT), 3, 1) == [3, 1]


def test_constant_order_is_no_column_position(answers) -> None:
    plan = Sort(_INPUT, (SortOrder(_int(1)),))
    assert _numbers(answers, plan, 3, 1, 2) == [3, 1, 2]


def test_guard_is_evaluated_before_what_it_guards(answers) -> None:
    text = AttributeReference("s", StringType(), True, 0)
    number = Cast(text, IntegerType())
    guard = Filter(
        OperatorOutput(0, (text,)),
        _call("not", _call("equal", text, Literal("x", StringType()))),
    )
    plan = Filter(guard, _call("greater", number, _int(1)))
    values = ["x", "5", "1"] * 3000
    answers.cursor.register("texts", pa.table({"s#0": values}))
    sql = compile_query(plan, {0: '"texts"'}, CompileContext())
    assert answers.cursor.query(sql).num_rows == 3000


def test_failed_check_names_its_condition(answers) -> None:
    plan = Filter(_INPUT, _call("greater", Cast(_A, IntegerType()), _int(0)))
    assert _numbers(answers, plan, 1) == [1]
    with pytest.raises(ExecutionError) as caught:
        answers.rows("SELECT 1 % v FROM VALUES (0) AS t(v)")
    assert caught.value.condition == "REMAINDER_BY_ZERO"


def test_ansi_off_gives_null_in_place_of_errors(answers) -> None:
    context = CompileContext(ansi=False)
    row = answers.rows(
        "SELECT 1 / v, CAST('x' AS INT) FROM VALUES (0) AS t(v)", context
    )
    assert row == [(None, None)]


def test_ansi_off_lets_integers_wrap_around(answers) -> None:
    context = CompileContext(ansi=False)
    assert answers.rows("SELECT 2147483647 + 1", context) == [(-2147483648,)]
    total = "SELECT sum(v), try_sum(v) FROM VALUES (9223372036854775807L), (2L) AS t(v)"
    assert answers.rows(total, context) == [(-9223372036854775807, None)]


def test_current_timestamp_is_the_contexts(answers) -> None:
    context = CompileContext(current_timestamp_us=86_400_000_000 - 1)
    ((unix, day),) = answers.rows(
        "SELECT unix_micros(now()), CAST(current_date() AS STRING)", context
    )
    assert (unix, day) == (86_399_999_999, "1970-01-01")


def test_current_date_is_the_session_zones(answers) -> None:
    context = CompileContext("Asia/Tokyo", current_timestamp_us=86_400_000_000 - 1)
    row = answers.rows("SELECT CAST(current_date() AS STRING)", context)
    assert row == [("1970-01-02",)]


def test_columns_of_one_name_are_read_by_place(answers) -> None:
    names = ("a", "b", "A")
    table = pa.Table.from_arrays([pa.array([n]) for n in (1, 2, 3)], names=names)
    output = tuple(
        AttributeReference(name, LongType(), True, number)
        for number, name in enumerate(names)
    )
    plan = LocalRelation(table, None, output, 0)
    answers.cursor.register("rows_of_one_name", table)
    sql = compile_query(plan, {0: '"rows_of_one_name"'}, CompileContext())
    assert answers.cursor.query(sql).to_pylist() == [{"a#0": 1, "b#1": 2, "A#2": 3}]


def _generated(answers, is_outer: bool) -> list:
    values = AttributeReference("a", ArrayType(IntegerType(), True), True, 0)
    element = AttributeReference("item", IntegerType(), True, 1)
    position = AttributeReference("pos", IntegerType(), True, 2)
    lists = [[7, None, 8], [], None, [9]]
    answers.cursor.register(
        "lists", pa.table({"a#0": pa.array(lists, pa.list_(pa.int32()))})
    )
    plan = Generate(OperatorOutput(0, (values,)), values, is_outer, element, position)
    sql = compile_query(plan, {0: '"lists"'}, CompileContext())
    table = answers.cursor.query(sql)
    return list(zip(*(table.column(n).to_pylist() for n in (1, 2)), strict=True))


def test_row_is_there_once_for_each_element_of_its_array(answers) -> None:
    assert _generated(answers, False) == [(0, 7), (1, None), (2, 8), (0, 9)]


def test_outer_row_without_elements_is_there_once_with_nulls(answers) -> None:
    nothing = (None, None)
    assert _generated(answers, True) == [
        *[(0, 7), (1, None), (2, 8)],
        *[nothing, nothing],
        (0, 9),
    ]
