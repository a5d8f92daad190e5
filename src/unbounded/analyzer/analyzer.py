"""Analyzer: from the plan a client sends to one whose names and types are known.

Called by `session` with a catalog; does no I/O of its own. The same plan and
catalog give the same plan, ids included.

Invariants:
    - the result holds resolved nodes only, each with an `output`
    - attribute ids are unique and given from 0, leaves numbered left to right
"""

from __future__ import annotations

from collections.abc import Callable

from unbounded.analyzer.context import AnalysisCatalog, Context
from unbounded.analyzer.corrupt_records import check_corrupt_records
from unbounded.analyzer.generators import refuse_generator
from unbounded.analyzer.grouping_sets import GroupingCall, refuse_grouping_call
from unbounded.analyzer.hidden_columns import drop_hidden_columns
from unbounded.analyzer.observation import check_observation_names
from unbounded.analyzer.python_functions import extract_python_calls
from unbounded.analyzer.python_rows import limit_python_rows
from unbounded.analyzer.relations import resolve_relation
from unbounded.analyzer.state_columns import let_state_be_null
from unbounded.analyzer.watermark_filters import filter_before_watermarks
from unbounded.analyzer.windows import WINDOWS
from unbounded.errors import UnsupportedError
from unbounded.plan.expressions import AggregateCall
from unbounded.plan.generators import GeneratorCall
from unbounded.plan.observation import CollectMetrics
from unbounded.plan.relations import Aggregate, Relation
from unbounded.plan.tree import Node, walk

__all__ = ["RULES", "analyze"]

Rule = Callable[[Relation, Context], Relation]


def resolve(plan: Relation, context: Context) -> Relation:
    """Every name, type and id known."""
    return resolve_relation(plan, context).relation


def check_places(plan: Relation, context: Context) -> Relation:
    """No window, generator or aggregate call where no rule takes it out."""
    for relation in walk(plan):
        if not isinstance(relation, Relation):
            continue
        takes_calls = isinstance(relation, Aggregate | CollectMetrics)
        own = (c for c in relation.children() if not isinstance(c, Relation))
        for node in (n for child in own for n in walk(child)):
            if isinstance(node, GeneratorCall):
                raise refuse_generator(node, relation)
            if not takes_calls:
                _check_place(node, relation)
    return plan


def _check_place(node: Node, relation: Relation) -> None:
    if isinstance(node, GroupingCall):
        raise refuse_grouping_call()
    if isinstance(node, (*WINDOWS, AggregateCall)):
        kind = "window" if isinstance(node, WINDOWS) else "an aggregate"
        place = type(relation).__name__.lower()
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature=f"{kind} in a {place}",
            advice="Compute it in a select or groupBy first.",
        )


RULES: tuple[Rule, ...] = (
    check_observation_names,
    resolve,
    drop_hidden_columns,
    check_places,
    check_corrupt_records,
    filter_before_watermarks,
    let_state_be_null,
    extract_python_calls,
    limit_python_rows,
)


def analyze(plan: Relation, catalog: AnalysisCatalog) -> Relation:
    """The resolved form of `plan`.

    Raises:
        AnalysisError: the query is wrong as written.
        UnsupportedError: Spark has it, and this engine does not.
    """
    is_case_sensitive = catalog.conf("spark.sql.caseSensitive").lower() == "true"
    context = Context(catalog, is_case_sensitive)
    for rule in RULES:
        plan = rule(plan, context)
    return plan
