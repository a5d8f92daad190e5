"""What comes out of a stream's state may be null, by its schema."""

from __future__ import annotations

from tests.analyzer.queries import columns, expr, resolved, source, stream
from unbounded.plan.relations import Filter, Relation, UnresolvedAggregate

SCHEMA = "time TIMESTAMP, k STRING NOT NULL"


def counted(child: Relation) -> Relation:
    keys = (expr("window(time, '10 minutes')"), expr("k"), expr("1 AS one"))
    return UnresolvedAggregate(child, "groupby", keys, (expr("count(1)"),))


def test_groups_of_a_stream_are_nullable() -> None:
    found = columns(resolved(Filter(counted(stream(SCHEMA)), expr("k > 'a'"))))
    assert [column for column in found if column.endswith("not null")] == [
        "one int not null"
    ]


def test_groups_of_a_batch_are_what_they_are() -> None:
    found = columns(resolved(counted(source(SCHEMA))))
    assert "k string not null" in found
    assert "count(1) bigint not null" in found
