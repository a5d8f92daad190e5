"""Tests of streaming checks: the acceptance table, as real Spark 4.3 answered.

`ok` runs in the mode; a condition is Spark's refusal; `not yet` is a query Spark
runs and this engine does not.
"""

from __future__ import annotations

import pytest

from tests.analyzer.queries import column, expr, resolved, source, stream
from unbounded.analyzer import check_streaming, is_streaming
from unbounded.analyzer.streaming_checks import refuse_batch_action
from unbounded.errors import AnalysisError, UnsupportedError
from unbounded.plan.commands import OutputMode
from unbounded.plan.expressions import Expression
from unbounded.plan.relations import (
    Deduplicate,
    Filter,
    Limit,
    Offset,
    Project,
    Relation,
    SetOperation,
    Sort,
    UnresolvedAggregate,
    UnresolvedJoin,
    WithWatermark,
)

MODE = "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"
OTHER = "_LEGACY_ERROR_TEMP_3102"
TWICE = "_LEGACY_ERROR_TEMP_3076"

PLAIN = stream()
MARKED = WithWatermark(PLAIN, "time", "10 seconds")
STATIC = source("action STRING")
WINDOW = "window(time, '10 seconds')"


def counted(child: Relation, *keys: str, count: str = "count(1)") -> Relation:
    grouping: tuple[Expression, ...] = tuple(expr(k) for k in keys)
    return UnresolvedAggregate(child, "groupby", grouping, (expr(count),))


def ordered(child: Relation) -> Relation:
    return Sort(child, (column("action"),))


def actions(child: Relation) -> Relation:
    return Project(child, (column("action"),))


COUNTED = counted(PLAIN, "action")
WINDOWED = counted(MARKED, WINDOW)
TWO_STREAMS = UnresolvedJoin(PLAIN, actions(stream()), "inner", using=("action",))

CASES: list[tuple[str, Relation, str, str, str]] = [
    ("plain", PLAIN, "ok", "ok", MODE),
    ("filter", Filter(PLAIN, expr("value > 1")), "ok", "ok", MODE),
    ("marked", MARKED, "ok", "ok", MODE),
    ("aggregate", COUNTED, MODE, "ok", "ok"),
    ("global aggregate", counted(PLAIN), MODE, "ok", "ok"),
    ("window with watermark", WINDOWED, "ok", "ok", "ok"),
    ("time with watermark", counted(MARKED, "time"), "ok", "ok", "ok"),
    ("other key with watermark", counted(MARKED, "action"), MODE, "ok", "ok"),
    ("window without watermark", counted(PLAIN, WINDOW), MODE, "ok", "ok"),
    ("computed key", counted(MARKED, "date_trunc('hour', time)"), MODE, "ok", "ok"),
    ("having", Filter(COUNTED, expr("count(1) > 1")), MODE, "ok", "ok"),
    ("two aggregates", counted(WINDOWED, "1"), MODE, OTHER, OTHER),
    ("sort", ordered(PLAIN), OTHER, OTHER, MODE),
    ("sorted aggregate", ordered(COUNTED), MODE, OTHER, "ok"),
    ("aggregate of sorted", counted(ordered(PLAIN), "action"), MODE, OTHER, OTHER),
    ("limit", Limit(PLAIN, 3), "not yet", OTHER, MODE),
    ("limited aggregate", Limit(COUNTED, 3), MODE, OTHER, "ok"),
    ("top", Limit(ordered(COUNTED), 3), MODE, OTHER, "ok"),
    ("offset", Offset(PLAIN, 3), OTHER, OTHER, MODE),
    ("offset of aggregate", Offset(COUNTED, 3), MODE, OTHER, OTHER),
    ("distinct", Deduplicate(PLAIN, (), True), "ok", "ok", MODE),
    (
        "within watermark, none",
        Deduplicate(PLAIN, ("action",), within_watermark=True),
        OTHER,
        OTHER,
        MODE,
    ),
    (
        "distinct aggregate",
        counted(PLAIN, "action", count="count(distinct value)"),
        MODE,
        "ok",
        "ok",
    ),
    ("union", SetOperation(PLAIN, stream(), "union"), "ok", "ok", MODE),
    (
        "union with static",
        SetOperation(actions(PLAIN), STATIC, "union"),
        OTHER,
        OTHER,
        MODE,
    ),
    ("two streams", TWO_STREAMS, "not yet", "not yet", MODE),
    (
        "stream and static",
        UnresolvedJoin(PLAIN, STATIC, "left", using=("action",)),
        "not yet",
        "not yet",
        MODE,
    ),
    (
        "full join with static",
        UnresolvedJoin(PLAIN, STATIC, "full", using=("action",)),
        OTHER,
        OTHER,
        MODE,
    ),
    (
        "static left of stream",
        UnresolvedJoin(STATIC, PLAIN, "left", using=("action",)),
        OTHER,
        OTHER,
        MODE,
    ),
    (
        "static anti stream",
        UnresolvedJoin(STATIC, PLAIN, "anti", using=("action",)),
        OTHER,
        OTHER,
        MODE,
    ),
    (
        "watermark twice",
        counted(WithWatermark(MARKED, "time", "1 second"), "time"),
        TWICE,
        TWICE,
        TWICE,
    ),
]
MODES: tuple[OutputMode, ...] = ("append", "update", "complete")


def answer(plan: Relation, output_mode: OutputMode) -> str:
    try:
        check_streaming(resolved(plan), output_mode)
    except UnsupportedError:
        return "not yet"
    except AnalysisError as error:
        return error.condition if error.message else "no text"
    return "ok"


@pytest.mark.parametrize("case", CASES, ids=[c[0] for c in CASES])
def test_plan_runs_in_the_modes_of_the_table(
    case: tuple[str, Relation, str, str, str],
) -> None:
    _, plan, *wanted = case
    assert [answer(plan, mode) for mode in MODES] == wanted


def test_batch_plan_is_no_stream() -> None:
    plan = resolved(STATIC)
    assert not is_streaming(plan)
    with pytest.raises(AnalysisError, match="WRITE_STREAM_NOT_ALLOWED"):
        check_streaming(plan, "append")
    refuse_batch_action(plan)


def test_batch_action_on_a_stream_is_refused() -> None:
    with pytest.raises(AnalysisError, match=OTHER):
        refuse_batch_action(resolved(COUNTED))


def test_refusal_of_a_mode_names_mode_and_operation() -> None:
    with pytest.raises(AnalysisError) as caught:
        check_streaming(resolved(COUNTED), "append")
    assert caught.value.parameters == {
        "outputMode": "append",
        "operation": "streaming aggregations without watermark",
    }
