"""Nested calls: functions over arrays, maps and structs.

Their argument types depend on each other, which a row of the tables can't say.
Also `child[key]` and `child.field`, Spark's `ExtractValue`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from unbounded.analyzer.argument_types import (
    ARRAY,
    BINARY,
    INT,
    INTEGRAL,
    MAP,
    STRING,
    ArgumentType,
    Choice,
    Family,
)
from unbounded.analyzer.calls import Call, check_number, make_call, unify
from unbounded.analyzer.coercion import (
    cast_to,
    coerce_to,
    tightest_common_type,
    wider_type,
)
from unbounded.analyzer.functions.signature import is_nullable, type_of
from unbounded.analyzer.mismatches import (
    quote_function,
    quote_sql,
    quote_type,
    unexpected_input,
)
from unbounded.analyzer.names import quote_column
from unbounded.errors import AnalysisError
from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Expression,
    FunctionCall,
    Literal,
)
from unbounded.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    LongType,
    MapType,
    NullType,
    StringType,
    StructField,
    StructType,
)

__all__ = ["NESTED_CALLS", "extract_value"]

_ARRAY_OR_MAP = Choice((ARRAY, MAP))
_NESTED_ARRAY = Family('ARRAY" of "ARRAY', lambda t: False, NullType())


# --- makers -----------------------------------------------------------------


def _named_struct(call: Call) -> Expression:
    """`named_struct(name, value, …)`."""
    if len(call.arguments) % 2:
        check_number(call, len(call.arguments) + 1, None)
    names, values = call.arguments[::2], call.arguments[1::2]
    for name in names:
        if not (isinstance(name, Literal) and isinstance(name.value, str)):
            raise AnalysisError(
                "DATATYPE_MISMATCH.CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING",
                sqlExpr=quote_sql(call.sql),
                inputExprs="["
                + ", ".join(map(quote_sql, call.argument_sqls[::2]))
                + "]",
            )
    pairs = zip((n.value for n in names if isinstance(n, Literal)), values, strict=True)
    return _make_struct(call, list(pairs))


def _struct(call: Call) -> Expression:
    """`struct(a, b + 1 AS c, …)`: fields named by their columns, else `col<n>`."""
    pairs = []
    for index, argument in enumerate(call.arguments, 1):
        pairs.append((_field_name(argument, index), _unnamed(argument)))
    return _make_struct(call, pairs)


def _field_name(argument: Expression, index: int) -> str:
    match argument:
        case Alias() | AttributeReference():
            return argument.name
        case FunctionCall("get_field" | "get_array_fields", (_, Literal(name, _))):
            return str(name)
    return f"col{index}"


def _unnamed(argument: Expression) -> Expression:
    return argument.child if isinstance(argument, Alias) else argument


def _make_struct(call: Call, pairs: list[tuple[str, Expression]]) -> Expression:
    fields = tuple(StructField(n, type_of(v), is_nullable(v)) for n, v in pairs)
    arguments: list[Expression] = []
    for name, value in pairs:
        arguments += [Literal(name, StringType()), value]
    return make_call(call, "named_struct", arguments, StructType(fields), False)


def _array(call: Call) -> Expression:
    values = unify(call, call.arguments, 0)
    element = type_of(values[0]) if values else NullType()
    contains_null = any(is_nullable(v) for v in values)
    return make_call(call, "array", values, ArrayType(element, contains_null), False)


def _map(call: Call) -> Expression:
    if len(call.arguments) % 2:
        check_number(call, len(call.arguments) + 1, None)
    keys = unify(call, call.arguments[::2], 0)
    values = unify(call, call.arguments[1::2], 0)
    key = type_of(keys[0]) if keys else NullType()
    value = type_of(values[0]) if values else NullType()
    if isinstance(key, MapType):
        raise AnalysisError(
            "DATATYPE_MISMATCH.INVALID_MAP_KEY_TYPE",
            sqlExpr=quote_sql(call.sql),
            keyType=quote_type(key),
        )
    data_type = MapType(key, value, any(is_nullable(v) for v in values))
    arguments = [e for pair in zip(keys, values, strict=True) for e in pair]
    return make_call(call, "map", arguments, data_type, False)


def _concat(call: Call) -> Expression:
    """Arrays of a common type, or binaries, or anything as strings."""
    nullable = any(is_nullable(a) for a in call.arguments)
    if any(isinstance(t, ArrayType) for t in call.types):
        arguments = unify(call, call.arguments, 0)
        return make_call(call, "concat", arguments, type_of(arguments[0]), nullable)
    binary = bool(call.types) and all(isinstance(t, BinaryType) for t in call.types)
    target: DataType = BinaryType() if binary else StringType()
    for index, found in enumerate(call.types):
        if isinstance(found, (MapType, StructType)):
            wanted = Choice((STRING, BINARY, ARRAY))
            sql = call.argument_sqls[index]
            raise unexpected_input(call.sql, index, wanted, sql, found)
    arguments = [cast_to(a, target) for a in call.arguments]
    return make_call(call, "concat", arguments, target, nullable)


# --- taking out -------------------------------------------------------------


def extract_value(call: Call) -> Expression:
    """`child[key]`: a field of a struct, an item of an array, a value of a map."""
    child, key = call.arguments
    match type_of(child):
        case StructType() as struct:
            return _field(call, "get_field", struct, is_nullable(child))
        case ArrayType(StructType() as struct, _) if isinstance(
            type_of(key), StringType
        ) and isinstance(key, Literal):
            return _field(call, "get_array_fields", struct, is_nullable(child))
        case ArrayType(element, _):
            return _array_item(call, element)
        case MapType():
            return _map_value(call)
        case other:
            raise AnalysisError(
                "INVALID_EXTRACT_BASE_FIELD_TYPE",
                base=quote_sql(call.argument_sqls[0]),
                other=quote_type(other),
            )


def _field(call: Call, name: str, struct: StructType, nullable: bool) -> Expression:
    child, key = call.arguments
    if not (isinstance(key, Literal) and isinstance(key.value, str)):
        raise AnalysisError(
            "INVALID_EXTRACT_FIELD_TYPE", extraction=quote_sql(call.argument_sqls[1])
        )
    found = [f for f in struct.fields if call.context.same_name(f.name, key.value)]
    if not found:
        raise AnalysisError(
            "FIELD_NOT_FOUND",
            fieldName=quote_column((key.value,)),
            fields=", ".join(quote_column((f.name,)) for f in struct.fields),
        )
    if len(found) > 1:
        raise AnalysisError(
            "AMBIGUOUS_REFERENCE_TO_FIELDS",
            field=quote_column((key.value,)),
            count=len(found),
        )
    field = found[0]
    arguments = (child, Literal(field.name, StringType()))
    if name == "get_field":
        return make_call(
            call, name, arguments, field.data_type, nullable or field.nullable
        )
    outer = type_of(child)
    contains_null = field.nullable or (
        isinstance(outer, ArrayType) and outer.contains_null
    )
    return make_call(
        call, name, arguments, ArrayType(field.data_type, contains_null), nullable
    )


def _array_item(call: Call, element: DataType) -> Expression:
    child, key = call.arguments
    if not _is_position(key):
        sql = call.argument_sqls[1]
        raise unexpected_input(call.sql, 1, INTEGRAL, sql, type_of(key))
    position = coerce_to(key, INT)
    assert position is not None
    return make_call(call, "get_array_item", (child, position), element, True)


def _is_position(key: Expression) -> bool:
    return coerce_to(key, INTEGRAL) is not None and not isinstance(
        type_of(key), StringType
    )


def _map_value(call: Call) -> Expression:
    child, key = call.arguments
    data_type = type_of(child)
    assert isinstance(data_type, MapType)
    if not _can_be_key(type_of(key), data_type.key_type):
        raise _different_types(call, "DATATYPE_MISMATCH.MAP_FUNCTION_DIFF_TYPES", "MAP")
    key = cast_to(key, data_type.key_type)
    return make_call(call, "get_map_value", (child, key), data_type.value_type, True)


def _can_be_key(source: DataType, key: DataType) -> bool:
    return wider_type(source, key) is not None or isinstance(key, StringType)


def _element_at(name: str, call: Call) -> Expression:
    check_number(call, 2, 2)
    child, key = call.arguments
    match type_of(child):
        case MapType():
            return _map_value(call)
        case ArrayType(element, _):
            position = coerce_to(key, INT)
            if position is None:
                sql = call.argument_sqls[1]
                raise unexpected_input(call.sql, 1, INT, sql, type_of(key))
            return make_call(call, name, (child, position), element, True)
        case other:
            sql = call.argument_sqls[0]
            raise unexpected_input(call.sql, 0, _ARRAY_OR_MAP, sql, other)


# --- an array and an element ------------------------------------------------


def _different_types(call: Call, condition: str, wanted: str) -> AnalysisError:
    return AnalysisError(
        condition,
        sqlExpr=quote_sql(call.sql),
        functionName=quote_function(call.name),
        dataType=f'"{wanted}"',
        leftType=quote_type(call.types[0]),
        rightType=quote_type(call.types[1]),
    )


def _require(call: Call, index: int, wanted: ArgumentType) -> None:
    found = call.types[index]
    if not wanted.accepts(found) and not isinstance(found, NullType):
        sql = call.argument_sqls[index]
        raise unexpected_input(call.sql, index, wanted, sql, found)


def _array_and_element(name: str, call: Call) -> Expression:
    """The array and the value brought to one element type, nothing read."""
    check_number(call, 2, 2)
    _require(call, 0, ARRAY)
    array, value = call.arguments
    array_type = type_of(array)
    assert isinstance(array_type, ArrayType)
    common = tightest_common_type(array_type.element_type, type_of(value))
    if common is None:
        raise _different_types(
            call, "DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES", "ARRAY"
        )
    array = cast_to(array, ArrayType(common, array_type.contains_null))
    value = cast_to(value, common)
    adds = name in ("array_append", "array_prepend")
    contains_null = array_type.contains_null or (adds and is_nullable(value))
    results: Mapping[str, DataType] = {
        "array_contains": BooleanType(),
        "array_position": LongType(),
    }
    nullable = is_nullable(array) or (
        not adds
        and (is_nullable(value) or name == "array_contains")
        and (is_nullable(value) or array_type.contains_null)
    )
    data_type = results.get(name, ArrayType(common, contains_null))
    return make_call(call, name, (array, value), data_type, nullable)


def _two_arrays(name: str, call: Call) -> Expression:
    check_number(call, 2, 2)
    _require(call, 0, ARRAY)
    _require(call, 1, ARRAY)
    common = wider_type(*call.types)
    if not isinstance(common, ArrayType):
        raise _different_types(
            call, "DATATYPE_MISMATCH.BINARY_ARRAY_DIFF_TYPES", "ARRAY"
        )
    arguments = [cast_to(a, common) for a in call.arguments]
    nullable = any(is_nullable(a) for a in call.arguments)
    data_type: DataType = BooleanType() if name == "arrays_overlap" else common
    if name == "arrays_overlap":
        nullable = nullable or common.contains_null
    return make_call(call, name, arguments, data_type, nullable)


# --- maps and the rest ------------------------------------------------------


def _map_contains_key(call: Call) -> Expression:
    check_number(call, 2, 2)
    _require(call, 0, MAP)
    child, key = call.arguments
    data_type = type_of(child)
    assert isinstance(data_type, MapType)
    if not _can_be_key(type_of(key), data_type.key_type):
        raise _different_types(call, "DATATYPE_MISMATCH.MAP_FUNCTION_DIFF_TYPES", "MAP")
    arguments = (child, cast_to(key, data_type.key_type))
    return make_call(call, "map_contains_key", arguments, BooleanType(), True)


def _map_from_arrays(call: Call) -> Expression:
    check_number(call, 2, 2)
    _require(call, 0, ARRAY)
    _require(call, 1, ARRAY)
    keys, values = call.types
    assert isinstance(keys, ArrayType)
    assert isinstance(values, ArrayType)
    data_type = MapType(keys.element_type, values.element_type, values.contains_null)
    nullable = any(is_nullable(a) for a in call.arguments)
    return make_call(call, "map_from_arrays", call.arguments, data_type, nullable)


def _flatten(call: Call) -> Expression:
    check_number(call, 1, 1)
    match call.types[0]:
        case ArrayType(ArrayType(element, inner_null), outer_null):
            data_type = ArrayType(element, inner_null or outer_null)
            nullable = is_nullable(call.arguments[0]) or outer_null
            return make_call(call, "flatten", call.arguments, data_type, nullable)
        case other:
            sql = call.argument_sqls[0]
            raise unexpected_input(call.sql, 0, _NESTED_ARRAY, sql, other)


def _sequence(call: Call) -> Expression:
    """`sequence(start, stop[, step])` over whole numbers; step 0 is filled in."""
    check_number(call, 2, 3)
    for index in range(len(call.arguments)):
        _require(call, index, INTEGRAL)
    arguments = unify(call, call.arguments, 0)
    data_type = type_of(arguments[0])
    nullable = any(is_nullable(a) for a in arguments)
    return make_call(call, "sequence", arguments, ArrayType(data_type, False), nullable)


NESTED_CALLS: Mapping[str, Callable[[Call], Expression]] = {
    "named_struct": _named_struct,
    "struct": _struct,
    "array": _array,
    "map": _map,
    "create_map": _map,
    "concat": _concat,
    "||": _concat,
    "element_at": partial(_element_at, "element_at"),
    "try_element_at": partial(_element_at, "try_element_at"),
    **{
        name: partial(_array_and_element, name)
        for name in (
            "array_contains",
            "array_position",
            "array_remove",
            "array_append",
            "array_prepend",
        )
    },
    **{
        name: partial(_two_arrays, name)
        for name in (
            "array_union",
            "array_intersect",
            "array_except",
            "arrays_overlap",
        )
    },
    "map_contains_key": _map_contains_key,
    "map_from_arrays": _map_from_arrays,
    "sequence": _sequence,
    "flatten": _flatten,
}
