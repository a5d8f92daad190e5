"""Tests of expressions: Spark's grammar, the user's names, our nodes."""

from __future__ import annotations

import pytest

from tests.parser.rendering import render
from unbounded.errors import ParseError, UnsupportedError
from unbounded.parser import parse_expression

NAMES = [
    ("a", "a"),
    ("a.b.c.d.e.f", "a.b.c.d.e.f"),
    ("`a b`.`c.d`", "`a b`.`c.d`"),
    ("2col", "2col"),
    ("t.2col", "t.2col"),
    ("*", "*"),
    ("t.*", "t.*"),
    ("a.b.*", "a.b.*"),
    ("a[0]", "a[0:int]"),
    ("a['k'].b[1]", "a['k':string]['b':string][1:int]"),
    ("(a).b", "a.b"),
    ("f(a).b", "f(a)['b':string]"),
    ("window.start", "window.start"),
    ("a as b", "a as b"),
    ("a b", "a as b"),
    ("a + 1 as `x y`", "+(a, 1:int) as x y"),
    ("explode(m) as (k, v)", "explode(m) as k, v"),
]
OPERATORS = [
    ("1 + 2 * 3", "+(1:int, *(2:int, 3:int))"),
    ("(1 + 2) * 3", "*(+(1:int, 2:int), 3:int)"),
    ("a - b - c", "-(-(a, b), c)"),
    ("a / b % c DIV d", "div(%(/(a, b), c), d)"),
    ("- a", "-(a)"),
    ("-(1)", "-(1:int)"),
    ("- 1", "-1:int"),
    ("a - -1", "-(a, -1:int)"),
    ("+a", "+(a)"),
    ("a || b || c", "concat(concat(a, b), c)"),
    ("a + b || c", "concat(+(a, b), c)"),
    ("a & b | c ^ d", "|(&(a, b), ^(c, d))"),
    (
        "a << 1 >> 2 >>> 3",
        "shiftrightunsigned(shiftright(shiftleft(a, 1:int), 2:int), 3:int)",
    ),
    ("a | b ^ c & d << 1", "|(a, ^(b, &(c, shiftleft(d, 1:int))))"),
    ("a << 1 & b ^ c | d", "|(^(&(shiftleft(a, 1:int), b), c), d)"),
    ("~a", "~(a)"),
    ("a = b", "==(a, b)"),
    ("a == b", "==(a, b)"),
    ("a != b", "not(==(a, b))"),
    ("a <> b", "not(==(a, b))"),
    ("a <=> b", "<=>(a, b)"),
    ("a IS DISTINCT FROM b", "not(<=>(a, b))"),
    ("a IS NOT DISTINCT FROM b", "<=>(a, b)"),
    ("a and b or not c", "or(and(a, b), not(c))"),
    ("not a = b", "not(==(a, b))"),
    ("!a", "not(a)"),
    ("a is null", "isNull(a)"),
    ("a is not null", "isNotNull(a)"),
    ("not a is null", "not(isNull(a))"),
    ("a is not true", "not(<=>(a, True:boolean))"),
    ("a is unknown", "isNull(a)"),
    ("a in (1, 2)", "in(a, 1:int, 2:int)"),
    ("a not in ('x')", "not(in(a, 'x':string))"),
    ("(a, b) in ((1, 2))", "in(struct(a, b), struct(1:int, 2:int))"),
    ("a between 1 and 2 and b", "and(between(a, 1:int, 2:int), b)"),
    ("a not between 1 and 2", "not(between(a, 1:int, 2:int))"),
    ("a like 'x%'", "like(a, 'x%':string)"),
    ("a not like 'x'", "not(like(a, 'x':string))"),
    ("a like '!x' escape '!'", "like(a, '!x':string, '!':string)"),
    ("a rlike b", "rlike(a, b)"),
    ("a regexp b", "rlike(a, b)"),
    ("a ilike b", "ilike(a, b)"),
    ("a like any ('x', 'y')", "or(like(a, 'x':string), like(a, 'y':string))"),
    ("a not like all ('x')", "not(like(a, 'x':string))"),
    ("interval 1 day + t", "+(86400000000:interval day to second, t)"),
]
CALLS = [
    ("COUNT(*)", "count(1:int)"),
    ("count(distinct a, b)", "count(distinct a, b)"),
    ("sum(a) filter (where b > 1)", "sum(a) where >(b, 1:int)"),
    ("first(a) ignore nulls", "first(a, True:boolean)"),
    ("first(a ignore nulls)", "first(a, True:boolean)"),
    ("ifnull(a, b)", "ifnull(a, b)"),
    ("nvl(a, b)", "nvl(a, b)"),
    ("substr(a, 1, 2)", "substr(a, 1:int, 2:int)"),
    ("substring(a from 1 for 2)", "substring(a, 1:int, 2:int)"),
    ("date_format(a, 'yyyy')", "date_format(a, 'yyyy':string)"),
    ("date_trunc('hour', t)", "date_trunc('hour':string, t)"),
    ("window(t, '10 minutes', '5 minutes')", None),
    ("current_date", "current_date()"),
    ("now()", "now()"),
    ("if(a, b, c)", "if(a, b, c)"),
    (
        "case a when 1 then 'x' else 'y' end",
        "when(==(a, 1:int), 'x':string, 'y':string)",
    ),
    ("case when a then b when c then d end", "when(a, b, c, d)"),
    ("cast(a as decimal(10, 2))", "cast(a as decimal(10,2))"),
    ("try_cast(a as array<int>)", "try_cast(a as array<int>)"),
    ("a::array<array<int>>[0]", "cast(a as array<array<int>>)[0:int]"),
    ("-1::string", "cast(-1:int as string)"),
    ("-a::int", "-(cast(a as int))"),
    ("extract(year from t)", "extract('year':string, t)"),
    ("position('a' in b)", "locate('a':string, b)"),
    ("position('a', b)", "position('a':string, b)"),
    ("trim(a)", "trim(a)"),
    ("trim(both 'x' from a)", "trim('x':string, a)"),
    ("trim(leading from a)", "ltrim(a)"),
    ("overlay(a placing b from 1)", "overlay(a, b, 1:int)"),
    ("dateadd(day, 1, t)", "timestampadd('day':string, 1:int, t)"),
    ("date_add(t, 1)", "date_add(t, 1:int)"),
    ("timestampdiff(MONTH, a, b)", "timestampdiff('MONTH':string, a, b)"),
    ("struct(a as x, b)", "struct(a as x, b)"),
    ("array(1, 2)[0]", "array(1:int, 2:int)[0:int]"),
    ("builtin.abs(a)", "abs(a)"),
    ("transform(a, x -> x.b + y)", "transform(a, ($x -> +($x['b':string], y)))"),
    ("transform(a, x -> filter(x, y -> y > X))", None),
    ("aggregate(a, 0, (s, x) -> s + x)", "aggregate(a, 0:int, ($s, $x -> +($s, $x)))"),
]
LONGER = {
    "window(t, '10 minutes', '5 minutes')": (
        "window(t, '10 minutes':string, '5 minutes':string)"
    ),
    "transform(a, x -> filter(x, y -> y > X))": (
        "transform(a, ($x -> filter($x, ($y -> >($y, $x)))))"
    ),
}


@pytest.mark.parametrize("text, expected", [*NAMES, *OPERATORS, *CALLS])
def test_expression_becomes_our_node(text: str, expected: str | None) -> None:
    assert render(parse_expression(text)) == (expected or LONGER[text])


WORDS = [
    *("date", "timestamp", "time", "interval", "window", "key", "value", "count"),
    *("user", "type", "end", "year", "day", "hour", "map", "array", "struct", "string"),
    *("left", "right", "first", "last", "filter", "transform", "position", "offset"),
]


@pytest.mark.parametrize("word", WORDS)
def test_word_of_the_grammar_may_name_a_column(word: str) -> None:
    assert render(parse_expression(word)) == word
    assert render(parse_expression(f"{word} = 1")) == f"==({word}, 1:int)"
    assert render(parse_expression(f"t.{word} = 1")) == f"==(t.{word}, 1:int)"


CALLED = [
    *("date", "timestamp", "int", "string", "decimal", "boolean", "char", "left"),
    *("right", "replace", "any", "some", "every", "exists", "filter", "transform"),
    *("log", "split", "year", "datediff", "unix_timestamp", "collect_list", "size"),
    *("approx_percentile", "percentile", "max_by", "initcap", "floor", "ceil"),
    *("decode", "listagg", "map", "named_struct", "range", "isnull", "mod", "div"),
    *("json_tuple", "regexp_extract", "to_json", "from_json", "like", "grouping"),
    *("database", "current_timestamp", "row", "unnest", "session_window"),
]


@pytest.mark.parametrize("name", CALLED)
def test_function_keeps_the_name_the_user_wrote(name: str) -> None:
    assert render(parse_expression(f"{name.upper()}(a, b)")) == f"{name}(a, b)"


WRONG = [
    ("a b c", 4),
    ("a +", 3),
    ("a =", 3),
    ("1 2", 2),
    ("a, b", 1),
    ("(a", 2),
    ("f(a b)", 4),
    ("f(a,)", 4),
    ("f(,a)", 2),
    ("a as", 4),
    ("a as 'b'", 5),
    ("a as 1", 5),
    ("a in ()", 2),
    ("a between 1", 11),
    ("a is 5", 5),
    ("case when a end", 12),
    ("cast(a as)", 9),
    ("cast(a)", 6),
    ("a..b", 2),
    ("'abc", 0),
    ("a; b", 1),
    ("x -> 1", 2),
    ("()", 1),
    ("{'a': 1}", 0),
    ("a ~ b", 2),
    ("", 0),
]


@pytest.mark.parametrize("text, offset", WRONG)
def test_what_is_no_expression_is_refused_where_it_goes_wrong(
    text: str, offset: int
) -> None:
    with pytest.raises(ParseError) as caught:
        parse_expression(text)
    assert caught.value.condition == "PARSE_SYNTAX_ERROR"
    assert caught.value.offset == offset


def test_unknown_type_of_a_cast_is_shown_in_the_whole_text() -> None:
    with pytest.raises(ParseError) as caught:
        parse_expression("1 + cast(a as frob)")
    assert caught.value.condition == "UNSUPPORTED_DATATYPE"
    assert caught.value.offset == len("1 + cast(a as ")


@pytest.mark.parametrize(
    "text, feature",
    [
        ("row_number() over (order by a)", "OVER"),
        ("(select 1)", "scalar subquery"),
        ("a in (select 1)", "IN with a subquery"),
        ("exists (select 1)", "EXISTS"),
        ("a = any (select 1)", "ANY"),
        ("* except (a)", "EXCEPT"),
        ("other.f(a)", "another catalog"),
        ("cast(a as variant)", "VARIANT"),
    ],
)
def test_spark_sql_we_lack_is_refused_by_name(text: str, feature: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        parse_expression(text)
    assert feature in caught.value.parameters["feature"]


def test_chain_of_thousands_of_operators_is_read() -> None:
    text = " and ".join(f"a{n} = {n}" for n in range(3000))
    assert render_depth(parse_expression(text)) == 3000


def test_expression_may_nest_thirty_deep() -> None:
    assert render(parse_expression("(" * 30 + "a" + ")" * 30)) == "a"


def test_expression_too_deep_for_the_stack_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedError) as caught:
        parse_expression("f(" * 2000 + "a" + ")" * 2000)
    assert "nested" in caught.value.parameters["feature"]


def render_depth(node: object) -> int:
    depth = 0
    while getattr(node, "name", None) == "and":
        node, depth = node.arguments[0], depth + 1  # type: ignore[attr-defined]
    return depth + 1
