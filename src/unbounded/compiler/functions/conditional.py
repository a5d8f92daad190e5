"""Conditional templates: comparisons, boolean logic, nulls."""

from __future__ import annotations

from collections.abc import Callable

from unbounded.compiler.site import Site, Templates
from unbounded.compiler.sql_text import is_pure, let, quote_text

__all__ = ["CONDITIONAL_TEMPLATES"]


def _and(site: Site) -> str:
    """What may raise on the right is reached only when the left allows it."""
    left, right = site.args
    if is_pure(right):
        return f"({left} AND {right})"
    return let(
        left,
        "left",
        lambda a: f"CASE WHEN {a} IS FALSE THEN FALSE ELSE ({a} AND {right}) END",
    )


def _or(site: Site) -> str:
    left, right = site.args
    if is_pure(right):
        return f"({left} OR {right})"
    return let(
        left,
        "left",
        lambda a: f"CASE WHEN {a} IS TRUE THEN TRUE ELSE ({a} OR {right}) END",
    )


def _in(site: Site) -> str:
    value, *options = site.args
    return f"({value} IN ({', '.join(options)}))" if options else "FALSE"


def _case_when(site: Site) -> str:
    parts = ["CASE"]
    arguments = site.args
    for index in range(0, len(arguments) - 1, 2):
        parts.append(f"WHEN {arguments[index]} THEN {arguments[index + 1]}")
    if len(arguments) % 2:
        parts.append(f"ELSE {arguments[-1]}")
    return " ".join((*parts, "END"))


def _nullif(site: Site) -> str:
    left, right = site.args
    return let(
        left, "value", lambda v: f"CASE WHEN {v} = {right} THEN NULL ELSE {v} END"
    )


def _nanvl(site: Site) -> str:
    left, right = site.args
    return let(
        left, "value", lambda v: f"CASE WHEN isnan({v}) THEN {right} ELSE {v} END"
    )


def _raise_error(site: Site) -> str:
    return site.fail("USER_RAISED_EXCEPTION", free=f"errorMessage={site.args[0]}")


def _assert_true(site: Site) -> str:
    if len(site.args) == 2:
        raised = site.fail("USER_RAISED_EXCEPTION", free=f"errorMessage={site.args[1]}")
    else:
        raised = site.fail(
            "USER_RAISED_EXCEPTION", errorMessage="an assertion is not true"
        )
    return f"CASE WHEN {site.args[0]} THEN NULL ELSE {raised} END"


def _typeof(site: Site) -> str:
    return quote_text(site.type(0).simple_string)


def _is_nan(site: Site) -> str:
    return f"coalesce(isnan({site.args[0]}), FALSE)"


def _compared(operator: str) -> Callable[[Site], str]:
    def template(site: Site) -> str:
        return f"({site.args[0]} {operator} {site.args[1]})"

    return template


CONDITIONAL_TEMPLATES: Templates = {
    "equal": _compared("="),
    "null_safe_equal": _compared("IS NOT DISTINCT FROM"),
    "less": _compared("<"),
    "less_or_equal": _compared("<="),
    "greater": _compared(">"),
    "greater_or_equal": _compared(">="),
    "in": _in,
    "and": _and,
    "or": _or,
    "not": "(NOT {0})",
    "is_null": "({0} IS NULL)",
    "is_not_null": "({0} IS NOT NULL)",
    "is_nan": _is_nan,
    "if": "CASE WHEN {0} THEN {1} ELSE {2} END",
    "case_when": _case_when,
    "coalesce": "coalesce({args})",
    "nullif": _nullif,
    "nanvl": _nanvl,
    "greatest": "greatest({args})",
    "least": "least({args})",
    "raise_error": _raise_error,
    "assert_true": _assert_true,
    "typeof": _typeof,
}
