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
)
from unbounded.plan.python_functions import EvaluatePython, MapBatches
from unbounded.plan.relations import (
    Aggregate,
    AssignWindows,
    Distinct,
    EventTimeWatermark,
    Expand,
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
    """Refuse to collect, show or write as a batch what is for streams.

    Raises:
        AnalysisError: the plan reads a stream, or deduplicates within a watermark.
    """
    if is_streaming(plan):
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_3102",
            msg="A query that reads a stream is started with writeStream.start().",
        )
    if any(isinstance(node, Distinct) and node.within_watermark for node in walk(plan)):
        raise _refused(
            "dropDuplicatesWithinWatermark is for streams. Use dropDuplicates."
        )


# --- what there is in a plan ------------------------------------------------


def _streaming(plan: Relation, *kinds: type[Relation]) -> Iterator[Relation]:
    for node in walk(plan):
        if isinstance(node, kinds) and is_streaming(node):
            yield node


def _aggregates(plan: Relation) -> list[Aggregate]:
    found = _streaming(plan, Aggregate)
    return [node for node in found if isinstance(node, Aggregate)]


def _becomes_final(node: Aggregate) -> bool:
    """Whether a key carries the watermark, so that its groups end."""
    return any(WATERMARK_DELAY in k.to_attribute().metadata for k in node.grouping)


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


def _reads_a_stream(plan: Relation, output_mode: OutputMode) -> None:
    if not is_streaming(plan):
        raise AnalysisError("WRITE_STREAM_NOT_ALLOWED")


def _aggregation_fits_mode(plan: Relation, output_mode: OutputMode) -> None:
    """Complete needs an aggregation; append needs its keys to become final."""
    aggregates = _aggregates(plan)
    if output_mode == "complete" and not aggregates:
        raise _wrong_mode(output_mode, "no streaming aggregations")
    if output_mode == "append" and not all(_becomes_final(a) for a in aggregates):
        raise _wrong_mode(output_mode, "streaming aggregations without watermark")


def _is_known(plan: Relation, output_mode: OutputMode) -> None:
    for node in walk(plan):
        if (
            isinstance(node, Relation)
            and not isinstance(node, _KNOWN)
            and is_streaming(node)
        ):
            raise _not_yet(
                f"{type(node).__name__} on a stream", "Do it inside a foreachBatch."
            )


def _aggregates_once(plan: Relation, output_mode: OutputMode) -> None:
    """What a second aggregation gets from the first is final in append alone."""
    for upper in _aggregates(plan):
        if output_mode != "append" and _aggregates(upper.child):
            raise _refused(
                "An aggregation over the result of another one can drop rows as late,"
                " because its input may be revised. Use append mode."
            )


def _has_one_stateful_operator(plan: Relation, output_mode: OutputMode) -> None:
    if len(list(_streaming(plan, Aggregate))) > 1:
        raise _not_yet(
            "several aggregations in one streaming query",
            "Write the first one's result out and read it as a second stream.",
        )


def _keeps_duplicates(plan: Relation, output_mode: OutputMode) -> None:
    for node in _streaming(plan, Distinct):
        assert isinstance(node, Distinct)
        if node.within_watermark and not any(
            WATERMARK_DELAY in a.metadata for a in node.output
        ):
            raise _refused("dropDuplicatesWithinWatermark needs a watermark.")
        if output_mode != "append" and _aggregates(node.child):
            raise _refused(
                "What an aggregation gives may be revised, so it can be deduplicated in"
                " append mode only."
            )


_JOINS_WITH_STATIC_RIGHT = frozenset({"inner", "cross", "left", "semi", "anti"})
_JOINS_WITH_STATIC_LEFT = frozenset({"inner", "cross", "right"})


def _joins_nothing(plan: Relation, output_mode: OutputMode) -> None:
    for node in _streaming(plan, Join):
        assert isinstance(node, Join)
        if is_streaming(node.left) and is_streaming(node.right):
            raise _not_yet("joining two streams", "Join inside a foreachBatch.")
        on_left = is_streaming(node.left)
        allowed = _JOINS_WITH_STATIC_RIGHT if on_left else _JOINS_WITH_STATIC_LEFT
        if node.join_type not in allowed:
            side = "left" if on_left else "right"
            raise _refused(
                f"A {node.join_type} join can't have the stream on its {side} and a"
                " static table on the other side: rows without a match are never final."
            )
        raise _not_yet(
            "joining a stream with a static table", "Join inside a foreachBatch."
        )


def _defines_a_watermark_once(plan: Relation, output_mode: OutputMode) -> None:
    """Spark finds this out in the first batch only."""
    for node in _streaming(plan, EventTimeWatermark):
        assert isinstance(node, EventTimeWatermark)
        if any(_streaming(node.child, EventTimeWatermark)):
            raise AnalysisError(
                "_LEGACY_ERROR_TEMP_3076",
                config="spark.sql.streaming.statefulOperator.allowMultiple",
            )


def _unites_streams_only(plan: Relation, output_mode: OutputMode) -> None:
    for node in _streaming(plan, Union):
        assert isinstance(node, Union)
        if not all(is_streaming(part) for part in node.inputs):
            raise _refused("A stream can be united with streams only.")


def _sorts_whole_results(plan: Relation, output_mode: OutputMode) -> None:
    for node in _streaming(plan, Sort):
        if output_mode != "complete" or not _aggregates(node):
            raise _refused(
                "A stream can be sorted in complete mode, after an aggregation; nowhere"
                " else is there an end to sort up to."
            )


def _limits_whole_results(plan: Relation, output_mode: OutputMode) -> None:
    for node in _streaming(plan, Limit, Offset, Tail):
        if not isinstance(node, Limit):
            word = type(node).__name__.lower()
            raise _refused(f"A stream has no {word}.")
        if output_mode == "update":
            raise _refused("A stream can't be limited in update mode.")
        if output_mode == "append" or not _aggregates(node):
            raise _not_yet(
                "a limit over all batches of a stream",
                "Limit inside a foreachBatch, or use complete mode.",
            )


_KNOWN = (
    Aggregate,
    AssignWindows,
    Distinct,
    EvaluatePython,
    EventTimeWatermark,
    Expand,
    Filter,
    Join,
    Limit,
    MapBatches,
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
    _reads_a_stream,
    _aggregation_fits_mode,
    _is_known,
    _aggregates_once,
    _unites_streams_only,
    _sorts_whole_results,
    _limits_whole_results,
    _joins_nothing,
    _keeps_duplicates,
    _has_one_stateful_operator,
    _defines_a_watermark_once,
)
"""In this order: the first refusal is the one reported, Spark's before ours."""
