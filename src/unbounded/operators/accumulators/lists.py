"""Lists: functions that need all values, and so keep them.

    collect_list, collect_set    buf, the values themselves
    any other                    values, over which the function runs as in a batch

A list grows with its group's rows; batches add to its end, so it is in the order
in which rows came.
"""

from __future__ import annotations

from dataclasses import replace

from unbounded.operators.accumulators.form import (
    Accumulator,
    AggregateForm,
    Finish,
    each,
    finished_by,
    partial,
    type_of,
)
from unbounded.operators.merge import appended
from unbounded.plan.expressions import (
    AggregateCall,
    AttributeReference,
    Expression,
    FunctionCall,
    Literal,
    SortOrder,
)
from unbounded.plan.tree import walk
from unbounded.types import (
    ArrayType,
    DataType,
    LongType,
    StringType,
    StructField,
    StructType,
)

__all__ = [
    "collected_form",
    "kept_type",
    "over_elements",
    "over_values",
    "values_form",
    "values_of",
]

_IN_ORDER = frozenset({"listagg"})
_OF_A_LIST = frozenset(
    {
        "median",
        "mode",
        "percentile",
        "percentile_approx",
        "percentile_cont",
        "percentile_disc",
    }
)
"""Functions that are SQL of a list; others run as an aggregate over its elements."""


def collected_form(call: AggregateCall) -> AggregateForm:
    """The list is the value."""
    kind = call.data_type
    values = partial(call, "ordered_values", kind)
    buffer = Accumulator("buf", kind, values)
    return AggregateForm((buffer,), each(appended), finished_by(call))


def values_form(call: AggregateCall) -> AggregateForm:
    """The function is that of a batch, run over the values that came so far."""
    arguments = values_of(call)
    kind = ArrayType(kept_type(arguments), True)
    name = "ordered_values" if call.name in _IN_ORDER else "kept_values"
    buffer = Accumulator("values", kind, partial(call, name, kind, *arguments))
    return AggregateForm((buffer,), each(appended), over_values(call))


def values_of(call: AggregateCall) -> tuple[Expression, ...]:
    """The arguments that differ from row to row, each once."""
    varying = dict.fromkeys(_ordered(a) for a in call.arguments if _varies(a))
    return tuple(varying) or call.arguments[:1]


def _varies(argument: Expression) -> bool:
    return any(isinstance(node, AttributeReference) for node in walk(argument))


def _ordered(argument: Expression) -> Expression:
    return argument.child if isinstance(argument, SortOrder) else argument


def kept_type(arguments: tuple[Expression, ...]) -> DataType:
    """The type of a list's element: a struct of several arguments."""
    if len(arguments) == 1:
        return type_of(arguments[0])
    fields = [
        StructField(f"value{number}", type_of(argument), True)
        for number, argument in enumerate(arguments)
    ]
    return StructType(tuple(fields))


def over_values(call: AggregateCall) -> Finish:
    """The function over the elements of a list, which are its varying arguments."""
    varying = values_of(call)
    if call.name in _OF_A_LIST and varying == call.arguments[:1]:
        constants = call.arguments[1:]
        if call.name != "percentile" or constants[1:] == (Literal(1, LongType()),):
            return lambda columns: FunctionCall(
                call.name, (columns[0], *constants), call.data_type
            )
    return over_elements(call, varying)


def over_elements(call: AggregateCall, varying: tuple[Expression, ...]) -> Finish:
    """The function, as an aggregate over the elements of a list of `varying`."""
    kind = kept_type(varying)
    element = AttributeReference("value", kind, True, -1)

    def value(argument: Expression) -> Expression:
        if isinstance(argument, SortOrder):
            return replace(argument, child=value(argument.child))
        if argument not in varying:
            return argument
        if len(varying) == 1:
            return element
        assert isinstance(kind, StructType)
        name = Literal(kind.names[varying.index(argument)], StringType())
        return FunctionCall("get_field", (element, name), type_of(argument))

    arguments = tuple(value(argument) for argument in call.arguments)
    over = replace(call, arguments=arguments, filter=None)
    return lambda columns: FunctionCall(
        "over_values", (columns[0], over), call.data_type
    )
