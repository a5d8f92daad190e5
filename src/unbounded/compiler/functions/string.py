"""String templates: positions count from 1, from the end when negative."""

from __future__ import annotations

import re
from collections.abc import Callable

from unbounded.compiler.cast_text import text_sql
from unbounded.compiler.regex import group_count, java_replacement, pattern_sql
from unbounded.compiler.site import Site, Template, Templates
from unbounded.compiler.sql_text import let, quote_text
from unbounded.errors import AnalysisError, UnsupportedError
from unbounded.types import (
    ArrayType,
    BinaryType,
    DecimalType,
    DoubleType,
    FloatType,
    LongType,
    StringType,
)

__all__ = ["STRING_TEMPLATES"]

_INT_MAX = 2147483647


def unsupported(feature: str, advice: str) -> Template:
    """A function that has no counterpart here, refused when compiled."""

    def template(site: Site) -> str:
        raise UnsupportedError("UNSUPPORTED_FEATURE", feature=feature, advice=advice)

    return template


def _as_int(template: str) -> str:
    return f"CAST({template} AS INTEGER)"


def _length(site: Site) -> str:
    is_text = isinstance(site.type(0), StringType)
    return _as_int(f"{'length' if is_text else 'octet_length'}({site.args[0]})")


def _octet_length(site: Site) -> str:
    is_text = isinstance(site.type(0), StringType)
    return _as_int(f"{'strlen' if is_text else 'octet_length'}({site.args[0]})")


def _substring(site: Site) -> str:
    text, position, length = site.args
    start = site.literal(1)
    count = site.literal(2)
    if count is not None and count < 0:
        count, length = 0, "0"
    elif count is None:
        length = f"greatest({length}, 0)"
    if start == 0:
        position = "1"
    elif start is None:
        position = let(
            position, "position", lambda p: f"CASE WHEN {p} = 0 THEN 1 ELSE {p} END"
        )
    tail = "" if count == _INT_MAX else f", {length}"
    if isinstance(site.data_type, BinaryType):
        return _substring_of_bytes(text, position, "" if not tail else length)
    return f"substring({text}, {position}{tail})"


def _substring_of_bytes(data: str, position: str, length: str) -> str:
    """Through hexadecimal digits, two to a byte."""
    start = f"CASE WHEN {position} > 0 THEN 2 * {position} - 1 ELSE 2 * {position} END"
    tail = f", 2 * {length}" if length else ""
    return f"unhex(substring(hex({data}), {start}{tail}))"


def _left(site: Site) -> str:
    if isinstance(site.data_type, BinaryType):
        return _substring_of_bytes(site.args[0], "1", f"greatest({site.args[1]}, 0)")
    return f"left({site.args[0]}, greatest({site.args[1]}, 0))"


def _substring_index(site: Site) -> str:
    text, delimiter, count = site.args

    def part(t: str, n: str) -> str:
        parts = f"string_split({t}, {delimiter})"
        first = f"list_slice({parts}, 1, {n})"
        last = f"list_slice({parts}, greatest({n}, -len({parts})), -1)"
        return (
            f"CASE WHEN {delimiter} = '' OR {n} = 0 "
            f"THEN CASE WHEN {t} IS NOT NULL THEN '' END "
            f"WHEN {n} > 0 THEN array_to_string({first}, {delimiter}) "
            f"ELSE array_to_string({last}, {delimiter}) END"
        )

    return let(text, "text", lambda t: let(count, "count", lambda n: part(t, n)))


def _concat_ws(site: Site) -> str:
    separator, *values = site.args
    if not values:
        return f"CASE WHEN {separator} IS NOT NULL THEN '' END"
    lists = [
        value if isinstance(site.type(index), ArrayType) else f"[{value}]"
        for index, value in enumerate(values, start=1)
    ]
    joined = lists[0] if len(lists) == 1 else f"list_concat({', '.join(lists)})"
    text = f"array_to_string(coalesce({joined}, CAST([] AS VARCHAR[])), {separator})"
    if site.literal(0) is not None:
        return text
    return f"CASE WHEN {separator} IS NOT NULL THEN {text} END"


def _pad(name: str) -> Callable[[Site], str]:
    def template(site: Site) -> str:
        text, length, pad = site.args
        length = f"greatest({length}, 0)"
        if site.literal(2):
            return f"{name}({text}, {length}, {pad})"
        return (
            f"CASE WHEN {pad} = '' THEN left({text}, {length}) "
            f"ELSE {name}({text}, {length}, {pad}) END"
        )

    return template


# --- regular expressions ----------------------------------------------------


def _rlike(site: Site) -> str:
    return f"regexp_matches({site.args[0]}, {pattern_sql(site, 1)})"


def _regexp_replace(site: Site) -> str:
    text, _, replacement, position = site.args
    literal = site.literal(2)
    if literal is not None:
        replacement = quote_text(java_replacement(literal))
    else:
        replacement = f"regexp_replace({replacement}, '[$]([0-9])', '\\\\\\1', 'g')"
    pattern = pattern_sql(site, 1)
    if site.literal(3) == 1:
        return f"regexp_replace({text}, {pattern}, {replacement}, 'g')"
    return let(
        text,
        "text",
        lambda t: (
            f"left({t}, {position} - 1) || regexp_replace(substring({t}, {position}), "
            f"{pattern}, {replacement}, 'g')"
        ),
    )


def _regexp_groups(name: str) -> Callable[[Site], str]:
    def template(site: Site) -> str:
        text, _, index = site.args
        called = f"{name}({text}, {pattern_sql(site, 1)}, {index})"
        pattern, group = site.literal(1), site.literal(2)
        count = None if pattern is None else group_count(pattern)
        if count is None or not isinstance(group, int) or 0 <= group <= count:
            return called
        raised = site.fail(
            "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
            parameter="`idx`",
            functionName=f"`{name}`",
            groupCount=str(count),
            groupIndex=str(group),
        )
        return (
            f"CASE WHEN {text} IS NOT NULL THEN CAST({raised} AS {site.sql_type}) END"
        )

    return template


def _regexp_count(site: Site) -> str:
    return _as_int(
        f"len(regexp_extract_all({site.args[0]}, {pattern_sql(site, 1)}, 0))"
    )


def _regexp_substr(site: Site) -> str:
    pattern = pattern_sql(site, 1)
    return let(
        site.args[0],
        "text",
        lambda t: (
            f"CASE WHEN regexp_matches({t}, {pattern}) "
            f"THEN regexp_extract({t}, {pattern}, 0) END"
        ),
    )


def _regexp_instr(site: Site) -> str:
    pattern = pattern_sql(site, 1)
    before = f"'(?s)^(.*?)(?:' || {pattern} || ')'"
    return let(
        site.args[0],
        "text",
        lambda t: _as_int(
            f"CASE WHEN regexp_matches({t}, {pattern}) "
            f"THEN length(regexp_extract({t}, {before}, 1)) + 1 "
            f"WHEN {t} IS NOT NULL THEN 0 END"
        ),
    )


def _split(site: Site) -> str:
    text, _, limit = site.args
    pattern = pattern_sql(site, 1)
    count = site.literal(2)
    if count is not None and count <= 0:
        return f"regexp_split_to_array({text}, {pattern})"

    def limited(t: str) -> str:
        parts = f"regexp_split_to_array({t}, {pattern})"
        first = f"list_slice({parts}, 1, {limit} - 1)"
        found = f"list_slice(regexp_extract_all({t}, {pattern}, 0), 1, {limit} - 1)"
        used = f"length(array_to_string(list_concat({first}, {found}), ''))"
        rest = f"list_append({first}, substring({t}, {used} + 1))"
        return (
            f"CASE WHEN {t} IS NULL OR {limit} <= 0 OR len({parts}) <= {limit} "
            f"THEN {parts} ELSE {rest} END"
        )

    return let(text, "text", limited)


# --- positions --------------------------------------------------------------


def _locate(site: Site) -> str:
    part, text, position = site.args
    if site.literal(2) == 1:
        return _as_int(f"strpos({text}, {part})")
    return let(
        position,
        "position",
        lambda p: _as_int(
            f"CASE WHEN {p} < 1 THEN 0 "
            f"WHEN strpos(substring({text}, {p}), {part}) = 0 THEN 0 "
            f"ELSE strpos(substring({text}, {p}), {part}) + {p} - 1 END"
        ),
    )


def _split_part(site: Site) -> str:
    text, delimiter, part = site.args
    plain = f"split_part({text}, {delimiter}, {part})"
    if site.literal(2):
        return plain
    raised = site.fail("INVALID_INDEX_OF_ZERO")
    return f"CASE WHEN {part} = 0 THEN {raised} ELSE {plain} END"


def _overlay(site: Site) -> str:
    text, new, position, length = site.args
    if site.literal(3) == -1:
        length = f"length({new})"
    return let(
        text,
        "text",
        lambda t: (
            f"left({t}, {position} - 1) || {new} "
            f"|| substring({t}, {position} + {length})"
        ),
    )


# --- formats and codes ------------------------------------------------------


def _format_string(site: Site) -> str:
    arguments = []
    for index, sql in enumerate(site.args[1:], start=1):
        kind = site.type(index)
        match kind:
            case DoubleType() | FloatType() | DecimalType():
                arguments.append(f"CAST({sql} AS DOUBLE)")
            case StringType():
                arguments.append(sql)
            case _ if kind.simple_string in ("tinyint", "smallint", "int", "bigint"):
                arguments.append(sql)
            case _:
                arguments.append(text_sql(sql, kind, site.context))
    pattern = site.literal(0)
    if pattern is not None:
        arguments = _shown_as_text(pattern, site, arguments)
    return f"printf({', '.join((site.args[0], *arguments))})"


def _shown_as_text(pattern: str, site: Site, arguments: list[str]) -> list[str]:
    """Arguments of `%s` as Java's `toString` gives them; null prints `null`."""
    kinds = re.findall(r"%[-#+ 0,(]*\d*(?:\.\d+)?([a-zA-Z%])", pattern)
    kinds = [kind for kind in kinds if kind not in "%n"]
    shown = []
    for index, sql in enumerate(arguments):
        if index < len(kinds) and kinds[index] in "sS":
            text = text_sql(site.args[index + 1], site.type(index + 1), site.context)
            sql = f"coalesce({text}, 'null')"
        shown.append(sql)
    return shown


def _hex(site: Site) -> str:
    if isinstance(site.type(0), LongType):
        return f"hex({site.args[0]})"
    data = site.args[0]
    return f"hex({f'encode({data})' if isinstance(site.type(0), StringType) else data})"


def _sha2(site: Site) -> str:
    bits = site.literal(1)
    if bits not in (0, 256):
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature=f"sha2 with {site.args[1]} bits",
            advice="Only 256 bits are available.",
        )
    return f"sha256({site.args[0]})"


def _charset(name: str) -> Callable[[Site], str]:
    def template(site: Site) -> str:
        charset = site.literal(1)
        if str(charset).upper() not in ("UTF-8", "UTF8", "US-ASCII"):
            raise UnsupportedError(
                "UNSUPPORTED_FEATURE",
                feature=f"the character set {charset}",
                advice="Use UTF-8.",
            )
        return f"{name}({site.args[0]})"

    return template


def _check_escapes(pattern: str, mark: str) -> None:
    """A mark stands before a wildcard or itself; anything else is a slip."""
    characters = iter(pattern)
    for character in characters:
        if character != mark:
            continue
        following = next(characters, None)
        if following is None:
            raise AnalysisError("INVALID_FORMAT.ESC_AT_THE_END", format=f"'{pattern}'")
        if following not in ("_", "%", mark):
            raise AnalysisError(
                "INVALID_FORMAT.ESC_IN_THE_MIDDLE",
                format=f"'{pattern}'",
                char=f"'{following}'",
            )


def _like(operator: str) -> Callable[[Site], str]:
    def template(site: Site) -> str:
        text, pattern, escape = site.args
        literal, mark = site.literal(1), site.literal(2)
        if literal is not None and mark is not None:
            _check_escapes(literal, mark)
        if literal is not None and mark is not None and mark not in literal:
            return f"({text} {operator} {pattern})"
        return f"({text} {operator} {pattern} ESCAPE {escape})"

    return template


def _elt(site: Site) -> str:
    index, *values = site.args
    count = str(len(values))

    def pick(i: str) -> str:
        cases = " ".join(f"WHEN {i} = {n} THEN {v}" for n, v in enumerate(values, 1))
        numbers = {"indexValue": i, "arraySize": count}
        raised = site.fail("INVALID_ARRAY_INDEX", numbers=numbers)
        missing = raised if site.context.ansi else "NULL"
        return f"CASE WHEN {i} IS NULL THEN NULL {cases} ELSE {missing} END"

    return let(index, "index", pick)


def _find_in_set(site: Site) -> str:
    item, items = site.args
    return _as_int(
        f"CASE WHEN contains({item}, ',') THEN 0 WHEN {item} IS NULL THEN NULL "
        f"ELSE coalesce(list_position(string_split({items}, ','), {item}), "
        f"CASE WHEN {items} IS NOT NULL THEN 0 END) END"
    )


def _macro(name: str) -> Callable[[Site], str]:
    """A macro of the first argument, which it repeats."""

    def template(site: Site) -> str:
        return let(site.args[0], "text", lambda t: f"{name}({t})")

    return template


STRING_TEMPLATES: Templates = {
    # The letter ß is two capitals in Java.
    "upper": "upper(replace({0}, 'ß', 'SS'))",
    "lower": "lower({0})",
    "trim": "trim({0}, {1})",
    "ltrim": "ltrim({0}, {1})",
    "rtrim": "rtrim({0}, {1})",
    "btrim": "trim({0}, {1})",
    "length": _length,
    "octet_length": _octet_length,
    "bit_length": lambda site: f"({_octet_length(site)} * 8)",
    "substring": _substring,
    "substring_index": _substring_index,
    "left": _left,
    "right": "right({0}, greatest({1}, 0))",
    "concat_ws": _concat_ws,
    "lpad": _pad("lpad"),
    "rpad": _pad("rpad"),
    "replace": "replace({0}, {1}, {2})",
    "translate": "translate({0}, {1}, {2})",
    "regexp_replace": _regexp_replace,
    "regexp_extract": _regexp_groups("regexp_extract"),
    "regexp_extract_all": _regexp_groups("regexp_extract_all"),
    "regexp_count": _regexp_count,
    "regexp_substr": _regexp_substr,
    "regexp_instr": _regexp_instr,
    "split": _split,
    "split_part": _split_part,
    "startswith": "starts_with({0}, {1})",
    "endswith": "ends_with({0}, {1})",
    "contains": "contains({0}, {1})",
    "instr": "CAST(strpos({0}, {1}) AS INTEGER)",
    "locate": _locate,
    "repeat": "repeat({0}, greatest({1}, 0))",
    "space": "repeat(' ', greatest({0}, 0))",
    "initcap": _macro("spark_initcap"),
    "ascii": "CAST(ascii({0}) AS INTEGER)",
    "chr": "CASE WHEN {0} < 0 THEN '' ELSE chr(CAST({0} % 256 AS INTEGER)) END",
    "base64": "to_base64({0})",
    "unbase64": "from_base64({0})",
    "hex": _hex,
    "unhex": "TRY(unhex({0}))",
    "bin": "bin({0})",
    "md5": "md5({0})",
    "sha1": "sha1({0})",
    "sha2": _sha2,
    "format_string": _format_string,
    "levenshtein": "CAST(spark_levenshtein({0}, {1}) AS INTEGER)",
    "soundex": _macro("spark_soundex"),
    "find_in_set": _find_in_set,
    "uuid": "CAST(uuid() AS VARCHAR)",
    "encode": _charset("encode"),
    "decode_binary": _charset("decode"),
    "elt": _elt,
    "overlay": _overlay,
    "like": _like("LIKE"),
    "ilike": _like("ILIKE"),
    "rlike": _rlike,
}
