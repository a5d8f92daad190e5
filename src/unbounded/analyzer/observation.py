"""Observation: the metrics of `observe` resolved, and refused where they are none.

A metric is an aggregate, or computed from aggregates and constants. Spark's
`CheckAnalysis` for `CollectMetrics`; its conditions are `INVALID_OBSERVED_METRICS.…`.
"""

from __future__ import annotations

from collections.abc import Sequence

from unbounded.analyzer.aggregates import aggregate_items
from unbounded.analyzer.column_names import expression_sql
from unbounded.analyzer.context import Context
from unbounded.analyzer.expressions import Place
from unbounded.analyzer.mismatches import quote_sql
from unbounded.analyzer.projections import Item, place_over, resolve_items
from unbounded.analyzer.relations import resolve_relation
from unbounded.analyzer.resolved import Resolved
from unbounded.errors import AnalysisError, UnsupportedError
from unbounded.plan.conjunctions import is_random
from unbounded.plan.expressions import (
    AggregateCall,
    Alias,
    AttributeReference,
    Expression,
    Literal,
)
from unbounded.plan.observation import CollectMetrics, Observe
from unbounded.plan.python_functions import PythonCall
from unbounded.plan.relations import Relation
from unbounded.plan.tree import walk
from unbounded.types import IntegerType, LongType

__all__ = ["check_observation_names"]


def check_observation_names(plan: Relation, context: Context) -> Relation:
    """One name stands for the same metrics of the same rows, wherever it stands."""
    named: dict[str, Observe] = {}
    for node in walk(plan):
        if isinstance(node, Observe) and named.setdefault(node.name, node) != node:
            raise AnalysisError("DUPLICATED_METRICS_NAME", metricName=node.name)
    return plan


@resolve_relation.register
def _(node: Observe, context: Context) -> Resolved:
    if not node.name:
        raise AnalysisError("INVALID_OBSERVED_METRICS.MISSING_NAME")
    child = resolve_relation(node.child, context)
    place = place_over(child, context)
    items = _metrics(node.metrics, place)
    for item, metric in zip(items, node.metrics, strict=True):
        _check(item.expression, expression_sql(metric, place))
    aggregation = aggregate_items(child, (), items, context).aggregation
    assert aggregation is not None, "an aggregation is what was made"
    if aggregation.child is not child.relation:
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature="a time window in an observed metric",
            advice="Select the window first, and observe that column.",
        )
    calls = aggregation.calls or (_row_count(context),)
    metrics = CollectMetrics(child.relation, node.name, calls, aggregation.columns)
    return child.under(metrics)


def _metrics(metrics: Sequence[Expression], place: Place) -> list[Item]:
    try:
        return resolve_items(metrics, place)
    except AnalysisError as error:
        if error.condition != "NESTED_AGGREGATE_FUNCTION":
            raise
        written = ", ".join(expression_sql(metric, place) for metric in metrics)
        raise AnalysisError(
            "INVALID_OBSERVED_METRICS.NESTED_AGGREGATES_UNSUPPORTED",
            expr=quote_sql(written),
        ) from error


def _row_count(context: Context) -> Alias:
    """Constants alone are a row too, if something is counted beside them."""
    count = AggregateCall("count", (Literal(1, IntegerType()),), LongType(), False)
    return Alias(count, ("count",), context.new_attribute_id())


def _check(node: Expression, written: str) -> None:
    """Refuse what is no aggregate's argument and yet depends on the rows."""
    quoted = quote_sql(written)
    match node:
        case AggregateCall(is_distinct=True):
            raise AnalysisError(
                "INVALID_OBSERVED_METRICS.AGGREGATE_EXPRESSION_WITH_DISTINCT_UNSUPPORTED",
                expr=quoted,
            )
        case AggregateCall(filter=Expression()):
            raise AnalysisError(
                "INVALID_OBSERVED_METRICS.AGGREGATE_EXPRESSION_WITH_FILTER_UNSUPPORTED",
                expr=quoted,
            )
        case AggregateCall():
            return
        case AttributeReference():
            raise AnalysisError(
                "INVALID_OBSERVED_METRICS.NON_AGGREGATE_FUNC_ARG_IS_ATTRIBUTE",
                expr=quoted,
            )
        case PythonCall():
            raise UnsupportedError(
                "UNSUPPORTED_FEATURE",
                feature="a Python function outside of an observed aggregate",
                advice="Call it on what the aggregate takes.",
            )
    if is_random([node]) and not any(isinstance(n, AggregateCall) for n in walk(node)):
        raise AnalysisError(
            "INVALID_OBSERVED_METRICS.NON_AGGREGATE_FUNC_ARG_IS_NON_DETERMINISTIC",
            expr=quoted,
        )
    for child in node.children():
        if isinstance(child, Expression):
            _check(child, written)
