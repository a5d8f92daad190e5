"""Parser: Spark SQL text, schema strings and intervals, read into plan nodes."""

from unbounded.parser.ddl import parse_data_type, parse_schema
from unbounded.parser.intervals import Interval, parse_interval, parse_interval_us
from unbounded.parser.names import parse_name, path_source
from unbounded.parser.parse import parse_expression, parse_plan

__all__ = [
    "Interval",
    "parse_data_type",
    "parse_expression",
    "parse_interval",
    "parse_interval_us",
    "parse_name",
    "parse_plan",
    "parse_schema",
    "path_source",
]
