from __future__ import annotations

from unbounded.table_text import render_table


def _lines(*arguments) -> list[str]:
    return render_table(*arguments).split("\n")


def test_cells_stand_to_the_right_when_truncated() -> None:
    assert _lines(["a", "name"], [["1", "x"]], 20, False, False) == [
        "+---+----+",
        "|  a|name|",
        "+---+----+",
        "|  1|   x|",
        "+---+----+",
        "",
    ]


def test_cells_stand_to_the_left_when_whole() -> None:
    assert _lines(["a", "name"], [["1", "x"]], 0, False, False)[3] == "|1  |x   |"


def test_long_cell_ends_in_dots() -> None:
    text = render_table(["s"], [["abcdefghij"]], 8, False, False)
    assert "|abcde...|" in text


def test_cell_of_three_is_cut_without_dots() -> None:
    assert "|abc|" in render_table(["s"], [["abcdef"]], 3, False, False)


def test_header_is_truncated_too() -> None:
    assert "|abcde...|" in render_table(["abcdefghij"], [], 8, False, False)


def test_more_rows_are_told_by_the_last_line() -> None:
    lines = _lines(["a"], [["1"], ["2"]], 20, False, True)
    assert lines[-1] == "only showing top 2 rows"


def test_one_row_is_told_in_the_singular() -> None:
    assert _lines(["a"], [["1"]], 20, False, True)[-1] == "only showing top 1 row"


def test_empty_table_has_three_borders() -> None:
    lines = ["+---+", "|  a|", "+---+", "+---+", ""]
    assert _lines(["a"], [], 20, False, False) == lines


def test_wide_characters_take_two_places() -> None:
    assert _lines(["n"], [["日本"], ["abcde"]], 20, False, False) == [
        "+-----+",
        "|    n|",
        "+-----+",
        "| 日本|",
        "|abcde|",
        "+-----+",
        "",
    ]


def test_control_characters_are_escaped_before_the_cut() -> None:
    assert "|a\\nb|" in render_table(["n"], [["a\nb"]], 20, False, False)


def test_table_without_columns_is_two_bars() -> None:
    assert _lines([], [[]], 20, False, False) == ["++", "||", "++", "||", "++", ""]


def test_vertical_form_names_each_cell() -> None:
    rows = [["1", "x"], ["22", "long text"]]
    assert _lines(["id", "name"], rows, 0, True, False) == [
        "-RECORD 0---------",
        " id   | 1         ",
        " name | x         ",
        "-RECORD 1---------",
        " id   | 22        ",
        " name | long text ",
        "",
    ]


def test_empty_vertical_form_tells_so() -> None:
    assert render_table(["id"], [], 0, True, False) == "(0 rows)"
