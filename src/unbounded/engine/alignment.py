"""Alignment: a result table brought to the exact Arrow types of a Spark schema.

DuckDB's results differ from `types.to_arrow` in spelling (names of list items,
the zone of a timestamp, string views) and in the values that travel in another
type: day-time intervals as BIGINT microseconds, typeless nulls as INTEGER.
Most columns need no change, or a change of type without a copy.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from unbounded.types import NO_FIELD, StructType, to_arrow

__all__ = ["align", "fill_empty_structs", "flatten_views"]


def align(table: pa.Table, schema: StructType) -> pa.Table:
    """`table` with the names, types and nullability of `schema`, by position."""
    assert table.num_columns == len(schema.fields), "a column for each field"
    columns = []
    fields = []
    for column, field in zip(table.columns, schema.fields, strict=True):
        arrow_type = to_arrow(field.data_type)
        columns.append(_align_column(column, arrow_type))
        fields.append(pa.field(field.name, arrow_type, field.nullable))
    if not columns:
        return table
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def flatten_views(table: pa.Table) -> pa.Table:
    """`table` with plain strings and binaries instead of views and large ones."""
    schema = table.schema
    for index, field in enumerate(schema):
        plain = _plain_type(field.type)
        if plain is not field.type:
            column = _align_column(table.column(index), plain)
            table = table.set_column(index, pa.field(field.name, plain), column)
    return table


def _plain_type(arrow_type: pa.DataType) -> pa.DataType:
    if pa.types.is_string_view(arrow_type) or pa.types.is_large_string(arrow_type):
        return pa.string()
    if pa.types.is_binary_view(arrow_type) or pa.types.is_large_binary(arrow_type):
        return pa.binary()
    return arrow_type


def _align_column(column: pa.ChunkedArray, arrow_type: pa.DataType) -> pa.ChunkedArray:
    if column.type == arrow_type and not pa.types.is_nested(arrow_type):
        return column
    chunks = [_align_array(chunk, arrow_type) for chunk in column.chunks]
    return pa.chunked_array(chunks, arrow_type)


def _align_array(array: pa.Array, arrow_type: pa.DataType) -> pa.Array:
    if pa.types.is_null(arrow_type):
        return pa.nulls(len(array))
    if pa.types.is_struct(arrow_type):
        return _align_struct(array, arrow_type)
    if pa.types.is_map(arrow_type):
        return _align_map(array, arrow_type)
    if pa.types.is_list(arrow_type):
        return _align_list(array, arrow_type)
    if array.type == arrow_type:
        return array
    return array.cast(arrow_type)


def fill_empty_structs(table: pa.Table) -> pa.Table:
    """`table` with a field of nulls in structs without one, which DuckDB has not."""
    for index, field in enumerate(table.schema):
        if field.type == pa.struct([]):
            filled = pa.struct([(NO_FIELD, pa.int32())])
            chunks = [_fill_struct(each, filled) for each in table.column(index).chunks]
            column = pa.chunked_array(chunks, filled)
            table = table.set_column(index, pa.field(field.name, filled), column)
    return table


def _fill_struct(array: pa.StructArray, arrow_type: pa.StructType) -> pa.Array:
    nulls = pa.nulls(len(array), pa.int32())
    mask = pc.is_null(array) if array.null_count else None
    return pa.StructArray.from_arrays([nulls], fields=list(arrow_type), mask=mask)


def _align_struct(array: pa.StructArray, arrow_type: pa.StructType) -> pa.Array:
    if not arrow_type.num_fields:
        validity = pc.is_valid(array).buffers()[1]
        return pa.Array.from_buffers(arrow_type, len(array), [validity])
    children = [
        _align_array(child, field.type)
        for child, field in zip(_struct_children(array), arrow_type, strict=True)
    ]
    mask = pc.is_null(array) if array.null_count else None
    return pa.StructArray.from_arrays(children, fields=list(arrow_type), mask=mask)


def _struct_children(array: pa.StructArray) -> list[pa.Array]:
    # `field` respects the slice of a struct array, unlike `flatten` it leaves
    # the nulls of the parent out, which the mask brings back.
    return [array.field(i) for i in range(array.type.num_fields)]


def _align_list(array: pa.ListArray, arrow_type: pa.ListType) -> pa.Array:
    array = _from_zero(array)
    values = _align_array(array.values, arrow_type.value_type)
    return pa.Array.from_buffers(
        arrow_type,
        len(array),
        [array.buffers()[0], array.offsets.buffers()[1]],
        children=[values],
    )


def _align_map(array: pa.MapArray, arrow_type: pa.MapType) -> pa.Array:
    array = _from_zero(array)
    keys = _align_array(array.keys, arrow_type.key_type)
    items = _align_array(array.items, arrow_type.item_type)
    entries = pa.StructArray.from_arrays(
        [keys, items], fields=[arrow_type.key_field, arrow_type.item_field]
    )
    return pa.Array.from_buffers(
        arrow_type,
        len(array),
        [array.buffers()[0], array.offsets.buffers()[1]],
        children=[entries],
    )


def _from_zero(array: pa.Array) -> pa.Array:
    """The array with no slice offset, so that its buffers begin at row 0."""
    return array if array.offset == 0 else pa.concat_arrays([array])
