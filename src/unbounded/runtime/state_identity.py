"""State identity: by which names a query knows its state again after a restart.

A table of state is known by the names and types of its columns, which tell what was
computed. A column that the edited query calls otherwise is the same column, so its
name in the state is the one under which it was first read; readers are shown the
query's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from unbounded.plan.origins import with_origin_names
from unbounded.plan.relations import Relation
from unbounded.state import SHOWN_NAME, OperatorSchema
from unbounded.types import StructField

__all__ = ["lasting_schemas"]


def lasting_schemas(
    schemas: tuple[OperatorSchema, ...],
    plan: Relation,
    schemas_of: Callable[[Relation], Sequence[OperatorSchema]],
) -> tuple[OperatorSchema, ...]:
    """`schemas`, those of the query `plan`, under the names that last.

    Args:
        schemas_of: the schemas of another plan in the same query's place.
    """
    first = with_origin_names(plan)
    if first is plan:
        return schemas
    return tuple(
        replace(
            schema,
            key_fields=_named(schema.key_fields, lasting.key_fields),
            value_fields=_named(schema.value_fields, lasting.value_fields),
        )
        for schema, lasting in zip(schemas, schemas_of(first), strict=True)
    )


def _named(
    fields: Sequence[StructField], lasting: Sequence[StructField]
) -> tuple[StructField, ...]:
    """Under the lasting names, but where two would share one: of those the query's
    own tell which is which.
    """
    names = [field.name for field in lasting]
    return tuple(
        replace(field, name=name, metadata={SHOWN_NAME: field.name, **field.metadata})
        if names.count(name) == 1
        else field
        for field, name in zip(fields, names, strict=True)
    )
