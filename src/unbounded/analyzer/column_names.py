"""Column names: the text Spark gives an expression nobody named.

`count(1)`, `(a + b)`, `CASE WHEN … END`. Spark's `usePrettyExpression` and the
`sql` of its expressions: names come from the expression as the user wrote it,
without implicit casts, with defaults filled in where Spark shows them.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from functools import singledispatch
from typing import Protocol

from unbounded.analyzer.argument_types import is_datetime, is_integral, is_interval
from unbounded.analyzer.functions.registry import AGGREGATES, SCALARS
from unbounded.plan.expressions import (
    AggregateCall,
    Alias,
    AttributeReference,
    Cast,
    Expression,
    FunctionCall,
    Literal,
    SortOrder,
    UnresolvedAttribute,
    UnresolvedExtractValue,
    UnresolvedFunction,
    UnresolvedRegex,
    UnresolvedStar,
)
from unbounded.plan.python_functions import NamedArgument, PythonCall
from unbounded.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DoubleType,
    FloatType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
    YearMonthIntervalType,
)

__all__ = ["Names", "column_name", "expression_sql"]


class Names(Protocol):
    """What naming needs to know of the place an expression stands in."""

    def attribute_name(self, attribute: UnresolvedAttribute) -> str:
        """The column's name without its qualifier, struct fields kept."""

    def expand(self, expressions: Sequence[Expression]) -> Sequence[Expression]:
        """The expressions with stars written out."""

    def function_title(self, name: str) -> str:
        """How a function's name is written: as the user registered it."""

    def type_of(self, expression: Expression) -> DataType | None:
        """The type of an unresolved expression; None if it has none yet."""


def column_name(expression: Expression, names: Names) -> str:
    """The name of an output column made by `expression`."""
    match expression:
        case Alias():
            return expression.name
        case UnresolvedAttribute():
            return expression.name_parts[-1]
        case Cast(UnresolvedAttribute() as child) if not _is_field(child, names):
            return column_name(child, names)
        case Cast(Alias() | AttributeReference() as child):
            return column_name(child, names)
        case UnresolvedFunction(name, (UnresolvedAttribute() as child,)) if (
            name.lower() in _CAST_NAMES and not _is_field(child, names)
        ):
            return column_name(child, names)
        case UnresolvedFunction(name, _) if name.lower() in _WINDOWS:
            return name.lower()
    return expression_sql(expression, names)


def _is_field(attribute: UnresolvedAttribute, names: Names) -> bool:
    """Whether a name is that of a struct's field, and not of a column."""
    return names.attribute_name(attribute) != attribute.name_parts[-1]


@singledispatch
def expression_sql(expression: Expression, names: Names) -> str:
    """The text of an expression, as part of a name or in an error."""
    return type(expression).__name__.lower()


@expression_sql.register
def _(expression: UnresolvedAttribute, names: Names) -> str:
    return names.attribute_name(expression)


@expression_sql.register
def _(expression: AttributeReference, names: Names) -> str:
    return expression.name


@expression_sql.register
def _(expression: UnresolvedStar, names: Names) -> str:
    return ".".join((*(expression.target or ()), "*"))


@expression_sql.register
def _(expression: UnresolvedRegex, names: Names) -> str:
    return expression.pattern


@expression_sql.register
def _(expression: Alias, names: Names) -> str:
    return f"{expression_sql(expression.child, names)} AS {expression.name}"


@expression_sql.register
def _(expression: SortOrder, names: Names) -> str:
    direction = "ASC" if expression.is_ascending else "DESC"
    nulls = "FIRST" if expression.nulls_first else "LAST"
    return f"{expression_sql(expression.child, names)} {direction} NULLS {nulls}"


@expression_sql.register
def _(expression: Cast, names: Names) -> str:
    word = "TRY_CAST" if expression.mode == "TRY" else "CAST"
    child = expression_sql(expression.child, names)
    return f"{word}({child} AS {expression.data_type.sql})"


@expression_sql.register
def _(expression: UnresolvedExtractValue, names: Names) -> str:
    child = expression_sql(expression.child, names)
    key = expression_sql(expression.extraction, names)
    is_name = isinstance(expression.extraction, Literal) and isinstance(
        expression.extraction.data_type, StringType
    )
    base = names.type_of(expression.child)
    element = getattr(base, "element_type", None)
    if is_name and (isinstance(base, StructType) or isinstance(element, StructType)):
        return f"{child}.{key}"
    return f"{child}[{key}]"


@expression_sql.register
def _(expression: FunctionCall, names: Names) -> str:
    return _call_sql(expression.name, expression.arguments, names)


@expression_sql.register
def _(expression: AggregateCall, names: Names) -> str:
    return _call_sql(expression.name, expression.arguments, names)


def _call_sql(name: str, arguments: Sequence[Expression], names: Names) -> str:
    return f"{name}({', '.join(expression_sql(a, names) for a in arguments)})"


@expression_sql.register
def _(expression: PythonCall, names: Names) -> str:
    return _call_sql(expression.function.name, expression.arguments, names)


@expression_sql.register
def _(expression: NamedArgument, names: Names) -> str:
    return f"{expression.name} => {expression_sql(expression.value, names)}"


# --- functions --------------------------------------------------------------


@expression_sql.register
def _(expression: UnresolvedFunction, names: Names) -> str:
    name = expression.name.lower()
    if name in _FORMS:
        text = _FORMS[name](expression, names)
    else:
        text = _plain_call(name, expression, names)
    if expression.within_group:
        keys = [_order_sql(order, names) for order in expression.within_group]
        text += f" WITHIN GROUP (ORDER BY {', '.join(keys)})"
    if expression.filter is not None:
        text += f" FILTER (WHERE {expression_sql(expression.filter, names)})"
    return text


def _plain_call(name: str, expression: UnresolvedFunction, names: Names) -> str:
    if name in _CAST_NAMES and len(expression.arguments) == 1:
        return expression_sql(expression.arguments[0], names)
    if name == "count" and not expression.is_distinct:
        shown = [_counted_sql(a, names) for a in expression.arguments]
    else:
        shown = [expression_sql(a, names) for a in names.expand(expression.arguments)]
    signature = SCALARS.get(name) or AGGREGATES.get(name)
    if signature is not None and signature.shows_defaults:
        missing = len(signature.takes) - len(shown)
        if missing > 0 and signature.defaults:
            shown += [_literal_sql(d) for d in signature.defaults[-missing:]]
    elif signature is not None and name in AGGREGATES:
        shown = shown[: signature.required]
    distinct = "DISTINCT " if expression.is_distinct else ""
    title = _TITLES.get(name) or names.function_title(name)
    return f"{title}({distinct}{', '.join(shown)})"


def _order_sql(order: Expression, names: Names) -> str:
    if not isinstance(order, SortOrder):
        return expression_sql(order, names)
    text = expression_sql(order.child, names)
    return text if order.is_ascending else f"{text} DESC"


def _counted_sql(argument: Expression, names: Names) -> str:
    """`count(*)` is `count(1)`."""
    if isinstance(argument, UnresolvedStar):
        return "1"
    return expression_sql(argument, names)


_TITLES: Mapping[str, str] = {
    **{
        name: name.upper()
        for name in [
            "ceil",
            "floor",
            "sqrt",
            "cbrt",
            "exp",
            "expm1",
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
            "sinh",
            "cosh",
            "tanh",
            "asinh",
            "acosh",
            "atanh",
            "cot",
            "csc",
            "sec",
            "degrees",
            "radians",
            "log10",
            "log2",
            "log1p",
            "log",
            "power",
            "atan2",
            "hypot",
            "e",
            "pi",
            "signum",
            "regexp_like",
            "rlike",
        ]
    },
    "regexp": "RLIKE",
    "array_agg": "collect_list",
    "create_map": "map",
    "random": "rand",
    "curdate": "current_date",
    "dateadd": "date_add",
}

_CAST_NAMES = frozenset(
    [
        "boolean",
        "tinyint",
        "smallint",
        "int",
        "bigint",
        "float",
        "double",
        "decimal",
        "date",
        "timestamp",
        "string",
        "binary",
    ]
)
_WINDOWS = frozenset({"window", "session_window"})


def _parts(expression: UnresolvedFunction, names: Names) -> list[str]:
    return [expression_sql(a, names) for a in expression.arguments]


def _infix(symbol: str) -> Callable[[UnresolvedFunction, Names], str]:
    def form(expression: UnresolvedFunction, names: Names) -> str:
        parts = _parts(expression, names)
        if len(parts) == 1:
            return f"({symbol} {parts[0]})"
        return f"({f' {symbol} '.join(parts)})"

    return form


def _pattern(template: str) -> Callable[[UnresolvedFunction, Names], str]:
    def form(expression: UnresolvedFunction, names: Names) -> str:
        return template.format(*_parts(expression, names))

    return form


def _like(expression: UnresolvedFunction, names: Names) -> str:
    text, pattern, *escape = _parts(expression, names)
    if not escape or escape[0] == "\\":
        return f"{text} LIKE {pattern}"
    return f"{text} LIKE {pattern} ESCAPE '{escape[0]}'"


def _ilike(expression: UnresolvedFunction, names: Names) -> str:
    return f"ilike({', '.join(_parts(expression, names)[:2])})"


def _in(expression: UnresolvedFunction, names: Names) -> str:
    value, *others = _parts(expression, names)
    return f"({value} IN ({', '.join(others)}))"


def _case(expression: UnresolvedFunction, names: Names) -> str:
    parts = _parts(expression, names)
    words = ["CASE"]
    for condition, value in zip(parts[::2], parts[1::2], strict=False):
        words.append(f"WHEN {condition} THEN {value}")
    if len(parts) % 2:
        words.append(f"ELSE {parts[-1]}")
    return " ".join([*words, "END"])


def _trim(side: str) -> Callable[[UnresolvedFunction, Names], str]:
    def form(expression: UnresolvedFunction, names: Names) -> str:
        parts = _parts(expression, names)
        if len(parts) == 2:
            return f"TRIM({side} {parts[0]} FROM {parts[1]})"
        return f"{expression.name.lower()}({', '.join(parts)})"

    return form


def _log(expression: UnresolvedFunction, names: Names) -> str:
    parts = _parts(expression, names)
    return f"LOG({', '.join(parts if len(parts) == 2 else ['E()', *parts])})"


def _unix_timestamp(expression: UnresolvedFunction, names: Names) -> str:
    parts = _parts(expression, names) or ["current_timestamp()"]
    parts += ["yyyy-MM-dd HH:mm:ss"] if len(parts) == 1 else []
    return f"unix_timestamp({', '.join(parts)})"


def _convert_timezone(expression: UnresolvedFunction, names: Names) -> str:
    parts = _parts(expression, names)
    parts = parts if len(parts) == 3 else ["current_timezone()", *parts]
    return f"convert_timezone({', '.join(parts)})"


def _sum(symbol: str) -> Callable[[UnresolvedFunction, Names], str]:
    """`+` and `-`: dates and times show what they turn into."""

    def form(expression: UnresolvedFunction, names: Names) -> str:
        if len(expression.arguments) != 2:
            return _infix(symbol)(expression, names)
        return _sum_sql(symbol, expression.arguments, names)

    return form


def _sum_sql(symbol: str, arguments: Sequence[Expression], names: Names) -> str:
    left, right = arguments
    types = names.type_of(left), names.type_of(right)
    time_is_right = _is_interval(types[0]) or isinstance(types[1], DateType)
    time_is_left = _is_interval(types[1]) or isinstance(types[0], DateType)
    if symbol == "+" and time_is_right and not time_is_left:
        left, right, types = right, left, (types[1], types[0])
    texts = expression_sql(left, names), expression_sql(right, names)
    if _is_interval(types[1]) and not _is_interval(types[0]):
        if isinstance(types[0], DateType) and texts[1].endswith("' DAY"):
            days = f"extractansiintervaldays({texts[1]})"
            return f"date_add({texts[0]}, {days if symbol == '+' else f'(- {days})'})"
        return f"{texts[0]} {symbol} {texts[1]}"
    if (
        isinstance(types[0], DateType)
        and types[1] is not None
        and is_integral(types[1])
    ):
        return f"date_{'add' if symbol == '+' else 'sub'}({texts[0]}, {texts[1]})"
    return f"({texts[0]} {symbol} {texts[1]})"


def _is_interval(data_type: DataType | None) -> bool:
    return data_type is not None and is_interval(data_type)


_FORMS: Mapping[str, Callable[[UnresolvedFunction, Names], str]] = {
    **{
        symbol: _infix(symbol)
        for symbol in ("*", "/", "%", "div", "=", "<=>", "<", "<=", ">", ">=")
    },
    **{symbol: _infix(symbol) for symbol in ("&", "|", "^", "<<", ">>", ">>>")},
    "+": _sum("+"),
    "-": _sum("-"),
    "==": _infix("="),
    "||": lambda e, n: f"concat({', '.join(_parts(e, n))})",
    "and": _infix("AND"),
    "or": _infix("OR"),
    "not": _pattern("(NOT {})"),
    "!": _pattern("(NOT {})"),
    "!=": _pattern("(NOT ({} = {}))"),
    "<>": _pattern("(NOT ({} = {}))"),
    "positive": _pattern("(+ {})"),
    "~": _pattern("~{}"),
    "isnull": _pattern("({} IS NULL)"),
    "isnotnull": _pattern("({} IS NOT NULL)"),
    "in": _in,
    "like": _like,
    "ilike": _ilike,
    "if": _pattern("(IF({}, {}, {}))"),
    "when": _case,
    "case_when": _case,
    **{name: _pattern(name) for name in ("window", "session_window")},
    "trim": _trim("BOTH"),
    "ltrim": _trim("LEADING"),
    "rtrim": _trim("TRAILING"),
    "log": _log,
    "extract": _pattern("extract({} FROM {})"),
    "unix_timestamp": _unix_timestamp,
    "convert_timezone": _convert_timezone,
}


# --- literals ---------------------------------------------------------------

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_UNITS_US = (("DAY", 86_400_000_000), ("HOUR", 3_600_000_000), ("MINUTE", 60_000_000))


@expression_sql.register
def _(expression: Literal, names: Names) -> str:
    return _literal_sql(expression)


def _literal_sql(literal: Literal) -> str:
    if literal.value is None:
        return "NULL"
    match literal.data_type:
        case BooleanType():
            return "true" if literal.value else "false"
        case DoubleType() | FloatType():
            return _double_text(float(literal.value))
        case BinaryType():
            return f"X'{bytes(literal.value).hex().upper()}'"
        case DayTimeIntervalType():
            return _interval_sql(int(literal.value))
        case YearMonthIntervalType():
            months = int(literal.value)
            if months and months % 12 == 0:
                return f"INTERVAL '{months // 12}' YEAR"
            return f"INTERVAL '{months}' MONTH"
        case other if is_datetime(other):
            return _time_sql(literal)
    if isinstance(literal.data_type, ArrayType):
        element = literal.data_type.element_type
        items = (_literal_sql(Literal(v, element)) for v in literal.value)
        return f"array({', '.join(items)})"
    return str(literal.value)


def _time_sql(literal: Literal) -> str:
    match literal.data_type:
        case DateType():
            return f"DATE '{literal.value}'"
        case TimestampType():
            word = "TIMESTAMP"
        case TimestampNTZType():
            word = "TIMESTAMP_NTZ"
    moment = _EPOCH + datetime.timedelta(microseconds=int(literal.value))
    text = moment.strftime("%Y-%m-%d %H:%M:%S")
    if moment.microsecond:
        text += f".{moment.microsecond:06d}".rstrip("0")
    return f"{word} '{text}'"


def _interval_sql(microseconds: int) -> str:
    sign = "-" if microseconds < 0 else ""
    size = abs(microseconds)
    for unit, unit_us in _UNITS_US:
        if size and size % unit_us == 0:
            count = size // unit_us
            return (
                f"INTERVAL '{sign}{count if unit == 'DAY' else f'{count:02d}'}' {unit}"
            )
    seconds, rest = divmod(size, 1_000_000)
    fraction = f".{rest:06d}".rstrip("0") if rest else ""
    return f"INTERVAL '{sign}{seconds:02d}{fraction}' SECOND"


def _double_text(value: float) -> str:
    """A double as Java prints it."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = repr(value)
        return text if "." in text else f"{text}.0"
    exponent = f"{value:e}".partition("e")[2]
    digits = repr(value).lower().partition("e")[0].replace("-", "").replace(".", "")
    digits = digits.strip("0") or "0"
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{int(exponent)}"
