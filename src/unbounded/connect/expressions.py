"""Expressions: the client's expressions as plan nodes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from unbounded import types
from unbounded.connect import data_types
from unbounded.connect.conversion import Context, refuse, variant_of
from unbounded.connect.python_functions import scalar_function
from unbounded.parser import parse_data_type, parse_expression, parse_name
from unbounded.plan import expressions as nodes
from unbounded.plan.python_functions import NamedArgument, PythonCall

__all__ = [
    "CONVERTERS",
    "LITERALS",
    "UNSUPPORTED",
    "convert_expression",
    "convert_expressions",
    "convert_literal",
    "name_parts",
]

Converter = Callable[[Any, Context], nodes.Expression]

_EPOCH = date(1970, 1, 1)
_USER_FUNCTIONS = "Use the built-in functions, or foreachBatch with pandas or Arrow."

UNSUPPORTED: dict[str, str] = {
    "window": "Window functions over partitions are not available yet.",
    "update_fields": "Build the struct anew with named_struct or struct.",
    "merge_action": "Write the merged result with df.write.",
    "typed_aggregate_expression": _USER_FUNCTIONS,
    "subquery_expression": "Write the subquery as a join.",
    "direct_shuffle_partition_id": "Partitions have no meaning on one machine.",
    "extension": "Plugins of Spark Connect can't run here.",
}


def convert_expression(message: Any, context: Context) -> nodes.Expression:
    """The node for one expression.

    Raises:
        UnsupportedError: a kind of expression that is not to be had here.
    """
    kind = variant_of(message, "expr_type")
    convert = CONVERTERS.get(kind)
    if convert is None:
        raise refuse("expression", kind, UNSUPPORTED.get(kind, ""))
    return convert(getattr(message, kind), context)


def convert_expressions(messages: Any, context: Context) -> tuple[Any, ...]:
    """The nodes for several expressions, in order."""
    return tuple(convert_expression(message, context) for message in messages)


def name_parts(text: str) -> tuple[str, ...]:
    """`a.b` as its parts; backticks quote."""
    if "." not in text and "`" not in text:
        return (text,)
    return tuple(parse_name(text))


def _plan_id(message: Any) -> int | None:
    return message.plan_id if message.HasField("plan_id") else None


def _literal(message: Any, context: Context) -> nodes.Expression:
    return convert_literal(message)


def _attribute(message: Any, context: Context) -> nodes.Expression:
    return nodes.UnresolvedAttribute(
        name_parts(message.unparsed_identifier),
        _plan_id(message),
        message.is_metadata_column,
    )


def _function(message: Any, context: Context) -> nodes.Expression:
    return nodes.UnresolvedFunction(
        message.function_name,
        convert_expressions(message.arguments, context),
        message.is_distinct,
    )


def _call_function(message: Any, context: Context) -> nodes.Expression:
    name = name_parts(message.function_name)[-1]
    return nodes.UnresolvedFunction(
        name, convert_expressions(message.arguments, context)
    )


def _expression_string(message: Any, context: Context) -> nodes.Expression:
    return parse_expression(message.expression)


def _star(message: Any, context: Context) -> nodes.Expression:
    target = None
    if message.HasField("unparsed_target"):
        target = name_parts(message.unparsed_target.removesuffix(".*"))
    return nodes.UnresolvedStar(target, _plan_id(message))


def convert_alias(message: Any, context: Context) -> nodes.Alias:
    metadata = json.loads(message.metadata) if message.HasField("metadata") else None
    return nodes.Alias(
        convert_expression(message.expr, context),
        tuple(message.name),
        metadata=metadata,
    )


_EVAL_MODES: dict[int, nodes.EvalMode] = {1: "LEGACY", 2: "ANSI", 3: "TRY"}


def _cast(message: Any, context: Context) -> nodes.Expression:
    if message.HasField("type"):
        target = data_types.from_proto(message.type)
    else:
        target = parse_data_type(message.type_str)
    mode = _EVAL_MODES.get(message.eval_mode, context.cast_mode)
    return nodes.Cast(convert_expression(message.expr, context), target, mode)


def _regex(message: Any, context: Context) -> nodes.Expression:
    return nodes.UnresolvedRegex(message.col_name.strip("`"), _plan_id(message))


def convert_sort_order(message: Any, context: Context) -> nodes.SortOrder:
    """An ordering; ascending has nulls first, descending last, unless said."""
    is_ascending = message.direction != message.SORT_DIRECTION_DESCENDING
    nulls_first = is_ascending
    if message.null_ordering != message.SORT_NULLS_UNSPECIFIED:
        nulls_first = message.null_ordering == message.SORT_NULLS_FIRST
    child = convert_expression(message.child, context)
    return nodes.SortOrder(child, is_ascending, nulls_first)


def _lambda_variable(message: Any, context: Context) -> nodes.LambdaVariable:
    return nodes.LambdaVariable(message.name_parts[0])


def _lambda(message: Any, context: Context) -> nodes.Expression:
    parameters = tuple(_lambda_variable(m, context) for m in message.arguments)
    return nodes.LambdaFunction(
        convert_expression(message.function, context), parameters
    )


def _extract_value(message: Any, context: Context) -> nodes.Expression:
    return nodes.UnresolvedExtractValue(
        convert_expression(message.child, context),
        convert_expression(message.extraction, context),
    )


def _python_call(message: Any, context: Context) -> nodes.Expression:
    arguments = convert_expressions(message.arguments, context)
    return PythonCall(scalar_function(message), arguments)


def _named_argument(message: Any, context: Context) -> nodes.Expression:
    return NamedArgument(message.key, convert_expression(message.value, context))


CONVERTERS: dict[str, Converter] = {
    "literal": _literal,
    "unresolved_attribute": _attribute,
    "unresolved_function": _function,
    "expression_string": _expression_string,
    "unresolved_star": _star,
    "alias": convert_alias,
    "cast": _cast,
    "unresolved_regex": _regex,
    "sort_order": convert_sort_order,
    "lambda_function": _lambda,
    "unresolved_named_lambda_variable": _lambda_variable,
    "unresolved_extract_value": _extract_value,
    "call_function": _call_function,
    "common_inline_user_defined_function": _python_call,
    "named_argument_expression": _named_argument,
}


# --- literals ---------------------------------------------------------------


def _typed(data_type: types.DataType) -> Callable[[Any, Any], nodes.Literal]:
    return lambda value, message: nodes.Literal(value, data_type)


def _null(value: Any, message: Any) -> nodes.Literal:
    return nodes.Literal(None, data_types.from_proto(value))


def _date(value: Any, message: Any) -> nodes.Literal:
    return nodes.Literal(_EPOCH + timedelta(days=value), types.DateType())


def _decimal(value: Any, message: Any) -> nodes.Literal:
    number = Decimal(value.value)
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    # The client names a type it did not measure; the value may need a wider one.
    scale = max(-exponent, value.scale, 0)
    precision = max(len(digits) + scale + exponent, value.precision, scale)
    return nodes.Literal(number, types.DecimalType(precision, scale))


def _array(value: Any, message: Any) -> nodes.Literal:
    elements = [convert_literal(element) for element in value.elements]
    return _array_literal(elements, _declared_element(value, message))


def _declared_element(value: Any, message: Any) -> types.DataType | None:
    if message.data_type.HasField("array"):
        return data_types.from_proto(message.data_type.array.element_type)
    if value.HasField("element_type"):
        return data_types.from_proto(value.element_type)
    return None


def _array_literal(
    elements: list[nodes.Literal], declared: types.DataType | None
) -> nodes.Literal:
    if declared is None:
        declared = elements[0].data_type if elements else types.NullType()
    values = tuple(element.value for element in elements)
    return nodes.Literal(values, types.ArrayType(declared, None in values))


_SPECIALIZED: dict[str, types.DataType] = {
    "bools": types.BooleanType(),
    "ints": types.IntegerType(),
    "longs": types.LongType(),
    "floats": types.FloatType(),
    "doubles": types.DoubleType(),
    "strings": types.StringType(),
}


def _specialized_array(value: Any, message: Any) -> nodes.Literal:
    kind = variant_of(value, "value_type")
    values = tuple(getattr(value, kind).values)
    return nodes.Literal(values, types.ArrayType(_SPECIALIZED[kind], False))


def _map(value: Any, message: Any) -> nodes.Literal:
    keys = [convert_literal(key) for key in value.keys]
    items = [convert_literal(item) for item in value.values]
    if message.data_type.HasField("map"):
        map_type = data_types.from_proto(message.data_type)
    else:
        key_type = data_types.from_proto(value.key_type)
        map_type = types.MapType(key_type, data_types.from_proto(value.value_type))
    pairs = zip(keys, items, strict=True)
    return nodes.Literal(tuple((k.value, v.value) for k, v in pairs), map_type)


def _struct(value: Any, message: Any) -> nodes.Literal:
    declared = (
        message.data_type if message.data_type.HasField("struct") else value.struct_type
    )
    elements = tuple(convert_literal(element).value for element in value.elements)
    return nodes.Literal(elements, data_types.from_proto(declared))


LITERALS: dict[str, Callable[[Any, Any], nodes.Literal]] = {
    "null": _null,
    "binary": _typed(types.BinaryType()),
    "boolean": _typed(types.BooleanType()),
    "byte": _typed(types.ByteType()),
    "short": _typed(types.ShortType()),
    "integer": _typed(types.IntegerType()),
    "long": _typed(types.LongType()),
    "float": _typed(types.FloatType()),
    "double": _typed(types.DoubleType()),
    "decimal": _decimal,
    "string": _typed(types.StringType()),
    "date": _date,
    "timestamp": _typed(types.TimestampType()),
    "timestamp_ntz": _typed(types.TimestampNTZType()),
    "year_month_interval": _typed(types.YearMonthIntervalType()),
    "day_time_interval": _typed(types.DayTimeIntervalType()),
    "array": _array,
    "map": _map,
    "struct": _struct,
    "specialized_array": _specialized_array,
}


def convert_literal(message: Any) -> nodes.Literal:
    """A constant, its value as `plan.expressions.Literal` holds it."""
    kind = variant_of(message, "literal_type")
    convert = LITERALS.get(kind)
    if convert is None:
        raise refuse("literal", kind, "Use a literal of another type.")
    return convert(getattr(message, kind), message)
