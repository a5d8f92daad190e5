"""Set operations: unions by position or name; intersect and except.

The columns of a union have the common type of its inputs and the names and ids
of the first. `INTERSECT` and `EXCEPT` are distinct semi and anti joins where one side
is looked up in the other; the forms with `ALL`, and those of two streams, are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unbounded.analyzer.calls import Call, call_scalar
from unbounded.analyzer.coercion import cast_to, wider_type
from unbounded.analyzer.context import Context
from unbounded.analyzer.duplicates import distinct_rows, refuse_maps
from unbounded.analyzer.functions.registry import SCALARS
from unbounded.analyzer.mismatches import ordinal, quote_type
from unbounded.analyzer.names import ScopeColumn
from unbounded.analyzer.resolved import Resolved
from unbounded.analyzer.streaming_checks import is_streaming
from unbounded.errors import AnalysisError
from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Expression,
    Literal,
)
from unbounded.plan.relations import (
    Distinct,
    Except,
    Intersect,
    Join,
    JoinType,
    Project,
    Relation,
    SetOperation,
    Union,
    output_of,
)
from unbounded.types import DataType, NullType

__all__ = ["set_operation"]


def set_operation(
    node: SetOperation, left: Resolved, right: Resolved, context: Context
) -> Resolved:
    """The resolved union, intersection or difference of two relations."""
    name = node.kind.upper()
    if node.by_name:
        left, right = _by_name(node, left, right, context)
    left_relation, right_relation = _same_types(name, left, right, context)
    if node.kind == "union":
        relation: Relation = _union(left_relation, right_relation)
        if not node.is_all:
            relation = distinct_rows(relation)
    else:
        relation = _intersect_or_except(node, left_relation, right_relation, context)
    scope = left.scope.over(ScopeColumn(a) for a in output_of(relation))
    outputs = dict(scope.plan_outputs)
    for plan_id, places in right.scope.plan_outputs.items():
        outputs.setdefault(plan_id, places)
    return Resolved(relation, replace(scope, plan_outputs=outputs))


# --- inputs -----------------------------------------------------------------


def _same_types(
    name: str, left: Resolved, right: Resolved, context: Context
) -> tuple[Relation, Relation]:
    if len(left.output) != len(right.output):
        raise AnalysisError(
            "NUM_COLUMNS_MISMATCH",
            operator=name,
            firstNumColumns=len(left.output),
            invalidOrdinalNum="second",
            invalidNumColumns=len(right.output),
        )
    types = [
        _common_type(name, index, a, b)
        for index, (a, b) in enumerate(zip(left.output, right.output, strict=True))
    ]
    return (
        _cast_columns(left.relation, types, context),
        _cast_columns(right.relation, types, context),
    )


def _common_type(
    name: str, index: int, left: AttributeReference, right: AttributeReference
) -> DataType:
    common = wider_type(left.data_type, right.data_type)
    if common is None:
        raise AnalysisError(
            "INCOMPATIBLE_COLUMN_TYPE",
            operator=name,
            columnOrdinalNumber=ordinal(index),
            tableOrdinalNumber="second",
            dataType1=quote_type(right.data_type),
            dataType2=quote_type(left.data_type),
            hint="",
        )
    return common


def _cast_columns(
    relation: Relation, types: Sequence[DataType], context: Context
) -> Relation:
    output = output_of(relation)
    if all(a.data_type == t for a, t in zip(output, types, strict=True)):
        return relation
    columns = tuple(
        a
        if a.data_type == t
        else Alias(cast_to(a, t), (a.name,), context.new_attribute_id())
        for a, t in zip(output, types, strict=True)
    )
    return Project(relation, columns)


def _by_name(
    node: SetOperation, left: Resolved, right: Resolved, context: Context
) -> tuple[Resolved, Resolved]:
    """The inputs with their columns in one order, absent ones as nulls."""
    allows = node.allows_missing_columns
    same = context.same_name
    rights: list[Expression] = []
    for wanted in left.output:
        found = [a for a in right.output if same(a.name, wanted.name)]
        if not found and not allows:
            raise _missing(wanted.name, right.output)
        rights.append(found[0] if found else _null(wanted.name, context))
    extra = [
        a for a in right.output if not any(same(a.name, b.name) for b in left.output)
    ]
    if extra and not allows:
        raise AnalysisError(
            "NUM_COLUMNS_MISMATCH",
            operator="UNION",
            firstNumColumns=len(left.output),
            invalidOrdinalNum="second",
            invalidNumColumns=len(right.output),
        )
    lefts = (*left.output, *(_null(a.name, context) for a in extra))
    return (
        _with_columns(left, lefts),
        _with_columns(right, (*rights, *extra)),
    )


def _with_columns(resolved: Resolved, columns: Sequence[Expression]) -> Resolved:
    if tuple(columns) == resolved.output:
        return resolved
    return Resolved(Project(resolved.relation, tuple(columns)), resolved.scope)


def _null(name: str, context: Context) -> Alias:
    return Alias(Literal(None, NullType()), (name,), context.new_attribute_id())


def _missing(name: str, output: Sequence[AttributeReference]) -> AnalysisError:
    names = ", ".join(a.name for a in output)
    return AnalysisError(
        "UNRESOLVED_COLUMN_AMONG_FIELD_NAMES", colName=name, fieldNames=names
    )


# --- results ----------------------------------------------------------------


def _union(left: Relation, right: Relation) -> Union:
    """The union; one directly below on the left is widened, not nested."""
    pairs = zip(output_of(left), output_of(right), strict=True)
    output = tuple(replace(a, nullable=a.nullable or b.nullable) for a, b in pairs)
    inputs = left.inputs if isinstance(left, Union) else (left,)
    return Union((*inputs, right), output)


def _intersect_or_except(
    node: SetOperation, left: Relation, right: Relation, context: Context
) -> Relation:
    refuse_maps(output_of(left))
    if not node.is_all and not is_streaming(right):
        return _by_join(node, left, right, context)
    if node.kind == "intersect" and not node.is_all and not is_streaming(left):
        # It is the same both ways, and the stream is looked up in the table.
        return _named_as(output_of(left), _by_join(node, right, left, context))
    return _counted(node, left, right)


def _named_as(columns: Sequence[AttributeReference], relation: Relation) -> Relation:
    pairs = zip(columns, output_of(relation), strict=True)
    named = (Alias(found, (c.name,), c.attribute_id) for c, found in pairs)
    return Project(relation, tuple(named))


def _counted(node: SetOperation, left: Relation, right: Relation) -> Relation:
    if node.kind == "except":
        return Except(left, right, node.is_all, output_of(left))
    pairs = zip(output_of(left), output_of(right), strict=True)
    output = tuple(replace(a, nullable=a.nullable and b.nullable) for a, b in pairs)
    return Intersect(left, right, node.is_all, output)


def _by_join(
    node: SetOperation, left: Relation, right: Relation, context: Context
) -> Relation:
    condition: Expression | None = None
    for pair in zip(output_of(left), output_of(right), strict=True):
        equal = _call("<=>", pair, context)
        condition = (
            equal if condition is None else _call("and", (condition, equal), context)
        )
    join_type: JoinType = "semi" if node.kind == "intersect" else "anti"
    return Distinct(Join(left, right, join_type, condition, output_of(left)))


def _call(name: str, arguments: Sequence[Expression], context: Context) -> Expression:
    def write() -> tuple[str, tuple[str, ...]]:
        sqls = tuple(getattr(a, "name", "") for a in arguments)
        return f"({' <=> '.join(sqls)})", sqls

    return call_scalar(Call(name, tuple(arguments), context, write), SCALARS[name])
