"""Streaming checks: which streaming plans run, in which output mode.

Spark's `UnsupportedOperationChecker`, as a table of rules. A rule looks at a
whole streaming plan and raises for the first thing it refuses: what Spark
refuses under Spark's condition, what only this engine can't do yet by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from unbounded.errors import AnalysisError, UnboundedError, UnsupportedError
from unbounded.plan.commands import OutputMode
from unbounded.plan.expressions import (
    WATERMARK_DELAY,
    AggregateCall,
    Alias,
    FunctionCall,
)
from unbounded.plan.relations import (
    Aggregate,
    AssignWindows,
    Distinct,
    EventTimeWatermark,
    Filter,
    Join,
    Limit,
    Offset,
    OperatorOutput,
    Project,
    Relation,
    Repartition,
    Sort,
    SourceScan,
    Tail,
    Union,
)
from unbounded.plan.tree import walk

__all__ = ["STREAMING_RULES", "check_streaming", "is_streaming", "refuse_batch_action"]


def is_streaming(plan: Relation) -> bool:
    """Whether a resolved plan reads a stream."""
    return any(
        isinstance(node, SourceScan) and node.is_streaming for node in walk(plan)
    )


def check_streaming(plan: Relation, output_mode: OutputMode) -> None:
    """Refuse a resolved plan that can't run as a stream in `output_mode`.

    Raises:
        AnalysisError: Spark refuses it too.
        UnsupportedError: Spark runs it, this engine does not yet.
    """
    for rule in STREAMING_RULES:
        rule(plan, output_mode)


def refuse_batch_action(plan: Relation) -> None:
    """Refuse to collect, show or write a streaming plan as a batch.

    Raises:
        AnalysisError: the plan reads a stream.
    """
    if is_streaming(plan):
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_3102",
            msg="Queries with streaming sources must be executed with "
            "writeStream.start()",
        )


# --- what there is in a plan ------------------------------------------------


def _streaming(plan: Relation, *kinds: type[Relation]) -> Iterator[Relation]:
    for node in walk(plan):
        if isinstance(node, kinds) and is_streaming(node):
            yield node


def _aggregates(plan: Relation) -> list[Aggregate]:
    found = _streaming(plan, Aggregate)
    return [node for node in found if isinstance(node, Aggregate)]


def _has_watermark(columns: tuple[Alias, ...]) -> bool:
    return any(WATERMARK_DELAY in c.to_attribute().metadata for c in columns)


def _refused(message: str) -> AnalysisError:
    """Spark's refusals without a condition of their own."""
    return AnalysisError("_LEGACY_ERROR_TEMP_3102", msg=message)


def _wrong_mode(output_mode: str, operation: str) -> AnalysisError:
    return AnalysisError(
        "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION",
        outputMode=output_mode,
        operation=operation,
    )


def _not_yet(feature: str, advice: str) -> UnboundedError:
    return UnsupportedError("UNSUPPORTED_FEATURE", feature=feature, advice=advice)


# --- the rules --------------------------------------------------------------


def _needs_a_stream(plan: Relation, output_mode: OutputMode) -> None:
    if not is_streaming(plan):
        raise AnalysisError("WRITE_STREAM_NOT_ALLOWED")


def _knows_each_node(plan: Relation, output_mode: OutputMode) -> None:
    for node in walk(plan):
        if isinstance(node, Relation) and not isinstance(node, _KNOWN):
            kind = type(node).__name__
            if is_streaming(node):
                raise _not_yet(f"{kind} on a stream", "Do it inside a foreachBatch.")


def _watermark_is_defined_once(plan: Relation, output_mode: OutputMode) -> None:
    for node in _streaming(plan, EventTimeWatermark):
        assert isinstance(node, EventTimeWatermark)
        below = _streaming(node.child, EventTimeWatermark)
        if next(below, None) is not None:
            raise AnalysisError(
                "_LEGACY_ERROR_TEMP_3076",
                config="spark.sql.streaming.statefulOperator.allowMultiple",
            )


def _aggregation_fits_mode(plan: Relation, output_mode: OutputMode) -> None:
    """Complete needs an aggregation; append needs its keys to become final."""
    aggregates = _aggregates(plan)
    if output_mode == "complete" and not aggregates:
        raise _wrong_mode(output_mode, "no streaming aggregations")
    if output_mode == "append":
        for node in aggregates:
            if not _has_watermark(node.grouping):
                raise AnalysisError(
                    "UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK",
                    outputMode=output_mode,
                    statefulOperator="aggregations",
                )


def _one_stateful_operator(plan: Relation, output_mode: OutputMode) -> None:
    stateful = list(_streaming(plan, Aggregate, Distinct))
    for upper in stateful:
        below = [n for n in _streaming(upper, Aggregate, Distinct) if n is not upper]
        if below and output_mode != "append":
            raise _refused(
                "Detected pattern of possible 'correctness' issue due to global"
                " watermark. The query contains stateful operation which can emit rows"
                " older than the current watermark plus allowed late record delay,"
                ' which are "late rows" in downstream stateful operations and these'
                " rows can be discarded."
            )
    if len(stateful) > 1:
        raise _not_yet(
            "several stateful operators in one streaming query",
            "Write the first one's result out and read it as a second stream.",
        )


def _no_distinct_aggregates(plan: Relation, output_mode: OutputMode) -> None:
    for node in _aggregates(plan):
        for column in node.aggregates:
            call = column.child
            if isinstance(call, AggregateCall) and call.is_distinct:
                raise _refused(
                    "Distinct aggregations are not supported on streaming "
                    "DataFrames/Datasets. Consider using approx_count_distinct()"
                    " instead."
                )


def _deduplication(plan: Relation, output_mode: OutputMode) -> None:
    for _ in _streaming(plan, Distinct):
        raise _not_yet(
            "deduplication of a stream",
            "Group by the columns instead, or deduplicate inside a foreachBatch.",
        )


def _joins(plan: Relation, output_mode: OutputMode) -> None:
    for node in _streaming(plan, Join):
        assert isinstance(node, Join)
        both = is_streaming(node.left) and is_streaming(node.right)
        kind = "a stream with a stream" if both else "a stream with a static table"
        raise _not_yet(f"joining {kind}", "Join inside a foreachBatch.")


def _unions(plan: Relation, output_mode: OutputMode) -> None:
    for node in _streaming(plan, Union):
        assert isinstance(node, Union)
        if not all(is_streaming(part) for part in node.inputs):
            raise _refused(
                "Union between streaming and batch DataFrames/Datasets is not supported"
            )


def _sorts(plan: Relation, output_mode: OutputMode) -> None:
    for node in _streaming(plan, Sort):
        if output_mode != "complete" or not _aggregates(node):
            raise _refused(
                "Sorting is not supported on streaming DataFrames/Datasets, unless it is"
                " on aggregated DataFrame/Dataset in Complete output mode"
            )


def _limits(plan: Relation, output_mode: OutputMode) -> None:
    for node in _streaming(plan, Limit, Offset, Tail):
        name = type(node).__name__
        if isinstance(node, Limit) and output_mode == "complete" and _aggregates(node):
            continue
        if isinstance(node, Limit) and output_mode == "update":
            raise _refused(
                "Limits are not supported on streaming DataFrames/Datasets in Update"
                " output mode"
            )
        if isinstance(node, Limit):
            raise _not_yet(
                "a limit over all batches of a stream",
                "Limit inside a foreachBatch, or use complete mode.",
            )
        raise _refused(f"{name} is not supported on streaming DataFrames/Datasets")


_PER_RUN = frozenset({"monotonically_increasing_id"})


def _functions(plan: Relation, output_mode: OutputMode) -> None:
    for node in walk(plan):
        if isinstance(node, FunctionCall) and node.name in _PER_RUN:
            raise _refused(
                f"Expression(s): {node.name}() is not supported with"
                " streaming DataFrames/Datasets"
            )


_KNOWN = (
    Aggregate,
    AssignWindows,
    Distinct,
    EventTimeWatermark,
    Filter,
    Join,
    Limit,
    Offset,
    OperatorOutput,
    Project,
    Repartition,
    Sort,
    SourceScan,
    Tail,
    Union,
)

STREAMING_RULES: tuple[Callable[[Relation, OutputMode], None], ...] = (
    _needs_a_stream,
    _knows_each_node,
    _one_stateful_operator,
    _aggregation_fits_mode,
    _no_distinct_aggregates,
    _deduplication,
    _joins,
    _unions,
    _sorts,
    _limits,
    _functions,
    _watermark_is_defined_once,
)
"""In this order: the first refusal is the one reported."""
