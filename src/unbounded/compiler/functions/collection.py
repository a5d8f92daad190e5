"""Collection templates: structs, arrays and maps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from unbounded.compiler.site import Site, Templates
from unbounded.compiler.sql_text import let, quote_text
from unbounded.types import MapType, StringType, duckdb_type, quote_name

__all__ = ["COLLECTION_TEMPLATES"]


def _one(body: str) -> Callable[[Site], str]:
    """A template that needs its argument, `{x}`, several times."""

    def template(site: Site) -> str:
        return let(
            site.args[0],
            "x",
            lambda x: body.format(x, *site.args[1:], x=x, type=site.sql_type),
        )

    return template


# --- making -----------------------------------------------------------------


def _named_struct(site: Site) -> str:
    values = site.args[1::2]
    members = ", ".join(
        f"{quote_name(str(site.literal(2 * index)))} := {value}"
        for index, value in enumerate(values)
    )
    return f"struct_pack({members})"


def _array(site: Site) -> str:
    return f"CAST([{', '.join(site.args)}] AS {site.sql_type})"


def _map(site: Site) -> str:
    kind = site.data_type
    assert isinstance(kind, MapType)
    keys = f"CAST([{', '.join(site.args[0::2])}] AS {duckdb_type(kind.key_type)}[])"
    values = f"CAST([{', '.join(site.args[1::2])}] AS {duckdb_type(kind.value_type)}[])"
    return f"map({keys}, {values})"


def _concat(site: Site) -> str:
    if not site.args:
        return "''"
    return f"({' || '.join(site.args)})"


def _sequence(site: Site) -> str:
    """A step must lead from start to stop; between equal bounds it may be 0."""
    start, stop, *step = site.args
    if not step:
        sign = f"CASE WHEN {start} > {stop} THEN -1 ELSE 1 END"
        return f"CAST(generate_series({start}, {stop}, {sign}) AS {site.sql_type})"

    def checked(a: str, b: str, by: str) -> str:
        numbers = {"start": a, "stop": b, "step": by}
        raised = site.fail("ILLEGAL_SEQUENCE_BOUNDARIES", numbers=numbers)
        return (
            f"CASE WHEN {a} < {b} AND {by} <= 0 OR {a} > {b} AND {by} >= 0 "
            f"THEN CAST({raised} AS {site.sql_type}) "
            f"WHEN {a} = {b} THEN [{a}] "
            f"ELSE CAST(generate_series({a}, {b}, {by}) AS {site.sql_type}) END"
        )

    return let(
        start,
        "first",
        lambda a: let(
            stop, "last", lambda b: let(step[0], "by", partial(checked, a, b))
        ),
    )


# --- reading ----------------------------------------------------------------


def _get_field(site: Site) -> str:
    return f"struct_extract({site.args[0]}, {quote_text(str(site.literal(1)))})"


def _get_array_fields(site: Site) -> str:
    name = quote_text(str(site.literal(1)))
    return (
        f'list_transform({site.args[0]}, lambda "row": struct_extract("row", {name}))'
    )


def _get_array_item(site: Site) -> str:
    array, position = site.args

    def item(a: str, p: str) -> str:
        raised = _outside(site, "INVALID_ARRAY_INDEX", a, p)
        return (
            f"CASE WHEN {p} < 0 OR {p} >= len({a}) THEN {raised} "
            f"ELSE list_extract({a}, {p} + 1) END"
        )

    return let(array, "array", lambda a: let(position, "index", lambda p: item(a, p)))


def _outside(site: Site, condition: str, array: str, position: str) -> str:
    if not site.context.ansi:
        return "NULL"
    numbers = {"indexValue": position, "arraySize": f"len({array})"}
    return site.fail(condition, numbers=numbers)


def _element_at(site: Site) -> str:
    array, position = site.args

    def item(a: str, p: str) -> str:
        zero = site.fail("INVALID_INDEX_OF_ZERO")
        raised = _outside(site, "INVALID_ARRAY_INDEX_IN_ELEMENT_AT", a, p)
        return (
            f"CASE WHEN {p} = 0 THEN {zero} WHEN abs({p}) > len({a}) THEN {raised} "
            f"ELSE list_extract({a}, {p}) END"
        )

    return let(array, "array", lambda a: let(position, "index", lambda p: item(a, p)))


def _try_element_at(site: Site) -> str:
    if isinstance(site.type(0), MapType):
        return f"map_extract_value({site.args[0]}, {site.args[1]})"
    array, position = site.args
    zero = site.fail("INVALID_INDEX_OF_ZERO")
    return let(
        position,
        "index",
        lambda p: f"CASE WHEN {p} = 0 THEN {zero} ELSE list_extract({array}, {p}) END",
    )


def _size(site: Site) -> str:
    name = "cardinality" if isinstance(site.type(0), MapType) else "len"
    return f"CAST({name}({site.args[0]}) AS INTEGER)"


def _reverse(site: Site) -> str:
    is_text = isinstance(site.type(0), StringType)
    return f"{'reverse' if is_text else 'list_reverse'}({site.args[0]})"


def _contains(site: Site) -> str:
    """Null when it is not found but an element is unknown."""
    array, value = site.args
    return let(
        array,
        "array",
        lambda a: let(
            value,
            "value",
            lambda v: (
                f"CASE WHEN {a} IS NULL OR {v} IS NULL THEN NULL "
                f"WHEN list_contains({a}, {v}) THEN TRUE "
                f"WHEN list_count({a}) < len({a}) THEN NULL ELSE FALSE END"
            ),
        ),
    )


def _position(site: Site) -> str:
    array, value = site.args
    return let(
        array,
        "array",
        lambda a: let(
            value,
            "value",
            lambda v: (
                f"CASE WHEN {a} IS NULL OR {v} IS NULL THEN NULL "
                f"ELSE CAST(coalesce(list_position({a}, {v}), 0) AS BIGINT) END"
            ),
        ),
    )


# --- changing ---------------------------------------------------------------


def _array_join(site: Site) -> str:
    array, separator, *replacement = site.args
    if replacement:
        item = f'coalesce("item", {replacement[0]})'
        array = f'list_transform({array}, lambda "item": {item})'
    return f"array_to_string({array}, {separator})"


def _array_sort(site: Site) -> str:
    return f"list_sort({site.args[0]}, 'ASC', 'NULLS LAST')"


def _sort_array(site: Site) -> str:
    array, ascending = site.args
    up = f"list_sort({array}, 'ASC', 'NULLS FIRST')"
    down = f"list_sort({array}, 'DESC', 'NULLS LAST')"
    wanted = site.literal(1)
    if wanted is not None:
        return up if wanted else down
    return f"CASE WHEN {ascending} THEN {up} ELSE {down} END"


def _slice(site: Site) -> str:
    array, start, length = site.args

    def part(a: str, s: str) -> str:
        zero = site.fail(
            "INVALID_PARAMETER_VALUE.START", parameter="start", functionName="slice"
        )
        first = f"CASE WHEN {s} > 0 THEN {s} ELSE len({a}) + {s} + 1 END"
        cut = f"list_slice({a}, {first}, {first} + {length} - 1)"
        return (
            f"CASE WHEN {s} = 0 THEN {zero} "
            f"WHEN {a} IS NULL OR {length} IS NULL THEN NULL "
            f"WHEN {first} < 1 THEN CAST([] AS {site.sql_type}) ELSE {cut} END"
        )

    return let(array, "array", lambda a: let(start, "start", lambda s: part(a, s)))


def _array_repeat(site: Site) -> str:
    value, count = site.args
    return (
        f'CAST(list_transform(range(greatest({count}, 0)), lambda "n": {value}) '
        f"AS {site.sql_type})"
    )


def _union(site: Site) -> str:
    both = f"list_concat({site.args[0]}, {site.args[1]})"
    distinct = let(both, "x", lambda x: _distinct_items(x))
    return _null_if_any(site, distinct)


def _distinct_items(array: str) -> str:
    return (
        f'list_filter({array}, lambda "item", "place": '
        f'list_position({array}, "item") = "place")'
    )


def _intersect(site: Site) -> str:
    return _null_if_any(site, _common(site, "IS NOT NULL"))


def _except(site: Site) -> str:
    return _null_if_any(site, _common(site, "IS NULL"))


def _common(site: Site, found: str) -> str:
    left, right = site.args
    return let(
        left,
        "x",
        lambda x: (
            f'list_filter({_distinct_items(x)}, lambda "item": '
            f'list_position({right}, "item") {found})'
        ),
    )


def _null_if_any(site: Site, sql: str) -> str:
    left, right = site.args
    return f"CASE WHEN {left} IS NOT NULL AND {right} IS NOT NULL THEN {sql} END"


def _overlap(site: Site) -> str:
    left, right = site.args
    return let(
        left,
        "x",
        lambda x: let(
            right,
            "y",
            lambda y: (
                f"CASE WHEN {x} IS NULL OR {y} IS NULL THEN NULL "
                f'WHEN len(list_filter({x}, lambda "item": "item" IS NOT NULL '
                f'AND list_contains({y}, "item"))) > 0 THEN TRUE '
                f"WHEN len({x}) > 0 AND len({y}) > 0 AND (list_count({x}) < len({x}) "
                f"OR list_count({y}) < len({y})) THEN NULL ELSE FALSE END"
            ),
        ),
    )


def _remove(site: Site) -> str:
    array, value = site.args
    return let(
        value,
        "value",
        lambda v: (
            f"CASE WHEN {v} IS NOT NULL THEN list_filter({array}, "
            f'lambda "item": "item" IS DISTINCT FROM {v}) END'
        ),
    )


def _flatten(site: Site) -> str:
    """Null when one of the inner arrays is."""
    return let(
        site.args[0],
        "x",
        lambda x: f"CASE WHEN list_count({x}) = len({x}) THEN flatten({x}) END",
    )


def _str_to_map(site: Site) -> str:
    text, pair_mark, key_mark = site.args
    pairs = f"regexp_split_to_array({text}, {pair_mark})"
    key = f'regexp_split_to_array("pair", {key_mark})[1]'
    # The value is the rest after the first mark, null without one.
    value = (
        f'CASE WHEN contains("pair", {key_mark}) '
        f'THEN substring("pair", strpos("pair", {key_mark}) + length({key_mark})) END'
    )
    entry = f"struct_pack(key := {key}, value := {value})"
    return f'map_from_entries(list_transform({pairs}, lambda "pair": {entry}))'


def _append(site: Site) -> str:
    array, value = site.args
    return f"CASE WHEN {array} IS NOT NULL THEN list_append({array}, {value}) END"


def _prepend(site: Site) -> str:
    array, value = site.args
    return f"CASE WHEN {array} IS NOT NULL THEN list_prepend({value}, {array}) END"


COLLECTION_TEMPLATES: Templates = {
    "named_struct": _named_struct,
    "array": _array,
    "map": _map,
    "concat": _concat,
    "sequence": _sequence,
    "map_from_arrays": "map({0}, {1})",
    "get_field": _get_field,
    "get_array_fields": _get_array_fields,
    "get_array_item": _get_array_item,
    "get_map_value": "map_extract_value({0}, {1})",
    "element_at": _element_at,
    "try_element_at": _try_element_at,
    "size": _size,
    "array_size": _size,
    "array_distinct": _one(
        'list_filter({x}, lambda "item", "place": list_position({x}, "item") = "place")'
    ),
    "array_sort": _array_sort,
    "sort_array": _sort_array,
    "array_min": "list_min({0})",
    "array_max": "list_max({0})",
    "array_compact": 'list_filter({0}, lambda "item": "item" IS NOT NULL)',
    "array_join": _array_join,
    "array_repeat": _array_repeat,
    "array_contains": _contains,
    "array_position": _position,
    "array_remove": _remove,
    "array_append": _append,
    "array_prepend": _prepend,
    "array_union": _union,
    "array_intersect": _intersect,
    "array_except": _except,
    "arrays_overlap": _overlap,
    "slice": _slice,
    "flatten": _flatten,
    "reverse": _reverse,
    "map_keys": "map_keys({0})",
    "map_values": "map_values({0})",
    "map_entries": "map_entries({0})",
    "map_contains_key": "list_contains(map_keys({0}), {1})",
    "str_to_map": _str_to_map,
}
