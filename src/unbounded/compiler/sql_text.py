"""SQL text: the small pieces that every template is put together from.

A template that needs an argument twice would double the text at each level of
nesting. `let` binds a long argument to a lambda's parameter instead, so text
grows with the plan and no faster. It also binds what must be computed once
(`random()`), and what `TRY` may not contain (`error()`, which DuckDB calls
volatile).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

__all__ = ["FAR_US", "fail", "is_pure", "let", "quote_text", "try_null"]

FAR_US = 10**18
"""Microseconds: added to any timestamp they make it positive, within 64 bits."""

_SHORT = 80
_IMPURE = ("error(", "random(", "uuid(", "spark_fail(")


def quote_text(text: str) -> str:
    """`text` as a string literal."""
    return "'" + text.replace("'", "''") + "'"


def is_pure(sql: str) -> bool:
    """Whether evaluating `sql` again gives the same value and never fails by us."""
    return not any(word in sql for word in _IMPURE)


def let(
    sql: str, name: str, body: Callable[[str], str], *, always: bool = False
) -> str:
    """`body` of `sql`, which it may use any number of times.

    `name` must differ from the names of other `let`s in the same template. What
    DuckDB forbids inside `TRY`, such as an aggregate, is bound `always`.
    """
    if len(sql) <= _SHORT and is_pure(sql) and not always:
        return body(sql)
    variable = f'"{name}"'
    return f"list_transform([{sql}], lambda {variable}: {body(variable)})[1]"


def try_null(arguments: Sequence[str], body: Callable[..., str]) -> str:
    """`body` of the arguments, null where it fails.

    Failures of the arguments themselves are not caught, as in Spark.
    """
    names = [
        sql if is_pure(sql) else f'"tried_{index}"'
        for index, sql in enumerate(arguments)
    ]
    text = f"TRY({body(*names)})"
    for name, sql in zip(names, arguments, strict=True):
        if name != sql:
            text = f"list_transform([{sql}], lambda {name}: {text})[1]"
    return text


def fail(
    condition: str,
    node_id: int = 0,
    *,
    numbers: Mapping[str, str] | None = None,
    free: str = "",
    **fixed: str,
) -> str:
    """SQL that raises `condition`, read back by `engine/errors.py`.

    `fixed` values are plain text. `numbers` are SQL of numbers of the row. `free`
    is `name=<SQL of a string>`: a value of the row, shown to the user.
    """
    tag = "|".join([condition, str(node_id), *(f"{k}={v}" for k, v in fixed.items())])
    parts = []
    for name, sql in (numbers or {}).items():
        parts += [quote_text(f"{tag}|{name}="), sql]
        tag = ""
    if free:
        name, _, sql = free.partition("=")
        parts += [quote_text(f"{tag}||{name}="), sql]
    if not parts:
        return f"error({quote_text(tag)})"
    return f"error(concat({', '.join(parts)}))"
