"""Schema check: an operator is known again by what it keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from unbounded.errors import CheckpointError
from unbounded.state import OperatorSchema
from unbounded.state.schema_check import IS_CONSTANT, SHOWN_NAME, match_operators
from unbounded.types import DataType, DoubleType, LongType, StringType, StructField


def schema(
    operator_id: int, kind: str, key: DataType, *values: tuple[str, DataType]
) -> OperatorSchema:
    fields = tuple(StructField(name, data_type) for name, data_type in values)
    return OperatorSchema(operator_id, kind, (StructField("k", key),), fields)


COUNT = schema(0, "stateStoreSave", StringType(), ("count", LongType()))
DEDUPE = schema(1, "dedupe", StringType())


def refused(
    stored: list[OperatorSchema], wanted: list[OperatorSchema]
) -> CheckpointError:
    with pytest.raises(CheckpointError) as error:
        match_operators(stored, wanted, drop_unmatched=False)
    return error.value


def test_the_same_operators_match() -> None:
    assert match_operators([COUNT, DEDUPE], [COUNT, DEDUPE], False) == [0, 1]


def test_operators_of_another_order_match_by_what_they_are() -> None:
    assert match_operators([COUNT, DEDUPE], [DEDUPE, COUNT], False) == [1, 0]


def test_equal_operators_match_by_position() -> None:
    first, second = DEDUPE, replace(DEDUPE, operator_id=2)
    assert match_operators([first, COUNT, second], [first, second, COUNT], False) == [
        0,
        2,
        1,
    ]


def test_nullability_is_no_part_of_identity() -> None:
    key = StructField("k", StringType(), nullable=False)
    assert match_operators([DEDUPE], [replace(DEDUPE, key_fields=(key,))], False) == [0]


def test_another_key_type_is_refused_by_name() -> None:
    other = schema(0, "stateStoreSave", LongType(), ("count", LongType()))
    error = refused([COUNT, DEDUPE], [other, DEDUPE])
    assert error.condition == "STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE"
    assert "struct<k:string>" in error.message
    assert "struct<k:bigint>" in error.message


def test_another_accumulator_is_refused_by_name() -> None:
    other = schema(0, "stateStoreSave", StringType(), ("sum", DoubleType()))
    error = refused([COUNT], [other])
    assert error.condition == "STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE"
    assert "struct<sum:double>" in error.message


def test_swapped_accumulators_of_one_type_are_refused() -> None:
    pair = (("a", LongType()), ("b", LongType()))
    stored = schema(0, "stateStoreSave", StringType(), *pair)
    wanted = schema(0, "stateStoreSave", StringType(), *pair[::-1])
    condition = refused([stored], [wanted]).condition
    assert condition == "STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE"


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [([COUNT, DEDUPE], [COUNT]), ([COUNT], [COUNT, DEDUPE]), ([COUNT], [DEDUPE])],
)
def test_a_lost_or_new_operator_is_refused(
    stored: list[OperatorSchema], wanted: list[OperatorSchema]
) -> None:
    error = refused(stored, wanted)
    name = "STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA"
    assert error.condition == name
    assert "stateStoreSave" in error.message


def test_a_user_may_say_drop() -> None:
    assert match_operators([COUNT], [DEDUPE, COUNT], drop_unmatched=True) == [None, 0]


def shown(*fields: tuple[str, str | None]) -> list[str]:
    named = tuple(
        StructField(own, LongType(), True, {} if name is None else {SHOWN_NAME: name})
        for own, name in fields
    )
    operator = OperatorSchema(0, "stateStoreSave", named, named)
    assert operator.shown_keys == operator.shown_values
    return [field.name for field in operator.shown_keys]


def test_readers_see_the_names_for_them() -> None:
    assert shown(("count(1)", "count"), ("sum(x)", "sum"), ("y", None)) == [
        "count",
        "sum",
        "y",
    ]


def test_readers_see_the_own_names_of_what_would_share_one() -> None:
    assert shown(("sum(x)", "sum"), ("sum(y)", "SUM"), ("n", "count")) == [
        "sum(x)",
        "sum(y)",
        "count",
    ]


def test_readers_never_see_a_name_twice() -> None:
    assert shown(("x", "n"), ("X", "n"), ("x_2", None), ("x", "m")) == [
        "x",
        "X_2",
        "x_2_2",
        "m",
    ]


def test_names_for_readers_are_no_part_of_identity() -> None:
    key = StructField("k", StringType(), True, {SHOWN_NAME: "other"})
    assert replace(COUNT, key_fields=(key,)).identity == COUNT.identity


def test_the_constant_of_no_key_is_not_shown() -> None:
    key = StructField("key", LongType(), False, {IS_CONSTANT: True})
    assert replace(COUNT, key_fields=(key,)).shown_keys == ()
