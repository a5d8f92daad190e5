from __future__ import annotations

from unbounded.plan.expressions import Alias, AttributeReference, FunctionCall
from unbounded.plan.join_condition import KeyPair
from unbounded.plan.relations import OperatorOutput, output_of
from unbounded.plan.table_lookup import TableLookup, key_hash
from unbounded.types import LongType

LEFT = AttributeReference("l", LongType(), True, 1)
RIGHT = AttributeReference("r", LongType(), True, 2)


def test_lookup_gives_the_columns_of_its_rows_and_the_key_apart() -> None:
    key = Alias(key_hash([KeyPair(LEFT, RIGHT, False)], True), ("key",), 3)
    lookup = TableLookup(OperatorOutput(0, (LEFT,)), key, 7)
    assert output_of(lookup) == (LEFT,)
    assert [column.name for column in output_of(lookup.keyed_rows)] == ["l", "key"]


def test_hash_of_keys_is_null_where_a_key_equals_nothing() -> None:
    strict = key_hash([KeyPair(LEFT, RIGHT, False)], False)
    assert isinstance(strict, FunctionCall)
    assert strict.name == "if"
    safe = key_hash([KeyPair(LEFT, RIGHT, True)], False)
    assert safe == FunctionCall("key_hash", (RIGHT,), LongType())
