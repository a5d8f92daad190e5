"""Corrupt records: a column that a reader fills needs others to be read beside it.

Whether a record is corrupt shows when its columns are read; a query that asks for
the text of corrupt records alone has none to read, and is refused, as in Spark.
"""

from __future__ import annotations

from unbounded.analyzer.context import Context
from unbounded.errors import AnalysisError
from unbounded.plan.expressions import Expression, attributes_in
from unbounded.plan.relations import (
    Aggregate,
    Filter,
    Limit,
    Project,
    Relation,
    Sort,
    SourceScan,
)
from unbounded.plan.tree import walk

__all__ = ["check_corrupt_records"]

_TEXT_FORMATS = ("csv", "json")
_OPTION = "columnnameofcorruptrecord"
_DEFAULT = "_corrupt_record"


def check_corrupt_records(plan: Relation, context: Context) -> Relation:
    """The same plan.

    Raises:
        AnalysisError: it reads nothing of its files but the corrupt records.
    """
    for node in walk(plan):
        if isinstance(node, Project | Aggregate):
            _check(node)
    return plan


def _check(node: Project | Aggregate) -> None:
    own = node.columns if isinstance(node, Project) else _calls(node)
    used = attributes_in(own)
    below = node.child
    while isinstance(below, Filter | Sort | Limit):
        own = tuple(c for c in below.children() if isinstance(c, Expression))
        used = [*used, *attributes_in(own)]
        below = below.child
    if not isinstance(below, SourceScan) or below.source.format not in _TEXT_FORMATS:
        return
    name = below.source.options.get(_OPTION, _DEFAULT)
    ids = {column.attribute_id for column in used}
    names = [c.name for c in below.output if c.attribute_id in ids]
    if names == [name] and len(below.output) > 1:
        raise AnalysisError(
            "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN",
            feature="to read the column of corrupt records alone",
            advice="Select another column with it, or write the records first.",
        )


def _calls(node: Aggregate) -> tuple[Expression, ...]:
    return (*node.grouping, *node.aggregates)
