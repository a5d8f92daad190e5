"""Queries: a relation at the root of a plan, run and answered with rows."""

from __future__ import annotations

from typing import Any

from unbounded.connect.call import Call
from unbounded.connect.catalog import answer_catalog
from unbounded.connect.conversion import variant_of
from unbounded.connect.observed_metrics import send_observed
from unbounded.connect.relations import convert_relation
from unbounded.connect.results import send_table

__all__ = ["run_query"]


def run_query(message: Any, call: Call) -> None:
    """Send a relation's schema and rows."""
    session = call.session
    if variant_of(message, "rel_type") == "catalog":
        result = answer_catalog(message.catalog, session)
    else:
        plan = convert_relation(message, call.context)
        result = session.run(plan, call.operation.on_start)
    send_table(call.operation, result.schema, result.table, session.time_zone)
    send_observed(call.operation, result.observed)
