"""Format options: every option that Spark's readers know, and what becomes of it here.

One table a format. `HONOURED` does what Spark does. `REFUSED` is known and not had:
given with another value than Spark's default, it ends the read by name. `NO_EFFECT`
changes nothing that can be seen. What no table names, Spark ignores, and so do we.

`docs/sources.md` has the same tables, and a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping

from unbounded.sources.options import check_options

__all__ = [
    "HONOURED",
    "NO_EFFECT",
    "REFUSED",
    "STREAM_OPTIONS",
    "check_format_options",
]

_FILES = (
    "path",
    "basePath",
    "pathGlobFilter",
    "recursiveFileLookup",
    "modifiedBefore",
    "modifiedAfter",
    "ignoreCorruptFiles",
    "ignoreMissingFiles",
)

STREAM_OPTIONS = (
    "maxFilesPerTrigger",
    "maxBytesPerTrigger",
    "maxFileAge",
    "maxCachedFiles",
    "discardCachedInputRatio",
    "latestFirst",
    "fileNameOnly",
    "cleanSource",
    "sourceArchiveDir",
)

HONOURED: Mapping[str, tuple[str, ...]] = {
    "files": _FILES,
    "csv": (
        "sep",
        "delimiter",
        "encoding",
        "charset",
        "quote",
        "escape",
        "comment",
        "header",
        "inferSchema",
        "ignoreLeadingWhiteSpace",
        "ignoreTrailingWhiteSpace",
        "nullValue",
        "emptyValue",
        "nanValue",
        "positiveInf",
        "negativeInf",
        "dateFormat",
        "timestampFormat",
        "timestampNTZFormat",
        "timeZone",
        "mode",
        "columnNameOfCorruptRecord",
        "multiLine",
        "lineSep",
    ),
    "json": (
        "primitivesAsString",
        "dropFieldIfAllNull",
        "mode",
        "columnNameOfCorruptRecord",
        "dateFormat",
        "timestampFormat",
        "timestampNTZFormat",
        "timeZone",
        "multiLine",
        "lineSep",
        "encoding",
        "charset",
    ),
    "text": ("wholetext", "lineSep", "encoding"),
    "parquet": ("mergeSchema",),
    "orc": ("mergeSchema",),
    "binaryfile": (),
}

REFUSED: Mapping[str, Mapping[str, str]] = {
    "csv": {
        "locale": "en-US",
        "enforceSchema": "true",
        "unescapedQuoteHandling": "STOP_AT_DELIMITER",
        "charToEscapeQuoteEscaping": "\\",
        "columnPruning": "true",
        "maxColumns": "20480",
        "maxCharsPerColumn": "-1",
        "preferDate": "true",
        "enableDateTimeParsingFallback": "false",
        "singleVariantColumn": "",
    },
    "json": {
        "allowComments": "false",
        "allowUnquotedFieldNames": "false",
        "allowSingleQuotes": "true",
        "allowNumericLeadingZeros": "false",
        "allowNonNumericNumbers": "true",
        "allowBackslashEscapingAnyCharacter": "false",
        "allowUnquotedControlChars": "false",
        "locale": "en-US",
        "prefersDecimal": "false",
        "inferTimestamp": "false",
        "enableDateTimeParsingFallback": "false",
        "singleVariantColumn": "",
    },
    "text": {},
    "parquet": {
        "datetimeRebaseMode": "EXCEPTION",
        "int96RebaseMode": "EXCEPTION",
    },
    "orc": {},
    "binaryfile": {},
}

NO_EFFECT: Mapping[str, tuple[str, ...]] = {
    # Those of writers come to a reader when both are given one map of options. All
    # rows are looked at to infer types, whatever part of them is asked for.
    "csv": (
        "compression",
        "codec",
        "quoteAll",
        "escapeQuotes",
        "inputBufferSize",
        "samplingRatio",
    ),
    "json": ("compression", "pretty", "ignoreNullFields", "samplingRatio"),
    "text": ("compression",),
    "parquet": ("compression",),
    "orc": ("compression",),
    "binaryfile": (),
}

_DEFAULTS: Mapping[str, Mapping[str, str]] = {
    name: {option.lower(): default.lower() for option, default in refused.items()}
    for name, refused in REFUSED.items()
}


def check_format_options(format_name: str, options: Mapping[str, str]) -> None:
    """Refuse by name what a format's reader has not; keys are lower case.

    Raises:
        UnsupportedError: one is given, and not with Spark's default.
    """
    check_options(format_name, options, _DEFAULTS[format_name])
