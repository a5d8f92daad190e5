"""Duplicates: `dropDuplicates`, `distinct` and DISTINCT, resolved.

`dropDuplicates` keeps one row of each key. DISTINCT in SQL asks for the different
rows there are, which is a grouping by all columns: a stream of it is an
aggregation, as by Spark's `ReplaceDistinctWithAggregate`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from unbounded.analyzer.context import Context
from unbounded.analyzer.mismatches import quote_type
from unbounded.analyzer.names import quote_column
from unbounded.analyzer.resolved import Resolved
from unbounded.analyzer.streaming_checks import is_streaming
from unbounded.errors import AnalysisError
from unbounded.plan.expressions import Alias, AttributeReference
from unbounded.plan.relations import (
    Aggregate,
    Deduplicate,
    Distinct,
    Relation,
    output_of,
)
from unbounded.types import ArrayType, DataType, MapType, StructType

__all__ = ["deduplicate", "distinct_rows", "refuse_maps"]


def deduplicate(node: Deduplicate, child: Resolved, context: Context) -> Resolved:
    """One row of `child` for each key.

    Raises:
        AnalysisError: a key is no column, or holds a map.
    """
    keys: tuple[AttributeReference, ...] = ()
    if not node.all_columns:
        names = (_key_columns(name, child, context) for name in node.names)
        keys = tuple(dict.fromkeys(itertools.chain.from_iterable(names)))
    refuse_maps(keys or output_of(child.relation))
    return child.under(Distinct(child.relation, keys, node.within_watermark))


def distinct_rows(relation: Relation) -> Relation:
    """The different rows of a resolved relation.

    Raises:
        AnalysisError: a column holds a map.
    """
    output = output_of(relation)
    refuse_maps(output)
    if not is_streaming(relation):
        return Distinct(relation)
    keys = tuple(Alias(c, (c.name,), c.attribute_id) for c in output)
    return Aggregate(relation, keys, ())


def _key_columns(
    name: str, child: Resolved, context: Context
) -> list[AttributeReference]:
    """All columns of that name: a key may be ambiguous, as in Spark."""
    visible = child.scope.visible
    found = [a for a in visible if context.same_name(a.name, name)]
    if found:
        return found
    names = ", ".join(a.name for a in visible)
    raise AnalysisError(
        "UNRESOLVED_COLUMN_AMONG_FIELD_NAMES", colName=name, fieldNames=names
    )


def refuse_maps(columns: Iterable[AttributeReference]) -> None:
    """Refuse columns by which rows can't be told apart.

    Raises:
        AnalysisError: a column holds a map.
    """
    for column in columns:
        if _holds_map(column.data_type):
            raise AnalysisError(
                "UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE",
                feature="telling rows with a map apart",
                advice="Leave the column out, or take its map_entries.",
                colName=quote_column((column.name,)),
                dataType=quote_type(column.data_type),
            )


def _holds_map(data_type: DataType) -> bool:
    match data_type:
        case MapType():
            return True
        case ArrayType():
            return _holds_map(data_type.element_type)
        case StructType():
            return any(_holds_map(field.data_type) for field in data_type.fields)
    return False
