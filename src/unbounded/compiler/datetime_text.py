"""Datetime text: times as the writers of files put them down, by Java's patterns."""

from __future__ import annotations

from unbounded.compiler.datetime_patterns import read_pattern
from unbounded.compiler.functions.datetime import written_text
from unbounded.compiler.zones import instant_of, local_of
from unbounded.types import DataType, DateType, TimestampType

__all__ = ["datetime_text"]


def datetime_text(value: str, data_type: DataType, pattern: str, zone: str) -> str:
    """SQL for the text of a date or a timestamp; NULL for null.

    Args:
        pattern: `yyyy-MM-dd HH:mm`, as in Spark's option `timestampFormat`.

    Raises:
        AnalysisError: it is no pattern that Spark takes.
    """
    if isinstance(data_type, TimestampType):
        moment, local = value, local_of(value, zone)
    else:
        is_date = isinstance(data_type, DateType)
        local = f"CAST({value} AS TIMESTAMP)" if is_date else value
        moment = instant_of(local, zone)
    text = written_text(read_pattern(pattern), moment, local, zone)
    return f"CASE WHEN {value} IS NOT NULL THEN {text} END"
