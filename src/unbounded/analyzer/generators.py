"""Generators: `explode` and its like taken out of select lists, as relations below.

Spark's `ExtractGenerator`. A select list has one at most, alone or under an alias;
one over a map makes two columns, and one that tells positions one more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from unbounded.analyzer.argument_types import ARRAY, MAP, Choice
from unbounded.analyzer.calls import Call, prepare_arguments
from unbounded.analyzer.context import Context
from unbounded.analyzer.functions.signature import row
from unbounded.analyzer.mismatches import quote_sql
from unbounded.errors import AnalysisError
from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Expression,
    FunctionCall,
    Literal,
    type_of,
)
from unbounded.plan.generators import Generate, GeneratorCall, GeneratorColumn
from unbounded.plan.relations import Project, Relation, output_of
from unbounded.types import (
    ArrayType,
    IntegerType,
    MapType,
    StringType,
    StructField,
    StructType,
)

__all__ = ["GENERATOR_CALLS", "generate_rows", "named_columns", "refuse_generator"]

_TAKES = Choice((ARRAY, MAP))


def _generator(name: str, call: Call) -> Expression:
    signature = row(name, (_TAKES,), lambda arguments: type_of(arguments[0]))
    (argument,) = prepare_arguments(call, signature)
    return GeneratorCall(
        call.sql,
        argument,
        has_position=name.startswith("pos"),
        is_outer=name.endswith("_outer"),
        call_id=call.context.new_call_id(),
    )


GENERATOR_CALLS: Mapping[str, Callable[[Call], Expression]] = {
    name: partial(_generator, name)
    for name in ("explode", "explode_outer", "posexplode", "posexplode_outer")
}


def named_columns(
    call: GeneratorCall, names: Sequence[str]
) -> list[tuple[str, GeneratorColumn]]:
    """The columns of a call under the names given, or their own.

    Raises:
        AnalysisError: there are not as many names as columns.
    """
    fields = call.fields
    if names and len(names) != len(fields):
        raise AnalysisError(
            "UDTF_ALIAS_NUMBER_MISMATCH",
            aliasesSize=str(len(fields)),
            aliasesNames=", ".join(names),
        )
    chosen = names or [field.name for field in fields]
    return [(name, GeneratorColumn(call, n)) for n, name in enumerate(chosen)]


def generate_rows(
    relation: Relation, expressions: Sequence[Expression], context: Context
) -> tuple[Relation, list[Expression]]:
    """The relation with the rows that a select list generates, and the list over it.

    Raises:
        AnalysisError: there are several generators.
    """
    columns = [e for e in expressions if isinstance(e, GeneratorColumn)]
    calls = list(dict.fromkeys(column.call for column in columns))
    if not calls:
        return relation, list(expressions)
    if len(calls) > 1:
        texts = [quote_sql(call.sql) for call in calls]
        raise AnalysisError(
            "UNSUPPORTED_GENERATOR.MULTI_GENERATOR",
            num=str(len(calls)),
            generators=", ".join(texts),
        )
    generate = _generate(relation, calls[0], context)
    made = _columns(calls[0], generate)
    chosen = [
        made[e.place] if isinstance(e, GeneratorColumn) else e for e in expressions
    ]
    return generate, chosen


def refuse_generator(call: GeneratorCall, place: Relation) -> AnalysisError:
    """The error for a generator that no select list has taken out."""
    if isinstance(place, Project):
        return AnalysisError(
            "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS",
            expression=quote_sql(call.sql),
        )
    return AnalysisError(
        "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", plan=type(place).__name__
    )


def _generate(relation: Relation, call: GeneratorCall, context: Context) -> Generate:
    """The array is a column below: what is called for it may run elsewhere."""
    values = _entries(call.argument)
    kind = type_of(values)
    assert isinstance(kind, ArrayType)
    alias = Alias(values, ("values",), context.new_attribute_id())
    below = Project(relation, (*output_of(relation), alias))
    has_null = call.is_outer or kind.contains_null
    element = AttributeReference(
        "col", kind.element_type, has_null, context.new_attribute_id()
    )
    position = AttributeReference(
        "pos", IntegerType(), call.is_outer, context.new_attribute_id()
    )
    return Generate(below, alias.to_attribute(), call.is_outer, element, position)


def _entries(argument: Expression) -> Expression:
    """An array as it is, a map as an array of its entries."""
    kind = type_of(argument)
    if not isinstance(kind, MapType):
        return argument
    fields = (
        StructField("key", kind.key_type, False),
        StructField("value", kind.value_type, kind.value_contains_null),
    )
    entries = ArrayType(StructType(fields), False)
    return FunctionCall("map_entries", (argument,), entries)


def _columns(call: GeneratorCall, generate: Generate) -> list[Expression]:
    """The columns of the call, as they are computed of the relation's."""
    if isinstance(type_of(call.argument), MapType):
        values: list[Expression] = [
            FunctionCall(
                "get_field",
                (generate.element, Literal(field.name, StringType())),
                field.data_type,
                field.nullable,
            )
            for field in call.fields[-2:]
        ]
    else:
        values = [generate.element]
    return [generate.position, *values] if call.has_position else values
