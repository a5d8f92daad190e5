"""Cast times: dates and times from text and from each other, in a zone.

Text is read by the shapes of Spark's `SparkDateTimeUtils`: a year of four to
seven digits, month and day of one or two, `T` or a blank, hours, minutes,
seconds, any number of fraction digits of which six count, then a zone.
"""

from __future__ import annotations

from unbounded.compiler.context import CompileContext
from unbounded.compiler.zones import instant_of, local_of
from unbounded.types import DataType, DateType, TimestampNTZType, TimestampType

__all__ = ["cast_time", "time_from_text"]

# Nearly every text has this shape; telling it is ten times as fast as the rest.
_USUAL_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_USUAL_TIME = (
    f"{_USUAL_DATE}[ T](?:[01][0-9]|2[0-3]):[0-9]{{2}}:[0-9]{{2}}(?:[.][0-9]{{1,6}})?"
)
_BLANK = r"[\x00-\x20]*"
_DATE = r"-?[0-9]{4,7}-[0-9]{1,2}-[0-9]{1,2}"
_CLOCK = r"(?:[01]?[0-9]|2[0-3])(?::[0-9]{1,2}(?::[0-9]{1,2}(?:[.][0-9]{0,6})?)?)?"
_LOCAL_TEXT = f"^{_BLANK}[+]?({_DATE}(?:[ T]{_CLOCK})?)[0-9]*{_BLANK}$"
_DATE_TEXT = f"^{_BLANK}[+]?({_DATE})(?:[ T].*)?{_BLANK}$"


def cast_time(
    value: str, source: DataType, target: DataType, context: CompileContext
) -> str:
    """A date or time as another kind of date or time."""
    zone = context.time_zone
    match source, target:
        case TimestampType(), DateType():
            return f"CAST({local_of(value, zone)} AS DATE)"
        case TimestampType(), TimestampNTZType():
            return local_of(value, zone)
        case TimestampNTZType(), DateType():
            return f"CAST({value} AS DATE)"
        case DateType(), TimestampNTZType():
            return f"CAST({value} AS TIMESTAMP)"
        case DateType(), TimestampType():
            return instant_of(f"CAST({value} AS TIMESTAMP)", zone)
    return instant_of(value, zone)


def time_from_text(value: str, target: DataType, context: CompileContext) -> str:
    """The date or time that a text says, null when it says none."""
    if isinstance(target, DateType):
        any_shape = f"TRY_CAST(regexp_extract({value}, '{_DATE_TEXT}', 1) AS DATE)"
        return _by_shape(
            value,
            _USUAL_DATE,
            f"TRY_CAST({value} AS DATE)",
            f"coalesce({any_shape}, spark_date_of_text({value}))",
        )
    usual = f"TRY_CAST({value} AS TIMESTAMP)"
    local = f"spark_local_of_text(regexp_extract({value}, '{_LOCAL_TEXT}', 1))"
    if isinstance(target, TimestampNTZType):
        any_shape = f"coalesce({local}, spark_other_local_of_text({value}))"
        return _by_shape(value, _USUAL_TIME, usual, any_shape)
    zone = context.time_zone
    short = f"spark_short_local_of_text({value})"
    any_shape = (
        f"coalesce({instant_of(local, zone)}, {instant_of(short, zone)}, "
        f"spark_zoned_of_text({value}))"
    )
    return _by_shape(value, _USUAL_TIME, instant_of(usual, zone), any_shape)


def _by_shape(value: str, pattern: str, usual: str, any_shape: str) -> str:
    matches = f"regexp_full_match({value}, '{pattern}')"
    return f"CASE WHEN {matches} THEN {usual} ELSE {any_shape} END"
