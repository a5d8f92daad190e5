"""Plans before and after the calls of user functions are taken out of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.analyzer.queries import Catalog, expr, source
from unbounded.analyzer import analyze
from unbounded.errors import AnalysisError
from unbounded.plan.expressions import Expression, UnresolvedFunction
from unbounded.plan.python_functions import (
    EvalType,
    EvaluatePython,
    MapBatches,
    NamedArgument,
    PythonCall,
    PythonFunction,
)
from unbounded.plan.relations import (
    Filter,
    Limit,
    Project,
    Relation,
    Sort,
    UnresolvedAggregate,
    UnresolvedDataSource,
    UnresolvedJoin,
    WithColumns,
)
from unbounded.plan.tree import walk
from unbounded.session.explain import tree_text
from unbounded.types import BooleanType, LongType, StructField, StructType

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "10000",
}


def call(name: str, *arguments: str | Expression, kind: int = 100) -> PythonCall:
    gives = BooleanType() if name.startswith("is") else LongType()
    function = PythonFunction(name, name.encode(), EvalType(kind), gives)
    return PythonCall(
        function, tuple(expr(a) if isinstance(a, str) else a for a in arguments)
    )


def both(left: Expression, right: Expression) -> Expression:
    return UnresolvedFunction("and", (left, right))


def shape(plan: Relation) -> list[str]:
    """The nodes of the analyzed plan, top down, with what each calls."""
    lines = []
    for node in walk(analyze(plan, Catalog(settings=SETTINGS))):
        if isinstance(node, EvaluatePython):
            text = tree_text(node).splitlines()[0]
            lines.append(text[text.index("[") + 1 : -1])
        elif isinstance(node, Relation) and not isinstance(node, UnresolvedDataSource):
            lines.append(type(node).__name__)
    return lines


T = source("a LONG, b LONG")


def test_call_is_taken_out_below_its_node() -> None:
    plan = Project(T, (call("f", "a"),))
    assert shape(plan) == ["Project", "f(a#0) AS f#3", "SourceScan"]


def test_argument_is_computed_in_sql() -> None:
    plan = Project(T, (call("f", "a + b"),))
    taken = ["Project", "f(argument#3) AS f#4", "Project", "SourceScan"]
    assert shape(plan) == taken


def test_equal_calls_are_one() -> None:
    plan = Project(T, (call("f", "a"), call("f", "a")))
    assert shape(plan)[1] == "f(a#0) AS f#4"


def test_call_of_a_call_of_its_kind_is_one_step() -> None:
    plan = Project(T, (call("f", call("g", "a")),))
    assert shape(plan) == ["Project", "f(g(a#0)) AS f#3", "SourceScan"]


def test_call_of_a_call_of_another_kind_is_two_steps() -> None:
    plan = Project(T, (call("f", call("g", "a", kind=200)),))
    assert shape(plan)[1:3] == ["f(g#3) AS f#4", "g(a#0) AS g#3"]


def test_plain_conditions_come_before_a_call() -> None:
    plan = Filter(T, both(call("isf", "a"), expr("b > 1")))
    expected = ["Project", "Filter", "isf(a#0) AS isf#2", "Filter", "SourceScan"]
    assert shape(plan) == expected


def test_filter_goes_below_a_call_it_does_not_need() -> None:
    column = WithColumns(T, (expr("a AS c"),))  # type: ignore[arg-type]
    called = Project(column, (expr("c"), call("f", "c")))
    expected = ["Project", "f(c#2) AS f#4", "Filter", "Project", "SourceScan"]
    assert shape(Filter(called, expr("c > 1"))) == expected


def test_limit_goes_below_a_call() -> None:
    plan = Limit(Project(T, (call("f", "a"),)), 2)
    assert shape(plan) == ["Limit", "Project", "f(a#0) AS f#3", "Limit", "SourceScan"]


def test_column_nobody_reads_is_not_computed() -> None:
    called = Project(T, (expr("a"), call("f", "b")))
    assert shape(Project(called, (expr("a"),))) == ["Project", "Project", "SourceScan"]


def test_sort_key_is_gone_from_the_result() -> None:
    assert shape(Sort(T, (call("f", "a"),)))[:3] == ["Project", "Sort", "f(a#0) AS f#2"]


@pytest.mark.parametrize("in_key", [True, False])
def test_aggregation_calls_below_and_above(in_key: bool) -> None:
    keys = (call("f", "a"),) if in_key else (expr("a"),)
    wanted = call("g", "sum(b)")
    plan = UnresolvedAggregate(T, "groupby", keys, (wanted,))
    found = shape(plan)
    assert found[:2] == ["Project", found[1]]
    assert found[1].startswith("g(sum(b)#")
    assert any(line.startswith("f(a#0)") for line in found) == in_key


def join(kind: str, condition: Callable[[], Expression]) -> list[str]:
    other = source("c LONG")
    return shape(UnresolvedJoin(T, other, kind, condition()))  # type: ignore[arg-type]


def test_call_over_one_side_is_computed_on_that_side() -> None:
    found = join("left", lambda: UnresolvedFunction("==", (call("f", "c"), expr("a"))))
    assert found == ["Project", "Join", "SourceScan", "f(c#2) AS f#3", "SourceScan"]


def test_call_over_both_sides_filters_an_inner_join() -> None:
    found = join("inner", lambda: call("isf", "a", "c"))
    assert found[:4] == ["Project", "Filter", "isf(a#0, c#2) AS isf#3", "Join"]


def test_call_over_both_sides_is_refused_in_an_outer_join() -> None:
    with pytest.raises(AnalysisError) as caught:
        join("left", lambda: call("isf", "a", "c"))
    assert caught.value.condition == "UNSUPPORTED_FEATURE.PYTHON_UDF_IN_ON_CLAUSE"
    assert caught.value.parameters["joinType"] == "LEFT OUTER"


@pytest.mark.parametrize(
    "arguments, condition",
    [
        (
            (NamedArgument("x", expr("a")), NamedArgument("x", expr("b"))),
            "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE",
        ),
        ((NamedArgument("x", expr("a")), expr("b")), "UNEXPECTED_POSITIONAL_ARGUMENT"),
    ],
)
def test_wrong_keywords_are_refused(
    arguments: tuple[Expression, ...], condition: str
) -> None:
    with pytest.raises(AnalysisError) as caught:
        shape(Project(T, (call("f", *arguments),)))
    assert caught.value.condition == condition


def test_map_is_given_visible_columns_and_gives_its_own() -> None:
    schema = StructType((StructField("x", LongType()),))
    function = PythonFunction("m", b"", EvalType.MAP_ARROW_ITER, schema)
    plan = analyze(MapBatches(T, function), Catalog(settings=SETTINGS))
    assert isinstance(plan, MapBatches)
    assert [a.name for a in plan.output] == ["x"]
    assert plan.settings is not None
    assert plan.settings.time_zone == "UTC"
