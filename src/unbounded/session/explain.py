"""Explain: plans as text, in the shape of Spark's.

One line a node, children below their parents; `+-` leads to the last child and
`:-` to those before. Expressions are written as the user would write them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import singledispatch
from typing import Any

from unbounded.analyzer import is_streaming
from unbounded.plan import expressions as e, relations as r
from unbounded.plan.event_time import session_position
from unbounded.plan.generators import Generate
from unbounded.plan.observation import CollectMetrics
from unbounded.plan.python_functions import (
    EvalType,
    EvaluatePython,
    MapBatches,
    PythonCall,
)
from unbounded.plan.tree import Node, walk
from unbounded.runtime import StreamingQuery
from unbounded.sources import STATE_FORMATS

__all__ = ["expression_text", "explain_plan", "explain_query", "tree_text"]

NodeText = Callable[[r.Relation], str]


def explain_plan(plan: r.Relation, resolved: r.Relation, is_extended: bool) -> str:
    """What `df.explain()` shows."""
    physical = f"== Physical Plan ==\n{tree_text(resolved)}"
    if not is_extended:
        return physical
    parsed = tree_text(plan, lambda node: type(node).__name__)
    return (
        f"== Parsed Logical Plan ==\n{parsed}\n"
        f"== Analyzed Logical Plan ==\n{_columns_text(r.output_of(resolved))}\n"
        f"{tree_text(resolved)}\n{physical}"
    )


def explain_query(query: StreamingQuery, is_extended: bool) -> str:
    """What `query.explain()` shows: the plan, stateful operators as such."""
    if not query.has_begun_batches:
        return "No physical plan. Waiting for data."
    plan = query.definition.plan
    physical = f"== Physical Plan ==\n{tree_text(plan, _streaming_text)}"
    if not is_extended:
        return physical
    return f"== Analyzed Logical Plan ==\n{tree_text(plan)}\n{physical}"


def tree_text(plan: r.Relation, text_of: NodeText | None = None) -> str:
    """The tree of a plan, a line a node."""
    return "".join(f"{line}\n" for line in _lines(plan, text_of or node_text, "", ""))


def _lines(node: r.Relation, text_of: NodeText, lead: str, base: str) -> Iterator[str]:
    """The lines of a subtree; a text of several lines is a chain of nodes."""
    first, *chain = text_of(node).split("\n")
    yield lead + first
    for text in chain:
        yield f"{base}+- {text}"
        base += "   "
    children = _inputs(node)
    for child in children[:-1]:
        yield from _lines(child, text_of, base + ":- ", base + ":  ")
    for child in children[-1:]:
        yield from _lines(child, text_of, base + "+- ", base + "   ")


def _inputs(node: r.Relation) -> list[r.Relation]:
    if isinstance(node, r.SourceScan):
        return []
    return [child for child in node.children() if isinstance(child, r.Relation)]


def _streaming_text(node: r.Relation) -> str:
    if isinstance(node, r.Aggregate):
        keys = _list_text(node.grouping)
        functions = _list_text(node.aggregates)
        by_session = session_position(node.grouping) is not None
        store = "SessionWindowStateStore" if by_session else "StateStore"
        return "\n".join(
            (
                f"HashAggregate(keys={keys}, functions={functions})",
                f"{store}Save {keys}",
                f"{store}Restore {keys}",
                f"HashAggregate(keys={keys}, functions=partial {functions})",
            )
        )
    if isinstance(node, r.Distinct):
        kind = "DeduplicateWithinWatermark" if node.within_watermark else "Deduplicate"
        keys = _columns_text(node.keys or r.output_of(node))
        return f"Streaming{kind} [{keys}]"
    if isinstance(node, r.Join) and is_streaming(node.left) == is_streaming(node.right):
        return f"StreamingSymmetricHashJoin {node_text(node)}"
    return node_text(node)


# --- one node ---------------------------------------------------------------


@singledispatch
def node_text(node: r.Relation) -> str:
    """One line for a relation."""
    return type(node).__name__


@node_text.register
def _project(node: r.Project) -> str:
    return f"Project {_list_text(node.columns)}"


@node_text.register
def _filter(node: r.Filter) -> str:
    return f"Filter {expression_text(node.condition)}"


@node_text.register
def _evaluate_python(node: EvaluatePython) -> str:
    calls = (n for alias in node.calls for n in walk(alias))
    kinds = {n.function.eval_type for n in calls if isinstance(n, PythonCall)}
    name = "BatchEvalPython" if kinds == {EvalType.BATCHED} else "ArrowEvalPython"
    return f"{name} {_list_text(node.calls)}"


@node_text.register
def _map_batches(node: MapBatches) -> str:
    is_pandas = node.function.eval_type is EvalType.MAP_PANDAS_ITER
    name = "MapInPandas" if is_pandas else "MapInArrow"
    return f"{name} {node.function.name}, [{_columns_text(node.output)}]"


@node_text.register
def _aggregate(node: r.Aggregate) -> str:
    keys, functions = _list_text(node.grouping), _list_text(node.aggregates)
    return f"HashAggregate(keys={keys}, functions={functions})"


@node_text.register
def _expand(node: r.Expand) -> str:
    keys = _columns_text(node.key_columns)
    sets = ", ".join(
        f"({', '.join(node.keys[place].name for place in each)})" for each in node.sets
    )
    return f"Expand [{keys}], [{sets}], {_column_text(node.grouping_id)}"


@node_text.register
def _assign_windows(node: r.AssignWindows) -> str:
    times = f"{node.duration_us}, {node.slide_us}, {node.start_us}"
    time = expression_text(node.time)
    return f"AssignWindows {time}, {times}, {_column_text(node.column)}"


@node_text.register
def _watermark(node: r.EventTimeWatermark) -> str:
    return f"EventTimeWatermark {_column_text(node.event_time)}, {node.delay_ms} ms"


@node_text.register
def _collect_metrics(node: CollectMetrics) -> str:
    return f"CollectMetrics {node.name}, {_list_text(node.columns)}"


@node_text.register
def _distinct(node: r.Distinct) -> str:
    return f"Deduplicate [{_columns_text(node.keys or r.output_of(node))}]"


@node_text.register
def _join(node: r.Join) -> str:
    condition = "" if node.condition is None else expression_text(node.condition)
    return f"Join {node.join_type.capitalize()} {condition}".rstrip()


@node_text.register
def _generate(node: Generate) -> str:
    outer = "outer " if node.is_outer else ""
    values, element = _column_text(node.values), _column_text(node.element)
    return f"Generate {outer}{values}, {element}"


@node_text.register
def _intersect(node: r.Intersect) -> str:
    return "Intersect All" if node.is_all else "Intersect"


@node_text.register
def _except(node: r.Except) -> str:
    return "Except All" if node.is_all else "Except"


@node_text.register
def _sort(node: r.Sort) -> str:
    return f"Sort {_list_text(node.orders)}, {str(node.is_global).lower()}"


@node_text.register
def _limit(node: r.Limit) -> str:
    return f"GlobalLimit {node.count}"


@node_text.register
def _offset(node: r.Offset) -> str:
    return f"GlobalOffset {node.count}"


@node_text.register
def _tail(node: r.Tail) -> str:
    return f"CollectTail {node.count}"


@node_text.register
def _range(node: r.Range) -> str:
    return f"Range ({node.start}, {node.end}, step={node.step})"


@node_text.register
def _local(node: r.LocalRelation) -> str:
    return f"LocalTableScan [{_columns_text(node.output)}]"


@node_text.register
def _scan(node: r.SourceScan) -> str:
    name = "StreamingRelation" if node.is_streaming else "FileScan"
    if node.source.format.lower() in STATE_FORMATS:
        name = "BatchScan"
    paths = ", ".join(node.source.paths)
    place = f" Location: [{paths}]" if paths else ""
    return f"{name} {node.source.format} [{_columns_text(node.output)}]{place}"


def _columns_text(columns: tuple[e.AttributeReference, ...]) -> str:
    return ", ".join(map(_column_text, columns))


def _column_text(column: e.AttributeReference) -> str:
    return column.column_name


def _list_text(expressions: tuple[Any, ...]) -> str:
    return f"[{', '.join(map(expression_text, expressions))}]"


# --- one expression ---------------------------------------------------------


@singledispatch
def expression_text(node: Node) -> str:
    """An expression on one line."""
    return type(node).__name__


@expression_text.register
def _attribute(node: e.AttributeReference) -> str:
    return node.column_name


@expression_text.register
def _alias(node: e.Alias) -> str:
    return f"{expression_text(node.child)} AS {node.name}#{node.attribute_id}"


@expression_text.register
def _cast(node: e.Cast) -> str:
    return f"cast({expression_text(node.child)} as {node.data_type.simple_string})"


@expression_text.register
def _literal(node: e.Literal) -> str:
    return "null" if node.value is None else str(node.value)


@expression_text.register
def _sort_order(node: e.SortOrder) -> str:
    direction = "ASC" if node.is_ascending else "DESC"
    nulls = "FIRST" if node.nulls_first else "LAST"
    return f"{expression_text(node.child)} {direction} NULLS {nulls}"


@expression_text.register
def _call(node: e.FunctionCall) -> str:
    return f"{node.name}({', '.join(map(expression_text, node.arguments))})"


@expression_text.register
def _python_call(node: PythonCall) -> str:
    arguments = ", ".join(map(expression_text, node.arguments))
    return f"{node.function.name}({arguments})"


@expression_text.register
def _aggregate_call(node: e.AggregateCall) -> str:
    distinct = "distinct " if node.is_distinct else ""
    return f"{node.name}({distinct}{', '.join(map(expression_text, node.arguments))})"
