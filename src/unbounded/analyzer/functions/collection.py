"""Collection functions: rows of the function tables.

`get_field` takes a struct and the field's name as a literal; `get_array_item` a
0-based position; `element_at` an array and a position counted from 1, or from
the end when negative; `get_map_value` a map and a key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unbounded.analyzer.argument_types import (
    ANY,
    ARRAY,
    BOOLEAN,
    INT,
    MAP,
    STRING,
    Choice,
    Exactly,
)
from unbounded.analyzer.functions.signature import (
    Signature,
    always_nullable,
    is_nullable,
    null_if_any,
    row,
    type_of,
)
from unbounded.plan.expressions import Expression, Literal
from unbounded.types import (
    ArrayType,
    BooleanType,
    DataType,
    IntegerType,
    MapType,
    StringType,
    StructField,
    StructType,
)

__all__ = ["COLLECTION_FUNCTIONS"]

_BOOLEAN = BooleanType()
_INT = IntegerType()
_STRINGS = Exactly(ArrayType(StringType(), True))


def _same(arguments: Sequence[Expression]) -> DataType:
    return type_of(arguments[0])


def _array(arguments: Sequence[Expression]) -> DataType:
    return _array_type(arguments[0])


def _array_type(argument: Expression) -> ArrayType:
    data_type = type_of(argument)
    assert isinstance(data_type, ArrayType)
    return data_type


def _map_type(argument: Expression) -> MapType:
    data_type = type_of(argument)
    assert isinstance(data_type, MapType)
    return data_type


def _element(arguments: Sequence[Expression]) -> DataType:
    return _array_type(arguments[0]).element_type


def _entries(arguments: Sequence[Expression]) -> DataType:
    kind = _map_type(arguments[0])
    fields = (
        StructField("key", kind.key_type, False),
        StructField("value", kind.value_type, kind.value_contains_null),
    )
    return ArrayType(StructType(fields), False)


def _array_of(arguments: Sequence[Expression]) -> DataType:
    return ArrayType(type_of(arguments[0]), is_nullable(arguments[0]))


def _array_of_nullable(arguments: Sequence[Expression]) -> DataType:
    return ArrayType(_element(arguments), True)


COLLECTION_FUNCTIONS: tuple[Signature, ...] = (
    row(
        "size",
        (Choice((ARRAY, MAP)),),
        _INT,
        nullable=null_if_any,
        aliases=("size", "cardinality"),
    ),
    row("array_size", (ARRAY,), _INT),
    row("array_distinct", (ARRAY,), _array),
    row("array_sort", (ARRAY,), _array),
    row(
        "sort_array", (ARRAY, BOOLEAN), _array, defaults=(Literal(True, BooleanType()),)
    ),
    row("array_min", (ARRAY,), _element, nullable=always_nullable),
    row("array_max", (ARRAY,), _element, nullable=always_nullable),
    row("array_compact", (ARRAY,), lambda a: ArrayType(_element(a), False)),
    row("array_join", (_STRINGS, STRING, STRING), StringType(), required=2),
    row("array_repeat", (ANY, INT), _array_of, nullable=lambda a: is_nullable(a[1])),
    row("slice", (ARRAY, INT, INT), _array),
    row("reverse", (Choice((STRING, ARRAY)),), _same),
    row("map_keys", (MAP,), lambda a: ArrayType(_map_type(a[0]).key_type, False)),
    row(
        "map_values",
        (MAP,),
        lambda a: ArrayType(
            _map_type(a[0]).value_type, _map_type(a[0]).value_contains_null
        ),
    ),
    row("map_entries", (MAP,), _entries),
    row(
        "str_to_map",
        (STRING, STRING, STRING),
        MapType(StringType(), StringType()),
        defaults=(Literal(",", StringType()), Literal(":", StringType())),
    ),
)

NESTED: Mapping[str, str] = {
    "named_struct": "name literal, value, …: a struct",
    "array": "values of one type",
    "map": "key, value, …: keys of one type, values of one type",
    "concat": "strings, binaries or arrays of one type; none at all is ''",
    "get_field": "struct, name literal: the field",
    "get_array_fields": "array of structs, name literal: array of the field",
    "get_array_item": "array, 0-based position: the element, ANSI error outside",
    "get_map_value": "map, key: the value, null when absent",
    "element_at": "array, position from 1 or -1: the element, ANSI error outside",
    "try_element_at": "the same, null outside",
    "array_contains": "array, value of its element type",
    "array_position": "array, value of its element type: bigint, 0 when absent",
    "array_remove": "array, value of its element type",
    "array_append": "array, value of its element type",
    "array_prepend": "array, value of its element type",
    "array_union": "two arrays of one type",
    "array_intersect": "two arrays of one type",
    "array_except": "two arrays of one type",
    "arrays_overlap": "two arrays of one type: boolean",
    "map_contains_key": "map, key of its key type",
    "flatten": "array of arrays: array",
    "sequence": "start, stop[, step], integers of one type: the numbers between",
    "map_from_arrays": "array of keys, array of values",
}
"""Functions whose argument types depend on each other: see `nested_calls.py`."""
