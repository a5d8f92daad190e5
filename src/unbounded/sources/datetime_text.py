r"""Datetime text: strings of input files read as timestamps and dates, in SQL.

Spark's rules for casts, which its JSON and CSV readers follow when no format is
given: `[+-]y…y[-[m]m[-[d]d[(T| )[h]h[:[m]m[:[s]s[.f…][zone]]]]]]`, blanks around
it ignored. Text without a zone is in the session's. What can't be read is NULL.

Left out: a time without a day, which Spark reads as a time of today.

Each function takes an SQL expression and returns one.
"""

from __future__ import annotations

from unbounded.errors import UnsupportedError
from unbounded.sources.options import quote_text

__all__ = [
    "date_from_pattern",
    "date_from_text",
    "local_to_timestamp",
    "quick_date",
    "quick_timestamp",
    "quick_timestamp_ntz",
    "timestamp_from_pattern",
    "timestamp_from_text",
    "timestamp_ntz_from_pattern",
    "timestamp_ntz_from_text",
]

_CLOCK = r"(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{1,6})?"
_PLAIN = rf"\d{{4}}-\d\d-\d\d[ T]{_CLOCK}"
_GENERAL = (
    r"^\+?(\d{4,6})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T](\d{1,2})"
    r"(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?[ ]*([A-Z+-].*)?)?)?)?)?)?$"
)
_DATE = r"^\+?(\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T].*)?)?)?$"
_OFFSET = r"^(?:UTC|GMT|UT)?([+-])(\d)(?::(.*))?$"
_BLANKS = "E' \\t\\n\\r\\f\\x0B'"


def local_to_timestamp(local: str, zone: str) -> str:
    """A TIMESTAMP expression taken as the wall clock of `zone`.

    Of two instants with that reading, in autumn, it is the earlier, as in Java;
    DuckDB takes the later.
    """
    if _is_utc(zone):
        return f"make_timestamptz(epoch_us({local}))"
    name = quote_text(zone)
    later = f"timezone({name}, {local})"
    earlier = f"({later} - INTERVAL 1 HOUR)"
    return (
        f"CASE WHEN timezone({name}, {earlier}) = {local} "
        f"THEN {earlier} ELSE {later} END"
    )


def _is_utc(zone: str) -> bool:
    return zone.upper() in {"UTC", "Z", "GMT", "ETC/UTC"}


def timestamp_from_text(text: str, zone: str) -> str:
    """A string as TIMESTAMPTZ. The two usual forms go without taking it apart."""
    plain = f"TRY_CAST({text} AS TIMESTAMP)"
    return (
        f"CASE WHEN regexp_full_match({text}, {quote_text(_PLAIN + 'Z')}) "
        f"THEN make_timestamptz(epoch_us({plain})) "
        f"WHEN regexp_full_match({text}, {quote_text(_PLAIN)}) "
        f"THEN {local_to_timestamp(plain, zone)} "
        f"ELSE {_general_timestamp(text, zone)} END"
    )


def quick_timestamp(text: str, zone: str, otherwise: str) -> str:
    """A string in a usual form as TIMESTAMPTZ; `otherwise` for any other form.

    The statement must run in the time zone `zone`. It is planned and run in a
    fraction of the time of `timestamp_from_text`: binding a regular expression
    takes DuckDB most of a millisecond.
    """
    shape = "____-__-_____:__:__"
    # DuckDB reads 24:00 as the next midnight, Spark does not read it.
    is_next_day = f"{text} LIKE '___________24%'"
    value = f"TRY_CAST({text} AS TIMESTAMPTZ)"
    quick = f"CASE WHEN {text} LIKE '{shape}%' AND NOT {is_next_day} THEN {value} END"
    if not _is_utc(zone):
        ends = ("Z", "+__:__", "-__:__")
        zoned = " OR ".join(f"{text} LIKE '{shape}%{end}'" for end in ends)
        local = local_to_timestamp(f"TRY_CAST({text} AS TIMESTAMP)", zone)
        quick = (
            f"CASE WHEN {is_next_day} THEN NULL WHEN {zoned} THEN {value} "
            f"WHEN {_is_quick_local(text)} THEN {local} END"
        )
    # A form that only Spark takes is told from a bad value by the other ways.
    return f"coalesce({quick}, CASE WHEN {text} IS NOT NULL THEN {otherwise} END)"


def quick_timestamp_ntz(text: str, otherwise: str) -> str:
    """A string in a usual form as TIMESTAMP; `otherwise` for any other form."""
    return (
        f"CASE WHEN {text} IS NULL THEN NULL "
        f"WHEN {_is_quick_local(text)} AND NOT {text} LIKE '___________24%' "
        f"THEN TRY_CAST({text} AS TIMESTAMP) ELSE {otherwise} END"
    )


def quick_date(text: str, otherwise: str) -> str:
    """A string in the usual form as DATE; `otherwise` for any other form."""
    return (
        f"CASE WHEN {text} IS NULL THEN NULL "
        f"WHEN {text} LIKE '____-__-__' THEN TRY_CAST({text} AS DATE) "
        f"ELSE {otherwise} END"
    )


def _is_quick_local(text: str) -> str:
    shape = "____-__-_____:__:__"
    forms = " OR ".join(f"{text} LIKE '{shape}{f}'" for f in ("", ".___", ".______"))
    # An offset in the place of the fraction would be ignored.
    return f"({forms}) AND NOT contains({text}, '+')"


def timestamp_ntz_from_text(text: str) -> str:
    """A string without a zone as TIMESTAMP."""
    local = f"CASE WHEN p.z = '' THEN {_local('p')} END"
    return (
        f"CASE WHEN regexp_full_match({text}, {quote_text(_PLAIN)}) "
        f"THEN TRY_CAST({text} AS TIMESTAMP) "
        f"ELSE {_let('p', _parts(text, _GENERAL, 'y m d h i s f z'), local)} END"
    )


def date_from_text(text: str) -> str:
    """A string as DATE; what follows the day after a `T` or a blank is ignored."""
    day = f"TRY_CAST({_day('p')} AS DATE)"
    return (
        f"CASE WHEN regexp_full_match({text}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') "
        f"THEN TRY_CAST({text} AS DATE) "
        f"ELSE {_let('p', _parts(text, _DATE, 'y m d'), day)} END"
    )


def _let(name: str, value: str, body: str) -> str:
    """`body`, in which `name` stands for `value`.

    Written out at each place instead, nested parts grow to a text that takes
    DuckDB many milliseconds to bind.
    """
    return f"list_transform([{value}], lambda {name}: {body})[1]"


def _parts(text: str, pattern: str, names: str) -> str:
    listed = ", ".join(f"'{name}'" for name in names.split())
    return f"regexp_extract(trim({text}, {_BLANKS}), {quote_text(pattern)}, [{listed}])"


def _day(parts: str) -> str:
    month = f"coalesce(nullif({parts}.m, ''), '1')"
    day = f"coalesce(nullif({parts}.d, ''), '1')"
    return f"concat({parts}.y, '-', {month}, '-', {day})"


def _local(parts: str) -> str:
    def number(name: str) -> str:
        return f"coalesce(nullif({parts}.{name}, ''), '0')"

    clock = f"{number('h')}, ':', {number('i')}, ':', {number('s')}"
    text = f"concat({_day(parts)}, ' ', {clock}, '.', left({number('f')}, 6))"
    # DuckDB reads 24:00 as the next midnight, Spark does not read it.
    return (
        f"CASE WHEN TRY_CAST({number('h')} AS INTEGER) < 24 "
        f"THEN TRY_CAST({text} AS TIMESTAMP) END"
    )


def _general_timestamp(text: str, zone: str) -> str:
    padded = f"regexp_replace(p.z, {quote_text(_OFFSET)}, '\\10\\2:\\3')"
    offset = f"rtrim(regexp_replace({padded}, '^(?:UTC|GMT|UT)([+-])', '\\1'), ':')"
    separator = (
        "CASE WHEN regexp_matches(p.z, '^(?:UTC|GMT|UT)?[+-]') THEN '' ELSE ' ' END"
    )
    local_text = "strftime(t, '%Y-%m-%d %H:%M:%S.%f')"
    zoned = f"TRY_CAST(concat({local_text}, {separator}, {offset}) AS TIMESTAMPTZ)"
    instant = (
        f"CASE WHEN t IS NULL THEN NULL "
        f"WHEN p.z = '' THEN {local_to_timestamp('t', zone)} "
        f"WHEN p.z = 'Z' THEN make_timestamptz(epoch_us(t)) ELSE {zoned} END"
    )
    parts = _parts(text, _GENERAL, "y m d h i s f z")
    return _let("p", parts, _let("t", _local("p"), instant))


# Java's pattern letters, longest first, and DuckDB's specifiers.
_LETTERS = {
    "yyyy": "%Y",
    "uuuu": "%Y",
    "y": "%Y",
    "u": "%Y",
    "yy": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "M": "%-m",
    "dd": "%d",
    "d": "%-d",
    "HH": "%H",
    "H": "%-H",
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "m": "%-M",
    "ss": "%S",
    "s": "%-S",
    "SSS": "%g",
    "SSSSSS": "%f",
    "SSSSSSSSS": "%n",
    "a": "%p",
    "XXX": "%z",
    "xxx": "%z",
    "XX": "%z",
    "xx": "%z",
    "Z": "%z",
    "VV": "%Z",
    "EEEE": "%A",
    "E": "%a",
    "EEE": "%a",
    "DDD": "%j",
}
_ZONE_LETTERS = "XxZVzO"


def timestamp_from_pattern(text: str, pattern: str, zone: str) -> str:
    """A string of one Java pattern as TIMESTAMPTZ."""
    letters = _letters_of(pattern)
    specifiers = quote_text(_to_specifiers(pattern))
    if any(letter in _ZONE_LETTERS for letter in letters):
        zulu = f"regexp_replace({text}, 'Z$', '+00:00')"
        value = zulu if letters[-1] == "X" else text
        return f"try_strptime({value}, {specifiers})::TIMESTAMPTZ"
    return local_to_timestamp(f"try_strptime({text}, {specifiers})", zone)


def timestamp_ntz_from_pattern(text: str, pattern: str) -> str:
    """A string of one Java pattern as TIMESTAMP."""
    return f"try_strptime({text}, {quote_text(_to_specifiers(pattern))})"


def date_from_pattern(text: str, pattern: str) -> str:
    """A string of one Java pattern as DATE."""
    specifiers = quote_text(_to_specifiers(pattern))
    return f"CAST(try_strptime({text}, {specifiers}) AS DATE)"


def _letters_of(pattern: str) -> str:
    return "".join(run for run, literal in _runs(pattern) if not literal)


def _to_specifiers(pattern: str) -> str:
    """`dd/MM/yyyy'T'HH` → `%d/%m/%YT%H`."""
    result = []
    for run, is_literal in _runs(pattern):
        if is_literal:
            result.append(run.replace("%", "%%"))
        elif run in _LETTERS:
            result.append(_LETTERS[run])
        else:
            raise UnsupportedError(
                "UNSUPPORTED_FEATURE",
                feature=f"{run} in the datetime pattern {pattern}",
                advice="Read the column as a string and use to_timestamp.",
            )
    return "".join(result)


def _runs(pattern: str) -> list[tuple[str, bool]]:
    """The pattern cut into runs of one letter and literals."""
    runs: list[tuple[str, bool]] = []
    position = 0
    while position < len(pattern):
        start, letter = position, pattern[position]
        if letter == "'":
            end = pattern.find("'", start + 1)
            end = len(pattern) if end < 0 else end
            runs.append((pattern[start + 1 : end] or "'", True))
            position = end + 1
        elif letter.isascii() and letter.isalpha():
            while position < len(pattern) and pattern[position] == letter:
                position += 1
            runs.append((pattern[start:position], False))
        elif letter in "[]":
            raise UnsupportedError(
                "UNSUPPORTED_FEATURE",
                feature=f"an optional part in the datetime pattern {pattern}",
                advice="Read the column as a string and use to_timestamp.",
            )
        else:
            runs.append((letter, True))
            position += 1
    return runs
