"""Relations: the client's relations as plan nodes.

Each DataFrame carries its whole tree, so a subtree used twice arrives twice
under the same `plan_id`; every node that has one is wrapped in `WithPlanId`,
by which `df["x"]` finds its columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from unbounded.connect.conversion import Context, refuse, variant_of
from unbounded.connect.expressions import (
    convert_alias,
    convert_expression,
    convert_expressions,
    convert_literal,
    convert_sort_order,
    name_parts,
)
from unbounded.connect.local_data import convert_chunked, convert_local
from unbounded.connect.missing_values import drop_missing, fill_missing
from unbounded.connect.python_functions import map_function
from unbounded.errors import AnalysisError
from unbounded.parser import parse_plan, parse_schema
from unbounded.plan import relations as nodes
from unbounded.plan.commands import Command
from unbounded.plan.expressions import Expression, KeySet
from unbounded.plan.observation import Observe
from unbounded.plan.python_functions import MapBatches
from unbounded.plan.tree import transform_down

__all__ = ["CONVERTERS", "UNSUPPORTED", "convert_relation", "parse_sql"]

Converter = Callable[[Any, Context], nodes.Relation]

_USER_FUNCTIONS = "Use built-in functions, or foreachBatch with pandas or Arrow."
_STATISTICS = "Compute it with agg and the aggregate functions."

UNSUPPORTED: dict[str, str] = {
    "sample": "Filter on a hash of a key column instead.",
    "unpivot": "Union one select per column instead.",
    "to_schema": "Select and cast the columns instead.",
    "parse": "Use from_json or from_csv on the column, or read files.",
    "group_map": _USER_FUNCTIONS,
    "co_group_map": _USER_FUNCTIONS,
    "apply_in_pandas_with_state": _USER_FUNCTIONS,
    "cached_local_relation": "Use a client of Spark 4.1 or later.",
    "common_inline_user_defined_table_function": _USER_FUNCTIONS,
    "common_inline_user_defined_data_source": "Use a built-in format.",
    "as_of_join": "Join on a range condition instead.",
    "transpose": "Collect the rows and turn them with pandas.",
    "unresolved_table_valued_function": "Use explode in a select, or spark.range.",
    "lateral_join": "Join on a condition instead.",
    "relation_changes": "Read the table's files instead.",
    "nearest_by_join": "Join on a range condition instead.",
    "replace": "Use when and otherwise on the columns.",
    "summary": _STATISTICS,
    "crosstab": _STATISTICS,
    "describe": _STATISTICS,
    "cov": _STATISTICS,
    "corr": _STATISTICS,
    "approx_quantile": _STATISTICS,
    "freq_items": _STATISTICS,
    "sample_by": "Filter on a hash of a key column instead.",
    "ml_relation": "Machine learning runs on a Spark cluster only.",
    "extension": "Plugins of Spark Connect can't run here.",
    "unknown": "The client sent an empty plan.",
}


def convert_relation(message: Any, context: Context) -> nodes.Relation:
    """The node for one relation.

    Raises:
        UnsupportedError: a kind of relation that is not to be had here.
    """
    kind = variant_of(message, "rel_type")
    convert = CONVERTERS.get(kind)
    if convert is None:
        raise refuse("relation", kind, UNSUPPORTED.get(kind, ""))
    node = convert(getattr(message, kind), context)
    if message.common.HasField("plan_id"):
        return nodes.WithPlanId(node, message.common.plan_id)
    return node


def _input(message: Any, context: Context) -> nodes.Relation:
    return convert_relation(message.input, context)


def _lower_keys(options: Mapping[str, str]) -> dict[str, str]:
    return {key.lower(): value for key, value in options.items()}


def _read(message: Any, context: Context) -> nodes.Relation:
    if variant_of(message, "read_type") == "named_table":
        table = message.named_table
        return nodes.UnresolvedTable(
            name_parts(table.unparsed_identifier),
            _lower_keys(table.options),
            message.is_streaming,
        )
    source = message.data_source
    if source.predicates:
        raise refuse("option", "predicates", "Filter the DataFrame instead.")
    data_format = source.format or context.session.setting("spark.sql.sources.default")
    return nodes.UnresolvedDataSource(
        data_format,
        parse_schema(source.schema) if source.schema else None,
        _lower_keys(source.options),
        tuple(source.paths),
        message.is_streaming,
        source.source_name,
    )


def _project(message: Any, context: Context) -> nodes.Relation:
    columns = convert_expressions(message.expressions, context)
    return nodes.Project(_input(message, context), columns)


def _filter(message: Any, context: Context) -> nodes.Relation:
    condition = convert_expression(message.condition, context)
    return nodes.Filter(_input(message, context), condition)


def _with_columns(message: Any, context: Context) -> nodes.Relation:
    columns = tuple(convert_alias(alias, context) for alias in message.aliases)
    return nodes.WithColumns(_input(message, context), columns)


def _with_columns_renamed(message: Any, context: Context) -> nodes.Relation:
    renames = [(rename.col_name, rename.new_col_name) for rename in message.renames]
    renames += message.rename_columns_map.items()
    return nodes.WithColumnsRenamed(_input(message, context), tuple(renames))


def _with_watermark(message: Any, context: Context) -> nodes.Relation:
    return nodes.WithWatermark(
        _input(message, context), message.event_time, message.delay_threshold
    )


_GROUP_TYPES: dict[int, nodes.GroupType] = {
    1: "groupby",
    2: "rollup",
    3: "cube",
    4: "pivot",
    5: "grouping_sets",
}


def _aggregate(message: Any, context: Context) -> nodes.Relation:
    group_type = _GROUP_TYPES.get(message.group_type)
    if group_type is None or group_type == "pivot":
        advice = "Aggregate with a filter for each value instead."
        raise refuse("grouping", group_type or "", advice)
    return nodes.UnresolvedAggregate(
        _input(message, context),
        group_type,
        convert_expressions(message.grouping_expressions, context),
        convert_expressions(message.aggregate_expressions, context),
        sets=tuple(
            KeySet(convert_expressions(each.grouping_set, context))
            for each in message.grouping_sets
        ),
    )


_JOIN_TYPES: dict[int, nodes.JoinType] = {
    1: "inner",
    2: "full",
    3: "left",
    4: "right",
    5: "anti",
    6: "semi",
    7: "cross",
}


def _join(message: Any, context: Context) -> nodes.Relation:
    condition = None
    if message.HasField("join_condition"):
        condition = convert_expression(message.join_condition, context)
    return nodes.UnresolvedJoin(
        convert_relation(message.left, context),
        convert_relation(message.right, context),
        _JOIN_TYPES.get(message.join_type, "inner"),
        condition,
        tuple(message.using_columns),
    )


_SET_OPERATIONS: dict[int, nodes.SetOperationKind] = {
    1: "intersect",
    2: "union",
    3: "except",
}


def _set_operation(message: Any, context: Context) -> nodes.Relation:
    return nodes.SetOperation(
        convert_relation(message.left_input, context),
        convert_relation(message.right_input, context),
        _SET_OPERATIONS[message.set_op_type],
        message.is_all,
        message.by_name,
        message.allow_missing_columns,
    )


def _deduplicate(message: Any, context: Context) -> nodes.Relation:
    if not message.column_names and not message.all_columns_as_keys:
        raise AnalysisError("CONNECT_INVALID_PLAN.DEDUPLICATE_REQUIRES_COLUMNS_OR_ALL")
    return nodes.Deduplicate(
        _input(message, context),
        tuple(message.column_names),
        message.all_columns_as_keys,
        message.within_watermark,
    )


def _sort(message: Any, context: Context) -> nodes.Relation:
    orders = tuple(convert_sort_order(order, context) for order in message.order)
    return nodes.Sort(_input(message, context), orders, message.is_global)


def _limit(message: Any, context: Context) -> nodes.Relation:
    return nodes.Limit(_input(message, context), message.limit)


def _offset(message: Any, context: Context) -> nodes.Relation:
    return nodes.Offset(_input(message, context), message.offset)


def _tail(message: Any, context: Context) -> nodes.Relation:
    return nodes.Tail(_input(message, context), message.limit)


def _range(message: Any, context: Context) -> nodes.Relation:
    return nodes.Range(message.start, message.end, message.step)


def _subquery_alias(message: Any, context: Context) -> nodes.Relation:
    return nodes.SubqueryAlias(_input(message, context), message.alias)


def _repartition(message: Any, context: Context) -> nodes.Relation:
    return nodes.Repartition(_input(message, context))


def _to_df(message: Any, context: Context) -> nodes.Relation:
    return nodes.ToDF(_input(message, context), tuple(message.column_names))


def _drop(message: Any, context: Context) -> nodes.Relation:
    return nodes.Drop(
        _input(message, context),
        convert_expressions(message.columns, context),
        tuple(message.column_names),
    )


def _show_string(message: Any, context: Context) -> nodes.Relation:
    return nodes.ShowString(
        _input(message, context),
        message.num_rows,
        message.truncate,
        message.vertical,
    )


def _html_string(message: Any, context: Context) -> nodes.Relation:
    raise refuse("relation", "html_string", "Use show, or toPandas in a notebook.")


def _cached_remote(message: Any, context: Context) -> nodes.Relation:
    return nodes.CachedRemoteRelation(message.relation_id)


def _fill_na(message: Any, context: Context) -> nodes.Relation:
    return fill_missing(_input(message, context), message, context)


def _drop_na(message: Any, context: Context) -> nodes.Relation:
    return drop_missing(_input(message, context), message, context)


def parse_sql(message: Any, context: Context) -> nodes.Relation | Command:
    """The plan of a SQL text with its arguments put in."""
    named: dict[str, Expression] = {
        name: convert_literal(value) for name, value in message.args.items()
    }
    for name, value in message.named_arguments.items():
        named[name] = convert_expression(value, context)
    positional: list[Expression] = [convert_literal(v) for v in message.pos_args]
    positional += convert_expressions(message.pos_arguments, context)
    return parse_plan(message.query, named, positional)


def _sql(message: Any, context: Context) -> nodes.Relation:
    plan = parse_sql(message, context)
    if isinstance(plan, Command):
        raise AnalysisError("COMMAND_IN_QUERY", command=type(plan).__name__)
    return plan


def _with_relations(message: Any, context: Context) -> nodes.Relation:
    """`spark.sql(q, df=df)`: each reference is a view of this plan alone."""
    views: dict[tuple[str, ...], nodes.Relation] = {}
    for reference in message.references:
        if variant_of(reference, "rel_type") != "subquery_alias":
            raise refuse("relation", "subquery", "Write the subquery as a join.")
        alias = reference.subquery_alias
        views[(alias.alias,)] = convert_relation(reference, context)

    def put_in(node: Any) -> Any:
        if isinstance(node, nodes.UnresolvedTable):
            return views.get(node.name_parts, node)
        return node

    root: nodes.Relation = transform_down(
        convert_relation(message.root, context), put_in
    )
    return root


def _collect_metrics(message: Any, context: Context) -> nodes.Relation:
    metrics = convert_expressions(message.metrics, context)
    return Observe(_input(message, context), message.name, metrics)


def _map_partitions(message: Any, context: Context) -> nodes.Relation:
    return MapBatches(_input(message, context), map_function(message.func))


CONVERTERS: dict[str, Converter] = {
    "read": _read,
    "project": _project,
    "filter": _filter,
    "with_columns": _with_columns,
    "with_columns_renamed": _with_columns_renamed,
    "with_watermark": _with_watermark,
    "aggregate": _aggregate,
    "join": _join,
    "set_op": _set_operation,
    "deduplicate": _deduplicate,
    "sort": _sort,
    "limit": _limit,
    "offset": _offset,
    "tail": _tail,
    "range": _range,
    "sql": _sql,
    "local_relation": convert_local,
    "chunked_cached_local_relation": convert_chunked,
    "cached_remote_relation": _cached_remote,
    "subquery_alias": _subquery_alias,
    "repartition": _repartition,
    "repartition_by_expression": _repartition,
    "hint": _repartition,
    "to_df": _to_df,
    "drop": _drop,
    "show_string": _show_string,
    "html_string": _html_string,
    "with_relations": _with_relations,
    "fill_na": _fill_na,
    "drop_na": _drop_na,
    "map_partitions": _map_partitions,
    "collect_metrics": _collect_metrics,
}
