"""Names: from a column's name as written to the column it means.

A `Scope` is what an expression can see: the columns of the relation below with
their qualifiers, and what each client plan id puts out. Spark's
`AttributeSeq.resolve` and `ColumnResolutionHelper`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from unbounded.errors import AnalysisError
from unbounded.plan.expressions import AttributeReference

__all__ = [
    "Match",
    "PlanOutput",
    "Scope",
    "ScopeColumn",
    "near_names",
    "quote_column",
    "unresolved_column",
]

SameName = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class ScopeColumn:
    """A column that can be named, under its qualifier if it has one.

    `copy_of` is the id of the column it repeats, as in `select("a", "a")`.
    """

    attribute: AttributeReference
    qualifier: tuple[str, ...] = ()
    is_hidden: bool = False
    copy_of: int | None = None

    @property
    def quoted(self) -> str:
        return quote_column((*self.qualifier, self.attribute.name))


@dataclass(frozen=True, slots=True)
class Match:
    """A column found, and the struct fields to take from it."""

    column: ScopeColumn
    fields: tuple[str, ...]


PlanOutput = tuple[ScopeColumn, ...]
"""The columns of a node with a client's plan id."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What expressions over a relation can name.

    `plan_outputs` lists each place a plan id occurs below. `below` is the scope
    of the relation's input, where Spark looks for columns a sort or filter
    names but the select list left out.
    """

    columns: tuple[ScopeColumn, ...]
    plan_outputs: Mapping[int, tuple[PlanOutput, ...]] = field(default_factory=dict)
    below: Scope | None = None

    @property
    def visible(self) -> tuple[AttributeReference, ...]:
        """The columns `*` stands for."""
        return tuple(c.attribute for c in self.columns if not c.is_hidden)

    def find(self, name_parts: Sequence[str], same: SameName) -> list[Match]:
        """The columns a name can mean, each with the struct fields left over.

        A qualified reading wins over one that takes the rest as struct fields.
        """
        qualified = [
            Match(column, tuple(name_parts[length + 1 :]))
            for column in self.columns
            if (length := _qualifier_length(column, name_parts, same))
        ]
        found = qualified or [
            Match(column, tuple(name_parts[1:]))
            for column in self.columns
            if same(column.attribute.name, name_parts[0])
        ]
        shown = [m for m in found if not m.column.is_hidden]
        return _distinct(shown or found)

    def find_by_plan_id(
        self, plan_id: int, name_parts: Sequence[str], same: SameName
    ) -> list[Match]:
        """As `find`, in each place a plan id occurs below.

        Columns that do not reach this scope are left out.
        """
        ids = {column.attribute.attribute_id for column in self.columns}
        found = [
            match
            for columns in self.plan_outputs.get(plan_id, ())
            for match in Scope(columns).find(name_parts, same)
            if match.column.attribute.attribute_id in ids
        ]
        return _distinct(found)

    def qualified(self, qualifier: tuple[str, ...]) -> Scope:
        """The columns under another qualifier; nothing below is seen."""
        columns = tuple(
            ScopeColumn(c.attribute, qualifier, c.is_hidden) for c in self.columns
        )
        return Scope(columns, self.plan_outputs)

    def without_hidden(self) -> Scope:
        """Only what `*` stands for can be named: a view hides the rest for good."""
        columns = tuple(c for c in self.columns if not c.is_hidden)
        return replace(self, columns=columns)

    def with_plan_id(self, plan_id: int) -> Scope:
        """The scope of the same relation, known to the client by `plan_id`."""
        outputs = dict(self.plan_outputs)
        outputs[plan_id] = (*outputs.get(plan_id, ()), self.columns)
        return replace(self, plan_outputs=outputs)

    def over(
        self, columns: Iterable[ScopeColumn], *, below: Scope | None = None
    ) -> Scope:
        """The scope of a node above this one, its columns these."""
        return Scope(tuple(columns), self.plan_outputs, below)

    def with_attributes(self, output: Sequence[AttributeReference]) -> Scope:
        """The same columns and qualifiers after a node changed attributes."""
        by_id = {attribute.attribute_id: attribute for attribute in output}
        columns = tuple(
            replace(c, attribute=by_id.get(c.attribute.attribute_id, c.attribute))
            for c in self.columns
        )
        return Scope(columns, self.plan_outputs, None)


def _qualifier_length(
    column: ScopeColumn, name_parts: Sequence[str], same: SameName
) -> int:
    """How many leading parts are the column's qualifier; 0 if they are not."""
    for length in range(min(len(column.qualifier), len(name_parts) - 1), 0, -1):
        suffix = column.qualifier[-length:]
        if all(map(same, suffix, name_parts)) and same(
            column.attribute.name, name_parts[length]
        ):
            return length
    return 0


def _distinct(matches: Sequence[Match]) -> list[Match]:
    unique: dict[int, Match] = {}
    for match in matches:
        column = match.column
        own_id = column.attribute.attribute_id
        unique.setdefault(own_id if column.copy_of is None else column.copy_of, match)
    return list(unique.values())


def quote_column(name_parts: Iterable[str]) -> str:
    """A column's name as error messages quote it: `a`.`b`."""
    return ".".join("`" + part.replace("`", "``") + "`" for part in name_parts)


def edit_distance(left: str, right: str) -> int:
    """Levenshtein's distance between two strings."""
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            previous, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, previous + (a != b)),
            )
    return row[-1]


def near_names(
    name_parts: Sequence[str], candidates: Iterable[tuple[str, ...]]
) -> list[tuple[str, ...]]:
    """The five names most like `name_parts`, the nearest first.

    Spark measures the name as written against the quoted candidate, so of
    equally good ones the shorter wins.
    """
    name = ".".join(name_parts)
    return sorted(
        set(candidates), key=lambda c: (edit_distance(name, quote_column(c)), c)
    )[:5]


def unresolved_column(name_parts: Sequence[str], scope: Scope) -> AnalysisError:
    """The error for a column that is not there, with names like it."""
    shown = [c for c in scope.columns if not c.is_hidden]
    name = quote_column(name_parts)
    if not shown:
        return AnalysisError("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", objectName=name)
    candidates = [(*c.qualifier, c.attribute.name) for c in shown]
    near = near_names(name_parts, candidates)
    if len(name_parts) == 1 and len({c.qualifier for c in shown}) == 1:
        near = [candidate[-1:] for candidate in near]
    return AnalysisError(
        "UNRESOLVED_COLUMN.WITH_SUGGESTION",
        objectName=name,
        proposal=", ".join(map(quote_column, near)),
    )
