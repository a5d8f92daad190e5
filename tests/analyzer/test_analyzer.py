"""Tests of whole queries against what real Spark 4.3 answered.

`spark_schemas.json` holds queries over a table with a column of each type and
the names, types and nullability Spark gave their columns; `spark_errors.json`
those it refused, with the condition and its parameters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from tests.analyzer.queries import (
    Catalog,
    call,
    column,
    columns,
    every_type,
    expr,
    named,
    resolved,
    source,
    sql,
    stream,
)
from unbounded.analyzer import analyze
from unbounded.errors import AnalysisError, IllegalArgumentError, UnsupportedError
from unbounded.parser import parse_schema
from unbounded.plan.expressions import Alias, AttributeReference
from unbounded.plan.relations import (
    Aggregate,
    AssignWindows,
    Filter,
    Join,
    LocalRelation,
    Project,
    SourceScan,
    UnresolvedAggregate,
    UnresolvedJoin,
)
from unbounded.plan.tree import walk

_HERE = Path(__file__).parent
SCHEMAS = json.loads((_HERE / "spark_schemas.json").read_text("utf-8"))
ERRORS = json.loads((_HERE / "spark_errors.json").read_text("utf-8"))


@pytest.mark.parametrize(("text", "wanted"), SCHEMAS, ids=[s[0] for s in SCHEMAS])
def test_columns_are_those_of_spark(text: str, wanted: list[list[str]]) -> None:
    plan = sql(text, t=source(every_type()))
    assert columns(plan) == [" ".join(part for part in w if part) for w in wanted]


@pytest.mark.parametrize(
    ("text", "condition", "parameters"), ERRORS, ids=[e[0] for e in ERRORS]
)
def test_refusal_is_that_of_spark(
    text: str, condition: str, parameters: Mapping[str, str]
) -> None:
    with pytest.raises((AnalysisError, IllegalArgumentError)) as caught:
        sql(text, t=source(every_type()))
    assert caught.value.condition == condition
    assert caught.value.parameters == parameters
    assert condition in str(caught.value)


def test_main_program_becomes_scan_windows_aggregate() -> None:
    counts = UnresolvedAggregate(
        stream("time TIMESTAMP, action STRING"),
        "groupby",
        (column("action"), expr("window(time, '1 hour')")),
        (named(call("count", expr("1")), "count"),),
    )
    plan = resolved(counts)
    assert isinstance(plan, Aggregate)
    assert isinstance(plan.child, AssignWindows)
    assert isinstance(plan.child.child, SourceScan)
    assert plan.child.duration_us == plan.child.slide_us == 3_600_000_000
    assert columns(plan) == [
        "action string",
        "window struct<start:timestamp,end:timestamp>",
        "count bigint",
    ]


def test_same_plan_gets_the_same_ids() -> None:
    text = "select i + 1 as k, sum(l) from t group by 1 having sum(d) > 1 order by k"
    views = {"t": source(every_type())}
    assert sql(text, **views) == sql(text, **views)


def test_attribute_ids_are_unique_and_start_at_0() -> None:
    plan = sql("select i + 1 as a, count(*) from t group by i + 1", t=source("i int"))
    made = [n.attribute_id for n in walk(plan) if isinstance(n, Alias)]
    read = [
        a.attribute_id
        for n in walk(plan)
        if isinstance(n, SourceScan)
        for a in n.output
    ]
    assert len(set(made + read)) == len(made + read)
    assert min(made + read) == 0


def test_leaves_are_numbered_from_left_to_right() -> None:
    plan = UnresolvedJoin(source("a int"), source("b int"), "cross")
    scans = [n for n in walk(resolved(plan)) if isinstance(n, SourceScan)]
    assert [s.leaf_id for s in scans] == [0, 1]
    assert [s.output[0].name for s in scans] == ["a", "b"]


def test_case_matters_when_the_session_says_so() -> None:
    settings = {"spark.sql.caseSensitive": "true"}
    plan = Project(source("action string"), (column("ACTION"),))
    assert columns(resolved(plan)) == ["ACTION string"]
    with pytest.raises(AnalysisError, match="UNRESOLVED_COLUMN"):
        analyze(plan, Catalog(settings=settings))


def test_window_in_a_join_condition_is_refused_by_name() -> None:
    condition = expr("window(time, '1 hour').start > other")
    plan = UnresolvedJoin(stream(), source("other timestamp"), "inner", condition)
    with pytest.raises(UnsupportedError, match="window in a"):
        resolved(plan)


@pytest.mark.parametrize("name", ["inline", "from_json", "histogram_numeric"])
def test_function_spark_has_and_we_do_not_is_refused_by_name(name: str) -> None:
    plan = Project(source("a string"), (call(name, column("a")),))
    with pytest.raises(UnsupportedError, match=name):
        resolved(plan)


def test_join_columns_become_nullable_on_the_side_that_may_miss() -> None:
    left, right = source("a int not null"), source("b int not null")
    on = expr("a = b")
    wanted = {
        "inner": ["a int not null", "b int not null"],
        "left": ["a int not null", "b int"],
        "right": ["a int", "b int not null"],
        "full": ["a int", "b int"],
        "semi": ["a int not null"],
        "anti": ["a int not null"],
    }
    for join_type, expected in wanted.items():
        plan = resolved(UnresolvedJoin(left, right, join_type, on))  # type: ignore[arg-type]
        assert isinstance(plan, Join)
        assert columns(plan) == expected


def test_every_output_is_made_by_the_node_that_names_it() -> None:
    """No node uses a column that its input does not put out."""
    for text, _ in SCHEMAS:
        plan = sql(text, t=source(every_type()))
        for node in walk(plan):
            if not isinstance(node, (Project, Filter, Aggregate)):
                continue
            known = {a.attribute_id for a in node.child.output}  # type: ignore[attr-defined]
            own = (c for c in node.children() if c is not node.child)
            used = {
                n.attribute_id
                for child in own
                for n in walk(child)
                if isinstance(n, AttributeReference)
            }
            assert used <= known, text


def test_local_relation_is_cast_to_the_schema_wanted() -> None:
    table = pa.table({"_1": pa.array([1], pa.int64())})
    plan = resolved(LocalRelation(table, parse_schema("a INT")))
    assert columns(plan) == ["a int"]
