"""Streaming checks: which streaming plans run, in which output mode.

Spark's `UnsupportedOperationChecker`, as tables of rules. What is refused stands
here and nowhere else:

    refused                                      by          under
    append mode, groups that never end           both        STREAMING_OUTPUT_MODE.…
    dropDuplicatesWithinWatermark over an
      aggregation, not in append                 Spark, if correctness is checked
    a stream united with a static table          both        _LEGACY_ERROR_TEMP_3102
    sort in append; in update without a limit    Spark       _LEGACY_ERROR_TEMP_3102
    outer joins whose stream has no end          Spark       _LEGACY_ERROR_TEMP_3102
    joins of streams without an end              Spark       _LEGACY_ERROR_TEMP_3102
    outer joins of streams, not in append        Spark       _LEGACY_ERROR_TEMP_3102
    joins but inner ones, without an equality    both        _LEGACY_ERROR_TEMP_1181
    anti join of two streams                     both        _LEGACY_ERROR_TEMP_3102
    EXCEPT of streams in append, without an
      event time among the columns               both        _LEGACY_ERROR_TEMP_3102
    set operations of a stream and a table
      in append, but such as joins do            both        _LEGACY_ERROR_TEMP_3102
    tail in append mode                          Spark       _LEGACY_ERROR_TEMP_3102
    dropDuplicatesWithinWatermark unmarked       both        _LEGACY_ERROR_TEMP_3102
    relations that no operator knows             the engine  UNSUPPORTED_FEATURE

What Spark refuses beside these runs here (`docs/semantics.md`): sessions and limits in
update mode, complete mode without an aggregation, offsets, distinct aggregates, inner
joins of streams in every mode and on any condition, set operations of streams, and
aggregations, deduplication and inner joins over an aggregation in update and complete
mode, where Spark would count a group again whenever it changes and here its former row
is taken back. What has no incremental form runs over a table
(`runtime/retained_plan.py`).

`spark.sql.streaming.unsupportedOperationCheck` turns off what is refused by Spark
alone; `statefulOperator.checkCorrectness.enabled` the second row. A watermark above
another is refused where Spark finds it, in a batch (`runtime/micro_batch.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from unbounded.errors import AnalysisError, UnboundedError, UnsupportedError
from unbounded.plan.commands import OutputMode
from unbounded.plan.expressions import (
    WATERMARK_DELAY,
    AttributeReference,
)
from unbounded.plan.generators import Generate
from unbounded.plan.join_condition import split_condition
from unbounded.plan.observation import CollectMetrics
from unbounded.plan.python_functions import EvaluatePython, MapBatches
from unbounded.plan.relations import (
    Aggregate,
    AssignWindows,
    Distinct,
    EventTimeWatermark,
    Except,
    Expand,
    Filter,
    Intersect,
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
    output_of,
)
from unbounded.plan.state_limits import event_time_pair, state_limits
from unbounded.plan.tree import walk

__all__ = [
    "ENGINE_RULES",
    "SPARK_RULES",
    "CheckSettings",
    "check_streaming",
    "is_streaming",
    "refuse_batch_action",
]


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """The settings of a session that say which checks are made."""

    checks_operations: bool = True
    checks_correctness: bool = True


def is_streaming(plan: Relation) -> bool:
    """Whether a resolved plan reads a stream."""
    return any(
        isinstance(node, SourceScan) and node.is_streaming for node in walk(plan)
    )


def check_streaming(
    plan: Relation, output_mode: OutputMode, settings: CheckSettings | None = None
) -> None:
    """Refuse a resolved plan that can't run as a stream in `output_mode`.

    Raises:
        AnalysisError: Spark refuses it too.
        UnsupportedError: Spark runs it, this engine does not yet.
    """
    settings = settings or CheckSettings()
    if not is_streaming(plan):
        raise AnalysisError("WRITE_STREAM_NOT_ALLOWED")
    rules = [*SPARK_RULES] if settings.checks_operations else []
    if settings.checks_operations and settings.checks_correctness:
        rules.append(_builds_on_final_rows)
    for rule in (*rules, *ENGINE_RULES):
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


def _is_timed(columns: Iterator[AttributeReference]) -> bool:
    return any(WATERMARK_DELAY in column.metadata for column in columns)


def _becomes_final(node: Aggregate) -> bool:
    return _is_timed(key.to_attribute() for key in node.grouping)


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


# --- Spark's rules ----------------------------------------------------------


def _groups_become_final(plan: Relation, output_mode: OutputMode) -> None:
    """Spark looks at the aggregation nearest the sink, and ends at the others later."""
    if output_mode == "append" and not all(map(_becomes_final, _aggregates(plan))):
        raise _wrong_mode(output_mode, "streaming aggregations without watermark")


def _unites_streams_only(plan: Relation, output_mode: OutputMode) -> None:
    for node in _streaming(plan, Union):
        assert isinstance(node, Union)
        if not all(is_streaming(part) for part in node.inputs):
            raise _refused("A stream can be united with streams only.")


def _sorts_whole_results(plan: Relation, output_mode: OutputMode) -> None:
    """Rows that come have no order, but the first of all rows by one are a table."""
    if output_mode == "complete":
        return
    ends = _streaming(plan, Limit, Tail) if output_mode == "update" else ()
    ended = {id(node) for end in ends for node in _streaming(end, Sort)}
    if any(id(node) not in ended for node in _streaming(plan, Sort)):
        raise _refused(
            "A stream can be sorted in complete mode, and below a limit in update mode;"
            " nowhere else is there an end to sort up to."
        )


def _has_last_rows(plan: Relation, output_mode: OutputMode) -> None:
    if output_mode == "append" and any(_streaming(plan, Tail)):
        raise _refused("The last rows of a stream are not final in append mode.")


def _shares_final_rows(plan: Relation, output_mode: OutputMode) -> None:
    """What a stream does not have yet it may have later, and a table's rows at once."""
    if output_mode != "append":
        return
    for node in _streaming(plan, Except, Intersect):
        inputs = [child for child in node.children() if isinstance(child, Relation)]
        if not all(map(is_streaming, inputs)):
            raise _refused(
                "In append mode a stream can be intersected with a static table by"
                " DISTINCT alone, the stream on the left, and nothing can be lessened"
                " by a stream. Use update or complete mode."
            )
        if isinstance(node, Except) and not _is_timed(iter(node.output)):
            raise _refused(
                "A row that a stream does not have may still come, so EXCEPT is final"
                " only where an event time with a watermark is among the columns. Use"
                " update or complete mode."
            )


_JOINS_WITH_STATIC_RIGHT = frozenset({"inner", "cross", "left", "semi", "anti"})
_JOINS_WITH_STATIC_LEFT = frozenset({"inner", "cross", "right"})


def _joins_to_an_end(plan: Relation, output_mode: OutputMode) -> None:
    for node in _streaming(plan, Join):
        assert isinstance(node, Join)
        if is_streaming(node.left) and is_streaming(node.right):
            continue
        on_left = is_streaming(node.left)
        allowed = _JOINS_WITH_STATIC_RIGHT if on_left else _JOINS_WITH_STATIC_LEFT
        if node.join_type not in allowed:
            side = "left" if on_left else "right"
            raise _refused(
                f"A {node.join_type} join can't have the stream on its {side} and a"
                " static table on the other side: rows without a match are never final."
            )


_ALWAYS_JOINS = frozenset({"inner", "cross"})


def _stream_joins(plan: Relation) -> Iterator[Join]:
    """The joins of two streams, but for those that run in every mode."""
    for node in _streaming(plan, Join):
        assert isinstance(node, Join)
        both_stream = is_streaming(node.left) and is_streaming(node.right)
        if both_stream and node.join_type not in _ALWAYS_JOINS:
            yield node


def _joins_streams_to_an_end(plan: Relation, output_mode: OutputMode) -> None:
    """A row without a match is known when its last possible match would be late."""
    for node in _stream_joins(plan):
        if node.join_type == "anti":
            continue
        if node.join_type != "semi" and output_mode != "append":
            raise _not_in_mode(node, plan, output_mode)
        if not _forgets_rows(node):
            raise _refused(
                f"A {node.join_type} join of two streams needs a watermark on a column"
                " that the sides are equal in, or watermarks and a condition that says"
                " how far apart the event times may be."
            )


def _not_in_mode(join: Join, plan: Relation, output_mode: OutputMode) -> AnalysisError:
    """Spark refuses complete mode without an aggregation before it looks at joins."""
    if output_mode == "complete" and not _aggregates(plan):
        return _wrong_mode(output_mode, f"{join.join_type} joins of two streams")
    return _refused(
        f"A {join.join_type} join of two streams runs in append mode only, as rows"
        " without a match are known late."
    )


def _forgets_rows(join: Join) -> bool:
    """Whether rows of the side kept, or of one of both, leave the state some day."""
    if event_time_pair(split_condition(join).keys) is not None:
        return True
    left, right = output_of(join.left), output_of(join.right)
    limits_left = bool(state_limits(join.condition, left, right))
    limits_right = bool(state_limits(join.condition, right, left))
    if join.join_type == "full":
        return limits_left or limits_right
    return limits_right if join.join_type == "right" else limits_left


def _builds_on_final_rows(plan: Relation, output_mode: OutputMode) -> None:
    """What an aggregation gives is revised, but in append mode.

    Operators take revised rows, and are right where Spark's would count a group again;
    what forgets within a watermark needs final ones.
    """
    if output_mode == "append":
        return
    for upper in _streaming(plan, Distinct):
        assert isinstance(upper, Distinct)
        if upper.within_watermark and _aggregates(upper):
            raise _refused(
                "What an aggregation gives may be revised, so rows of the state that is"
                " built on it may come late and be dropped. Use append mode."
            )


# --- what does not run, whatever is checked ---------------------------------


def _knows_the_end_of_groups(plan: Relation, output_mode: OutputMode) -> None:
    """Spark's batch ends by this when nothing was checked before."""
    if output_mode == "append" and not all(map(_becomes_final, _aggregates(plan))):
        raise AnalysisError(
            "UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK",
            outputMode=output_mode,
            statefulOperator="aggregate",
        )


def _remembers_within_a_watermark(plan: Relation, output_mode: OutputMode) -> None:
    for node in _streaming(plan, Distinct):
        assert isinstance(node, Distinct)
        if node.within_watermark and not _is_timed(iter(node.output)):
            raise _refused("dropDuplicatesWithinWatermark needs a watermark.")


def _joins_streams_in_known_ways(plan: Relation, output_mode: OutputMode) -> None:
    """Spark finds a missing equality when it plans the first batch, of any join."""
    for node in _stream_joins(plan):
        if node.join_type == "anti":
            raise _refused("An anti join can't have a stream on its right side.")
        if not split_condition(node).keys:
            raise AnalysisError("_LEGACY_ERROR_TEMP_1181")


def _knows_all_relations(plan: Relation, output_mode: OutputMode) -> None:
    for node in walk(plan):
        if (
            isinstance(node, Relation)
            and not isinstance(node, _KNOWN)
            and is_streaming(node)
        ):
            raise _not_yet(
                f"{type(node).__name__} on a stream", "Do it inside a foreachBatch."
            )


def _reads_streams_alone(plan: Relation, output_mode: OutputMode) -> None:
    for node in _streaming(plan, Join, Union):
        inputs = [child for child in node.children() if isinstance(child, Relation)]
        if isinstance(node, Union) and not all(map(is_streaming, inputs)):
            raise _not_yet(
                "uniting a stream with a static table", "Do it inside a foreachBatch."
            )


_KNOWN = (
    Aggregate,
    AssignWindows,
    CollectMetrics,
    Distinct,
    EvaluatePython,
    EventTimeWatermark,
    Except,
    Expand,
    Filter,
    Generate,
    Intersect,
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

Rule = Callable[[Relation, OutputMode], None]

SPARK_RULES: tuple[Rule, ...] = (
    _groups_become_final,
    _unites_streams_only,
    _sorts_whole_results,
    _has_last_rows,
    _shares_final_rows,
    _joins_to_an_end,
    _joins_streams_to_an_end,
)
"""In this order: the first refusal is the one reported, Spark's before ours."""

ENGINE_RULES: tuple[Rule, ...] = (
    _knows_the_end_of_groups,
    _remembers_within_a_watermark,
    _joins_streams_in_known_ways,
    _knows_all_relations,
    _reads_streams_alone,
)
