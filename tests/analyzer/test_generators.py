"""Generators in select lists: the columns they make, and where they may stand."""

from __future__ import annotations

import pytest

from tests.analyzer.queries import expr, resolved, source
from unbounded.errors import UnboundedError
from unbounded.plan.expressions import Alias
from unbounded.plan.generators import Generate
from unbounded.plan.relations import (
    Filter,
    Project,
    Relation,
    UnresolvedAggregate,
    output_of,
    schema_of,
)
from unbounded.plan.tree import walk

ROWS = source("id INT, a ARRAY<STRING>, m MAP<STRING, INT>")


def select(*texts: str, names: tuple[str, ...] = ()) -> Relation:
    *others, last = map(expr, texts)
    column = Alias(last, names) if names else last
    return Project(ROWS, (*others, column))


def columns(plan: Relation) -> list[str]:
    fields = schema_of(output_of(resolved(plan))).fields
    return [
        f"{f.name} {f.data_type.simple_string}{'' if f.nullable else '!'}"
        for f in fields
    ]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (select("explode(a)"), ["col string"]),
        (select("id", "explode(a) AS w"), ["id int", "w string"]),
        (select("explode(m)"), ["key string!", "value int"]),
        (select("explode_outer(m)"), ["key string", "value int"]),
        (select("explode(m)", names=("k", "v")), ["k string!", "v int"]),
        (select("posexplode(a)"), ["pos int!", "col string"]),
        (select("posexplode_outer(a)"), ["pos int", "col string"]),
        (select("posexplode(m)"), ["pos int!", "key string!", "value int"]),
        (select("explode(array(1, 2)) AS n"), ["n int!"]),
        (select("Explode(a)", "id"), ["col string", "id int"]),
    ],
)
def test_generator_makes_the_columns_of_its_argument(plan, expected) -> None:
    assert columns(plan) == expected


def test_rows_are_made_below_the_select_list() -> None:
    nodes = [type(node) for node in walk(resolved(select("id", "explode(a)")))]
    relations = [kind for kind in nodes if issubclass(kind, Relation)]
    assert relations[:3] == [Project, Generate, Project]


@pytest.mark.parametrize(
    ("plan", "condition"),
    [
        (
            select("explode(a)", "explode(m)"),
            "UNSUPPORTED_GENERATOR.MULTI_GENERATOR",
        ),
        (select("upper(explode(a))"), "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS"),
        (
            Filter(ROWS, expr("explode(a) = 'x'")),
            "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT",
        ),
        (select("explode(m) AS one"), "UDTF_ALIAS_NUMBER_MISMATCH"),
        (select("explode(a)", names=("b", "c")), "UDTF_ALIAS_NUMBER_MISMATCH"),
        (select("explode(id)"), "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
        (select("explode(a, a)"), "WRONG_NUM_ARGS.WITHOUT_SUGGESTION"),
        (
            UnresolvedAggregate(ROWS, "groupby", (expr("explode(a)"),), (expr("1"),)),
            "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT",
        ),
    ],
)
def test_generator_stands_alone_in_a_select_list(plan, condition) -> None:
    with pytest.raises(UnboundedError) as caught:
        resolved(plan)
    assert caught.value.condition == condition
