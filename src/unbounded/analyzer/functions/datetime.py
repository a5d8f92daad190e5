"""Date and time functions: rows of the function tables.

Fields of a time (`hour`, …), truncation and formatting are in the session's
time zone. `current_timestamp`, `current_date` and `local_timestamp` are those of
the batch. Formats are Spark's datetime patterns.
"""

from __future__ import annotations

from decimal import Decimal

from unbounded.analyzer.argument_types import (
    ANY,
    DATE,
    DECIMAL,
    INT,
    INTEGRAL,
    LONG,
    NUMERIC,
    STRING,
    TIMESTAMP,
    TIMESTAMP_NTZ,
    Choice,
)
from unbounded.analyzer.functions.signature import (
    Signature,
    always_nullable,
    is_nullable,
    never_null,
    row,
    type_of,
)
from unbounded.plan.expressions import Literal
from unbounded.types import (
    BooleanType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    StringType,
    TimestampNTZType,
    TimestampType,
    YearMonthIntervalType,
)

__all__ = ["DATETIME_FUNCTIONS"]

_INT = IntegerType()
_LONG = LongType()
_TEXT = StringType()
_DATE = DateType()
_TIMESTAMP = TimestampType()
_DEFAULT_FORMAT = Literal("yyyy-MM-dd HH:mm:ss", StringType())


def _date_field(name: str, *aliases: str) -> Signature:
    return row(name, (DATE,), _INT, aliases=(name, *aliases))


def _time_field(name: str) -> Signature:
    return row(name, (Choice((TIMESTAMP, TIMESTAMP_NTZ)),), _INT)


DATETIME_FUNCTIONS: tuple[Signature, ...] = (
    row(
        "current_timestamp",
        (),
        _TIMESTAMP,
        nullable=never_null,
        aliases=("current_timestamp", "now"),
    ),
    row(
        "current_date",
        (),
        _DATE,
        nullable=never_null,
        aliases=("current_date", "curdate"),
    ),
    row("localtimestamp", (), TimestampNTZType(), nullable=never_null),
    row("current_timezone", (), _TEXT, nullable=never_null),
    _date_field("year"),
    _date_field("quarter"),
    _date_field("month"),
    _date_field("day", "dayofmonth"),
    _date_field("dayofyear"),
    _date_field("dayofweek"),
    _date_field("weekday"),
    _date_field("weekofyear"),
    _time_field("hour"),
    _time_field("minute"),
    _time_field("second"),
    row(
        "second_with_fraction",
        (Choice((TIMESTAMP, TIMESTAMP_NTZ)),),
        DecimalType(8, 6),
    ),
    row("monthname", (DATE,), _TEXT),
    row("dayname", (DATE,), _TEXT),
    row("date_add", (DATE, INT), _DATE, aliases=("date_add", "dateadd")),
    row("date_sub", (DATE, INT), _DATE),
    row("date_diff", (DATE, DATE), _INT, aliases=("datediff", "date_diff")),
    row("add_months", (DATE, INT), _DATE),
    row(
        "months_between",
        (TIMESTAMP, TIMESTAMP, ANY),
        DoubleType(),
        defaults=(Literal(True, BooleanType()),),
    ),
    row("last_day", (DATE,), _DATE),
    row("next_day", (DATE, STRING), _DATE, nullable=always_nullable),
    row("trunc", (DATE, STRING), _DATE, nullable=always_nullable),
    row("date_trunc", (STRING, TIMESTAMP), _TIMESTAMP, nullable=always_nullable),
    row("date_format", (TIMESTAMP, STRING), _TEXT),
    row("to_date", (STRING, STRING), _DATE, aliases=("to_date_by_format",)),
    row(
        "to_timestamp",
        (STRING, STRING),
        _TIMESTAMP,
        aliases=("to_timestamp_by_format",),
    ),
    row(
        "to_timestamp_ntz",
        (STRING, STRING),
        TimestampNTZType(),
        aliases=("to_timestamp_ntz_by_format",),
    ),
    row(
        "try_to_timestamp",
        (STRING, STRING),
        _TIMESTAMP,
        nullable=always_nullable,
        aliases=("try_to_timestamp_by_format",),
    ),
    row(
        "unix_timestamp",
        (Choice((STRING, DATE, TIMESTAMP, TIMESTAMP_NTZ)), STRING),
        _LONG,
        defaults=(_DEFAULT_FORMAT,),
        aliases=("unix_timestamp", "to_unix_timestamp"),
    ),
    row(
        "from_unixtime",
        (LONG, STRING),
        _TEXT,
        nullable=always_nullable,
        defaults=(_DEFAULT_FORMAT,),
    ),
    row("unix_seconds", (TIMESTAMP,), _LONG),
    row("unix_millis", (TIMESTAMP,), _LONG),
    row("unix_micros", (TIMESTAMP,), _LONG),
    row("unix_date", (DATE,), _INT),
    row("date_from_unix_date", (INT,), _DATE),
    row(
        "timestamp_seconds",
        (NUMERIC,),
        _TIMESTAMP,
        nullable=lambda a: (
            is_nullable(a[0]) or isinstance(type_of(a[0]), (FloatType, DoubleType))
        ),
    ),
    row("timestamp_millis", (INTEGRAL,), _TIMESTAMP),
    row("timestamp_micros", (INTEGRAL,), _TIMESTAMP),
    row("make_date", (INT, INT, INT), _DATE),
    row(
        "make_timestamp",
        (INT, INT, INT, INT, INT, DECIMAL, STRING),
        _TIMESTAMP,
        required=6,
    ),
    row(
        "make_dt_interval",
        (INT, INT, INT, DECIMAL),
        DayTimeIntervalType(),
        defaults=(
            Literal(0, _INT),
            Literal(0, _INT),
            Literal(0, _INT),
            Literal(Decimal("0.000000"), DecimalType(18, 6)),
        ),
    ),
    row(
        "make_ym_interval",
        (INT, INT),
        YearMonthIntervalType(),
        defaults=(Literal(0, _INT), Literal(0, _INT)),
    ),
    row("from_utc_timestamp", (TIMESTAMP, STRING), _TIMESTAMP),
    row("to_utc_timestamp", (TIMESTAMP, STRING), _TIMESTAMP),
    row(
        "convert_timezone",
        (STRING, STRING, TIMESTAMP_NTZ),
        TimestampNTZType(),
    ),
)
