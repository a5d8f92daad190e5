"""Text files: a row a line, or a row a file, in the one column `value`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unbounded.errors import AnalysisError
from unbounded.sources.json import ReadCare
from unbounded.sources.options import boolean_option, encoding_option
from unbounded.sources.text_lines import all_lines_sql, contents_sql
from unbounded.types import StringType, StructType, quote_name

__all__ = ["read_text_sql"]


def read_text_sql(
    paths: Sequence[str],
    schema: StructType,
    options: Mapping[str, str],
    time_zone: str,
    care: ReadCare = ReadCare.TEXT,
) -> str:
    """A SELECT of the lines, in file order; blank lines count.

    Raises:
        AnalysisError: the schema is not one column of strings.
    """
    encoding = encoding_option(options)
    if len(schema.fields) > 1:
        raise AnalysisError("TEXT_COLUMN_COUNT", count=len(schema.fields))
    for field in schema.fields:
        if not isinstance(field.data_type, StringType):
            raise AnalysisError(
                "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                format="Text",
                columnName=field.name,
                columnType=field.data_type.sql,
            )
    is_any_bytes = care is ReadCare.BYTES
    if boolean_option(options, "wholetext", False):
        contents = contents_sql(paths, is_any_bytes=is_any_bytes, encoding=encoding)
        rows = f"SELECT line FROM ({contents}) WHERE line <> ''"
    else:
        rows = all_lines_sql(
            paths,
            options.get("linesep"),
            is_any_bytes=is_any_bytes,
            encoding=encoding,
        )
    name = quote_name(schema.fields[0].name) if schema.fields else "value"
    return f"SELECT line AS {name} FROM ({rows})"
