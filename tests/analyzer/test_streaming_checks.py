"""Tests of streaming checks: the acceptance table, as real Spark 4.3 answered.

`ok` runs in the mode; a condition is Spark's refusal; `not yet` is a query Spark
runs and this engine does not. What runs here and not there: complete mode without an
aggregation, limits and sessions in update mode, offsets, distinct aggregates.
"""

from __future__ import annotations

import pytest

from tests.analyzer.queries import column, expr, resolved, source, stream
from unbounded.analyzer import CheckSettings, check_streaming, is_streaming
from unbounded.analyzer.streaming_checks import refuse_batch_action
from unbounded.errors import AnalysisError, UnsupportedError
from unbounded.plan.commands import OutputMode
from unbounded.plan.expressions import Expression
from unbounded.plan.relations import (
    Deduplicate,
    Filter,
    JoinType,
    Limit,
    Offset,
    Project,
    Relation,
    SetOperation,
    Sort,
    Tail,
    UnresolvedAggregate,
    UnresolvedJoin,
    WithWatermark,
)

MODE = "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"
OTHER = "_LEGACY_ERROR_TEMP_3102"

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

NO_KEY = "_LEGACY_ERROR_TEMP_1181"
KEY = "action = name"
RANGE = "at >= time AND at <= time + INTERVAL 1 HOUR"


def joined(
    join_type: JoinType, condition: str, *, left: bool = True, right: bool = True
) -> Relation:
    """Two streams on a condition; which of them have a watermark."""
    other = stream("at TIMESTAMP, name STRING, x INT")
    return UnresolvedJoin(
        MARKED if left else PLAIN,
        WithWatermark(other, "at", "10 seconds") if right else other,
        join_type,
        expr(condition),
    )


SESSION = counted(MARKED, "session_window(time, '10 seconds')", "action")
DEDUPLICATED = Deduplicate(WINDOWED, ("window",))

CASES: list[tuple[str, Relation, str, str, str]] = [
    ("plain", PLAIN, "ok", "ok", "ok"),
    ("filter", Filter(PLAIN, expr("value > 1")), "ok", "ok", "ok"),
    ("marked", MARKED, "ok", "ok", "ok"),
    ("aggregate", COUNTED, MODE, "ok", "ok"),
    ("global aggregate", counted(PLAIN), MODE, "ok", "ok"),
    ("window with watermark", WINDOWED, "ok", "ok", "ok"),
    ("time with watermark", counted(MARKED, "time"), "ok", "ok", "ok"),
    ("other key with watermark", counted(MARKED, "action"), MODE, "ok", "ok"),
    ("window without watermark", counted(PLAIN, WINDOW), MODE, "ok", "ok"),
    ("computed key", counted(MARKED, "date_trunc('hour', time)"), MODE, "ok", "ok"),
    ("having", Filter(COUNTED, expr("count(1) > 1")), MODE, "ok", "ok"),
    ("two aggregates", counted(WINDOWED, "1"), MODE, "ok", "ok"),
    (
        "windows of windows",
        counted(WINDOWED, "window(window, '1 minute')"),
        "ok",
        "ok",
        "ok",
    ),
    ("windows by their start", counted(WINDOWED, "window.start"), MODE, "ok", "ok"),
    ("session", SESSION, "ok", "ok", "ok"),
    ("session alone", counted(MARKED, "session_window(time, '1 second')"), *["ok"] * 3),
    (
        "session without watermark",
        counted(PLAIN, "session_window(time, '10 seconds')", "action"),
        MODE,
        "ok",
        "ok",
    ),
    (
        "windows of sessions",
        counted(SESSION, "window(session_window, '1 minute')"),
        "ok",
        "ok",
        "ok",
    ),
    ("deduplicated windows", DEDUPLICATED, "ok", "ok", "ok"),
    (
        "windows within their watermark",
        Deduplicate(WINDOWED, ("window",), within_watermark=True),
        "ok",
        OTHER,
        OTHER,
    ),
    ("deduplicated counts", Deduplicate(WINDOWED, ("count(1)",)), "ok", "ok", "ok"),
    (
        "windows of what is deduplicated",
        counted(Deduplicate(MARKED, ("time",)), WINDOW),
        "ok",
        "ok",
        "ok",
    ),
    ("sort", ordered(PLAIN), OTHER, OTHER, "ok"),
    ("sorted aggregate", ordered(COUNTED), MODE, OTHER, "ok"),
    ("aggregate of sorted", counted(ordered(PLAIN), "action"), MODE, OTHER, "ok"),
    ("limit", Limit(PLAIN, 3), "ok", "ok", "ok"),
    ("limited aggregate", Limit(COUNTED, 3), MODE, "ok", "ok"),
    ("top", Limit(ordered(COUNTED), 3), MODE, "ok", "ok"),
    ("top rows", Limit(ordered(PLAIN), 3), OTHER, "ok", "ok"),
    ("sorted limit", ordered(Limit(PLAIN, 3)), OTHER, OTHER, "ok"),
    ("last rows", Tail(PLAIN, 3), OTHER, "ok", "ok"),
    ("offset", Offset(PLAIN, 3), "ok", "ok", "ok"),
    ("offset of aggregate", Offset(COUNTED, 3), MODE, "ok", "ok"),
    ("distinct", Deduplicate(PLAIN, (), True), "ok", "ok", "ok"),
    (
        "within watermark, none",
        Deduplicate(PLAIN, ("action",), within_watermark=True),
        OTHER,
        OTHER,
        OTHER,
    ),
    (
        "distinct aggregate",
        counted(PLAIN, "action", count="count(distinct value)"),
        MODE,
        "ok",
        "ok",
    ),
    ("union", SetOperation(PLAIN, stream(), "union"), "ok", "ok", "ok"),
    (
        "union with static",
        SetOperation(actions(PLAIN), STATIC, "union"),
        OTHER,
        OTHER,
        OTHER,
    ),
    ("two streams", TWO_STREAMS, "ok", "ok", "ok"),
    (
        "two streams, crossed",
        UnresolvedJoin(PLAIN, stream("k INT"), "cross"),
        *["ok"] * 3,
    ),
    ("two streams by order", joined("inner", "value < x"), "ok", "ok", "ok"),
    ("left join", joined("left", f"{KEY} AND {RANGE}"), "ok", OTHER, MODE),
    ("right join", joined("right", f"{KEY} AND {RANGE}"), "ok", OTHER, MODE),
    ("full join", joined("full", f"{KEY} AND {RANGE}"), "ok", OTHER, MODE),
    ("semi join", joined("semi", f"{KEY} AND {RANGE}"), "ok", "ok", "ok"),
    ("anti join", joined("anti", f"{KEY} AND {RANGE}"), OTHER, OTHER, OTHER),
    ("left join by time", joined("left", "time = at"), "ok", OTHER, MODE),
    ("full join by key", joined("full", KEY), OTHER, OTHER, MODE),
    ("semi join by key", joined("semi", KEY), OTHER, OTHER, OTHER),
    ("left join without equality", joined("left", RANGE), NO_KEY, OTHER, MODE),
    ("semi join without equality", joined("semi", RANGE), NO_KEY, NO_KEY, NO_KEY),
    (
        "stream and static",
        UnresolvedJoin(PLAIN, STATIC, "left", using=("action",)),
        "ok",
        "ok",
        "ok",
    ),
    (
        "full join with static",
        UnresolvedJoin(PLAIN, STATIC, "full", using=("action",)),
        OTHER,
        OTHER,
        OTHER,
    ),
    (
        "static left of stream",
        UnresolvedJoin(STATIC, PLAIN, "left", using=("action",)),
        OTHER,
        OTHER,
        OTHER,
    ),
    (
        "static anti stream",
        UnresolvedJoin(STATIC, PLAIN, "anti", using=("action",)),
        OTHER,
        OTHER,
        OTHER,
    ),
    (
        "watermark twice",
        counted(WithWatermark(MARKED, "time", "1 second"), "time"),
        "ok",
        "ok",
        "ok",
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


def refusal(plan: Relation, output_mode: OutputMode, **settings: bool) -> str | None:
    try:
        check_streaming(resolved(plan), output_mode, CheckSettings(**settings))
    except AnalysisError as error:
        return error.condition
    return None


def test_unchecked_operations_run_but_for_groups_without_an_end() -> None:
    off = {"checks_operations": False}
    assert refusal(ordered(PLAIN), "append", **off) is None
    assert refusal(counted(WINDOWED, "window"), "update", **off) is None
    no_end = "UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK"
    assert refusal(COUNTED, "append", **off) == no_end
    unmarked = Deduplicate(PLAIN, ("action",), within_watermark=True)
    assert refusal(unmarked, "append", **off) == OTHER


def test_unchecked_correctness_lets_all_state_stand_on_aggregations() -> None:
    chain = Deduplicate(WINDOWED, ("window",), within_watermark=True)
    assert refusal(chain, "update") == OTHER
    assert refusal(chain, "update", checks_correctness=False) is None
    assert refusal(ordered(PLAIN), "append", checks_correctness=False) == OTHER


@pytest.mark.parametrize(
    ("join_type", "condition", "left", "right", "wanted"),
    [
        ("left", f"{KEY} AND time >= at", True, True, None),
        ("left", f"{KEY} AND time <= at", True, True, OTHER),
        ("semi", f"{KEY} AND time >= at", True, True, None),
        ("semi", f"{KEY} AND time <= at", True, True, OTHER),
        ("right", f"{KEY} AND time >= at", True, True, OTHER),
        ("right", f"{KEY} AND time <= at", True, True, None),
        ("full", f"{KEY} AND time >= at", True, True, None),
        ("full", f"{KEY} AND time <= at", True, True, None),
        ("left", f"{KEY} AND {RANGE}", False, True, None),
        ("left", f"{KEY} AND {RANGE}", True, False, OTHER),
        ("right", f"{KEY} AND {RANGE}", True, False, None),
        ("right", f"{KEY} AND {RANGE}", False, True, OTHER),
        ("full", f"{KEY} AND {RANGE}", False, True, None),
        ("full", f"{KEY} AND {RANGE}", False, False, OTHER),
        ("left", "time = at", False, True, None),
        ("left", "time = at", True, False, None),
        ("left", "time = at", False, False, OTHER),
        ("left", "time <=> at", True, True, OTHER),
        ("left", f"{KEY} AND time >= at - INTERVAL 1 MONTH", True, True, OTHER),
        ("left", f"{KEY} AND at - time <= INTERVAL 1 HOUR", True, True, OTHER),
    ],
)
def test_join_that_keeps_rows_needs_a_bound_of_its_side(
    join_type: JoinType, condition: str, left: bool, right: bool, wanted: str | None
) -> None:
    assert refusal(joined(join_type, condition, left=left, right=right), "append") == (
        wanted
    )


def test_unchecked_joins_run_in_all_modes_but_by_equality() -> None:
    off = {"checks_operations": False}
    assert refusal(joined("left", KEY), "update", **off) is None
    assert refusal(joined("full", RANGE), "append", **off) == NO_KEY
    assert refusal(joined("anti", KEY), "append", **off) == OTHER


def test_every_aggregation_needs_an_end_in_append() -> None:
    """Spark looks at the first alone, and its batch ends at the second."""
    timed = counted(MARKED, "time")
    both = SetOperation(timed, counted(PLAIN, "time"), "union")
    assert refusal(both, "append") == MODE
