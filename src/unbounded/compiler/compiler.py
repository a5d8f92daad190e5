"""Compiler: a resolved plan to one DuckDB statement.

Pure: text in, text out, the same text for the same plan. Each relation becomes
a SELECT, merged with its child's where that keeps the meaning (`select.py`).
Inputs are handed in as table expressions by `leaf_id`.

    Project(Filter(SourceScan)) becomes
    SELECT "a#0" FROM (SELECT "a" AS "a#0" FROM input) WHERE "a#0" > 1
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch

from unbounded.compiler.aggregate_buffers import ROW_POSITION, is_order_sensitive
from unbounded.compiler.cast_text import shown_sql
from unbounded.compiler.context import CompileContext
from unbounded.compiler.equal_values import equal_form
from unbounded.compiler.expressions import compile_expression
from unbounded.compiler.grouping_sets import doubled_rows, in_sets, one_set
from unbounded.compiler.output import input_sql, output_sql
from unbounded.compiler.select import Select
from unbounded.compiler.sessions import (
    SESSION_NUMBER,
    numbered_sessions,
    session_key,
    whole_session,
)
from unbounded.compiler.site import type_of
from unbounded.compiler.sql_text import is_pure
from unbounded.compiler.windows import assigned_windows, only_groups, window_keys
from unbounded.errors import InternalError
from unbounded.plan.expressions import (
    AggregateCall,
    Alias,
    AttributeReference,
    Expression,
    Literal,
    SortOrder,
)
from unbounded.plan.generators import Generate
from unbounded.plan.observation import CollectMetrics
from unbounded.plan.relations import (
    Aggregate,
    AssignWindows,
    Distinct,
    EventTimeWatermark,
    Except,
    Expand,
    Filter,
    Intersect,
    Join,
    JoinType,
    Limit,
    LocalRelation,
    Offset,
    OperatorOutput,
    Project,
    Range,
    Relation,
    Repartition,
    Sort,
    SourceScan,
    Tail,
    Union,
    output_of,
)
from unbounded.types import duckdb_type, quote_name

__all__ = ["CompileContext", "compile_query", "compile_show_cells"]


@dataclass(frozen=True, slots=True)
class _Pass:
    inputs: Mapping[int, str]
    context: CompileContext
    in_order: bool = False
    """Whether an aggregate above asks for the order of the rows."""

    def expression(self, expression: Expression) -> str:
        return compile_expression(expression, self.context)


def compile_query(
    plan: Relation, inputs: Mapping[int, str], context: CompileContext
) -> str:
    """One SELECT statement for `plan`.

    `inputs` gives each leaf's table expression: a bracketed SELECT or a quoted
    name. Columns of a `SourceScan` or `LocalRelation` carry the schema's names,
    those of an `OperatorOutput` their `column_name`. Result columns are called
    `column_name` and have the DuckDB type of their Spark type exactly;
    intervals come out as numbers, see `output.py`.
    """
    select = _compile(plan, _Pass(inputs, context))
    output = output_of(plan)
    if select.is_distinct:
        select = select.wrapped()
    columns = []
    for (sql, name), column in zip(select.columns, output, strict=True):
        columns.append((output_sql(sql, column.data_type), name))
    return select.with_columns(tuple(columns)).sql()


def compile_show_cells(
    plan: Relation, inputs: Mapping[int, str], context: CompileContext
) -> str:
    """One SELECT statement for the cells of `df.show`: every column as text.

    Cells are never null; `table_text.render_table` lays them out.
    """
    select = _compile(plan, _Pass(inputs, context))
    # ORDER BY would take the cells, which carry the columns' names.
    if select.is_distinct or select.order_by:
        select = select.wrapped()
    cells = tuple(
        (shown_sql(sql, column.data_type, context), name)
        for (sql, name), column in zip(select.columns, output_of(plan), strict=True)
    )
    return select.with_columns(cells).sql()


@singledispatch
def _compile(plan: Relation, state: _Pass) -> Select:
    name = type(plan).__name__
    raise InternalError("INTERNAL_ERROR", message=f"{name} can't be compiled")


def _names(output: tuple[AttributeReference, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((quote_name(c.column_name), c.column_name) for c in output)


# --- leaves -----------------------------------------------------------------


def _leaf(output: tuple[AttributeReference, ...], table: str) -> Select:
    """Columns of `table` by schema name, renamed once."""
    renamed = ", ".join(
        f"{quote_name(c.name)} AS {quote_name(c.column_name)}" for c in output
    )
    if not output:
        return Select(table, ())
    if len({c.name.lower() for c in output}) < len(output):
        # By place, as no name says which of them is meant.
        names = ", ".join(quote_name(c.column_name) for c in output)
        return Select(f"(SELECT * FROM (FROM {table}) AS t({names}))", _names(output))
    return Select(f"(SELECT {renamed} FROM {table})", _names(output))


@_compile.register
def _source_scan(plan: SourceScan, state: _Pass) -> Select:
    return _leaf(plan.output, state.inputs[plan.leaf_id])


@_compile.register
def _local_relation(plan: LocalRelation, state: _Pass) -> Select:
    return _leaf(plan.output, state.inputs[plan.leaf_id])


@_compile.register
def _operator_output(plan: OperatorOutput, state: _Pass) -> Select:
    table = state.inputs[plan.leaf_id]
    columns = [
        (input_sql(sql, column.data_type), sql)
        for (sql, _), column in zip(_names(plan.output), plan.output, strict=True)
    ]
    if all(sql == name for sql, name in columns):
        return Select(table, _names(plan.output))
    read = ", ".join(f"{sql} AS {name}" for sql, name in columns)
    return Select(f"(SELECT {read} FROM {table})", _names(plan.output))


@_compile.register
def _range(plan: Range, state: _Pass) -> Select:
    numbers = f"range({plan.start}, {plan.end}, {plan.step})"
    name = plan.output[0].column_name
    return Select(
        f"(SELECT range AS {quote_name(name)} FROM {numbers})", _names(plan.output)
    )


# --- rows one for one -------------------------------------------------------


@_compile.register
def _project(plan: Project, state: _Pass) -> Select:
    child = _compile(plan.child, state)
    names = tuple(output.column_name for output in plan.output)
    if names == tuple(name for _, name in child.columns) and all(
        isinstance(column, AttributeReference) for column in plan.columns
    ):
        return child
    if not child.takes_columns:
        child = child.wrapped()
    columns = tuple(
        (state.expression(column), output.column_name)
        for column, output in zip(plan.columns, plan.output, strict=True)
    )
    return child.with_columns(columns)


@_compile.register
def _filter(plan: Filter, state: _Pass) -> Select:
    child = _compile(plan.child, state)
    condition = state.expression(plan.condition)
    # A condition that may raise must not be moved before the one that guards it.
    if not child.takes_where or (child.where and not is_pure(condition)):
        child = child.wrapped()
    return child.with_where(condition)


@_compile.register
def _watermark(plan: EventTimeWatermark, state: _Pass) -> Select:
    child = _compile(plan.child, state)
    before = [c.column_name for c in output_of(plan.child)]
    after = [c.column_name for c in plan.output]
    if before == after:
        return child
    columns = tuple((quote_name(b), a) for b, a in zip(before, after, strict=True))
    return (child if child.takes_columns else child.wrapped()).with_columns(columns)


@_compile.register
def _repartition(plan: Repartition | CollectMetrics, state: _Pass) -> Select:
    return _compile(plan.child, state)


@_compile.register
def _assign_windows(
    plan: AssignWindows, state: _Pass, *, as_start: bool = False
) -> Select:
    child = _compile(plan.child, state)
    if not child.takes_where:
        child = child.wrapped()
    time = state.expression(plan.time)
    return assigned_windows(
        plan, child, time, as_start=as_start, in_order=state.in_order
    )


@_compile.register
def _generate(plan: Generate, state: _Pass) -> Select:
    child = _compile(plan.child, state).wrapped()
    values = quote_name(plan.values.column_name)
    places = f"range(len({values}))"
    if plan.is_outer:
        values = f"CASE WHEN len({values}) > 0 THEN {values} ELSE [NULL] END"
        places = f"CASE WHEN len({places}) > 0 THEN {places} ELSE [NULL] END"
    made = (
        (f"CAST(unnest({places}) AS INTEGER)", plan.position.column_name),
        (f"unnest({values})", plan.element.column_name),
    )
    return child.with_columns((*child.columns, *made)).wrapped()


# --- groups -----------------------------------------------------------------


@_compile.register
def _expand(plan: Expand, state: _Pass) -> Select:
    child = _compile(plan.child, state)
    if not child.takes_columns:
        child = child.wrapped()
    return doubled_rows(plan, child, [_key(key, state) for key in plan.keys])


@_compile.register
def _aggregate(plan: Aggregate, state: _Pass) -> Select:
    by_all_keys = one_set(plan)
    if by_all_keys is not None:
        return in_sets(plan, _aggregate(by_all_keys, state))
    is_numbered = any(_is_order_sensitive(alias) for alias in plan.aggregates)
    state = replace(state, in_order=is_numbered)
    windows = only_groups(plan)
    if windows is not None:
        child = _assign_windows(windows, state, as_start=True)
    else:
        child = _compile(plan.child, state)
    if not child.takes_columns or child.order_by:
        child = child.wrapped()
    child, keys = _with_keys(child, plan, state)
    child, aggregates = _lambdas_below(child, plan.aggregates, state)
    if is_numbered:
        numbered = f"SELECT *, row_number() OVER () AS {ROW_POSITION}"
        child = replace(child.wrapped(), source=f"({numbered} FROM ({child.sql()}))")
    session = session_key(plan)
    if session is not None:
        beside = [keys[a.attribute_id] for a in plan.grouping if a is not session]
        position = ROW_POSITION if is_numbered else None
        span = keys[session.attribute_id]
        child = numbered_sessions(child, beside, span, position)
    columns = []
    group_by: list[str] = []
    for alias in plan.grouping:
        parts, rebuilt = window_keys(alias, plan, keys[alias.attribute_id])
        if alias is session:
            parts, rebuilt = [SESSION_NUMBER], whole_session(keys[alias.attribute_id])
        group_by += parts
        columns.append((rebuilt, alias.to_attribute().column_name))
    for alias in aggregates:
        sql = state.expression(alias.child)
        columns.append((sql, alias.to_attribute().column_name))
    return replace(
        child, columns=tuple(columns), group_by=tuple(group_by), is_grouped=True
    )


def _with_keys(
    child: Select, plan: Aggregate, state: _Pass
) -> tuple[Select, dict[int, str]]:
    """The SQL of each key, over `child` with a column for those computed first."""
    keys = {alias.attribute_id: _key(alias, state) for alias in plan.grouping}
    computed = tuple(
        (keys[a.attribute_id], a.to_attribute().column_name)
        for a in plan.grouping
        if not _is_plain_key(a, keys[a.attribute_id])
    )
    if computed:
        names = {name for _, name in computed}
        others = tuple(column for column in child.columns if column[1] not in names)
        child = child.with_columns((*others, *computed)).wrapped()
        keys |= {
            a.attribute_id: quote_name(a.to_attribute().column_name)
            for a in plan.grouping
            if not _is_plain_key(a, keys[a.attribute_id])
        }
    return child, keys


def _key(alias: Alias, state: _Pass) -> str:
    """A bare number would be read as a column's position."""
    sql = state.expression(alias.child)
    if isinstance(alias.child, Literal):
        return f"CAST({sql} AS {duckdb_type(alias.data_type)})"
    return equal_form(sql, alias.data_type)


def _lambdas_below(
    child: Select, aggregates: Sequence[Alias], state: _Pass
) -> tuple[Select, list[Alias]]:
    """The aggregates, and `child` with a column for each lambda inside of them.

    DuckDB fails where a lambda over one aggregate captures another, and both have
    a lambda in them.
    """
    below: dict[str, AttributeReference] = {}

    def put_below(expression: Expression) -> Expression:
        if isinstance(expression, AttributeReference | Literal):
            return expression
        sql = state.expression(expression)
        if "lambda " not in sql:
            return expression
        column = AttributeReference("lambda", type_of(expression), True, len(below))
        return below.setdefault(sql, column)

    moved = []
    for alias in aggregates:
        call = alias.child
        assert isinstance(call, AggregateCall), "not resolved"
        arguments = tuple(put_below(each) for each in call.arguments)
        condition = None if call.filter is None else put_below(call.filter)
        call = replace(call, arguments=arguments, filter=condition)
        moved.append(replace(alias, child=call))
    if below:
        added = tuple((sql, column.column_name) for sql, column in below.items())
        child = child.with_columns((*child.columns, *added)).wrapped()
    return child, moved


def _is_order_sensitive(alias: Alias) -> bool:
    return isinstance(alias.child, AggregateCall) and is_order_sensitive(alias.child)


def _is_plain_key(alias: Alias, sql: str) -> bool:
    """Whether GROUP BY may repeat the key's text.

    DuckDB does not take two calls of what it calls volatile, or two lambdas, for
    the same key.
    """
    column = alias.child
    if isinstance(column, AttributeReference) and sql == quote_name(column.column_name):
        return True
    return is_pure(sql) and "lambda " not in sql


@_compile.register
def _distinct(plan: Distinct, state: _Pass) -> Select:
    child = _compile(plan.child, state)
    names = {c.column_name for c in output_of(plan.child)}
    keys = [quote_name(k.column_name) for k in plan.keys]
    if keys and {k.column_name for k in plan.keys} != names:
        return _first_of_each(child, keys, plan.output)
    if child.is_cut or child.order_by:
        child = child.wrapped()
    return replace(child, is_distinct=True).wrapped()


def _first_of_each(
    child: Select, keys: Sequence[str], output: tuple[AttributeReference, ...]
) -> Select:
    """The first row of each key in the child's order, in which they stay.

    DISTINCT ON would take whichever row a thread meets first.
    """
    numbered = f'SELECT *, row_number() OVER () AS "row number" FROM ({child.sql()})'
    place = f'row_number() OVER (PARTITION BY {", ".join(keys)} ORDER BY "row number")'
    first = Select(f"(SELECT * FROM ({numbered}) QUALIFY {place} = 1)", _names(output))
    return replace(first, order_by=('"row number"',))


# --- several tables ---------------------------------------------------------

_JOINS: Mapping[JoinType, str] = {
    "inner": "INNER JOIN",
    "left": "LEFT JOIN",
    "right": "RIGHT JOIN",
    "full": "FULL JOIN",
    "semi": "SEMI JOIN",
    "anti": "ANTI JOIN",
    "cross": "CROSS JOIN",
}


@_compile.register
def _join(plan: Join, state: _Pass) -> Select:
    left, right = (_compile(side, state).sql() for side in (plan.left, plan.right))
    keyword = _JOINS[plan.join_type]
    source = f'({left}) AS "left" {keyword} ({right}) AS "right"'
    if plan.condition is not None:
        source += f" ON {state.expression(plan.condition)}"
    elif plan.join_type == "inner":
        source = f'({left}) AS "left" CROSS JOIN ({right}) AS "right"'
    elif plan.join_type != "cross":
        source += " ON TRUE"
    columns = [*output_of(plan.left)]
    if plan.join_type not in ("semi", "anti"):
        columns += output_of(plan.right)
    joined = Select(source, _names(tuple(columns)))
    if [c.column_name for c in columns] == [c.column_name for c in plan.output]:
        return joined
    return joined.with_columns(
        tuple(
            (quote_name(c.column_name), o.column_name)
            for c, o in zip(columns, plan.output, strict=True)
        )
    )


@_compile.register
def _union(plan: Union, state: _Pass) -> Select:
    members = []
    for member in plan.inputs:
        select = _compile(member, state)
        if not select.takes_columns or select.order_by:
            select = select.wrapped()
        columns = tuple(
            (f"CAST({sql} AS {duckdb_type(o.data_type)})", o.column_name)
            for (sql, _), o in zip(select.columns, plan.output, strict=True)
        )
        members.append(f"({select.with_columns(columns).sql()})")
    return Select(f"({' UNION ALL '.join(members)})", _names(plan.output))


@_compile.register
def _intersect(plan: Intersect, state: _Pass) -> Select:
    return _of_both_sides("INTERSECT", plan, state)


@_compile.register
def _except(plan: Except, state: _Pass) -> Select:
    return _of_both_sides("EXCEPT", plan, state)


def _of_both_sides(word: str, plan: Intersect | Except, state: _Pass) -> Select:
    """A set operation of SQL, over values in the form in which equal ones are one."""
    members = []
    for side in (plan.left, plan.right):
        select = _compile(side, state).wrapped()
        columns = tuple(
            (equal_form(sql, column.data_type), column.column_name)
            for (sql, _), column in zip(select.columns, plan.output, strict=True)
        )
        members.append(f"({select.with_columns(columns).sql()})")
    joined = f" {word}{' ALL' * plan.is_all} ".join(members)
    return Select(f"({joined})", _names(plan.output))


# --- order and number -------------------------------------------------------


@_compile.register
def _sort(plan: Sort, state: _Pass) -> Select:
    child = _compile(plan.child, state)
    if not child.takes_order:
        child = child.wrapped()
    orders = [o if isinstance(o, SortOrder) else SortOrder(o) for o in plan.orders]
    # A constant orders nothing, and would be read as a column's position.
    keys = tuple(
        state.expression(o) for o in orders if not isinstance(o.child, Literal)
    )
    return replace(child, order_by=keys)


@_compile.register
def _limit(plan: Limit, state: _Pass) -> Select:
    child = _compile(plan.child, state)
    if child.is_cut or child.is_grouped:
        child = child.wrapped()
    return replace(child, limit=plan.count)


@_compile.register
def _offset(plan: Offset, state: _Pass) -> Select:
    child = _compile(plan.child, state)
    if child.is_cut or child.is_grouped:
        child = child.wrapped()
    return replace(child, offset=plan.count)


@_compile.register
def _tail(plan: Tail, state: _Pass) -> Select:
    """The last rows in the child's order, which numbering them keeps."""
    child = _compile(plan.child, state).sql()
    numbered = (
        'SELECT *, row_number() OVER () AS "row number", '
        f'count(*) OVER () AS "row count" FROM ({child})'
    )
    last = f'"row number" > "row count" - {plan.count}'
    ordered = Select(f"({numbered})", _names(plan.output), (last,))
    return replace(ordered, order_by=('"row number"',))
