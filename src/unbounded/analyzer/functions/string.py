"""String functions: rows of the function tables.

Positions are 1-based as in Spark. `substring` takes (text, position, length),
its length the greatest int where the caller gave none.
"""

from __future__ import annotations

from unbounded.analyzer.argument_types import (
    ANY,
    BINARY,
    INT,
    LONG,
    STRING,
    STRING_OR_BINARY,
    Choice,
    Exactly,
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
    ArrayType,
    BinaryType,
    BooleanType,
    IntegerType,
    StringType,
)

__all__ = ["STRING_FUNCTIONS"]

_TEXT = StringType()
_INT = IntegerType()
_BOOLEAN = BooleanType()
_STRINGS = Exactly(ArrayType(StringType(), True))
_WORDS = ArrayType(StringType(), False)


def _text(value: str) -> Literal:
    return Literal(value, _TEXT)


def _int(value: int) -> Literal:
    return Literal(value, _INT)


STRING_FUNCTIONS: tuple[Signature, ...] = (
    row("upper", (STRING,), _TEXT, aliases=("upper", "ucase")),
    row("lower", (STRING,), _TEXT, aliases=("lower", "lcase")),
    row("trim", (STRING, STRING), _TEXT, defaults=(_text(" "),), shows_defaults=False),
    row("ltrim", (STRING, STRING), _TEXT, defaults=(_text(" "),), shows_defaults=False),
    row("rtrim", (STRING, STRING), _TEXT, defaults=(_text(" "),), shows_defaults=False),
    row(
        "btrim",
        (STRING, STRING),
        _TEXT,
        defaults=(_text(" "),),
        shows_defaults=False,
    ),
    row(
        "length",
        (STRING_OR_BINARY,),
        _INT,
        aliases=("length", "char_length", "character_length", "len"),
    ),
    row("octet_length", (STRING_OR_BINARY,), _INT),
    row("bit_length", (STRING_OR_BINARY,), _INT),
    row(
        "substring",
        (STRING_OR_BINARY, INT, INT),
        lambda a: type_of(a[0]),
        defaults=(_int(2147483647),),
        aliases=("substring", "substr"),
    ),
    row("substring_index", (STRING, STRING, INT), _TEXT),
    row("left", (STRING_OR_BINARY, INT), lambda a: type_of(a[0])),
    row("right", (STRING, INT), _TEXT, nullable=always_nullable),
    row(
        "concat_ws",
        (STRING, Choice((_STRINGS, STRING))),
        _TEXT,
        repeats=True,
        required=1,
        nullable=lambda a: is_nullable(a[0]),
    ),
    row("lpad", (STRING, INT, STRING), _TEXT, defaults=(_text(" "),)),
    row("rpad", (STRING, INT, STRING), _TEXT, defaults=(_text(" "),)),
    row(
        "replace",
        (STRING, STRING, STRING),
        _TEXT,
        defaults=(_text(""),),
    ),
    row("translate", (STRING, STRING, STRING), _TEXT),
    row(
        "regexp_replace",
        (STRING, STRING, STRING, INT),
        _TEXT,
        defaults=(_int(1),),
    ),
    row("regexp_extract", (STRING, STRING, INT), _TEXT, defaults=(_int(1),)),
    row(
        "regexp_extract_all",
        (STRING, STRING, INT),
        ArrayType(StringType(), True),
        defaults=(_int(1),),
    ),
    row("regexp_count", (STRING, STRING), _INT),
    row("regexp_substr", (STRING, STRING), _TEXT, nullable=always_nullable),
    row("regexp_instr", (STRING, STRING, INT), _INT, defaults=(_int(0),)),
    row("split", (STRING, STRING, INT), _WORDS, defaults=(_int(-1),)),
    row("split_part", (STRING, STRING, INT), _TEXT, nullable=always_nullable),
    row("startswith", (STRING, STRING), _BOOLEAN),
    row("endswith", (STRING, STRING), _BOOLEAN),
    row("contains", (STRING, STRING), _BOOLEAN),
    row("instr", (STRING, STRING), _INT),
    row(
        "locate",
        (STRING, STRING, INT),
        _INT,
        defaults=(_int(1),),
        aliases=("locate", "position"),
    ),
    row("repeat", (STRING, INT), _TEXT),
    row("space", (INT,), _TEXT),
    row("initcap", (STRING,), _TEXT),
    row("ascii", (STRING,), _INT),
    row("chr", (LONG,), _TEXT, aliases=("chr", "char")),
    row("base64", (BINARY,), _TEXT),
    row("unbase64", (STRING,), BinaryType()),
    row("hex", (Choice((LONG, BINARY, STRING)),), _TEXT),
    row("unhex", (STRING,), BinaryType(), nullable=always_nullable),
    row("bin", (LONG,), _TEXT),
    row("md5", (BINARY,), _TEXT),
    row("sha1", (BINARY,), _TEXT, aliases=("sha1", "sha")),
    row("sha2", (BINARY, INT), _TEXT, nullable=always_nullable),
    row(
        "format_string",
        (STRING, ANY),
        _TEXT,
        repeats=True,
        required=1,
        nullable=lambda a: is_nullable(a[0]),
        aliases=("format_string", "printf"),
    ),
    row("levenshtein", (STRING, STRING), _INT),
    row("soundex", (STRING,), _TEXT),
    row("find_in_set", (STRING, STRING), _INT),
    row("uuid", (), _TEXT, nullable=never_null),
    row("encode", (STRING, STRING), BinaryType(), nullable=always_nullable),
    row(
        "decode_binary",
        (BINARY, STRING),
        _TEXT,
        nullable=always_nullable,
        aliases=("decode",),
    ),
    row(
        "elt", (INT, STRING), _TEXT, repeats=True, required=2, nullable=always_nullable
    ),
    row("overlay", (STRING, STRING, INT, INT), _TEXT, defaults=(_int(-1),)),
    row("like", (STRING, STRING, STRING), _BOOLEAN, defaults=(_text("\\"),)),
    row("ilike", (STRING, STRING, STRING), _BOOLEAN, defaults=(_text("\\"),)),
    row(
        "rlike",
        (STRING, STRING),
        _BOOLEAN,
        aliases=("rlike", "regexp", "regexp_like"),
    ),
)
