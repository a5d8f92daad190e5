"""Relations: sqlglot's trees of queries, turned into our unresolved plan.

    SELECT DISTINCT a FROM t WHERE c GROUP BY a HAVING h ORDER BY a LIMIT 2 OFFSET 1
    Limit ‹ Offset ‹ Sort ‹ Distinct ‹ UnresolvedAggregate ‹ Filter ‹ UnresolvedTable

A sort stands above the select list it may look behind; ordinals (`ORDER BY 1`)
stay integer literals, `ALL` stays a name, and a select list of aggregates without
GROUP BY stays a `Project`: seeing through these is the analyzer's work, as it is
in Spark. Names of WITH are replaced by their queries. Loaded by `commands.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
from sqlglot import exp

from unbounded.errors import AnalysisError, ParseError
from unbounded.parser.expressions import (
    ParseContext,
    to_expression,
    to_name_parts,
    unsupported,
)
from unbounded.parser.lexer import syntax_error
from unbounded.parser.names import path_source
from unbounded.plan.expressions import (
    Expression,
    GroupingKind,
    GroupingSets,
    KeySet,
    Literal,
    SortOrder,
    UnresolvedFunction,
)
from unbounded.plan.relations import (
    Distinct,
    Filter,
    GroupType,
    JoinType,
    Limit,
    LocalRelation,
    Offset,
    Project,
    Range,
    Relation,
    Repartition,
    SetOperation,
    SetOperationKind,
    Sort,
    SubqueryAlias,
    ToDF,
    UnresolvedAggregate,
    UnresolvedJoin,
    UnresolvedTable,
)
from unbounded.types import NullType, StructField, StructType, to_arrow

__all__ = ["ONE_ROW", "to_relation"]

# What a SELECT without FROM reads: one row of no columns.
ONE_ROW = Project(Range(0, 1, 1), ())

_JOIN_TYPES: dict[tuple[str, str], JoinType] = {
    ("", ""): "inner",
    ("", "INNER"): "inner",
    ("", "CROSS"): "cross",
    ("", "SEMI"): "semi",
    ("", "ANTI"): "anti",
    ("LEFT", ""): "left",
    ("LEFT", "OUTER"): "left",
    ("LEFT", "SEMI"): "semi",
    ("LEFT", "ANTI"): "anti",
    ("RIGHT", ""): "right",
    ("RIGHT", "OUTER"): "right",
    ("FULL", ""): "full",
    ("FULL", "OUTER"): "full",
}
_SET_OPERATIONS: dict[type[exp.SetOperation], SetOperationKind] = {
    exp.Union: "union",
    exp.Intersect: "intersect",
    exp.Except: "except",
}
# Clauses that are Spark SQL and not ours yet, by sqlglot's name for them.
_UNSUPPORTED_CLAUSES = {
    "laterals": "LATERAL VIEW",
    "qualify": "QUALIFY",
    "windows": "a named WINDOW",
    "sample": "TABLESAMPLE",
    "pivots": "PIVOT and UNPIVOT",
    "match": "MATCH_RECOGNIZE",
    "version": "time travel",
    "when": "time travel",
    "connect": "CONNECT BY",
    "prewhere": "PREWHERE",
    "locks": "FOR UPDATE",
    "into": "SELECT INTO",
    "ordinality": "WITH ORDINALITY",
    "only": "ONLY",
    "partition": "PARTITION",
    "match_condition": "MATCH_CONDITION",
}
_GROUPING_KINDS: dict[type[exp.Expr], GroupingKind] = {
    exp.Rollup: "rollup",
    exp.Cube: "cube",
    exp.GroupingSets: "grouping_sets",
}


@functools.singledispatch
def to_relation(node: object, context: ParseContext) -> Relation:
    """Our relation for sqlglot's query or table.

    Raises:
        UnsupportedError: the text is Spark SQL that we don't have.
        ParseError: an argument is missing, or a literal can't be read.
    """
    shown = node.sql("spark") if isinstance(node, exp.Expr) else str(node)
    raise unsupported(f"the relation {shown}")


def _refuse_clauses(node: exp.Expr) -> None:
    for clause, feature in _UNSUPPORTED_CLAUSES.items():
        if node.args.get(clause):
            raise unsupported(feature)


def _with_ctes(node: exp.Expr, context: ParseContext) -> ParseContext:
    """The context in which the names that WITH gives are known."""
    clause = node.args.get("with_")
    if clause is None:
        return context
    if clause.args.get("recursive"):
        raise unsupported("WITH RECURSIVE")
    for cte in clause.expressions:
        query = _aliased(to_relation(cte.this, context), cte.args["alias"])
        tables = {**context.tables, cte.alias.lower(): query}
        context = replace(context, tables=tables)
    return context


def _aliased(relation: Relation, alias: exp.TableAlias | None) -> Relation:
    """`relation AS name(columns)`."""
    if alias is None:
        return relation
    if alias.columns:
        relation = ToDF(relation, to_name_parts(alias.columns))
    return SubqueryAlias(relation, alias.name) if alias.this else relation


# --- queries ----------------------------------------------------------------


@to_relation.register
def _select(node: exp.Select, context: ParseContext) -> Relation:
    _refuse_clauses(node)
    context = _with_ctes(node, context)
    relation = _from(node, context)
    if where := node.args.get("where"):
        relation = Filter(relation, to_expression(where.this, context))
    if not node.expressions:
        raise syntax_error(context.sql, "", len(context.sql), ": nothing is selected")
    columns = tuple(to_expression(each, context) for each in node.expressions)
    relation = _selected(relation, columns, node, context)
    if distinct := node.args.get("distinct"):
        if distinct.args.get("on"):
            raise unsupported("DISTINCT ON", "Use DataFrame.dropDuplicates.")
        relation = Distinct(relation)
    return _ordered_and_cut(relation, node, context)


def _from(node: exp.Select, context: ParseContext) -> Relation:
    clause = node.args.get("from_")
    relation = to_relation(clause.this, context) if clause else ONE_ROW
    return _joined(relation, node, context)


def _joined(relation: Relation, node: exp.Expr, context: ParseContext) -> Relation:
    for join in node.args.get("joins") or ():
        relation = _join(relation, join, context)
    return relation


def _join(left: Relation, join: exp.Join, context: ParseContext) -> Relation:
    _refuse_clauses(join)
    is_natural = join.method == "NATURAL"
    if join.method and not is_natural:
        raise unsupported(f"{join.method} JOIN", "Name the columns with USING.")
    join_type = _JOIN_TYPES.get((join.side, join.kind))
    if join_type is None or isinstance(join.this, exp.Lateral):
        raise unsupported(f"{join.side} {join.kind} JOIN of this form".strip())
    right = to_relation(join.this, context)
    condition = join.args.get("on")
    return UnresolvedJoin(
        left,
        right,
        join_type,
        to_expression(condition, context) if condition else None,
        to_name_parts(join.args.get("using") or ()),
        is_natural,
    )


def _selected(
    relation: Relation,
    columns: tuple[Expression, ...],
    node: exp.Select,
    context: ParseContext,
) -> Relation:
    group, having = node.args.get("group"), node.args.get("having")
    if group is None and having is None:
        return Project(relation, columns)
    condition = to_expression(having.this, context) if having else None
    group_type, grouping, sets = _grouping(group, context) if group else _NO_GROUPING
    return UnresolvedAggregate(
        relation,
        group_type,
        grouping,
        columns,
        keeps_grouping=False,
        having=condition,
        sets=sets,
    )


_Grouping = tuple[GroupType, tuple[Expression, ...], tuple[Expression, ...]]
_NO_GROUPING: _Grouping = ("groupby", (), ())


def _grouping(group: exp.Group, context: ParseContext) -> _Grouping:
    """How to group, by which keys, and in which sets of them."""
    if group.args.get("totals"):
        raise syntax_error(context.sql, "TOTALS", len(context.sql))
    listed = list(group.expressions)
    if group.args.get("all"):
        listed = [exp.column("ALL")]
    suffix = _grouping_suffix(group)
    if not listed and suffix is None:
        raise syntax_error(context.sql, "", len(context.sql), ": nothing to group by")
    if suffix is None:
        keys = tuple(_grouping_key(each, context) for each in listed)
        match keys:
            case (GroupingSets("grouping_sets", sets),):
                return "grouping_sets", (), sets
            case (GroupingSets(kind, elements),):
                return kind, elements, ()
        return "groupby", keys, ()
    keys = tuple(to_expression(each, context) for each in listed)
    sets = tuple(_grouping_set(each, context) for each in suffix.expressions)
    return _GROUPING_KINDS[type(suffix)], keys, sets


def _grouping_suffix(group: exp.Group) -> exp.Expr | None:
    """`WITH ROLLUP`, `WITH CUBE` or `GROUPING SETS (…)` after the keys."""
    found: list[exp.Expr] = [
        kind
        for name in ("rollup", "cube", "grouping_sets")
        for kind in group.args.get(name) or ()
    ]
    return found[0] if found else None


def _grouping_key(node: exp.Expr, context: ParseContext) -> Expression:
    """A key, or what stands for several sets of keys."""
    kind = _GROUPING_KINDS.get(type(node))
    if kind is None:
        return to_expression(node, context)
    if not node.expressions:
        return UnresolvedFunction(kind, ())
    read = _grouping_set if kind == "grouping_sets" else _key_set
    return GroupingSets(kind, tuple(read(each, context) for each in node.expressions))


def _grouping_set(node: exp.Expr, context: ParseContext) -> Expression:
    """What stands between the commas of GROUPING SETS: more of its kind, or keys."""
    is_key = isinstance(node, exp.Tuple) or type(node) not in _GROUPING_KINDS
    return (_key_set if is_key else _grouping_key)(node, context)


def _key_set(node: exp.Expr, context: ParseContext) -> Expression:
    if isinstance(node, exp.Tuple):
        return KeySet(tuple(to_expression(each, context) for each in node.expressions))
    return to_expression(node, context)


@to_relation.register
def _set_operation(node: exp.SetOperation, context: ParseContext) -> Relation:
    if node.args.get("by_name") or node.args.get("side") or node.args.get("on"):
        raise unsupported("UNION BY NAME", "Use DataFrame.unionByName.")
    context = _with_ctes(node, context)
    # A chain of unions leans to the left: it is walked, not recursed.
    chain: list[exp.SetOperation] = []
    left: exp.Expr = node
    while isinstance(left, exp.SetOperation) and (left is node or _is_plain(left)):
        chain.append(left)
        left = left.this
    relation = to_relation(left, context)
    for each in reversed(chain):
        right = to_relation(each.expression, context)
        kind = next(k for t, k in _SET_OPERATIONS.items() if isinstance(each, t))
        is_all = each.args.get("distinct") is False
        relation = SetOperation(relation, right, kind, is_all)
    return _ordered_and_cut(relation, node, context)


def _is_plain(node: exp.Expr) -> bool:
    clauses = ("with_", "order", "limit", "offset", "sort", "distribute", "cluster")
    return not any(node.args.get(clause) for clause in (*clauses, "by_name"))


def _ordered_and_cut(
    relation: Relation, node: exp.Expr, context: ParseContext
) -> Relation:
    for clause in ("distribute", "cluster"):
        if node.args.get(clause):
            relation = Repartition(relation)
    if order := node.args.get("order"):
        relation = Sort(relation, _orders(order.expressions, context))
    elif sort := node.args.get("sort") or node.args.get("cluster"):
        orders = _orders(sort.expressions, context)
        relation = Sort(relation, orders, is_global=False)
    limit, offset = node.args.get("limit"), node.args.get("offset")
    if isinstance(limit, exp.Fetch) or (limit and limit.args.get("offset")):
        raise unsupported("LIMIT of this form", "Write LIMIT n OFFSET m.")
    if offset:
        relation = Offset(relation, _count(offset.expression, "offset", context))
    if limit and not isinstance(limit.expression, exp.Var):
        relation = Limit(relation, _count(limit.expression, "limit", context))
    return relation


def _orders(nodes: Sequence[exp.Expr], context: ParseContext) -> tuple[Expression, ...]:
    orders = [to_expression(node, context) for node in nodes]
    return tuple(o if isinstance(o, SortOrder) else SortOrder(o) for o in orders)


def _count(node: exp.Expr, name: str, context: ParseContext) -> int:
    count = to_expression(node, context)
    shown = node.sql("spark")
    if not isinstance(count, Literal) or not isinstance(count.value, int):
        raise AnalysisError(
            "INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE", name=name, expr=shown
        )
    if count.value < 0:
        raise AnalysisError(
            "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE",
            name=name,
            expr=shown,
            v=count.value,
        )
    return count.value


@to_relation.register
def _subquery(node: exp.Subquery, context: ParseContext) -> Relation:
    _refuse_clauses(node)
    context = _with_ctes(node, context)
    relation = _aliased(to_relation(node.this, context), node.args.get("alias"))
    relation = _joined(relation, node, context)
    return _ordered_and_cut(relation, node, context)


@to_relation.register
def _paren(node: exp.Paren, context: ParseContext) -> Relation:
    return to_relation(node.this, context)


# --- tables -----------------------------------------------------------------


@to_relation.register
def _table(node: exp.Table, context: ParseContext) -> Relation:
    _refuse_clauses(node)
    if isinstance(node.this, exp.Anonymous):
        relation = _table_function(node.this, context)
    else:
        relation = _named_table(node, context)
    return _joined(_aliased(relation, node.args.get("alias")), node, context)


def _named_table(node: exp.Table, context: ParseContext) -> Relation:
    parts = to_name_parts(node.parts)
    is_streaming = bool(node.meta.get("is_streaming"))
    cte = context.tables.get(parts[0].lower()) if len(parts) == 1 else None
    if cte is not None:
        return cte
    found = path_source(parts, is_streaming)
    return found or UnresolvedTable(parts, {}, is_streaming)


def _table_function(node: exp.Anonymous, context: ParseContext) -> Relation:
    if node.name.lower() != "range":
        raise unsupported(f"the table function {node.name}")
    arguments = [to_expression(each, context) for each in node.expressions]
    numbers = [
        each.value
        for each in arguments
        if isinstance(each, Literal) and isinstance(each.value, int)
    ]
    if len(numbers) != len(arguments) or not 1 <= len(numbers) <= 4:
        raise unsupported("range() of other than one to four integer literals")
    if len(numbers) == 1:
        return Range(0, numbers[0], 1)
    return Range(numbers[0], numbers[1], numbers[2] if len(numbers) > 2 else 1)


@to_relation.register
def _values(node: exp.Values, context: ParseContext) -> Relation:
    rows = [_row(each, context) for each in node.expressions]
    if len({len(row) for row in rows}) != 1:
        raise ParseError(
            "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
            expectedNumCols=len(rows[0]),
            actualNumCols=next(len(r) for r in rows if len(r) != len(rows[0])),
        )
    names = tuple(f"col{index + 1}" for index in range(len(rows[0])))
    table: Relation = _literal_rows(rows, names) or ToDF(_union(rows), names)
    relation = _joined(_aliased(table, node.args.get("alias")), node, context)
    return _ordered_and_cut(relation, node, context)


def _row(node: exp.Expr, context: ParseContext) -> tuple[Expression, ...]:
    cells = node.expressions if isinstance(node, exp.Tuple) else [node]
    return tuple(to_expression(cell, context) for cell in cells)


def _literal_rows(
    rows: list[tuple[Expression, ...]], names: tuple[str, ...]
) -> LocalRelation | None:
    """The rows as an Arrow table, if each column is literals of one type."""
    fields, arrays = [], []
    for name, column in zip(names, zip(*rows, strict=True), strict=True):
        cells = [cell for cell in column if isinstance(cell, Literal)]
        types = {cell.data_type for cell in cells} - {NullType()}
        if len(cells) < len(column) or len(types) > 1:
            return None
        data_type = types.pop() if types else NullType()
        values = [cell.value for cell in cells]
        fields.append(StructField(name, data_type, None in values))
        arrays.append(pa.array(values, to_arrow(data_type)))
    table = pa.Table.from_arrays(arrays, names=list(names))
    return LocalRelation(table, StructType(tuple(fields)))


def _union(rows: Sequence[tuple[Expression, ...]]) -> Relation:
    """The rows as a balanced tree of unions, which finds the common types."""
    if len(rows) == 1:
        return Project(ONE_ROW, rows[0])
    middle = len(rows) // 2
    return SetOperation(_union(rows[:middle]), _union(rows[middle:]), "union")
