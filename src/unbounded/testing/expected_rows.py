"""Expected rows: what a test wrote down, compared with what a query gave.

Rows are compared as sets with repeats, in any order, by the text of their values: times
in the session's zone, floats to nine digits. So a test may write a time as a string,
and a struct, such as a window, as a tuple.

    - k=b n=2          expected, and not there
    + k=b n=3          there, and not expected
      k=a n=1          both
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from unbounded.types import (
    ArrayType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    MapType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
)

__all__ = ["RowTexts", "difference"]


class RowTexts:
    """The text of rows of one schema, equal for rows that are."""

    def __init__(self, schema: StructType, time_zone: str) -> None:
        self._schema = schema
        self._zone = ZoneInfo(time_zone)

    def of(self, row: Any) -> str:
        """A tuple, a dict, a Row, or the one value of a row: `k=a n=1`.

        Raises:
            AssertionError: it has not the columns of the query.
        """
        return self._struct(row, self._schema.fields)

    def key_of(self, row: Mapping[str, Any], key: Sequence[str]) -> str:
        """The part of a row's text that these columns make."""
        fields = [field for field in self._schema.fields if field.name in key]
        return self._struct({field.name: row[field.name] for field in fields}, fields)

    def _struct(self, row: Any, fields: Sequence[StructField]) -> str:
        names = [field.name for field in fields]
        if isinstance(row, Mapping):
            assert set(row) == set(names), f"{row} has not the columns {names}"
            values = [row[name] for name in names]
        elif isinstance(row, tuple | list):
            assert len(row) == len(names), f"{row} has not the columns {names}"
            values = list(row)
        else:
            assert len(names) == 1, f"{row!r} has not the columns {names}"
            values = [row]
        return " ".join(
            f"{field.name}={self._value(value, field.data_type)}"
            for field, value in zip(fields, values, strict=True)
        )

    def _value(self, value: Any, kind: DataType) -> str:
        if value is None:
            return "null"
        match kind:
            case TimestampType() | TimestampNTZType():
                return self._time(value, kind)
            case DateType():
                text = isinstance(value, str)
                return str(datetime.date.fromisoformat(value) if text else value)
            case DoubleType() | FloatType():
                return f"{value:.9g}"
            case DecimalType():
                return str(Decimal(str(value)).quantize(Decimal(1).scaleb(-kind.scale)))
            case StructType():
                return f"({self._struct(value, kind.fields)})"
            case ArrayType():
                return (
                    f"[{', '.join(self._value(v, kind.element_type) for v in value)}]"
                )
            case MapType():
                return self._map(value, kind)
        return str(value)

    def _map(self, value: Any, kind: MapType) -> str:
        pairs = value.items() if isinstance(value, Mapping) else value
        texts = (
            f"{self._value(key, kind.key_type)}: {self._value(item, kind.value_type)}"
            for key, item in pairs
        )
        return f"{{{', '.join(sorted(texts))}}}"

    def _time(self, value: Any, kind: DataType) -> str:
        moment = (
            datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
        )
        if isinstance(kind, TimestampType) and moment.tzinfo is not None:
            moment = moment.astimezone(self._zone).replace(tzinfo=None)
        return str(moment)


def difference(expected: Iterable[str], found: Iterable[str]) -> str | None:
    """What is not the same, line by line; None if all is."""
    wanted, given = Counter(expected), Counter(found)
    if wanted == given:
        return None
    lines = [
        *(f"  - {row}" for row in sorted((wanted - given).elements())),
        *(f"  + {row}" for row in sorted((given - wanted).elements())),
        *(f"    {row}" for row in sorted((wanted & given).elements())),
    ]
    return "\n".join(lines)
