"""Stream expressions: random expressions and aggregates over the rows of a case.

`TEMPLATES` is their language; a hole such as `{int}` takes any expression of that
type, `{any}` one of any type. Doubles are fractions of two, so that sums are exact
in any order; what divides by a spread is taken of small integers alone.
"""

from __future__ import annotations

import re

from hypothesis import strategies as st

TEMPLATES: dict[str, tuple[str, ...]] = {
    "int": (
        "i",
        "i + 1",
        "{int} % 5",
        "abs({int})",
        "length({string})",
        "CAST(b AS INT)",
        "coalesce({int}, 0)",
        "CASE WHEN {bool} THEN {int} ELSE 3 END",
        "month({date})",
    ),
    "bigint": ("n", "{bigint} + 1", "CAST({int} AS BIGINT) * 1000", "n % 3"),
    "double": ("x", "{double} * 2", "CAST({int} AS DOUBLE)", "n / 4", "-({double})"),
    "decimal": ("d", "d + 1.5", "d * 2", "CAST({int} AS DECIMAL(5,1))", "abs(d)"),
    "string": (
        "key",
        "upper({string})",
        "concat({string}, '-', coalesce(key, '?'))",
        "substring({string}, 1, 1)",
        "trim({string})",
        "CAST({int} AS STRING)",
        "CASE WHEN {bool} THEN {string} END",
    ),
    "bool": (
        "b",
        "{int} > 0",
        "{double} > 0.5",
        "isnan({double})",
        "{string} = 'a'",
        "{string} LIKE 'a%'",
        "{string} IS NULL",
        "NOT {bool}",
        "({bool} AND {bool})",
        "({bool} OR {bool})",
        "{int} IN (1, 2)",
        "{bigint} <=> {int}",
        "{timestamp} > TIMESTAMP '2026-01-01 00:20:00Z'",
        "{date} IS NOT NULL",
    ),
    "timestamp": ("time", "time + INTERVAL 1 HOUR", "date_trunc('HOUR', time)"),
    "date": ("day", "date_add({date}, 1)", "CAST(time AS DATE)"),
    "struct": ("struct(i, key)", "named_struct('x', {double}, 'at', struct(day, b))"),
    "array": ("array({int}, {int})", "array(key, {string})", "array(struct(x, n))"),
}
KINDS = tuple(TEMPLATES)
_NUMBERS = ("int", "bigint", "double", "decimal")

_SUMS = tuple(
    f"{name}({{{kind}}})"
    for name in ("sum", "avg", "sum(DISTINCT", "avg(DISTINCT")
    for kind in _NUMBERS
)
_SPREADS = ("stddev_samp", "stddev_pop", "var_samp", "var_pop", "skewness", "kurtosis")
_MOMENTS = (*(f"{name}({{int}})" for name in _SPREADS), "stddev(DISTINCT {int})")
_PAIRS = tuple(
    f"{name}({{int}}, {{int}})"
    for name in ("corr", "covar_pop", "covar_samp", "regr_slope", "regr_count")
)
_ANY_ORDER = (
    *("count(1)", "count({any})", "min({any})", "max({any})", "count_if({bool})"),
    *("bool_and({bool})", "bool_or({bool})", "every({bool})", "some({bool})"),
    *("count(DISTINCT {any})", "count(DISTINCT {any}, {any})", "collect_set({any})"),
    *("bit_and({bigint})", "bit_or({int})", "bit_xor({bigint})", "median({int})"),
    *("approx_count_distinct({any})", "try_sum({bigint})", "try_avg({decimal})"),
    *("product({int} % 3)", "max(struct(i, key))", "mode({any})"),
    *("percentile({int}, 0.3)", "percentile_approx({decimal}, array(0.1, 0.5))"),
    *("percentile_approx({timestamp}, 0.5)", "percentile_approx({bigint}, 0.9)"),
)
_IN_ORDER = (
    *("first({any})", "last({any})", "any_value({any})", "first({any}, true)"),
    *("last({any}, true)", "collect_list({any})", "array_agg({any})"),
    *("max_by({any}, {int})", "min_by({any}, {double})", "max_by(n, struct(i, x))"),
)


def _closed(template: str) -> str:
    return template + ")" if template.count("(") > template.count(")") else template


_GROUPS = (_SUMS, _MOMENTS, _PAIRS, _ANY_ORDER)


@st.composite
def expressions(draw: st.DrawFn, kind: str, depth: int = 2) -> str:
    """An expression of that type."""
    if kind == "any":
        kind = draw(st.sampled_from(KINDS))
    templates = [t for t in TEMPLATES[kind] if depth or "{" not in t]
    return draw(_filled(draw(st.sampled_from(templates)), depth - 1))


@st.composite
def _filled(draw: st.DrawFn, template: str, depth: int) -> str:
    return re.sub(
        r"\{(\w+)\}", lambda hole: draw(expressions(hole[1], depth)), template
    )


@st.composite
def aggregates(draw: st.DrawFn, is_ordered: bool) -> str:
    """A call of an aggregate function; of those that ask for the rows' order only
    where the stream's is a batch's.
    """
    groups = (*_GROUPS, _IN_ORDER) if is_ordered else _GROUPS
    template = draw(st.sampled_from(draw(st.sampled_from(groups))))
    text = draw(_filled(_closed(template), 1))
    if draw(st.integers(0, 4)) == 0:
        text += f" FILTER (WHERE {draw(expressions('bool', 1))})"
    return text
